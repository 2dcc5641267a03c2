"""The rule a second time, as plainly as it can be said: all that hold, the best of them, one step after another.

Written from the words of the design, with none of the product's machinery: no layout, no segments, no search.
It is slow, and it forgets nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import cycle, islice, pairwise
from zoneinfo import ZoneInfo

from firmware_py.core.model import Bulletin, Kind, Priority, Schedule, Slot
from firmware_py.core.units import DAY, WallUs, from_datetime, to_datetime

RANKS = {"fallback": 0, Priority.NORMAL: 1, Priority.PRIORITY: 2, Priority.EMERGENCY: 3}
NEVER = 2**62
VIET_NAM = ZoneInfo("Asia/Ho_Chi_Minh")


@dataclass(frozen=True)
class Claim:
    """Somebody who wants the air at an instant; `bulletin` is None for one who keeps it silent."""

    rank: int
    since_us: WallUs
    owner: str
    bulletin: str | None
    begins_us: WallUs
    ends_us: WallUs
    volume: int | None


@dataclass(frozen=True)
class World:
    """Everything that an answer depends on. `lengths` holds the bulletins that can go out, in microseconds."""

    plan: Schedule
    kinds: frozenset[Kind]
    zone_name: str
    lengths: Mapping[str, int]
    quiet: tuple[tuple[int, int], ...] = ()
    caps: tuple[tuple[int, int, int], ...] = ()
    clock_known: bool = True
    zone: ZoneInfo = VIET_NAM


def on_air(world: World, at_us: WallUs) -> Claim | None:
    """Return the claim that wins an instant, None in quiet hours and when nobody claims it."""
    if is_within(world.quiet, world.zone, at_us):
        return None
    claims = sorted(claims_at(world, at_us), key=lambda claim: (-claim.rank, -claim.since_us, claim.owner))
    return claims[0] if claims and claims[0].bulletin else None


def volume_cap(world: World, at_us: WallUs) -> int:
    """Return the lowest of the caps that hold at an instant, in percent."""
    return min((top for start, end, top in world.caps if is_within(((start, end),), world.zone, at_us)), default=100)


def is_within(spans: tuple[tuple[int, int], ...], zone: ZoneInfo, at_us: WallUs) -> bool:
    """Return whether a local time of day lies in one of the daily spans, which may go over midnight."""
    local = to_datetime(at_us).astimezone(zone)
    clock = (local - local.replace(hour=0, minute=0, second=0, microsecond=0)) // timedelta(microseconds=1)
    return any(start <= clock < end if start < end else clock >= start or clock < end for start, end in spans)


def claims_at(world: World, at_us: WallUs) -> Iterator[Claim]:
    """Yield everybody who wants the air at an instant."""
    for slot in world.plan.slots:
        ours = _ours(world, slot.playlist)
        if ours and slot.zone == world.zone_name and (world.clock_known or slot.days == "always"):
            yield from _of_slot(world, slot, ours, at_us)
    if world.zone_name == "main":
        names = [name for name in _ours(world, world.plan.fallback) if name in world.lengths]
        yield from _playing(_endless(world, names, (0, NEVER), at_us), at_us, (RANKS["fallback"], 0, "fallback", None))


def _ours(world: World, names: tuple[str, ...]) -> list[str]:
    return [name for name in names if _bulletin(world, name).kind in world.kinds]


def _bulletin(world: World, name: str) -> Bulletin:
    return next(bulletin for bulletin in world.plan.bulletins if bulletin.id == name)


def _of_slot(world: World, slot: Slot, ours: list[str], at_us: WallUs) -> Iterator[Claim]:
    rank = max(RANKS[_bulletin(world, name).priority] for name in ours)
    for start_us, end_us in _occurrences(world, slot, at_us):
        if start_us <= at_us < end_us:
            claimant = (rank, start_us, slot.id, slot.volume)
            yield from _playing(_program(world, slot, ours, (start_us, end_us), at_us), at_us, claimant)


def _occurrences(world: World, slot: Slot, at_us: WallUs) -> Iterator[tuple[WallUs, WallUs]]:
    if slot.days == "always":
        yield 0, NEVER
        return
    today = to_datetime(at_us).astimezone(world.zone).date()
    for day in (today + timedelta(days=ahead) for ahead in (-2, -1, 0, 1)):
        if happens_on(slot, day):
            start = slot.start or 0
            end = start + DAY if slot.end is None else slot.end if slot.end > start else slot.end + DAY
            start_us, end_us = (_instant(world, day, clock) for clock in (start, end))
            yield start_us, start_us + DAY if slot.end is None else end_us


def _instant(world: World, day: date, clock: int) -> WallUs:
    over, within = divmod(clock, DAY)
    return from_datetime(
        datetime(day.year, day.month, day.day, tzinfo=world.zone)
        + timedelta(days=over)
        + timedelta(microseconds=within)
    )


def happens_on(slot: Slot, day: date) -> bool:
    """Return whether a slot has an occurrence on a day."""
    if day in slot.except_days or slot.days == "always":
        return False
    if isinstance(slot.days, tuple):
        return day in slot.days
    if slot.days.freq != "DAILY" or slot.days.interval > 1:
        raise NotImplementedError("rules other than those of the crowds are held against dateutil directly")
    return day >= slot.first_day


def _program(world: World, slot: Slot, ours: list[str], span: tuple[WallUs, WallUs], at_us: WallUs) -> Iterator[Claim]:
    names = [name for name in ours if name in world.lengths]
    if not names and slot.on_missing == "skip":
        return iter([])
    if not names:
        fallback = [name for name in _ours(world, world.plan.fallback) if name in world.lengths]
        return _endless(world, fallback, span, at_us) if fallback else iter([_part(None, *span)])
    if slot.repeat is True or slot.days == "always":
        return _endless(world, names, span, at_us)
    return _some_times(world, islice(cycle(names), len(names) * (int(slot.repeat) or 1)), span)


def _some_times(world: World, turns: Iterator[str], span: tuple[WallUs, WallUs]) -> Iterator[Claim]:
    """Yield the parts of a playlist that runs some times: each that is valid when its turn has come."""
    now_us, end_us = span
    for name in turns:
        from_us, until_us = _validity(world, name)
        if from_us <= now_us < until_us and now_us < end_us:
            stop_us = min(now_us + world.lengths[name], until_us)
            yield _part(name, now_us, min(stop_us, end_us))
            now_us = stop_us


def _endless(world: World, names: list[str], span: tuple[WallUs, WallUs], at_us: WallUs) -> Iterator[Claim]:
    """Yield the parts of a loop, which begins anew whenever a bulletin becomes or ceases to be valid."""
    changes = {edge for name in names for edge in _validity(world, name) if span[0] < edge < span[1]}
    for begin_us, stop_us in pairwise([span[0], *sorted(changes), span[1]]):
        valid = [name for name in names if _validity(world, name)[0] <= begin_us < _validity(world, name)[1]]
        if valid and begin_us <= at_us < stop_us:
            # What is always on air counts from the epoch; walking from there would take too long.
            skip_us = 0 if span[0] else (at_us // _whole(world, valid)) * _whole(world, valid)
            yield from _cycle(world, valid, begin_us if span[0] else skip_us, max(begin_us, skip_us), stop_us)


def _whole(world: World, names: list[str]) -> int:
    return sum(world.lengths[name] for name in names)


def _cycle(world: World, names: list[str], origin_us: WallUs, begin_us: WallUs, stop_us: WallUs) -> Iterator[Claim]:
    now_us = origin_us
    for name in cycle(names):
        end_us = now_us + world.lengths[name]
        if now_us >= stop_us:
            return
        if end_us > begin_us:
            yield _part(name, now_us, min(end_us, stop_us))
        now_us = end_us


def _part(name: str | None, begins_us: WallUs, ends_us: WallUs) -> Claim:
    return Claim(0, 0, "", name, begins_us, ends_us, None)


def _validity(world: World, name: str) -> tuple[WallUs, WallUs]:
    bulletin = _bulletin(world, name)
    from_us, until_us = bulletin.valid_from, bulletin.valid_until
    return 0 if from_us is None else from_us, NEVER if until_us is None else until_us


def _playing(program: Iterator[Claim], at_us: WallUs, claimant: tuple[int, WallUs, str, int | None]) -> Iterator[Claim]:
    """Walk a program from its start to an instant; yield what is on then, in the claimant's name."""
    rank, since_us, owner, volume = claimant
    for part in program:
        if part.ends_us > at_us:
            if part.begins_us <= at_us:
                yield Claim(rank, since_us, owner, part.bulletin, part.begins_us, part.ends_us, volume)
            return
