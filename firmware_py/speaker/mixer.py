"""All plays that can be heard now, as one sound. Knows neither decoder nor device."""

from __future__ import annotations

from collections.abc import Callable

from firmware_py.core.units import MonoUs
from firmware_py.speaker import pcm
from firmware_py.speaker.voice import Block, News, Voice


class Mixer:
    """Adds up voices block by block. `fill` belongs to one thread at a time; the rest may be called from any."""

    def __init__(self, rate_hz: int, tell: Callable[[News], None]) -> None:
        """Take the device's rate and who wants to know when voices begin and end; must not block."""
        self._rate_hz, self._tell = rate_hz, tell
        self._voices: tuple[Voice, ...] = ()
        self._silenced_us: MonoUs | None = None

    def add(self, voice: Voice) -> None:
        """Let a voice in; it begins when its time comes."""
        self._voices = (*(voice for voice in self._voices if not voice.over), voice)

    def silence_all(self) -> None:
        """Fade everything out at once, for good."""
        self._silenced_us = 0

    @property
    def quiet(self) -> bool:
        """Whether nothing can be heard."""
        return not any(voice.began and not voice.over for voice in self._voices)

    def fill(self, frames: int, at_us: MonoUs, skipped: int) -> bytes:
        """Return the next frames of the device, of which the first is heard at `at_us` (see `Block`)."""
        block = Block(frames, at_us, self._rate_hz, skipped)
        sum_of_all = b""
        for voice in self._voices:
            if voice.over:
                continue
            if self._silenced_us is not None:
                voice.cut_us = self._silenced_us
            sound = voice.render(block, self._tell)
            sum_of_all = pcm.mixed(sum_of_all, sound) if sum_of_all and sound else sum_of_all or sound
        return sum_of_all or pcm.silence(frames)
