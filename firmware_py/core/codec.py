"""Bytes to values and back: the one place that knows msgspec.

Messages travel as one JSON array `[name of the type, fields]` a line, so that a pipe can be read with any tool.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, TypeVar

import msgspec

from firmware_py.core import messages
from firmware_py.core.errors import Malformed

T = TypeVar("T")

_MESSAGES: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        messages.SpeakerSetup,
        messages.BoardSetup,
        messages.Now,
        messages.Next,
        messages.Volume,
        messages.TakeSnapshot,
        messages.Blacken,
        messages.Quit,
        messages.Ready,
        messages.Started,
        messages.Progress,
        messages.Ended,
        messages.Failed,
        messages.Trouble,
        messages.SnapshotTaken,
        messages.ToneHeard,
    )
}
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(tuple[str, msgspec.Raw])


def encode_message(message: messages.Message) -> bytes:
    """Return a message as one line of JSON, ended by a newline."""
    return _encoder.encode((type(message).__name__, message)) + b"\n"


def decode_message(line: bytes) -> messages.Message:
    """Return the message of one line; raise `Malformed` when it is none."""
    try:
        name, fields = _decoder.decode(line)
        message: messages.Message = msgspec.json.decode(fields, type=_MESSAGES[name])
    except (msgspec.DecodeError, KeyError, RecursionError) as error:
        raise Malformed(f"not a message of the output protocol: {line[:80]!r} ({error})") from error
    return message


def to_json(value: object) -> bytes:
    """Return plain data, dataclasses and enumerations as compact JSON."""
    return _encoder.encode(value)


def to_plain(value: object) -> Any:  # noqa: ANN401 - a JSON tree has no narrower type
    """Return a dataclass as a tree of dict, list, str, int, float, bool and None."""
    return msgspec.to_builtins(value)


def from_json(raw: bytes | str) -> Any:  # noqa: ANN401 - a JSON tree has no narrower type
    """Return a JSON document as a plain tree; raise `Malformed` with the position of the fault.

    A key that stands twice in one object is a fault: of two volumes, each reader would take another (RFC 8259, 4).
    """
    try:
        tree = msgspec.json.decode(raw)
        json.loads(raw, object_pairs_hook=_refuse_repeated, parse_int=str, parse_float=str)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Malformed(f"is not JSON: {error}") from error
    return tree


def _refuse_repeated(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) < len(pairs):
        names = Counter(name for name, _ in pairs)
        raise Malformed(f"has the key {names.most_common(1)[0][0][:64]!r} more than once in one object")


def from_json_as(kind: type[T], raw: bytes | str) -> T:
    """Return JSON written by `to_json` as the dataclass it came from; raise `Malformed` when it does not fit."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(f"does not fit {kind.__name__}: {error}") from error
