"""Generated schedules that are hard on the rule: crowds of slots that touch and overlap, and instants at their edges.

Everything starts and ends on a small grid of minutes, so that ties, joints and nestings happen all the time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from random import Random
from typing import Any, Literal, TypeVar

from hypothesis import strategies as st

from firmware_py.core.errors import Code
from firmware_py.core.model import Bulletin, Priority, Schedule, Slot
from firmware_py.core.recurrence import Rule
from firmware_py.core.settings import Hours, VolumeCap
from firmware_py.core.timeline import MAIN, SOUND, TICKER, Channel, Timeline
from firmware_py.core.times import Span
from firmware_py.core.units import DAY, HOUR, MINUTE, SECOND, WallUs
from firmware_py.core.windows import Skip
from tests.core.builders import MONDAY, audio, image, laid_out, midnight, missing, rule, text
from tests.core.oracle import World

DAYS = tuple(MONDAY + timedelta(days=ahead) for ahead in (-2, -1, 0, 1, 2))
CLOCKS = (
    *(5 * HOUR + minute * MINUTE for minute in range(0, 13, 2)),
    *((24 * HOUR + minute * MINUTE) % DAY for minute in range(-6, 7, 2)),
)
LENGTHS_S = (30, 60, 60, 90, 120, 300)
CHANNELS = (SOUND, MAIN, TICKER)
ZONES: tuple[Literal["main", "ticker"], ...] = ("main", "main", "main", "ticker")
CODES = (Code.CONTENT_PENDING, Code.CONTENT_MISSING, Code.QUARANTINED)
NAMES = "zyxwvutsrqpo"
T = TypeVar("T")
ON_MISSING: tuple[Literal["skip", "fallback"], ...] = ("skip", "fallback")


@dataclass(frozen=True)
class Crowd:
    """A schedule, what of it can go out, and what the box refuses."""

    plan: Schedule
    out: tuple[Skip, ...]
    limits: Hours
    clock_known: bool
    seed: int

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:  # noqa: ANN401, FBT001 - hypothesis calls it
        """Print what counts, in lines that can be read."""
        printer.text(f"{short(self.plan)}\n{self.out=} {self.limits=} {self.clock_known=}")

    def timeline(self, channel: Channel, ahead: int = 0) -> Timeline:
        """Return the timeline of a channel as it is laid out `ahead` days after Monday."""
        return laid_out(
            self.plan,
            channel=channel,
            out=self.out,
            limits=self.limits,
            day=MONDAY + timedelta(days=ahead),
            clock_known=self.clock_known,
        )

    def world(self, channel: Channel) -> World:
        """Return the same for the oracle."""
        out = {skip.bulletin_id for skip in self.out}
        lengths = {entry.id: round((entry.duration_s or 0) * SECOND) for entry in self.plan.bulletins}
        return World(
            self.plan,
            channel.kinds,
            channel.zone,
            {name: length for name, length in lengths.items() if name not in out},
            tuple((span.start_us, span.end_us) for span in self.limits.quiet),
            tuple((cap.hours.start_us, cap.hours.end_us, cap.max_pct) for cap in self.limits.caps),
            self.clock_known,
        )


def short(plan: Schedule) -> str:
    """Return a schedule in one line for each entry, without what is as usual."""
    return "\n".join(("", *map(_line, plan.bulletins), *map(_line, plan.slots), f"fallback {plan.fallback}"))


def _line(entry: Bulletin | Slot) -> str:
    values = ((field.name, getattr(entry, field.name), field.default) for field in fields(entry))
    dull = {"title", "text", "content", "first_day"}
    return " ".join(f"{name}={_value(value)}" for name, value, usual in values if value != usual and name not in dull)


def _value(value: object) -> object:
    return value.freq if isinstance(value, Rule) else value


def instants(crowd: Crowd, timeline: Timeline, most: int = 24) -> list[WallUs]:
    """Return some edges of the plan and some instants anywhere in it."""
    chance, near = Random(crowd.seed), edges(crowd, timeline)
    anywhere = [chance.randrange(timeline.start_us, timeline.end_us) for _ in range(4)]
    return [*chance.sample(near, min(most, len(near))), *anywhere]


def edges(crowd: Crowd, timeline: Timeline) -> list[WallUs]:
    """Return the boundaries of a plan, of Monday's documents and of the timeline, each with its neighbours."""
    found = {edge for segment in timeline.on_air for edge in (segment.start_us, segment.end_us)}
    found |= set(_written(crowd))
    near = {edge + step for edge in found for step in (-1, 0, 1)}
    return sorted(edge for edge in near if timeline.start_us <= edge < timeline.end_us)


