"""When each frame that we give to a device is heard, from what the device says block by block.

What devices say wanders, drifts with their crystal, and jumps when they ran dry or were lost. `DeviceClock` smooths the
one and follows the other; a jump is answered here: frames of our own time are skipped, so that frame n goes on meaning
the same instant.
"""

from __future__ import annotations

from collections import deque
from statistics import median
from typing import NamedTuple

from firmware_py.core.units import MS, SECOND, MonoUs
from firmware_py.speaker.device_clock import DeviceClock

_STEADY_BLOCKS = 6
"""A device that was just opened is believed after so many blocks in a row that agree."""

_STEADY_US = 5 * MS
_JUMP_US = 20 * MS
_JUMP_BLOCKS = 3
"""One late block is a busy machine; a jump of the device stays."""


class Place(NamedTuple):
    """Where a block stands: its first frame's number and instant, and how many frames were skipped before it."""

    frame: int
    at_us: MonoUs
    skipped: int


class Timeline:
    """Numbers the frames of a device that runs, or of several one after the other."""

    def __init__(self, rate_hz: int) -> None:
        """Take the rate of the frames."""
        self._frame_us = SECOND / rate_hz
        self._frame = 0
        self._clock = DeviceClock(rate_hz)
        self._said: deque[float] = deque(maxlen=_STEADY_BLOCKS)
        self._begun, self._settling = False, True
        self._unplaced = 0
        self._jumped = 0

    @property
    def origin_us(self) -> MonoUs:
        """When frame 0 was heard, as far as is known now."""
        return round(self._clock.origin_us(self._frame)) if self._begun else 0

    @property
    def settled(self) -> bool:
        """Whether the device is believed."""
        return not self._settling

    def reopen(self) -> None:
        """Prepare for another device: frames go on where it is when it is believed."""
        self._said.clear()
        self._clock.restart()
        self._settling, self._unplaced, self._jumped = True, 0, 0

    def place(self, frames: int, heard_us: float, asked_us: float) -> Place | None:
        """Return where a block stands whose first frame is heard at `heard_us`, and was asked for at `asked_us`.

        None when it has no place, and must be silence: the device is not believed yet, or plays earlier than it
        said before, and time must catch up.
        """
        if self._settling and not self._agreed(frames, heard_us):
            return None
        off_us = heard_us - self._clock.instant_us(self._frame)
        waited = self._jumped >= _JUMP_BLOCKS
        self._jumped = self._jumped + 1 if abs(off_us) > _JUMP_US else 0
        if self._jumped >= _JUMP_BLOCKS:
            return self._jump(frames, off_us)
        if not self._jumped:
            self._take(heard_us, asked_us, waited=waited)
        return self._next(frames, 0)

    def _take(self, heard_us: float, asked_us: float, *, waited: bool) -> None:
        if waited:
            self._clock.restart()
        self._clock.add(self._frame, heard_us, asked_us)

    def _agreed(self, frames: int, heard_us: float) -> bool:
        """Collect what a new device says, in its own count of frames; return whether it can be believed."""
        self._said.append(heard_us - self._unplaced * self._frame_us)
        self._unplaced += frames
        if len(self._said) < _STEADY_BLOCKS or max(self._said) - min(self._said) > _STEADY_US:
            return False
        if not self._begun:
            self._clock.believe(0, median(self._said) + (self._unplaced - frames) * self._frame_us)
        self._begun, self._settling, self._jumped = True, False, _JUMP_BLOCKS
        return True

    def _jump(self, frames: int, off_us: float) -> Place | None:
        if off_us < -_JUMP_US:
            return None
        skipped = max(0, round(off_us / self._frame_us))
        self._frame += skipped
        self._clock.restart()
        self._jumped = 0
        return self._next(frames, skipped)

    def _next(self, frames: int, skipped: int) -> Place:
        frame = self._frame
        self._frame += frames
        return Place(frame, round(self._clock.instant_us(frame)), skipped)
