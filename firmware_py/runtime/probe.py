"""Checking a file before it is eligible: its decoder runs in a child process that may crash, hang or eat memory."""

from __future__ import annotations

import logging
import math
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from firmware_py.core.codec import from_json, from_json_as, to_json
from firmware_py.core.content import Facts, Flaw
from firmware_py.core.errors import AgentError, Code, Malformed, Unavailable

MAX_OUTPUT_BYTES = 64 * 1024

# The limits hold before the first instruction of the check. A preexec_fn is not safe beside threads, and limits
# set on the started child come late on a busy machine. No core files: they would fill the card.
_LIMITED = 'ulimit -c 0; ulimit -t "$1"; ulimit -v "$2"; shift 2; exec nice -n 10 "$@"'
_NOT_RUN = frozenset({125, 126, 127})
_ABILITIES = ("duration_us", "rate_hz", "channels", "width", "height")

_log = logging.getLogger(__name__)


class _Bad(AgentError):
    """The check has not come to a verdict."""


class ProbeRunner:
    """Runs the check of each kind of content, one after the other.

    `commands` gives for a kind (`audio`, `image`) the program and arguments before the file name. The program writes
    the fields of `Facts` that it knows as one line of JSON and ends with status 0, or `{"code", "detail"}` and any
    status. A check gets `timeout_s` seconds, as much of processor time, and `memory_mb` megabytes of addresses.
    """

    def __init__(self, commands: Mapping[str, tuple[str, ...]], timeout_s: float, memory_mb: int) -> None:
        self._commands = commands
        self._timeout_s = timeout_s
        self._limits = (str(math.ceil(timeout_s)), str(memory_mb * 1_000_000 // 1024))

    def probe(self, kind: str, path: Path, sha256: str) -> Facts | Flaw:
        """Return what the check has found of the file, or why the file cannot be used.

        A check that crashes, hangs or talks nonsense is a flaw of its file. Raises `Unavailable` when it could not
        be run at all, which says nothing of the file.
        """
        try:
            status, output = self._run(kind, path)
            return _verdict(status, output, path, sha256)
        except _Bad as error:
            what = f"{path}: the {kind} check {error}; make the file again, or convert it to another format"
            return Flaw(Code.CONTENT_UNREADABLE, what)

    def _run(self, kind: str, path: Path) -> tuple[int, bytes]:
        with _started([*self._limited(), *self._commands[kind], str(path)]) as child:
            output = _Watch(child, time.monotonic() + self._timeout_s).output()
        if output is None:
            raise _Bad(f"did not end within {self._timeout_s:g} s")
        if child.returncode in _NOT_RUN:
            what = f"the {kind} check cannot be run: {' '.join(self._commands[kind])}; install the agent again"
            raise Unavailable(Code.DECODER_FAILED, what)
        return child.returncode, output

    def _limited(self) -> tuple[str, ...]:
        return ("/bin/sh", "-c", _LIMITED, "sh", *self._limits)


class _Watch:
    """Reads what a child says until it has ended. Its own children may keep the pipes open; nobody waits for them."""

    def __init__(self, child: subprocess.Popen[bytes], deadline_s: float) -> None:
        self._deadline_s = deadline_s
        self._ended = os.pidfd_open(child.pid)
        self._said = bytearray()
        self._complaints = bytearray()
        self._pipes = {_unblocked(child.stdout): self._said, _unblocked(child.stderr): self._complaints}

    def output(self) -> bytes | None:
        """Return what the child wrote on standard output; None when it has not ended in time."""
        try:
            ended = self._follow()
        finally:
            os.close(self._ended)
        for pipe in self._pipes:
            self._take(pipe)
        if self._complaints:
            _log.debug("check: %s", self._complaints.decode("utf-8", "replace").strip())
        return bytes(self._said) if ended else None

    def _follow(self) -> bool:
        with selectors.DefaultSelector() as waiting:
            for descriptor in (*self._pipes, self._ended):
                waiting.register(descriptor, selectors.EVENT_READ)
            while ready := waiting.select(max(0.0, self._deadline_s - time.monotonic())):
                names = {key.fd for key, _ in ready}
                if self._ended in names:
                    return True
                for pipe in names:
                    if not self._take(pipe):
                        waiting.unregister(pipe)
        return False

    def _take(self, pipe: int) -> bool:
        """Read what is there; tell whether more may come."""
        try:
            while chunk := os.read(pipe, MAX_OUTPUT_BYTES):
                self._keep(pipe, chunk)
        except BlockingIOError:
            return True
        return False

    def _keep(self, pipe: int, chunk: bytes) -> None:
        kept = self._pipes[pipe]
        kept += chunk[: MAX_OUTPUT_BYTES - len(kept)]
        if pipe == next(iter(self._pipes)) and len(kept) == MAX_OUTPUT_BYTES:
            raise _Bad(f"wrote more than {MAX_OUTPUT_BYTES} bytes")


@contextmanager
def _started(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Give a child in a process group of its own; at the end nothing of that group is left."""
    pipe = subprocess.PIPE
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, process_group=0)
    except OSError as error:
        raise Unavailable(Code.DECODER_FAILED, f"no check can be started ({error}); it is tried again") from error
    with child:
        try:
            yield child
        finally:
            # The child is not waited for yet, so its number cannot mean somebody else.
            os.killpg(child.pid, signal.SIGKILL)


def _unblocked(pipe: IO[bytes] | None) -> int:
    assert pipe is not None  # noqa: S101 - both were asked for
    os.set_blocking(pipe.fileno(), False)
    return pipe.fileno()


def _verdict(status: int, output: bytes, path: Path, sha256: str) -> Facts | Flaw:
    if status < 0:
        raise _Bad(f"was ended by {_signal(-status)}")
    found = _fields(status, output)
    if "code" in found:
        return _fitting(Flaw, found)
    if status:
        raise _Bad(f"ended with status {status}")
    facts = _fitting(Facts, {**found, "path": str(path), "sha256": sha256})
    if any(getattr(facts, name) < 0 for name in _ABILITIES):
        raise _Bad("has measured less than nothing")
    return facts


def _fields(status: int, output: bytes) -> dict[str, Any]:
    lines = output.strip().splitlines() or [b""]
    try:
        found = from_json(lines[-1])
    except Malformed as error:
        raise _Bad(f"ended with status {status} and without a verdict") from error
    if not isinstance(found, dict):
        raise _Bad(f"ended with status {status} and no verdict")
    return found


def _fitting(kind: type[Facts | Flaw], found: dict[str, Any]) -> Facts | Flaw:
    try:
        return from_json_as(kind, to_json(found))
    except Malformed as error:
        raise _Bad(f"gave a verdict that {error}") from error


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
