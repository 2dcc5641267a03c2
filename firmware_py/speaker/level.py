"""How loud a play is: volume, gain, and changes of both that do not click."""

from __future__ import annotations

import math

from firmware_py.core.units import MS, SECOND, DurationUs
from firmware_py.speaker import pcm

FADE_US: DurationUs = 10 * MS


def gain_of(volume_pct: int, gain_db: float) -> float:
    """Return the amplitude factor of a volume from 0 to 100 and a gain of the content.

    Volume is perceived loudness on the cubic curve that libVLC, PulseAudio and most mixers use: 50 is -18 dB.
    """
    return (volume_pct / 100) ** 3 * 10 ** (gain_db / 20)


class Level:
    """An amplitude factor that goes to a new value along half a cosine within `fade_us`."""

    def __init__(self, value: float, rate_hz: int, fade_us: DurationUs = FADE_US) -> None:
        """Begin at a value."""
        self._value = self._from = self._target = value
        frames = max(1, rate_hz * fade_us // SECOND)
        self._curve = tuple((1 - math.cos(math.pi * (frame + 1) / frames)) / 2 for frame in range(frames))
        self._place = frames

    @property
    def target(self) -> float:
        """Where it goes, or is."""
        return self._target

    @property
    def settled(self) -> bool:
        """Whether it is there."""
        return self._place == len(self._curve)

    @property
    def silent(self) -> bool:
        """Whether it has arrived at nothing."""
        return self.settled and self._value == 0.0

    def go_to(self, target: float) -> None:
        """Turn to a new value, from wherever it is now."""
        if target != self._target:
            self._from, self._target, self._place = self._value, target, 0

    def be(self, value: float) -> None:
        """Be at a value at once: while there is nothing to hear."""
        self._value = self._from = self._target = value
        self._place = len(self._curve)

    def apply(self, sound: bytes) -> bytes:
        """Return the sound (one frame at least) at this level, and move on by as many frames."""
        if self.settled:
            return sound if self._value == 1.0 else pcm.scaled(sound, self._value)
        steps = self._curve[self._place : self._place + len(sound) // pcm.FRAME_BYTES]
        way = self._target - self._from
        factors = [self._from + way * step for step in steps]
        self._place += len(steps)
        self._value = self._target if self._place == len(self._curve) else factors[-1]
        head, tail = sound[: len(steps) * pcm.FRAME_BYTES], sound[len(steps) * pcm.FRAME_BYTES :]
        return pcm.shaped(head, factors) + (pcm.scaled(tail, self._value) if tail else b"")
