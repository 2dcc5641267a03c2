"""The process that switches the amplifier, under the agent: started, told, listened to, started again.

A process of its own, because a serial line may block, and because it outlives the agent for as long as it takes to
switch the amplifier off: the end of its input is the agent's end, however that came.

It is told `on` or `off`, a word a line, and answers each time that it knows better with `Switched` as JSON.
"""

from __future__ import annotations

import logging
import os
import subprocess
import threading
from collections.abc import Callable
from typing import IO, BinaryIO, Protocol, TypeAlias

from firmware_py.core.codec import from_json, to_json
from firmware_py.core.errors import Malformed
from firmware_py.core.events import Switched
from firmware_py.core.settings import Power
from firmware_py.core.shape import load
from firmware_py.core.units import SECOND, MonoUs
from firmware_py.runtime.output import Post

AGAIN_US = 2 * SECOND
"""How long after its end the process is started again."""

OFF_LIMIT_S = 3.0
_MAX_LINE_BYTES = 4096
_log = logging.getLogger("amplifier")


class Switch(Protocol):
    """What switches the amplifier."""

    def turn(self, *, on: bool) -> None:
        """Have it switched; the answer comes as an event. Does not block."""

    def tend(self, now_us: MonoUs) -> None:
        """Look after whatever does it."""

    def close(self) -> None:
        """Have it switched off, and wait for that a moment."""


class NoSwitch:
    """For a box whose amplifier is always on, or which has none."""

    def __init__(self, _post: Post) -> None:
        """Take whom there is nothing to tell."""

    def turn(self, *, on: bool) -> None:
        """Do nothing."""

    def tend(self, now_us: MonoUs) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


OpenSwitch: TypeAlias = Callable[[Post], Switch]


class SwitchProcess:
    """One child process at a time; the loop calls `tend` at least once a second."""

    def __init__(self, command: tuple[str, ...], power: Power, post: Post) -> None:
        """Take what to start; nothing is started yet."""
        self._command, self._power, self._post = command, power, post
        self._child: subprocess.Popen[bytes] | None = None
        self._start_at_us: MonoUs = 0
        self._on = False

    def turn(self, *, on: bool) -> None:
        """Pass it on; a process that has ended is told when it is started again."""
        self._on = on
        if self._child:
            self._say(self._child, b"on\n" if on else b"off\n")

    def tend(self, now_us: MonoUs) -> None:
        """Start the process when there is none, and again a moment after it has ended."""
        if self._child and self._child.poll() is not None:
            _log.warning("the process that switches the amplifier ended with status %d", self._child.returncode)
            _input_of(self._child).close()
            self._child, self._start_at_us = None, now_us + AGAIN_US
        if self._child is None and now_us >= self._start_at_us:
            self._child = self._start()
            self.turn(on=self._on)

    def close(self) -> None:
        """Close its input: it switches off and ends."""
        if self._child is None:
            return
        _input_of(self._child).close()
        try:
            self._child.wait(OFF_LIMIT_S)
        except subprocess.TimeoutExpired:
            _log.error("the amplifier may still be on: what switches it does not end")
            self._child.kill()

    def _start(self) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        os.set_blocking(_input_of(child).fileno(), False)
        self._say(child, to_json(self._power) + b"\n")
        threading.Thread(target=self._listen, args=(child.stdout,), name="amplifier", daemon=True).start()
        return child

    def _say(self, child: subprocess.Popen[bytes], line: bytes) -> None:
        try:
            _input_of(child).write(line)
        except BrokenPipeError:
            return  # it has ended: `tend` is about to see that
        except BlockingIOError:
            child.kill()

    def _listen(self, lines: BinaryIO) -> None:
        with lines:
            while line := lines.readline(_MAX_LINE_BYTES):
                try:
                    self._post(load(Switched, from_json(line), "the amplifier's process"))
                except Malformed as error:
                    _log.warning("%s", error)
        self._post(Switched(on=False, detail="what switches the amplifier has ended; it is started again"))


def _input_of(child: subprocess.Popen[bytes]) -> IO[bytes]:
    assert child.stdin is not None  # noqa: S101 - it was started with a pipe
    return child.stdin
