"""Decoded sound of one play, on its way from the decoder's thread to the mixer's: bounded, counted, without locks.

One thread fills and one takes. Each keeps a count that only it changes, so neither ever waits for the other, except
that the filling side waits while there is enough.
"""

from __future__ import annotations

import threading
from collections import deque

from firmware_py.core.errors import Unplayable
from firmware_py.core.units import SECOND, DurationUs
from firmware_py.speaker.pcm import FRAME_BYTES

REEL_US: DurationUs = 3 * SECOND // 2
"""How much decoded sound a play holds: enough for a decoder that is held up for a second."""

_FULL_WAIT_S = 0.05


class Reel:
    """A queue of PCM frames (16 bits signed, two channels) that knows which frame of the content comes next."""

    keeps_to_clock = True
    is_live = False

    def __init__(self, capacity_frames: int) -> None:
        """Take how many frames to hold at most; one more block than that may come."""
        self._capacity = capacity_frames
        self._blocks: deque[bytes] = deque()
        self._rest = b""
        self._closed = threading.Event()
        self._skip = 0
        self._put = self._taken = 0
        self._end_put: int | None = None
        self.first_frame = 0
        self.length_frames = 0
        self.error: Unplayable | None = None

    @property
    def next_frame(self) -> int:
        """The frame of the content that is taken next, counted from the beginning of the content."""
        return self.first_frame + self._taken

    @property
    def waiting(self) -> int:
        """How many frames are there to take."""
        return self._put - self._taken

    @property
    def lacking_frames(self) -> int:
        """How many frames of the content have not come."""
        return self.length_frames - self.first_frame - self._put

    @property
    def finished(self) -> bool:
        """Whether nothing more will come."""
        return self._end_put is not None

    @property
    def over(self) -> bool:
        """Whether everything was taken and nothing will come."""
        return self._end_put is not None and self._taken >= self._end_put

    @property
    def closed(self) -> bool:
        """Whether nobody will take any more."""
        return self._closed.is_set()

    # The filling side.

    def begin(self, skip_frames: int, first_frame: int, length_frames: int) -> None:
        """Say how many frames to throw away first, which one then comes, and how many the whole content has."""
        self._skip = skip_frames
        self.first_frame = first_frame
        self.length_frames = length_frames

    def put(self, block: bytes) -> None:
        """Add decoded frames; wait while the reel is full. What lies behind the end of the content is ignored."""
        if self.closed:
            return
        if self._skip:
            cut = min(self._skip, len(block) // FRAME_BYTES)
            self._skip -= cut
            block = block[cut * FRAME_BYTES :]
        block = block[: self.lacking_frames * FRAME_BYTES]
        if block:
            self._blocks.append(block)
            self._put += len(block) // FRAME_BYTES
        if self.lacking_frames == 0:
            self._end_put = self._put
        while self.waiting > self._capacity and not self._closed.wait(_FULL_WAIT_S):
            pass

    def finish(self, error: Unplayable | None = None) -> None:
        """Say that nothing more will come, and why if it is too early."""
        if self._end_put is None:
            self.error = error
            self._end_put = self._put

    # The taking side.

    def take(self, frames: int) -> bytes:
        """Return the next frames, fewer when fewer are there."""
        wanted = frames * FRAME_BYTES
        parts, size = [self._rest], len(self._rest)
        while size < wanted and self._blocks:
            parts.append(self._blocks.popleft())
            size += len(parts[-1])
        data = parts[0] if len(parts) == 1 else b"".join(parts)
        self._rest = data[wanted:]
        taken = data[:wanted]
        self._taken += len(taken) // FRAME_BYTES
        return taken

    def drop(self, frames: int) -> int:
        """Throw frames away that come too late; return how many were there."""
        return len(self.take(frames)) // FRAME_BYTES

    def close(self) -> None:
        """Let the filling side go: nothing is wanted any more."""
        self._closed.set()
