"""The process under the agent that keeps a device as it should be: started, told, listened to, started again.

A process of its own, because a line to a device may block, and because it outlives the agent for as long as it takes
to let go of the device: the end of its input is the agent's end, however that came. It gets its settings in a first
line, then a line for each wish, and answers each time that it knows better with an event as JSON.
"""

from __future__ import annotations

import logging
import os
import subprocess
import threading
from dataclasses import dataclass
from typing import IO, BinaryIO

from firmware_py.core.codec import from_json, to_json
from firmware_py.core.errors import Malformed
from firmware_py.core.events import Lit, Switched
from firmware_py.core.panel_settings import Panel
from firmware_py.core.settings import Power
from firmware_py.core.shape import load
from firmware_py.core.units import SECOND, MonoUs
from firmware_py.runtime.output import Post

AGAIN_US = 2 * SECOND
"""How long after its end the process is started again."""

END_LIMIT_S = 3.0
_MAX_LINE_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Device:
    """What is kept: the name of it, its settings, and what an answer of it is."""

    name: str
    settings: Power | Panel
    answer: type[Switched | Lit]


class Warden:
    """One child process at a time; the loop calls `tend` at least once a second."""

    def __init__(self, command: tuple[str, ...], device: Device, gone: Switched | Lit, post: Post) -> None:
        """Take what to start, and what to say when that has ended; nothing is started yet."""
        self._command, self._device, self._gone, self._post = command, device, gone, post
        self._log = logging.getLogger(device.name)
        self._child: subprocess.Popen[bytes] | None = None
        self._start_at_us: MonoUs = 0
        self._wish = b""

    def want(self, wish: bytes) -> None:
        """Pass a wish on; a process that has ended is told when it is started again."""
        self._wish = wish
        if self._child:
            self._say(self._child, wish)

    def tend(self, now_us: MonoUs) -> None:
        """Start the process when there is none, and again a moment after it has ended."""
        if self._child and self._child.poll() is not None:
            self._log.warning("its process ended with status %d", self._child.returncode)
            _input_of(self._child).close()
            self._child, self._start_at_us = None, now_us + AGAIN_US
        if self._child is None and now_us >= self._start_at_us:
            self._child = self._start()
            self._say(self._child, self._wish)

    def close(self) -> None:
        """Close its input: it lets go of the device and ends."""
        if self._child is None:
            return
        _input_of(self._child).close()
        try:
            self._child.wait(END_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._log.error("may not be as it should be at the end: its process does not end")
            self._child.kill()

    def _start(self) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        os.set_blocking(_input_of(child).fileno(), False)
        self._say(child, to_json(self._device.settings) + b"\n")
        threading.Thread(target=self._listen, args=(child.stdout,), name=self._device.name, daemon=True).start()
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
                    self._post(load(self._device.answer, from_json(line), f"the process of the {self._device.name}"))
                except Malformed as error:
                    self._log.warning("%s", error)
        self._post(self._gone)


def _input_of(child: subprocess.Popen[bytes]) -> IO[bytes]:
    assert child.stdin is not None  # noqa: S101 - it was started with a pipe
    return child.stdin
