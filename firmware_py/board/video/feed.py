"""The frames of a film as they lie ready in shared memory: which of them is due, and which are given back.

The clock chooses: the frame shown is the latest that is due, and those before it are given back, unseen when there was
no time for them. A film that is shown and brings nothing for `STARVED_US` is given up.
"""

from __future__ import annotations

import os
import weakref
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from mmap import PROT_READ, mmap

from firmware_py.board.video.orders import END_US, FRAME, FREED, SEEN, SLOTS, FilmHead
from firmware_py.core.units import FAR_FUTURE_US, MS, SECOND, DurationUs

STARVED_US: DurationUs = 5 * SECOND
_UNSEEN_US: DurationUs = SECOND
_SEEN_EVERY_US: DurationUs = SECOND // 2
_LOOK_US: DurationUs = 5 * MS
_MOST_BYTES = 64 * FRAME.size


class Feed:
    """A film that is being decoded. All times are places in the film: how long after its start it is."""

    def __init__(self, head: FilmHead, memory: int, frames: int, control: int, give_up: Callable[[str], None]) -> None:
        """Take what the film's process has said, the shared memory and both pipes; they are this object's from now on.

        `give_up` ends the process, for a reason.
        """
        self.head = head
        self._pixels = memoryview(mmap(memory, SLOTS * head.slot_bytes, prot=PROT_READ))
        os.close(memory)
        self._frames, self._control = frames, control
        for pipe in (frames, control):
            os.set_blocking(pipe, False)
            # Whoever shows the film last may do so a frame longer than it is wanted.
            weakref.finalize(self, os.close, pipe)
        self._give_up = give_up
        self._ready: deque[DurationUs] = deque()
        self._number = -1
        self._shown_us: DurationUs = 0
        self._fed_us: DurationUs = 0
        self._asked_us: DurationUs = -FAR_FUTURE_US
        self._said_us: DurationUs = -FAR_FUTURE_US
        self._over = False

    def slot(self, number: int) -> memoryview:
        """Return the pixels of one slot."""
        size = self.head.slot_bytes
        return self._pixels[number * size : (number + 1) * size]

    def newest(self, passed_us: DurationUs) -> int:
        """Return the number of the frame that is due; all before it are given back."""
        self._listen()
        freed = self._advance(passed_us)
        self._answer(freed, passed_us)
        self._watch(passed_us)
        return max(0, self._number)

    def change_after(self, passed_us: DurationUs) -> DurationUs:
        """Return when to look for the next frame."""
        if self._ready:
            return max(self._ready[0], passed_us + 1)
        if self._over:
            return FAR_FUTURE_US
        return max(self._shown_us + self.head.frame_us, passed_us + _LOOK_US)

    def volume(self, volume_pct: int) -> None:
        """Have it heard as loud as this."""
        self._say(bytes([volume_pct]))

    def _listen(self) -> None:
        """Note the frames that have become ready."""
        with suppress(BlockingIOError):
            while said := os.read(self._frames, _MOST_BYTES):
                for (at_us,) in FRAME.iter_unpack(said):
                    self._note(at_us)

    def _note(self, at_us: DurationUs) -> None:
        if at_us == END_US:
            self._over = True
        else:
            self._ready.append(at_us)

    def _advance(self, passed_us: DurationUs) -> int:
        """Go on to the latest frame that is due, the first one at once; return how many slots become free."""
        freed = 0
        while self._ready and (self._number < 0 or self._ready[0] <= passed_us):
            freed += self._number >= 0
            self._shown_us = self._ready.popleft()
            self._number += 1
            self._fed_us = passed_us
        return freed

    def _answer(self, freed: int, passed_us: DurationUs) -> None:
        """Give slots back, and say now and then that the film is seen."""
        if freed or passed_us - self._said_us > _SEEN_EVERY_US:
            self._say(bytes([FREED]) * freed or bytes([SEEN]))
            self._said_us = passed_us

    def _say(self, words: bytes) -> None:
        # A process that has ended is noticed by whoever waits for it; one that reads nothing gets no more.
        with suppress(BrokenPipeError, BlockingIOError):
            os.write(self._control, words)

    def _watch(self, passed_us: DurationUs) -> None:
        """Give a film up that is looked at and does not go on. After a pause it has the time anew."""
        if passed_us - self._asked_us > _UNSEEN_US:
            self._fed_us = passed_us
        self._asked_us = passed_us
        if not self._over and passed_us - self._fed_us > STARVED_US:
            self._give_up(f"brought no picture for {STARVED_US // SECOND} s; make it smaller, or save it anew")
            self._over = True
