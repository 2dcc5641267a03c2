"""JSON Schemas (draft 7) and the AsyncAPI 3 document of the link, generated from the types that the program uses.

`python -m firmware_py.field.schemas docs` writes `docs/schemas/*.json` and `docs/asyncapi.json`; the suite holds the
files against this. Documents that go down are closed (an unknown key is a fault); reports may gain keys.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterable
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

from firmware_py.core import feeds, model, reports, streams, times, wire
from firmware_py.core.shape import Length, Parse, Range
from firmware_py.field.asyncapi import asyncapi

Schema: TypeAlias = dict[str, Any]
DRAFT = "http://json-schema.org/draft-07/schema#"
BASE64 = r"^[A-Za-z0-9+/]*={0,2}$"

SIGNED: dict[str, type] = {
    "keyring": wire.Keyring,
    "desired": wire.Desired,
    "command": wire.Command,
    "alert": wire.Alert,
    "sync": wire.Sync,
    "data": wire.Data,
    "schedule": model.Schedule,
}
REPORTS: dict[str, Any] = {
    "status": reports.Status,
    "hello": reports.Hello,
    "reported": reports.Reported,
    "events": reports.Batch,
    "ack": reports.CommandAnswer | reports.AlertAnswer,
    "heartbeat": reports.Heartbeat,
}

# How what a `Parse` reads is written: found by the rule in the annotation, so that no reader is named twice.
_WRITTEN: tuple[tuple[Any, Schema], ...] = (
    (
        times.Instant,
        {"type": "string", "format": "date-time", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d.*([+-]\d\d:\d\d|Z)$"},
    ),
    (times.Day, {"type": "string", "format": "date"}),
    (times.TimeOfDay, {"type": "string", "pattern": r"^\d{2}:\d{2}(:\d{2})?$"}),
    (times.ZoneName, {"type": "string", "minLength": 1}),
    (model.Text, {"type": "string"}),
    (model.FigureName, {"type": "string", "pattern": "^[a-z0-9-]{1,64}$"}),
    (model.Sha256, {"type": "string", "pattern": "^[0-9a-f]{64}$"}),
    (
        model.RelativePath,
        {
            "type": "string",
            "maxLength": 255,
            "pattern": r"^(?!\.{1,2}(/|$))[^/\\\u0000]+(/(?!\.{1,2}(/|$))[^/\\\u0000]+)*$",
        },
    ),
    (
        streams.StreamAddress,
        {
            "type": "string",
            "maxLength": streams.MAX_ADDRESS_LETTERS,
            "pattern": r"^(https?|rtsp)://HOST(:[0-9]{1,5})?REST$|^(rtp|udp)://HOST:[0-9]{1,5}REST$".replace(
                "HOST", r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])"
            ).replace("REST", r'([/?][!"$-~]*)?'),
        },
    ),
    (
        feeds.FeedAddress,
        {
            "type": "string",
            "maxLength": streams.MAX_ADDRESS_LETTERS,
            "pattern": r"^https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:[0-9]{1,5})?([/?][!\"$-~]*)?$",
        },
    ),
    (get_args(model.Days)[0], {"type": "string", "description": "always, or a rule of RFC 5545 such as FREQ=DAILY"}),
    (wire.AreaCode, {"type": "string", "pattern": r"^[^/+#\u0000]{1,64}$"}),
    (wire.Audience, {"type": "string", "pattern": r"^(all|(device|area):[^/+#\u0000]{1,64})$"}),
    (wire.PublicKey, {"type": "string", "contentEncoding": "base64", "pattern": "^[A-Za-z0-9+/]{43}=$"}),
    (
        wire.Voice,
        {"type": "string", "contentEncoding": "base64", "pattern": BASE64, "minLength": 4, "maxLength": 87384},
    ),
)
_RULES = {kind.__metadata__[0]: schema for kind, schema in _WRITTEN}
_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"}


def schemas() -> dict[str, Schema]:
    """Return every schema by the name of its file, without `.json`."""
    signed = {name: _whole(name, kind, closed=True) for name, kind in SIGNED.items()}
    return (
        {"envelope": envelope()} | signed | {name: _whole(name, kind, closed=False) for name, kind in REPORTS.items()}
    )


def envelope() -> Schema:
    """Return the schema of the signed envelope (DSSE), whose type is private to `core/envelope`."""
    text = {"type": "string", "contentEncoding": "base64", "pattern": BASE64}
    keyid: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "SHA-256 of the public key"}
    signature = _object({"keyid": keyid, "sig": text | {"pattern": "^[A-Za-z0-9+/]{86}==$"}}, ("keyid", "sig"))
    signatures: Schema = {"type": "array", "items": signature, "minItems": 1, "maxItems": 16}
    kinds: Schema = {"enum": sorted(wire.PAYLOAD_TYPES)}
    members = {"payloadType": kinds, "payload": text, "signatures": signatures}
    what = "An envelope (DSSE): a payload, what it is, and signatures over both; 256 KiB at most."
    return _headed("envelope", _object(members, tuple(members)) | {"description": what})


def files() -> dict[str, bytes]:
    """Return what stands in `docs`, by relative path."""
    documents = {f"schemas/{name}.json": schema for name, schema in schemas().items()}
    documents["asyncapi.json"] = asyncapi()
    return {name: (json.dumps(tree, indent=2, ensure_ascii=False) + "\n").encode() for name, tree in documents.items()}


def main(directory: Path) -> None:
    """Write the files."""
    for name, raw in files().items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_bytes(raw)
        print(directory / name)


def _whole(name: str, kind: Any, *, closed: bool) -> Schema:  # noqa: ANN401 - an annotation
    writer = _Writer(closed=closed)
    schema = writer.of(kind) if not is_dataclass(kind) else writer.record(kind)
    return _headed(name, schema) | ({"definitions": writer.definitions} if writer.definitions else {})


def _headed(name: str, schema: Schema) -> Schema:
    return {"$schema": DRAFT, "$id": f"{name}.json", "title": name} | schema


class _Writer:
    """Turns annotations into schemas; `definitions` are the records on the way, by name."""

    def __init__(self, *, closed: bool) -> None:
        self._closed = closed
        self.definitions: dict[str, Schema] = {}

    def record(self, kind: Any) -> Schema:  # noqa: ANN401 - a dataclass
        """Return the schema of a dataclass."""
        hints = get_type_hints(kind, include_extras=True)
        members = {each.name: self.of(hints[each.name]) for each in fields(kind)}
        required = [each.name for each in fields(kind) if each.default is each.default_factory is MISSING]
        schema = _object(members, required, closed=self._closed)
        return {"description": " ".join(inspect.cleandoc(kind.__doc__ or "").split())} | schema

    def of(self, hint: Any) -> Schema:  # noqa: ANN401 - an annotation
        """Return the schema of any annotation that `core/shape` understands."""
        origin = get_origin(hint)
        if origin is Annotated:
            return self._annotated(hint)
        if origin is Literal:
            return _choices(get_args(hint))
        if origin in (Union, UnionType):
            return {"anyOf": [self.of(each) for each in get_args(hint)]}
        if origin is tuple:
            return {"type": "array", "items": self.of(get_args(hint)[0])}
        if is_dataclass(hint):
            return self._reference(hint)
        return _choices(tuple(hint)) if issubclass(hint, StrEnum) else {"type": _PLAIN[hint]}

    def _reference(self, kind: Any) -> Schema:  # noqa: ANN401 - a dataclass
        if kind.__name__ not in self.definitions:
            self.definitions[kind.__name__] = {}  # a place for it, before what is in it
            self.definitions[kind.__name__] = self.record(kind)
        return {"$ref": f"#/definitions/{kind.__name__}"}

    def _annotated(self, hint: Any) -> Schema:  # noqa: ANN401 - an annotation
        readers = [rule for rule in hint.__metadata__ if isinstance(rule, Parse)]
        schema = dict(_RULES[readers[0]]) if readers else self.of(get_args(hint)[0])
        for rule in hint.__metadata__:
            schema |= {} if rule in readers else _bounds(rule, schema)
        return schema


def _bounds(rule: object, schema: Schema) -> Schema:
    match rule:
        case Range(low, high, unit):
            bounds: Schema = {"minimum": low, "maximum": high}
            return bounds | ({"description": unit} if unit else {})
        case Length(low, high) if schema.get("type") == "array":
            return {"minItems": low, "maxItems": high}
        case Length(low, high):
            return {"minLength": low, "maxLength": high}
    raise TypeError(rule)


def _choices(values: tuple[Any, ...]) -> Schema:
    plain = [value.value if isinstance(value, StrEnum) else value for value in values]
    return {"const": plain[0]} if len(plain) == 1 else {"enum": plain}


def _object(members: dict[str, Schema], required: Iterable[str], *, closed: bool = True) -> Schema:
    schema: Schema = {"type": "object", "properties": members, "required": list(required)}
    return schema | ({"additionalProperties": False} if closed else {})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
