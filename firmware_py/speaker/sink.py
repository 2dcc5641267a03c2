"""Where sound goes: what all devices have in common, and the one that only keeps time."""

from __future__ import annotations

import threading
import time
from typing import Protocol

from firmware_py.core.units import SECOND, MonoUs
from firmware_py.speaker.line import Line

_BLOCKS_PER_S = 50
_LATE_US = SECOND // 10


class Sink(Protocol):
    """A device that asks the line for sound by itself, from the moment it is made; the line decides who is heard."""

    @property
    def name(self) -> str:
        """What plays, for people."""

    def is_alive(self) -> bool:
        """Return whether it still asks."""

    def close(self) -> None:
        """Stop asking. May hang when the device is broken."""


class NullSink:
    """Keeps real time without a device, so that plays go on, and are reported, as if there were one."""

    name = "null (no sound is made)"

    def __init__(self, line: Line) -> None:
        """Begin to ask."""
        self._line = line
        self._closed = threading.Event()
        threading.Thread(target=self._run, name="null sink", daemon=True).start()

    def is_alive(self) -> bool:
        """Return whether it still asks: always."""
        return not self._closed.is_set()

    def close(self) -> None:
        """Stop asking."""
        self._closed.set()

    def _run(self) -> None:
        frames = self._line.rate_hz // _BLOCKS_PER_S
        block_us = frames * SECOND / self._line.rate_hz
        due_us: float = mono_us()
        while not self._closed.wait(max(0.0, (due_us - mono_us()) / SECOND)):
            self._line.fill(self, frames, due_us, due_us)
            due_us += block_us
            if mono_us() - due_us > _LATE_US:
                # The machine slept or was too busy: what was due meanwhile was not heard.
                due_us = mono_us()


def mono_us() -> MonoUs:
    """Return the monotonic clock."""
    return time.monotonic_ns() // 1000
