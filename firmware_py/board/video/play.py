"""`python -m firmware_py.board.video.play ORDER`: decodes one film for the board, as far ahead as there are slots.

A film follows the clock: the frame that is due is what counts, not the next one. One that is late is not scaled any
more; frames that no other needs are not even decoded then; and a film that is seconds behind goes on at the present,
if that has a key frame in between. So frames are lost, never time.
"""

from __future__ import annotations

import mmap
import os
import resource
import sys
from contextlib import closing
from pathlib import Path

from av.video.frame import VideoFrame

from firmware_py.board.video.container import Opened, opened
from firmware_py.board.video.frames import Frames
from firmware_py.board.video.loudspeaker import Loudspeaker, Silence
from firmware_py.board.video.orders import END_US, FRAME, SLOTS, FilmFault, FilmHead, FilmOrder
from firmware_py.board.video.viewer import Gone, Viewer
from firmware_py.core.codec import from_json_as, to_json
from firmware_py.core.errors import Code, Unavailable, Unplayable
from firmware_py.core.units import MS, SECOND, DurationUs
from firmware_py.runtime.child import ends_with_the_agent
from firmware_py.runtime.clock import SystemClock
from firmware_py.runtime.heap import keep_few

OPEN_EARLY_US: DurationUs = 4 * SECOND
"""How long before its start a film is opened: until then it takes no memory but the interpreter's."""

_MEMORY_LIMIT_MB = 1536
"""Address space, of which a film of 4K in H.264 with sixteen frames of reference needs the half."""

_MOST_THREADS = 4
_NICENESS = 5

_HURRIED_US: DurationUs = 200 * MS
_SEEK_US: DurationUs = 2 * SECOND
_MOST_DROPPED = 4


class Play:
    """One film between its file and the slots."""

    def __init__(self, order: FilmOrder, film: Opened, viewer: Viewer, clock: SystemClock) -> None:
        """Take the parts."""
        self._order = order
        self._film = film
        self._viewer = viewer
        self._clock = clock
        self._frames = Frames(film, order.zone_px, order.fit, threads=min(_MOST_THREADS, os.cpu_count() or 1))
        self._memory: mmap.mmap | None = None
        self._count = 0
        self._dropped = 0

    def run(self) -> None:
        """Decode to the end, then wait until nobody shows the film any more; ends by `Gone`."""
        # A film that goes on after an alert is ready before that is over: with the frame that is due then.
        self._frames.seek(max(0, self._order.from_us - self._order.start_us, self._passed_us()))
        while self._forward():
            self._frames.seek(self._passed_us())
        if self._memory is None:
            what = f"{self._film.name}: has no frame where the clock says it is; make the video anew"
            raise Unplayable(Code.CONTENT_UNREADABLE, what)
        os.write(self._order.frames, FRAME.pack(END_US))
        while True:
            self._viewer.listen(None)

    def _forward(self) -> bool:
        """Decode from here on; return whether to go on elsewhere instead, False at the end."""
        for at_us, frame in self._frames:
            self._viewer.listen(0)
            if self._is_shown(at_us):
                self._put(at_us, frame)
            if self._is_lost(at_us):
                return True
        return False

    def _passed_us(self) -> DurationUs:
        return self._clock.now().wall_us - self._order.start_us

    def _is_shown(self, at_us: DurationUs) -> bool:
        """Return whether a frame is worth scaling; of many late ones some are, so that something moves."""
        late_us = self._passed_us() - at_us - self._film.frame_us
        self._frames.hurry(hurried=late_us > _HURRIED_US)
        self._dropped = self._dropped + 1 if late_us > 0 else 0
        return self._dropped % (_MOST_DROPPED + 1) == 0

    def _is_lost(self, at_us: DurationUs) -> bool:
        """Return whether decoding on would not reach the present soon: after being hidden, or on a box too slow."""
        return self._passed_us() - at_us > _SEEK_US + 2 * self._frames.key_distance_us

    def _put(self, at_us: DurationUs, frame: VideoFrame) -> None:
        """Write a frame into the next slot, as soon as there is one; the film is told of when its first lies ready."""
        fitted = self._frames.fitted(frame)
        plane = memoryview(fitted.planes[0])
        if self._memory is None:
            self._memory = self._slots(len(plane))
        while self._viewer.free_slots == 0:
            self._viewer.listen(None)
        slot = self._count % SLOTS * len(plane)
        self._memory[slot : slot + len(plane)] = plane
        self._count += 1
        self._viewer.free_slots -= 1
        os.write(self._order.frames, FRAME.pack(at_us))
        if self._count == 1:
            _say(FilmHead(fitted.width, fitted.height, fitted.planes[0].line_size, len(plane), self._film.frame_us))

    def _slots(self, size: int) -> mmap.mmap:
        os.ftruncate(self._order.memory, SLOTS * size)
        return mmap.mmap(self._order.memory, SLOTS * size)


def main(arguments: list[str]) -> int:
    """Play the film of the order; return the exit status."""
    order = from_json_as(FilmOrder, arguments[0])
    ends_with_the_agent()
    keep_few(arenas=2)
    _be_modest()
    clock = SystemClock(order.clock_offset_us)
    viewer = Viewer(order.control, order.volume_pct, lambda: clock.now().mono_us)
    try:
        _wait(order, viewer, clock)
        with opened(order.path) as film, closing(_sound(order, viewer, clock)):
            Play(order, film, viewer, clock).run()
    except Unplayable as error:
        _say(FilmFault(error.code, error.detail))
        return 1
    except (Gone, BrokenPipeError):
        pass
    return 0


def _wait(order: FilmOrder, viewer: Viewer, clock: SystemClock) -> None:
    """Wait until the film is near."""
    opened_us = max(order.start_us, order.from_us) - OPEN_EARLY_US
    while (early_us := opened_us - clock.now().wall_us) > 0:
        viewer.listen(min(early_us, SECOND))


def _sound(order: FilmOrder, viewer: Viewer, clock: SystemClock) -> Loudspeaker | Silence:
    """Have the film heard, if that is wished and possible; a device that was named and is not there is told."""
    if order.sound.sink == "off":
        return Silence()
    try:
        return Loudspeaker(order.path, order.start_us, viewer, clock.now, order.sound.device)
    except Unavailable as error:
        if order.sound.device:
            _say(FilmFault(error.code, error.detail, goes_on=True))
        return Silence()


def _say(word: FilmHead | FilmFault) -> None:
    sys.stdout.buffer.write(to_json(word) + b"\n")
    sys.stdout.buffer.flush()


def _be_modest() -> None:
    """Take little of memory, and less of the processor than what draws the board."""
    limit = _MEMORY_LIMIT_MB << 20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    os.nice(_NICENESS)
    Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
