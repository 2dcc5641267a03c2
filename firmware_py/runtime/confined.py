"""A program that handles what strangers have made: it runs with limits, and may crash, hang or talk nonsense."""

from __future__ import annotations

import logging
import math
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from firmware_py.core.errors import AgentError, Code, Unavailable

MAX_OUTPUT_BYTES = 64 * 1024

# The limits hold before the first instruction of the program. A preexec_fn is not safe beside threads, and limits
# set on the started child come late on a busy machine. No core files: they would fill the card.
_LIMITED = 'ulimit -c 0; ulimit -t "$1"; ulimit -v "$2"; shift 2; exec nice -n 10 "$@"'
_NOT_RUN = frozenset({125, 126, 127})
_CHUNK_BYTES = 64 * 1024

_log = logging.getLogger(__name__)


class Astray(AgentError):
    """The program has not done what it is for: the text says how that showed."""


class Confined:
    """Runs programs one after the other, each in `timeout_s` seconds.

    A program gets as much of processor time, `memory_mb` megabytes of addresses, and may say `most_bytes`.
    """

    def __init__(self, timeout_s: float, memory_mb: int, most_bytes: int = MAX_OUTPUT_BYTES) -> None:
        self._timeout_s, self._most_bytes = timeout_s, most_bytes
        self._limits = (str(math.ceil(timeout_s)), str(memory_mb * 1_000_000 // 1024))

    def run(self, command: tuple[str, ...], what: str) -> tuple[int, bytes]:
        """Return the status and the output of a program, which `what` names; a status below 0 is a signal.

        Raises `Astray` when it does not end in time or says too much, `Unavailable` when it could not be run at all.
        """
        with _started(["/bin/sh", "-c", _LIMITED, "sh", *self._limits, *command], what) as child:
            output = _Watch(child, time.monotonic() + self._timeout_s, self._most_bytes).output()
        if output is None:
            raise Astray(f"did not end within {self._timeout_s:g} s")
        if child.returncode in _NOT_RUN:
            raise Unavailable(
                Code.DECODER_FAILED, f"the {what} cannot be run: {' '.join(command)[:200]}; install the agent again"
            )
        return child.returncode, output


class _Watch:
    """Reads what a child says until it has ended. Its own children may keep the pipes open; nobody waits for them."""

    def __init__(self, child: subprocess.Popen[bytes], deadline_s: float, most_bytes: int) -> None:
        self._deadline_s, self._most_bytes = deadline_s, most_bytes
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
            _log.debug("said: %s", self._complaints.decode("utf-8", "replace").strip())
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
            while chunk := os.read(pipe, _CHUNK_BYTES):
                self._keep(pipe, chunk)
        except BlockingIOError:
            return True
        return False

    def _keep(self, pipe: int, chunk: bytes) -> None:
        kept = self._pipes[pipe]
        kept += chunk[: self._most_bytes - len(kept)]
        if pipe == next(iter(self._pipes)) and len(kept) == self._most_bytes:
            raise Astray(f"wrote more than {self._most_bytes} bytes")


@contextmanager
def _started(command: list[str], what: str) -> Iterator[subprocess.Popen[bytes]]:
    """Give a child in a process group of its own; at the end nothing of that group is left."""
    pipe = subprocess.PIPE
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, process_group=0)
    except OSError as error:
        raise Unavailable(Code.DECODER_FAILED, f"no {what} can be started ({error}); it is tried again") from error
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


def name_of_signal(number: int) -> str:
    """Return the name of a signal, for a person."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
