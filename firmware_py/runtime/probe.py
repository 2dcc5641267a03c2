"""Checking a file before it is eligible: its decoder runs in a child process that may crash, hang or eat memory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from firmware_py.core.codec import from_json, from_json_as, to_json
from firmware_py.core.content import Facts, Flaw
from firmware_py.core.errors import Code, Malformed
from firmware_py.runtime.confined import Astray, Confined, name_of_signal

_ABILITIES = ("duration_us", "rate_hz", "channels", "width", "height")


class ProbeRunner:
    """Runs the check of each kind of content, one after the other.

    `commands` gives for a kind (`audio`, `image`) the program and arguments before the file name. The program writes
    the fields of `Facts` that it knows as one line of JSON and ends with status 0, or `{"code", "detail"}` and any
    status. A check gets `timeout_s` seconds, as much of processor time, and `memory_mb` megabytes of addresses.
    """

    def __init__(self, commands: Mapping[str, tuple[str, ...]], timeout_s: float, memory_mb: int) -> None:
        self._commands = commands
        self._confined = Confined(timeout_s, memory_mb)

    def probe(self, kind: str, path: Path, sha256: str) -> Facts | Flaw:
        """Return what the check has found of the file, or why the file cannot be used.

        A check that crashes, hangs or talks nonsense is a flaw of its file. Raises `Unavailable` when it could not
        be run at all, which says nothing of the file.
        """
        try:
            status, output = self._confined.run((*self._commands[kind], str(path)), f"{kind} check")
            return _verdict(status, output, path, sha256)
        except Astray as error:
            what = f"{path}: the {kind} check {error}; make the file again, or convert it to another format"
            return Flaw(Code.CONTENT_UNREADABLE, what)


def _verdict(status: int, output: bytes, path: Path, sha256: str) -> Facts | Flaw:
    if status < 0:
        raise Astray(f"was ended by {name_of_signal(-status)}")
    found = _fields(status, output)
    if "code" in found:
        return _fitting(Flaw, found)
    if status:
        raise Astray(f"ended with status {status}")
    facts = _fitting(Facts, {**found, "path": str(path), "sha256": sha256})
    if any(getattr(facts, name) < 0 for name in _ABILITIES):
        raise Astray("has measured less than nothing")
    return facts


def _fields(status: int, output: bytes) -> dict[str, Any]:
    lines = output.strip().splitlines() or [b""]
    try:
        found = from_json(lines[-1])
    except Malformed as error:
        raise Astray(f"ended with status {status} and without a verdict") from error
    if not isinstance(found, dict):
        raise Astray(f"ended with status {status} and no verdict")
    return found


def _fitting(kind: type[Facts | Flaw], found: dict[str, Any]) -> Facts | Flaw:
    try:
        return from_json_as(kind, to_json(found))
    except Malformed as error:
        raise Astray(f"gave a verdict that {error}") from error
