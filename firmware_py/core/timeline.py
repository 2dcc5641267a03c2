"""From a schedule to one answer for every instant of a few days, for one channel.

A slot has an *occurrence* on each of its days, which lasts until the slot's end or, when it has none, for a day
at most; each becomes a window (`windows.py`). Only bulletins that can go out now take part; the others take no
time and are listed as skipped. The windows are ranked once for each schedule and day; to ask for an instant is
then one binary search.

Nothing here depends on what was played before. Local times that a zone skips or repeats (no such in Viet Nam)
are taken with the offset that held before the change.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from firmware_py.core import messages
from firmware_py.core.model import Kind, Schedule, Slot
from firmware_py.core.recurrence import Rule, days, every_day
from firmware_py.core.settings import Hours
from firmware_py.core.times import Span
from firmware_py.core.units import DAY, FAR_FUTURE_US, DurationUs, WallUs, from_datetime
from firmware_py.core.windows import (
    EMPTY,
    RANK_OF,
    Lineup,
    Playable,
    Rank,
    Segment,
    Skip,
    Window,
    clip,
    counted,
    line_up,
    loops,
    winners,
    without_quiet,
)


@dataclass(frozen=True, slots=True)
class Channel:
    """What one output channel takes from a schedule: the kinds that it can present, and the zone.

    `joins`: the output can go over by itself to a play in its middle, so what goes on after an alert is prepared.
    """

    name: str
    kinds: frozenset[Kind]
    zone: str
    joins: bool = False


SOUND = Channel(messages.SOUND, frozenset({Kind.AUDIO, Kind.RELAY}), "main")
OVER = Channel(messages.OVER, frozenset({Kind.AUDIO}), "over")
MAIN = Channel(messages.MAIN, frozenset({Kind.TEXT, Kind.IMAGE, Kind.VIDEO, Kind.FEED}), "main", joins=True)
SIDE = Channel(messages.SIDE, frozenset({Kind.TEXT, Kind.IMAGE, Kind.VIDEO, Kind.FEED}), "side", joins=True)
TICKER = Channel(messages.TICKER, frozenset({Kind.TEXT, Kind.FEED}), "ticker", joins=True)


@dataclass(frozen=True, slots=True)
class Timeline:
    """All answers from `start_us` to `end_us`, for one channel: what is on air, what is withheld, volume caps."""

    start_us: WallUs
    end_us: WallUs
    on_air: tuple[Segment, ...]
    withheld: tuple[Segment, ...]
    caps: tuple[tuple[WallUs, int], ...]

    def segment(self, at_us: WallUs) -> Segment:
        """Return what is on air at an instant of this timeline."""
        return _at(self.on_air, at_us)

    def withheld_at(self, at_us: WallUs) -> Segment:
        """Return what would want the air at an instant and is refused."""
        return _at(self.withheld, at_us)

    def cap(self, at_us: WallUs) -> tuple[int, WallUs]:
        """Return the highest volume allowed at an instant, in percent, and until when that holds."""
        index = bisect_right(self.caps, at_us, key=lambda cap: cap[0])
        until_us = self.caps[index][0] if index < len(self.caps) else FAR_FUTURE_US
        return self.caps[index - 1][1], until_us


def _at(segments: tuple[Segment, ...], at_us: WallUs) -> Segment:
    return segments[bisect_right(segments, at_us, key=lambda segment: segment.start_us) - 1]


def build(  # noqa: PLR0913 - all that an answer depends on, and nothing else
    schedule: Schedule,
    channel: Channel,
    standings: Mapping[str, Playable | Skip],
    hours: Hours,
    zone: tzinfo,
    today: date,
    *,
    clock_known: bool = True,
) -> Timeline:
    """Return the timeline of a channel for `today` (local) with the day before and the day after.

    `standings` says of every bulletin whether it can go out. With `clock_known` false only the items that are
    always on air and the fallback take part.
    """
    first, last = _around(today)
    start_us, end_us = _local(first, 0, zone), _local(last, DAY, zone)
    slots = _Layout(schedule, channel, standings, zone, first, last)
    windows = [piece for window in slots.windows(clock_known=clock_known) for piece in clip(window, start_us, end_us)]
    quiet = quiet_spans(hours, today, zone)
    cut = [piece for window in windows for piece in without_quiet(window, quiet)]
    return Timeline(
        start_us,
        end_us,
        winners([window for window in cut if window.withheld is None], start_us, end_us),
        winners([window for window in cut if window.withheld is not None], start_us, end_us),
        tuple(_caps(hours, first, last, zone, start_us)),
    )


def quiet_spans(hours: Hours, today: date, zone: tzinfo) -> tuple[tuple[WallUs, WallUs], ...]:
    """Return the quiet hours of `today` (local) with those of the day before and the day after, in order, disjoint."""
    return spans_around(hours.quiet, today, zone)


def spans_around(spans: Iterable[Span], today: date, zone: tzinfo) -> tuple[tuple[WallUs, WallUs], ...]:
    """Return daily spans as instants of yesterday, `today` (local) and tomorrow, in order, disjoint."""
    return tuple(_spans(spans, *_around(today), zone))


def _around(today: date) -> tuple[date, date]:
    return today - timedelta(days=1), today + timedelta(days=1)


class _Layout:
    """The windows of one channel over a few days; holds what every step of laying out needs.

    An occurrence of the day before the first one may reach into it.
    """

    def __init__(
        self,
        schedule: Schedule,
        channel: Channel,
        standings: Mapping[str, Playable | Skip],
        zone: tzinfo,
        first: date,
        last: date,
    ) -> None:
        self._schedule, self._channel, self._standings = schedule, channel, standings
        self._zone, self._first, self._last = zone, first - timedelta(days=1), last
        self._start_us = _local(first, 0, zone)
        self._bulletins = {bulletin.id: bulletin for bulletin in schedule.bulletins}
        self._fallback = self._ready(self._ours(schedule.fallback))

    def windows(self, *, clock_known: bool) -> Iterator[Window]:
        """Yield the windows of all slots that concern this channel, and the fallback's."""
        for slot in self._schedule.slots:
            if slot.zone == self._channel.zone and (clock_known or slot.days == "always"):
                yield from self._slot(slot, self._ours(slot.playlist))
        if self._fallback.parts and self._channel.zone == "main":
            yield from loops(Window(Rank.FALLBACK, "fallback", 0, 0, 0, FAR_FUTURE_US, EMPTY), self._fallback)

    def _ours(self, playlist: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in playlist if self._bulletins[name].kind in self._channel.kinds)

    def _ready(self, ours: tuple[str, ...]) -> Lineup:
        standings = (self._standings[name] for name in ours)
        return line_up(tuple(standing for standing in standings if isinstance(standing, Playable)))

    def _slot(self, slot: Slot, ours: tuple[str, ...]) -> Iterator[Window]:
        if not ours:
            return
        ready = self._ready(ours)
        standings = (self._standings[name] for name in ours)
        skipped = tuple(standing for standing in standings if isinstance(standing, Skip))
        rank = self._rank(ours)
        for start_us, end_us in self._occurrences(slot):
            if end_us > self._start_us:
                blank = Window(rank, slot.id, start_us, start_us, start_us, end_us, EMPTY, slot.volume, skipped)
                yield from self._lay_out(slot, blank, ready)

    def _rank(self, ours: tuple[str, ...]) -> Rank:
        """Return the rank of a slot; whatever it is called, a relay stands below what was made for this place."""
        bulletins = [self._bulletins[name] for name in ours]
        if any(bulletin.kind is Kind.RELAY for bulletin in bulletins):
            return Rank.RELAY
        return max(RANK_OF[bulletin.priority] for bulletin in bulletins)

    def _lay_out(self, slot: Slot, blank: Window, ready: Lineup) -> Iterator[Window]:
        if not ready.parts and slot.on_missing == "skip":
            yield blank.refused(blank.start_us, blank.end_us, blank.skipped[0].code)
        elif not ready.parts:
            yield from loops(blank, self._fallback) if self._fallback.parts else (blank,)
        elif slot.repeat is True or slot.days == "always":
            yield from loops(blank, ready)
        else:
            yield from counted(blank, ready, int(slot.repeat) or 1)

    def _occurrences(self, slot: Slot) -> Iterator[tuple[WallUs, WallUs]]:
        if slot.start is None:
            yield 0, FAR_FUTURE_US
            return
        for day in self._days(slot):
            start_us = _local(day, slot.start, self._zone)
            yield start_us, start_us + DAY if slot.end is None else self._end(slot, day)

    def _end(self, slot: Slot, day: date) -> WallUs:
        end_us, start_us = slot.end or 0, slot.start or 0
        return _local(day, end_us if end_us > start_us else end_us + DAY, self._zone)

    def _days(self, slot: Slot) -> Iterable[date]:
        found: tuple[date, ...] = ()
        if isinstance(slot.days, Rule):
            found = days(slot.days, slot.first_day, self._first, self._last)
        elif isinstance(slot.days, tuple):
            found = tuple(day for day in sorted(set(slot.days)) if self._first <= day <= self._last)
        return (day for day in found if day not in slot.except_days)


