"""The parts that a notice is made of: sound that is there, and a voice that a decoder delivers."""

from __future__ import annotations

from typing import Protocol

from firmware_py.core.errors import Code, Unplayable
from firmware_py.core.units import SECOND
from firmware_py.speaker import pcm
from firmware_py.speaker.reel import REEL_US, Reel

PATIENCE_US = 4 * SECOND
"""How long a voice that does not come, or stalls, is waited for in silence before the notice goes on without it."""


class Part(Protocol):
    """A stretch of sound."""

    @property
    def waiting(self) -> int:
        """How many frames are there to take."""

    def take(self, frames: int) -> bytes:
        """Return up to so many frames, nothing when it is over."""


class Clip:
    """Sound that is there: one channel of 16 bits."""

    def __init__(self, mono: bytes) -> None:
        """Take the sound."""
        self._mono = mono
        self._place = 0

    @property
    def waiting(self) -> int:
        """How many frames are there to take."""
        return (len(self._mono) - self._place) // 2

    def take(self, frames: int) -> bytes:
        """Return up to so many frames, the same on both channels."""
        begin = self._place
        self._place = min(len(self._mono), begin + 2 * frames)
        return pcm.doubled(self._mono[begin : self._place])


class Saying:
    """The voice, said once: the far end of a decoder."""

    def __init__(self, name: str, gain: float, rate_hz: int) -> None:
        """Take the file's name for a report, and the amplitude factor that its loudness needs."""
        self.reel = Reel(REEL_US * rate_hz // SECOND)
        self._name, self._gain = name, gain
        self._patience = PATIENCE_US * rate_hz // SECOND
        self._missed = 0

    @property
    def waiting(self) -> int:
        """How many frames are there to take."""
        return self.reel.waiting

    @property
    def in_vain(self) -> bool:
        """Whether it is over and nothing of it came."""
        return self.reel.over and self.reel.next_frame == 0

    def take(self, frames: int) -> bytes:
        """Return up to so many frames; silence while the decoder owes them, but not for ever."""
        sound = self.reel.take(frames)
        if sound or self.reel.over:
            self._missed = 0
            return pcm.scaled(sound, self._gain)
        self._missed += frames
        if self._missed > self._patience:
            what = f"{self._name}: the decoder gave nothing for {PATIENCE_US // SECOND} s; make the file again"
            self.reel.finish(Unplayable(Code.DECODER_FAILED, what))
        return pcm.silence(frames)
