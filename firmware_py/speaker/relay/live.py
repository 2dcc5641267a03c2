"""Sound as it comes from a source, kept for some seconds, so that a network that stutters is not heard.

One thread fills, one takes, one looks. Each count is changed by one of them only, so that none waits for another.
"""

from __future__ import annotations

from collections import deque

from firmware_py.core.relay import Seen
from firmware_py.core.units import MS, SECOND
from firmware_py.speaker import pcm

PRIMED_US = 500 * MS
"""How much must be there before it is heard, at first and after it has run dry."""

KEPT_US = 12 * SECOND
"""What lies longer is thrown away down to half of it: it was sent far in advance."""

LOW_US, HIGH_US = 250 * MS, 3 * SECOND
"""Below, a block is made of one frame less than it has, above of one more: the sender's clock is not ours."""


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
        self._blocks_put = self._loud_put = 0
        self._blocks_seen = self._loud_seen = 0
        self.error = ""

    # The filling side.

    def begin(self, skip_frames: int, first_frame: int, length_frames: int) -> None:
        """Hear what a file would be; a live stream has neither beginning nor length."""

    def put(self, block: bytes) -> None:
        """Add sound; never waits."""
        block = block[: len(block) // pcm.FRAME_BYTES * pcm.FRAME_BYTES]
        self._blocks.append(block)
        self._put += len(block) // pcm.FRAME_BYTES
        self._blocks_put += 1
        self._loud_put += pcm.power(block) > self._silence

    def finish(self, error: str) -> None:
        """Say that nothing more will come, and why."""
        self.error = error

    # The side that looks.

    def seen(self) -> Seen:
        """Return what has come since this was asked last."""
        blocks, loud = self._blocks_put, self._loud_put
        seen = Seen(blocks != self._blocks_seen, loud != self._loud_seen, self.error)
        self._blocks_seen, self._loud_seen = blocks, loud
        return seen

    # The taking side.

    def take(self, frames: int) -> bytes:
        """Return the next frames; fewer when it runs dry, and then nothing until enough is there again."""
        waiting = self._put - self._taken
        if waiting > self._kept_frames:
            self._pull(waiting - self._kept_frames // 2)
        self._primed = self._primed or waiting >= self._primed_frames
        sound = self._paced(frames) if self._primed else b""
        self._primed = len(sound) == frames * pcm.FRAME_BYTES
        return sound

    def _paced(self, frames: int) -> bytes:
        """Return frames at the pace at which they come, as far as nobody hears it."""
        waiting = self._put - self._taken
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
