"""All plays that can be heard now, as one sound. Knows neither decoder nor device.

What is on top (thông báo chen: a chime, an announcement) is heard over what goes on beneath it, which is soft
meanwhile. Whether it is soft is asked anew with every block, of nothing but what sounds in it: so it never stays so.
"""

from __future__ import annotations

from collections.abc import Callable

from firmware_py.core.units import MS, MonoUs
from firmware_py.speaker import pcm
from firmware_py.speaker.level import Level, gain_of
from firmware_py.speaker.limiter import Limiter
from firmware_py.speaker.voice import Block, News, Voice

DUCK_US = 150 * MS
"""How long it takes to become soft, and to come back: shorter is heard as a step."""


class Mixer:
    """Adds up voices block by block. `fill` belongs to one thread at a time; the rest may be called from any."""

    def __init__(self, rate_hz: int, tell: Callable[[News], None], duck_db: float = -18.0) -> None:
        """Take the device's rate, who hears when voices begin and end (must not block), and how soft is soft."""
        self._rate_hz, self._tell = rate_hz, tell
        self._voices: tuple[Voice, ...] = ()
        self._silenced_us: MonoUs | None = None
        self._ducked, self._limiter = gain_of(100, duck_db), Limiter(rate_hz)
        self._duck = Level(1.0, rate_hz, DUCK_US)

    def add(self, voice: Voice) -> None:
        """Let a voice in; it begins when its time comes."""
        self._voices = (*(voice for voice in self._voices if not voice.over), voice)

    def silence_all(self) -> None:
        """Fade everything out at once, for good."""
        self._silenced_us = 0

    @property
    def quiet(self) -> bool:
        """Whether nothing can be heard."""
        return not any(voice.sounds for voice in self._voices)

    def fill(self, frames: int, at_us: MonoUs, skipped: int, *, audible: bool = True) -> bytes:
        """Return the next frames of the device, of which the first is heard at `at_us` (see `Block`)."""
        block = Block(frames, at_us, self._rate_hz, skipped, audible)
        voices = self._voices
        top = self._rendered(block, [voice for voice in voices if voice.on_top])
        alone = self._rendered(block, [voice for voice in voices if not voice.yields])
        soft = self._rendered(block, [voice for voice in voices if voice.yields and not voice.on_top])
        beneath = _sum(self._softened(soft, ducks=bool(top)), alone)
        return self._limiter.sum(beneath, top) or pcm.silence(frames)

    def _rendered(self, block: Block, voices: list[Voice]) -> bytes:
        sum_of_all = b""
        for voice in voices:
            if voice.over:
                continue
            if self._silenced_us is not None:
                voice.cut_us = self._silenced_us
            sum_of_all = _sum(sum_of_all, voice.render(block, self._tell))
        return sum_of_all

    def _softened(self, sound: bytes, *, ducks: bool) -> bytes:
        """Return what is beneath as loud as it may be; with nothing there, the level goes where it will be wanted."""
        target = self._ducked if ducks else 1.0
        if not sound:
            self._duck.be(target)
            return sound
        self._duck.go_to(target)
        return self._duck.apply(sound)


def _sum(first: bytes, second: bytes) -> bytes:
    return pcm.mixed(first, second) if first and second else first or second