def _written(crowd: Crowd) -> Iterator[WallUs]:
    for day in DAYS[1:4]:
        begin_us = midnight(day)
        for slot in crowd.plan.slots:
            yield from (begin_us + clock for clock in (slot.start, slot.end) if clock is not None)
        for span in (*crowd.limits.quiet, *(cap.hours for cap in crowd.limits.caps)):
            yield from (begin_us + span.start_us, begin_us + span.end_us)
    for bulletin in crowd.plan.bulletins:
        yield from (edge for edge in (bulletin.valid_from, bulletin.valid_until) if edge is not None)


class Dice:
    """Choices read off drawn bytes: one draw for a whole slot is twenty times as quick as one for each field.

    Zero bytes take the first of every choice, so that a failing crowd shrinks to its simplest form.
    """

    def __init__(self, drawn: bytes) -> None:
        self._left = int.from_bytes(drawn, "big")

    def one_of(self, *choices: T) -> T:
        """Return one of the choices."""
        self._left, index = divmod(self._left, len(choices))
        return choices[index]

    def some_of(self, choices: Sequence[T], least: int, most: int) -> list[T]:
        """Return `least` to `most` of the choices, perhaps the same one several times."""
        return [self.one_of(*choices) for _ in range(self.one_of(*range(least, most + 1)))]

    def two_clocks(self) -> tuple[int, int]:
        """Return two different times of day on the grid."""
        first = self.one_of(*CLOCKS)
        return first, self.one_of(*(clock for clock in CLOCKS if clock != first))


DRAWN = st.binary(min_size=24, max_size=24)


def bulletin(name: str, dice: Dice) -> Bulletin:
    """Return a bulletin of any kind and priority, sometimes valid for a part of the grid only."""
    make = dice.one_of(audio, audio, audio, text, image)
    made = make(name, dice.one_of(*LENGTHS_S), priority=dice.one_of(*Priority))
    limits = dice.one_of(0, 0, 0, 1, 2, 3)
    days = sorted((dice.one_of(*DAYS[1:4]), dice.one_of(*DAYS[1:4])))
    since_us, until_us = sorted(
        midnight(day) + clock + 30 * SECOND for day, clock in zip(days, dice.two_clocks(), strict=True)
    )
    return replace(made, valid_from=since_us if limits & 1 else None, valid_until=until_us if limits & 2 else None)


def slot(name: str, ids: Sequence[str], dice: Dice) -> Slot:
    """Return a slot that the document's rules allow."""
    playlist = tuple(dice.some_of(ids, 1, 4))
    zone, volume, on_missing = dice.one_of(*ZONES), dice.one_of(None, 0, 40, 100), dice.one_of(*ON_MISSING)
    if dice.one_of(*range(8)) == 7:
        return Slot(name, playlist, "always", zone=zone, volume=volume, on_missing=on_missing)
    start, end = dice.two_clocks()
    endless = dice.one_of(False, False, True)
    return Slot(
        id=name,
        playlist=playlist,
        days=dice.one_of(rule("FREQ=DAILY"), tuple(dice.some_of(DAYS, 1, 5))),
        start=start,
        end=None if endless else end,
        zone=zone,
        repeat=dice.one_of(False, 2, 3) if endless else dice.one_of(False, True, True, 2),
        volume=volume,
        on_missing="skip" if endless else on_missing,
        first_day=dice.one_of(DAYS[0], MONDAY),
        except_days=tuple(dice.some_of(DAYS, 0, 1)),
    )


@st.composite
def crowds(draw: st.DrawFn, *, limited: bool = True) -> Crowd:
    """Draw up to twelve slots over up to six bulletins, some of which cannot go out, in quiet hours and caps."""
    drawn = draw(st.lists(DRAWN, min_size=1, max_size=6))
    ids = "abcdef"[: len(drawn)]
    slots = draw(st.lists(DRAWN, min_size=1, max_size=len(NAMES)))
    dice = Dice(draw(DRAWN))
    plan = Schedule(
        "ttcs-schedule/1",
        1,
        tuple(bulletin(name, Dice(one)) for name, one in zip(ids, drawn, strict=True)),
        tuple(slot(name, ids, Dice(one)) for name, one in zip(NAMES, slots, strict=False)),
        fallback=tuple(dice.some_of(ids, 0, 2)),
    )
    out = [missing(name, dice.one_of(*CODES)) for name in {*dice.some_of(ids, 0, 2)}]
    limits = Hours(tuple(_spans(dice)), tuple(VolumeCap(span, dice.one_of(0, 30, 60)) for span in _spans(dice)))
    known = dice.one_of(True, True, True, False)
    return Crowd(plan, tuple(out), limits if limited else Hours(), known, dice.one_of(*range(2**16)))


def _spans(dice: Dice) -> list[Span]:
    return [Span(*dice.two_clocks()) for _ in range(dice.one_of(0, 1, 2))]
