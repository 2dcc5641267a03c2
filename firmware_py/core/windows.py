"""Windows: spans of time in which somebody wants the air, how they are filled, cut, and ranked.

1. A window ends with its slot or when its lineup is through, whichever is first: what is left of the slot
   belongs to what stands below it.
2. A bulletin takes part from `valid_from` to `valid_until`: a lineup that runs once (or n times) takes it if
   it is valid when its turn comes and cuts it when it ceases to be; a loop begins anew at these instants.
3. Quiet hours cut windows; the pieces inside are withheld.
4. `winners` turns n overlapping windows into at most 2n disjoint segments, each with the one window that is
   on air: highest rank, then latest start of the occurrence, then the id that sorts first. O(n log n).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import accumulate, cycle, islice, pairwise

from firmware_py.core.errors import Code
from firmware_py.core.messages import Notice
from firmware_py.core.model import Bulletin, Priority, Translation
from firmware_py.core.units import FAR_FUTURE_US, DurationUs, WallUs

MAX_WALKED_PARTS = 10_000
"""How many turns of a lineup with changing validity are laid out one by one."""


class Rank(IntEnum):
    """Who is heard when several want to be; higher wins."""

    FALLBACK = 0
    RELAY = 1
    NORMAL = 2
    PRIORITY = 3
    EMERGENCY = 4
    OVERRIDE = 5
    DRILL = 6
    ALERT = 7
    MUTE = 8


RANK_OF = {
    Priority.NORMAL: Rank.NORMAL,
    Priority.PRIORITY: Rank.PRIORITY,
    Priority.EMERGENCY: Rank.EMERGENCY,
}


@dataclass(frozen=True, slots=True)
class Playable:
    """A bulletin that can go out now. `mark` changes when its content does; `path` is "" for a text, `text` what
    a feed or a figure says, with `translations`.

    With a `notice` it is what an alert or a command brings on air, and no bulletin of a schedule.
    """

    bulletin: Bulletin
    duration_us: DurationUs
    path: str = ""
    mark: str = ""
    gain_db: float = 0.0
    notice: Notice | None = None
    text: str = ""
    translations: tuple[Translation, ...] = ()


@dataclass(frozen=True, slots=True)
class Skip:
    """A bulletin of a window that is passed over, and why."""

    bulletin_id: str
    code: Code


@dataclass(frozen=True, slots=True)
class Lineup:
    """Bulletins one after the other: the part `i` lasts from `ends_us[i-1]` to `ends_us[i]` in each cycle.

    `edges_us` are the instants at which one of them becomes or ceases to be valid.
    """

    parts: tuple[Playable, ...] = ()
    ends_us: tuple[DurationUs, ...] = ()
    edges_us: frozenset[WallUs] = frozenset()

    @property
    def cycle_us(self) -> DurationUs:
        """The length of all parts together; 0 when there is none."""
        return self.ends_us[-1] if self.ends_us else 0


EMPTY = Lineup()


@dataclass(frozen=True, slots=True)
class Window:
    """A span `[start_us, end_us)` in which `owner` wants the air.

    `since_us` is when its occurrence began (which decides between equals), `origin_us` where its lineup did.
    """

    rank: Rank
    owner: str
    since_us: WallUs
    origin_us: WallUs
    start_us: WallUs
    end_us: WallUs
    lineup: Lineup
    volume_pct: int | None = None
    skipped: tuple[Skip, ...] = ()
    withheld: Code | None = None

    @property
    def precedence(self) -> tuple[int, int, str, int]:
        """The order of windows: the smallest is on air. The last part only makes the order total."""
        return (-self.rank, -self.since_us, self.owner, self.start_us)

    def filled(self, start_us: WallUs, end_us: WallUs, origin_us: WallUs, lineup: Lineup) -> Window:
        """Return the window with a lineup, over a span. Written out: `replace` takes three times as long."""
        who = (self.rank, self.owner, self.since_us)
        return Window(*who, origin_us, start_us, end_us, lineup, self.volume_pct, self.skipped, self.withheld)

    def refused(self, start_us: WallUs, end_us: WallUs, code: Code) -> Window:
        """Return the window over a span, withheld for this reason unless there is one already."""
        who, code = (self.rank, self.owner, self.since_us, self.origin_us), self.withheld or code
        return Window(*who, start_us, end_us, self.lineup, self.volume_pct, self.skipped, code)


@dataclass(frozen=True, slots=True)
class Segment:
    """The one window that is on air over a span; None where there is none."""

    start_us: WallUs
    end_us: WallUs
    window: Window | None


def line_up(parts: tuple[Playable, ...]) -> Lineup:
    """Return the lineup of bulletins that play one after the other, each for its whole length."""
    edges = {edge for part in parts for edge in _edges(part)} - {0, FAR_FUTURE_US}
    return Lineup(parts, tuple(accumulate(part.duration_us for part in parts)), frozenset(edges))


def loops(blank: Window, ready: Lineup) -> Iterator[Window]:
    """Yield `blank` filled with an endless loop of what is valid, in pieces where validity changes."""
    if not ready.edges_us:
        yield blank.filled(blank.start_us, blank.end_us, _phase(blank, blank.start_us), ready)
        return
    edges = sorted(edge for edge in ready.edges_us if blank.start_us < edge < blank.end_us)
    for start_us, end_us in pairwise((blank.start_us, *edges, blank.end_us)):
        parts = tuple(part for part in ready.parts if _valid(part, start_us))
        if parts:
            yield blank.filled(start_us, end_us, _phase(blank, start_us), line_up(parts))


def _phase(blank: Window, start_us: WallUs) -> WallUs:
    """Loops that are always on air count from the epoch, so that no day and no start of ours shifts them."""
    return start_us if blank.since_us else 0


def counted(blank: Window, ready: Lineup, times: int) -> Iterator[Window]:
    """Yield `blank` filled with `times` runs of the parts that are valid when their turn comes."""
    line = ready
    if ready.edges_us:
        line, times = _walk(blank, islice(cycle(ready.parts), min(times * len(ready.parts), MAX_WALKED_PARTS))), 1
    end_us = min(blank.end_us, blank.start_us + line.cycle_us * times)
    if end_us > blank.start_us:
        yield blank.filled(blank.start_us, end_us, blank.origin_us, line)


def _walk(blank: Window, turns: Iterable[Playable]) -> Lineup:
    parts, ends, at_us = [], [], blank.start_us
    for part in turns:
        if at_us >= blank.end_us:
            break
        if _valid(part, at_us):
            at_us = min(at_us + part.duration_us, _edges(part)[1])
            parts.append(part)
            ends.append(at_us - blank.start_us)
    return Lineup(tuple(parts), tuple(ends))


def _edges(part: Playable) -> tuple[WallUs, WallUs]:
    from_us, until_us = part.bulletin.valid_from, part.bulletin.valid_until
    return (0 if from_us is None else from_us, FAR_FUTURE_US if until_us is None else until_us)


def _valid(part: Playable, at_us: WallUs) -> bool:
    from_us, until_us = _edges(part)
    return from_us <= at_us < until_us


def clip(window: Window, start_us: WallUs, end_us: WallUs) -> Iterator[Window]:
    """Yield the part of a window that lies in a span, if there is one."""
    if start_us <= window.start_us < window.end_us <= end_us:
        yield window
    elif max(start_us, window.start_us) < min(end_us, window.end_us):
        inside = max(start_us, window.start_us), min(end_us, window.end_us)
        yield window.filled(*inside, window.origin_us, window.lineup)


def without_quiet(window: Window, quiet: tuple[tuple[WallUs, WallUs], ...]) -> Iterator[Window]:
    """Yield the pieces of a window outside the quiet spans (sorted, disjoint), and those inside as withheld."""
    at_us = window.start_us
    for start_us, end_us in quiet:
        inside = max(start_us, window.start_us), min(end_us, window.end_us)
        if inside[0] < inside[1]:
            yield from clip(window, at_us, inside[0])
            yield window.refused(*inside, Code.QUIET_HOURS)
            at_us = inside[1]
    yield from clip(window, at_us, window.end_us)


def winners(windows: Iterable[Window], start_us: WallUs, end_us: WallUs) -> tuple[Segment, ...]:
    """Return disjoint segments that cover `[start_us, end_us)`, each with the window that precedes all others."""
    coming = sorted(windows, key=lambda window: window.start_us)
    edges = sorted({start_us, end_us, *(edge for window in coming for edge in (window.start_us, window.end_us))})
    heap: list[tuple[tuple[int, int, str, int], int, Window]] = []
    segments: list[Segment] = []
    taken = 0
    for from_us, to_us in pairwise(edges):
        while taken < len(coming) and coming[taken].start_us <= from_us:
            heapq.heappush(heap, (coming[taken].precedence, taken, coming[taken]))
            taken += 1
        while heap and heap[0][2].end_us <= from_us:
            heapq.heappop(heap)
        _append(segments, Segment(from_us, to_us, heap[0][2] if heap else None))
    return tuple(segments)


def _append(segments: list[Segment], segment: Segment) -> None:
    """Join a segment to the one before it when the same window goes on."""
    if segments and segments[-1].window is segment.window:
        segments[-1] = replace(segments[-1], end_us=segment.end_us)
    else:
        segments.append(segment)