def _spans(spans: Iterable[Span], first: date, last: date, zone: tzinfo) -> Iterator[tuple[WallUs, WallUs]]:
    """Yield the daily spans as instants, sorted and joined."""
    found = sorted(
        (_local(day, span.start_us, zone), _local(day, span.end_us + DAY * (span.end_us < span.start_us), zone))
        for span in spans
        for day in every_day(first - timedelta(days=1), last)
    )
    at: tuple[WallUs, WallUs] | None = None
    for start_us, end_us in found:
        if at and start_us <= at[1]:
            at = at[0], max(at[1], end_us)
            continue
        if at:
            yield at
        at = start_us, end_us
    if at:
        yield at


def _caps(hours: Hours, first: date, last: date, zone: tzinfo, start_us: WallUs) -> Iterator[tuple[WallUs, int]]:
    """Yield (from, highest volume) steps: where several caps hold, the lowest."""
    spans = [(span, cap.max_pct) for cap in hours.caps for span in _spans((cap.hours,), first, last, zone)]
    edges = sorted({start_us, *(edge for span, _ in spans for edge in span if edge > start_us)})
    for edge in edges:
        yield edge, min((limit for (from_us, to_us), limit in spans if from_us <= edge < to_us), default=100)


@lru_cache(maxsize=8192)
def _local(day: date, since_midnight_us: DurationUs, zone: tzinfo) -> WallUs:
    """Return the instant of a local time of day; times past 24:00 count from the next midnight."""
    over, within = divmod(since_midnight_us, DAY)
    moment = datetime.combine(day + timedelta(days=over), time(), tzinfo=zone) + timedelta(microseconds=within)
    return from_datetime(moment)
