"""What each look at a screen is worth: right, black, stale or nothing known. Pure.

A look lasts from when the first pixel was read to when the last one was. What it shows must have been due at its end,
or at most `STALE_US` (and what a frame takes to be painted) before its beginning. The film goes by the number of its
frame, the line below by whether it moves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import islice, pairwise
from typing import NamedTuple

from benchmarks.boards.films import RATE_HZ
from benchmarks.boards.likeness import BLACK, NOTICES, OWN, UNKNOWN, Seen
from benchmarks.boards.programme import FILM, WHOLE, Programme
from firmware_py.core.units import MS, SECOND, DurationUs, WallUs

STALE_US, PAINT_US = 100 * MS, 20 * MS
ARRIVAL_US = 500 * MS
"""An alert may take so long from the source to the board."""

CANCEL_SHOWN_US = 30 * SECOND
_PROGRAMME = "programme"


class Look(NamedTuple):
    """What was seen between two instants; `line` is anything that changes when the line below moves."""

    since_us: WallUs
    until_us: WallUs
    main: Seen
    side: str
    line: int
    gap: bool
    """Whether there was nothing at all in the header or where the line runs."""


class Alarm(NamedTuple):
    """An alert that cut in: when it was handed to the source, and when its cancel was."""

    style: str
    called_us: WallUs
    cancelled_us: WallUs


class Fault(StrEnum):
    """What can be wrong with what is seen."""

    BLACK = "black"
    STALE = "stale"
    UNKNOWN = "unknown"
    OWN = "own page"


class Finding(NamedTuple):
    """Something wrong at an instant; of what is stale for how long it had been over, as far as that is known."""

    fault: Fault
    at_us: WallUs
    what: str
    age_us: DurationUs = 0


def judged(looks: Sequence[Look], programme: Programme, alarms: Sequence[Alarm]) -> Iterator[Finding]:
    """Yield what is wrong in a series of looks: at most one finding for each."""
    still_since_us: WallUs = 0
    for before, look in pairwise((looks[0], *looks)):
        moves = look.line != before.line or _is_alone(before, programme, alarms)
        still_since_us = look.since_us if moves or not still_since_us else still_since_us
        yield from islice(_wrong(look, programme, alarms, still_since_us), 1)


def _wrong(look: Look, programme: Programme, alarms: Sequence[Alarm], still_since_us: WallUs) -> Iterator[Finding]:
    """Yield what is wrong in a look."""
    if look.gap or BLACK in {look.main.name, look.side}:
        yield Finding(Fault.BLACK, look.since_us, f"{look.main.name}, {look.side}")
    due = _due(look, programme, alarms)
    if look.main.name == UNKNOWN:
        yield Finding(Fault.UNKNOWN, look.since_us, f"in place of {due}")
    elif look.main.name == OWN:
        yield Finding(Fault.OWN, look.since_us, f"in place of {due}")
    elif look.main.name not in due:
        what = f"{look.main.name} in place of {due}"
        yield Finding(Fault.STALE, look.since_us, what, _over_for(look, programme))
    elif look.main.name == FILM:
        yield from _stale(look, f"frame {look.main.frame} of the film", _film_age_us(look, programme))
    if look.main.name != OWN and due.isdisjoint({WHOLE, *NOTICES}):
        yield from _wrong_beside(look, programme)
        yield from _stale(look, "the line below", look.since_us - still_since_us)


def _wrong_beside(look: Look, programme: Programme) -> Iterator[Finding]:
    due = {programme.side.at(at_us).part.name for at_us in _edges(look)}
    if look.side == UNKNOWN:
        yield Finding(Fault.UNKNOWN, look.since_us, f"beside, in place of {due}")
    elif look.side not in due:
        yield Finding(Fault.STALE, look.since_us, f"{look.side} beside, in place of {due}")


def _stale(look: Look, what: str, age_us: DurationUs) -> Iterator[Finding]:
    if age_us > STALE_US + PAINT_US:
        yield Finding(Fault.STALE, look.since_us, what, age_us)


def _edges(look: Look) -> tuple[WallUs, WallUs]:
    """Return the instants between which what is seen must have been due."""
    return look.since_us - STALE_US - PAINT_US, look.until_us


def _due(look: Look, programme: Programme, alarms: Sequence[Alarm]) -> set[str]:
    """Return everything that may be seen in the main zone."""
    found: set[str] = set()
    for at_us in _edges(look):
        for name in notices_at(at_us, alarms):
            found.add(programme.main.at(at_us).part.name if name == _PROGRAMME else name)
    return found


def notices_at(at_us: WallUs, alarms: Iterable[Alarm]) -> set[str]:
    """Return what may be on air at an instant: a notice, or else the programme, or either while one arrives."""
    for alarm in alarms:
        end_us = alarm.cancelled_us + CANCEL_SHOWN_US
        turns = (
            (alarm.called_us, _PROGRAMME, alarm.style),
            (alarm.cancelled_us, alarm.style, "cancel"),
            (end_us, "cancel", _PROGRAMME),
        )
        for turn_us, before, after in turns:
            if turn_us <= at_us <= turn_us + ARRIVAL_US:
                return {before, after}
        if alarm.called_us < at_us < end_us:
            return {alarm.style if at_us < alarm.cancelled_us else "cancel"}
    return {_PROGRAMME}


def _is_alone(look: Look, programme: Programme, alarms: Sequence[Alarm]) -> bool:
    """Return whether the main zone may have the whole panel to itself."""
    return not _due(look, programme, alarms).isdisjoint({WHOLE, *NOTICES})


def _over_for(look: Look, programme: Programme) -> DurationUs:
    """Return how long ago it was the turn of what is seen, up to a minute."""
    for ago_us in range(0, 60 * SECOND, 10 * MS):
        if programme.main.at(look.since_us - ago_us).part.name == look.main.name:
            return ago_us
    return 60 * SECOND


def _film_age_us(look: Look, programme: Programme) -> DurationUs:
    """Return for how long the frame of the film that is seen has been over."""
    ages: list[DurationUs] = []
    for at_us in _edges(look):
        due = programme.main.at(at_us)
        if due.part.name == FILM:
            over_us = due.start_us + (look.main.frame + 1) * SECOND // RATE_HZ
            ages.append(look.since_us - over_us)
    return min(ages)
