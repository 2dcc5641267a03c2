"""A notice as sound (thông báo khẩn): siren, voice, pause, siren, voice, pause, ... as often as it was ordered.

The siren lies in memory and is there with the first block that is asked for. The voice is decoded, or spoken by a
machine where the notice brought texts only, anew for each time that it is said, while the siren before it is heard.
What is missing of it is left out: the sirens are heard in full.
Time that goes by without sound passes over nothing: a notice goes on where it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from firmware_py.core.errors import Unplayable
from firmware_py.core.messages import Item, Notice
from firmware_py.core.units import FAR_FUTURE_US, SECOND
from firmware_py.speaker import pcm
from firmware_py.speaker.level import gain_of
from firmware_py.speaker.parts import Clip, Part, Saying
from firmware_py.speaker.siren import siren
from firmware_py.speaker.source import Running, StartDecoding

PAUSE_US = SECOND
"""How long it is silent between one time and the next."""


class Announcement:
    """The sound of one notice. `take` and what it reads belong to the device's thread, `tend` and `close` to ours."""

    keeps_to_clock = False
    is_live = False

    def __init__(self, item: Item, notice: Notice, rate_hz: int, decode: StartDecoding) -> None:
        """Take what to say and how a file is decoded; nothing is decoded before the first `tend`."""
        self._name, self._rate_hz, self._decode = Path(item.path).name or "the speech", rate_hz, decode
        # A voice begins with its first word however late the notice was told, and may be longer than it.
        self._item = replace(item, start_mono_us=FAR_FUTURE_US, duration_us=FAR_FUTURE_US)
        self._siren = siren(notice.style, rate_hz) if notice.siren else b""
        self.length_frames = item.duration_us * rate_hz // SECOND
        self.next_frame = 0
        self._error: Unplayable | None = None
        self._running: Running | None = None
        self._saying = self._new_saying()
        self._decoded: Saying | None = None
        if not item.path and not notice.texts:
            self._saying.reel.finish()
            self._decoded = self._saying
        self._parts = self._sequence(notice.repeats)
        self._part: Part | None = next(self._parts, None)

    def tend(self) -> None:
        """Begin to decode the voice for the next time that it is said, when the time before is over."""
        saying = self._saying
        if saying is not self._decoded:
            self.close()
            self._decoded = saying
            self._running = self._decode(self._item, saying.reel)

    def close(self) -> None:
        """Give the decoder up; returns at once."""
        if self._running:
            self._running.close()

    @property
    def waiting(self) -> int:
        """How many frames are there to take; none until a notice without a siren has its voice."""
        return self._part.waiting if self._part else 0

    @property
    def over(self) -> bool:
        """Whether there is nothing more to hear."""
        return self._part is None or (not self._siren and self._saying.in_vain)

    @property
    def error(self) -> Unplayable | None:
        """Why a part of the voice could not be heard, at least once."""
        return self._error or self._saying.reel.error

    def take(self, frames: int) -> bytes:
        """Return the next frames, fewer only at the end; silence for a voice that is late."""
        sound = b""
        while self._part and len(sound) < frames * pcm.FRAME_BYTES:
            more = self._part.take(frames - len(sound) // pcm.FRAME_BYTES)
            sound += more
            if not more:
                self._part = next(self._parts, None)
        self.next_frame += len(sound) // pcm.FRAME_BYTES
        return sound

    def drop(self, frames: int) -> int:  # noqa: ARG002 - whatever is asked for
        """Pass over nothing."""
        return 0

    def _sequence(self, repeats: int) -> Iterator[Part]:
        for number in range(repeats):
            if number:
                self._turn_over()
                yield Clip(bytes(PAUSE_US * self._rate_hz // SECOND * 2))
            if self._siren:
                yield Clip(self._siren)
            yield self._saying

    def _turn_over(self) -> None:
        """Have the voice decoded again, unless there was nothing of it."""
        self._error = self.error
        if not self._saying.in_vain:
            self._saying = self._new_saying()

    def _new_saying(self) -> Saying:
        return Saying(self._name, gain_of(100, self._item.gain_db), self._rate_hz)
