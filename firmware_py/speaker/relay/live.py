"""Sound as it comes from a source, kept for some seconds, so that a network that stutters is not heard.

One thread fills, one takes, one looks. Each count is changed by one of them only, so that none waits for another.

Some sources come in bursts: a segment of many seconds at once, then nothing until the next one (HLS). While a burst
lasts the source is neither stalled nor silent, and as much is kept as bridges two pauses of the last half minute.
"""

from __future__ import annotations

from collections import deque

from firmware_py.core.relay import Seen
from firmware_py.core.units import FAR_FUTURE_US, MS, SECOND, DurationUs, MonoUs
from firmware_py.speaker import pcm

PRIMED_US = 500 * MS
"""How much must be there before it is heard, at first and after it has run dry."""

KEPT_US = 12 * SECOND
"""What lies longer is thrown away down to half of it: it was sent far in advance."""

LOW_US, HIGH_US = 250 * MS, 3 * SECOND
"""Below, a block is made of one frame less than it has, above of one more: the sender's clock is not ours. A source
with long pauses needs more than `HIGH_US`."""

RHYTHM_US, REMEMBERED_US = 10 * SECOND, 30 * SECOND
"""The rhythm of a source is known after the one, and the longest of its pauses counts for the other."""


BURST = 2
"""What comes so many times faster than time passes is a burst."""

LONG_AGO_US: MonoUs = -FAR_FUTURE_US


class LiveReel:
    """A queue of PCM frames (16 bits signed, two channels) without a beginning or an end."""

    def __init__(self, rate_hz: int, silence_dbfs: float) -> None:
        """Take the rate, and below which level it is silence."""
        self._primed_frames = PRIMED_US * rate_hz // SECOND
        self._kept_frames = KEPT_US * rate_hz // SECOND
        self._low_frames, self._high_frames = LOW_US * rate_hz // SECOND, HIGH_US * rate_hz // SECOND
        self._silence = 10 ** (silence_dbfs / 10)
        self._blocks: deque[bytes] = deque()
        self._rest = b""
        self._put = self._taken = 0
        self._primed = False
        self._rate_hz = rate_hz
        self._dropped = self._loud_put = 0
        self._put_seen = self._loud_seen = 0
        self._seen_us = self._lasts_until_us = self._loud_until_us = LONG_AGO_US
        self._first_us: MonoUs | None = None
        self._came_us = self._pause_at_us = 0
        self._pause_us: DurationUs = 0
        self.error = ""

    # The filling side.

    def begin(self, skip_frames: int, first_frame: int, length_frames: int) -> None:
        """Hear what a file would be; a live stream has neither beginning nor length."""

    def put(self, block: bytes) -> None:
        """Add sound; never waits."""
        block = block[: len(block) // pcm.FRAME_BYTES * pcm.FRAME_BYTES]
        self._blocks.append(block)
        self._loud_put += pcm.power(block) > self._silence
        self._put += len(block) // pcm.FRAME_BYTES
        if not self._taken and len(self._blocks) > 1 and self._waiting > 2 * self._most_frames:
            self._dropped += len(self._blocks.popleft()) // pcm.FRAME_BYTES

    def finish(self, error: str) -> None:
        """Say that nothing more will come, and why."""
        self.error = error

    # The side that looks.

    def seen(self, now_us: MonoUs) -> Seen:
        """Return what has come since this was asked last, or lasts from before."""
        new_frames, loud = self._put - self._put_seen, self._loud_put != self._loud_seen
        self._put_seen, self._loud_seen = self._put_seen + new_frames, self._loud_put
        if new_frames:
            self._note(new_frames * SECOND // self._rate_hz, now_us)
        if loud:
            self._loud_until_us = self._lasts_until_us
        self._seen_us = now_us
        data = new_frames > 0 or now_us < self._lasts_until_us
        return Seen(data, loud or now_us < self._loud_until_us, self.error)

    def _note(self, new_us: DurationUs, now_us: MonoUs) -> None:
        """Reckon how long what came will last: a burst is what comes faster than time passes."""
        bursts = new_us > BURST * (now_us - self._seen_us)
        before_us = max(self._lasts_until_us, now_us) if bursts else now_us
        self._lasts_until_us = before_us + new_us
        self._high_frames = self._needed_us(now_us) * self._rate_hz // SECOND

    def _needed_us(self, now_us: MonoUs) -> DurationUs:
        """Return how much must be there to bridge the pauses of a source that has just given something."""
        if self._first_us is None:
            self._first_us = self._came_us = now_us
        pause_us, self._came_us = now_us - self._came_us, now_us
        if pause_us >= self._pause_us or now_us - self._pause_at_us > REMEMBERED_US:
            self._pause_us, self._pause_at_us = pause_us, now_us
        unknown = now_us - self._first_us < RHYTHM_US
        return max(HIGH_US, 2 * self._pause_us, self._lasts_until_us - now_us if unknown else 0)

    # The taking side.

    def take(self, frames: int) -> bytes:
        """Return the next frames; fewer when it runs dry, and then nothing until enough is there again."""
        if not self._taken:
            # It was opened beforehand: what came then is not what is to be heard now.
            self._pull(max(0, self._waiting - self._high_frames))
        elif self._waiting > self._most_frames:
            self._pull(self._waiting - self._most_frames // 2)
        waiting = self._waiting
        self._primed = self._primed or waiting >= self._primed_frames
        sound = self._paced(frames) if self._primed else b""
        self._primed = len(sound) == frames * pcm.FRAME_BYTES
        return sound

    @property
    def _most_frames(self) -> int:
        """How many frames are kept, at most."""
        return max(self._kept_frames, 2 * self._high_frames)

    @property
    def _waiting(self) -> int:
        """How many frames are there to take."""
        return self._put - self._dropped - self._taken

    def _paced(self, frames: int) -> bytes:
        """Return frames at the pace at which they come, as far as nobody hears it."""
        waiting = self._waiting
        slip = (waiting > self._high_frames) - (waiting < self._low_frames)
        if not slip or not 2 < frames + slip <= waiting:
            return self._pull(frames)
        return pcm.stretched(self._pull(frames + slip), frames)

    def _pull(self, frames: int) -> bytes:
        wanted = frames * pcm.FRAME_BYTES
        parts, size = [self._rest], len(self._rest)
        while size < wanted and self._blocks:
            parts.append(self._blocks.popleft())
            size += len(parts[-1])
        data = b"".join(parts)
        self._rest = data[wanted:]
        self._taken += min(wanted, size) // pcm.FRAME_BYTES
        return data[:wanted]
