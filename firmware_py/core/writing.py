"""Wire documents as they are written: the way back of `wire.read_document`.

Instants become RFC 3339 texts in UTC, bytes become base64, and what is None is left out.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Annotated, Any, TypeAlias, get_origin, get_type_hints

from firmware_py.core.codec import to_json
from firmware_py.core.shape import Parse
from firmware_py.core.times import parse_instant
from firmware_py.core.units import WallUs, to_datetime
from firmware_py.core.wire import Document

Tree: TypeAlias = Any
Writer: TypeAlias = Callable[[Any], Tree]


def write_document(document: Document) -> bytes:
    """Return the JSON of a document, as `read_document` reads it."""
    return to_json(_plain(document))


def format_instant(at_us: WallUs) -> str:
    """Return an instant in UTC as `2026-11-22T22:30:00+00:00`, with microseconds where there are any."""
    return to_datetime(at_us).isoformat()


def _plain(value: Any) -> Tree:  # noqa: ANN401 - whatever a document is made of
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if is_dataclass(value) and not isinstance(value, type):
        writers = _writers(type(value))
        members = ((name, getattr(value, name)) for name in writers)
        return {name: writers[name](member) for name, member in members if member is not None}
    return value


@cache
def _writers(kind: type) -> dict[str, Writer]:
    hints = get_type_hints(kind, include_extras=True)
    return {field.name: format_instant if _is_instant(hints[field.name]) else _plain for field in fields(kind)}


def _is_instant(hint: Any) -> bool:  # noqa: ANN401 - an annotation
    rules = hint.__metadata__ if get_origin(hint) is Annotated else ()
    return any(isinstance(rule, Parse) and rule.read is parse_instant for rule in rules)
