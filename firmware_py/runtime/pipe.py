"""An output process's line to its agent: orders in by a thread that only posts them, reports out without waiting."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from firmware_py.core.codec import decode_message, encode_message
from firmware_py.core.messages import Message, Progress, Report

_MOST_WAITING_BYTES = 1 << 16
_READ_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Closed:
    """The agent is gone."""


class Orders:
    """Reads messages, a line each. No buffered file: one that a thread waits in cannot be closed at the exit."""

    def __init__(self, descriptor: int) -> None:
        """Take the reading end of a pipe."""
        self._descriptor = descriptor
        self._unread = b""

    def first(self) -> Message:
        """Return the first message; raise `EOFError` when there is none, `Malformed` when it is none."""
        for line in self._lines():
            return decode_message(line)
        raise EOFError("the agent closed the line before the first message")

    def listen(self, post: Callable[[Message | Closed], None]) -> None:
        """Hand every further message to `post` from a thread, and `Closed` at the end."""
        threading.Thread(target=self._listen, args=(post,), name="orders", daemon=True).start()

    def _listen(self, post: Callable[[Message | Closed], None]) -> None:
        try:
            for line in self._lines():
                post(decode_message(line))
        finally:
            post(Closed())

    def _lines(self) -> Iterator[bytes]:
        while True:
            line, newline, rest = self._unread.partition(b"\n")
            if newline:
                self._unread = rest
                yield line
                continue
            more = os.read(self._descriptor, _READ_BYTES)
            if not more:
                return
            self._unread += more


class Reports:
    """Writes messages. While the agent does not read, they wait in memory, and progress is left out."""

    def __init__(self, descriptor: int) -> None:
        """Take the writing end of a pipe."""
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._waiting = bytearray()

    def send(self, report: Report) -> None:
        """Send a report; raise `BrokenPipeError` when the agent is gone."""
        if not (isinstance(report, Progress) and len(self._waiting) > _MOST_WAITING_BYTES):
            self._waiting += encode_message(report)
        self.flush()

    def flush(self) -> None:
        """Send what is waiting, as far as the pipe takes it."""
        try:
            while self._waiting:
                del self._waiting[: os.write(self._descriptor, self._waiting)]
        except BlockingIOError:
            return
