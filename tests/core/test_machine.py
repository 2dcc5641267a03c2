"""An agent in a world where everything happens in any order: schedules, files, deaths, hangs, clock steps, refusals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from firmware_py.core.content import Flaw
from firmware_py.core.errors import Code
from firmware_py.core.model import Bulletin, Priority, Schedule, Slot
from firmware_py.core.records import ClockState, Result
from firmware_py.core.timeline import MAIN, SOUND, TICKER
from firmware_py.core.units import HOUR, MINUTE, MS, SECOND
from tests.core import laws
from tests.core.builders import DAILY, at, audio, facts, hours, image, schedule, text, ways
from tests.core.crowds import DRAWN, Dice, short
from tests.core.output import Manners
from tests.core.trials import trials
from tests.core.world import World

START = at("05:00")
CLOCKS = tuple(5 * HOUR + 20 * SECOND * step for step in range(-3, 16))
LENGTHS_S = (3, 10, 20, 20, 45, 90)
IDS = "abcdef"
MATERIAL = (audio, audio, audio, text, image)
SPEAKER = ways(SOUND, limits=hours(quiet=("05:03-05:04",), caps={"05:01-05:02:10": 30}))
BOARD = ways(MAIN, TICKER)


def _bulletin(name: str, dice: Dice) -> Bulletin:
    return dice.one_of(*MATERIAL)(name, dice.one_of(*LENGTHS_S), priority=dice.one_of(*Priority))


def _slot(name: str, ids: str, dice: Dice) -> Slot:
    start = dice.one_of(*CLOCKS)
    end = dice.one_of(None, *(clock for clock in CLOCKS if clock > start))
    return Slot(
        id=name,
        playlist=tuple(dice.some_of(ids, 1, 3)),
        days=DAILY,
        start=start,
        end=end,
        zone=dice.one_of("main", "main", "ticker"),
        repeat=dice.one_of(False, 2, end is not None),
        volume=dice.one_of(None, 0, 50),
        on_missing="skip" if end is None else dice.one_of("skip", "fallback"),
    )


@dataclass(frozen=True)
class Plan:
    """A schedule, printed in few words when an example fails."""

    schedule: Schedule

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:  # noqa: ANN401, FBT001 - hypothesis calls it
        printer.text(short(self.schedule))


@st.composite
def _plans(draw: st.DrawFn) -> Plan:
    ids = IDS[: draw(st.integers(1, 6))]
    dice = Dice(draw(DRAWN))
    slots = [
        _slot(name, ids, Dice(one)) for name, one in zip("stuvwxyz", draw(st.lists(DRAWN, max_size=8)), strict=False)
    ]
    bulletins = [_bulletin(name, Dice(draw(DRAWN))) for name in ids]
    return Plan(schedule(bulletins, slots, fallback=tuple(dice.some_of(ids, 0, 1))))


NAMES = st.sampled_from(IDS)
MANNERS = st.builds(
    Manners,
    begin_us=st.sampled_from((0, 20 * MS, 200 * MS)),
    joint_us=st.sampled_from((0, -250 * MS, 250 * MS, 1, -1)),
    report_us=st.sampled_from((0, 2 * MS, 50 * MS)),
    now_forgets_next=st.booleans(),
    silent_about_unbegun=st.booleans(),
)


class Agent(RuleBasedStateMachine):
    """One agent, of a loudspeaker or a board."""

    @initialize(plan=_plans(), manners=MANNERS, board=st.booleans(), clock=st.sampled_from(list(ClockState)))
    def begin(self, plan: Plan, manners: Manners, board: bool, clock: ClockState) -> None:  # noqa: FBT001
        """Start with a schedule."""
        self.world = World(start=START, setup=BOARD if board else SPEAKER, manners=manners, clock=clock)
        self.world.receive(plan.schedule)

    @rule(plan=_plans())
    def receive(self, plan: Plan) -> None:
        """Let another schedule arrive."""
        self.world.receive(plan.schedule)

    @rule(place=st.integers(0, 7))
    def lose_a_slot(self, place: int) -> None:
        """Let the same schedule arrive without one of its slots."""
        plan = self.world.state.schedule
        slots = [slot for index, slot in enumerate(plan.slots) if index != place]
        self.world.receive(schedule(plan.bulletins, slots, fallback=plan.fallback))

    @rule(drawn=DRAWN)
    def gain_a_slot(self, drawn: bytes) -> None:
        """Let the same schedule arrive with one slot more."""
        plan = self.world.state.schedule
        if plan.bulletins:
            ids = "".join(bulletin.id for bulletin in plan.bulletins)
            slots = [slot for slot in plan.slots if slot.id != "new"]
            more = [*slots, _slot("new", ids, Dice(drawn))]
            self.world.receive(schedule(plan.bulletins, more, fallback=plan.fallback))

    @rule(name=NAMES, found=st.sampled_from(("good", "new", "bad", "pending")), version=st.integers(1, 3))
    def change_file(self, name: str, found: str, version: int) -> None:
        """Let a file of the source change."""
        for bulletin in self.world.state.schedule.bulletins:
            if bulletin.id == name and bulletin.content:
                flaw = Flaw(Code.CONTENT_UNREADABLE, f"{name}: is no sound; make it anew")
                good = facts(bulletin, version if found == "new" else 0)
                self.world.replace_file(bulletin, {"bad": flaw, "pending": None}.get(found, good))

    @rule(name=NAMES)
    def break_bulletin(self, name: str) -> None:
        """From now on the output cannot play this bulletin, or can again."""
        self.world.make_unplayable(name)

    @rule(duration=st.sampled_from((1, 5 * MS, 300 * MS, SECOND, 7 * SECOND, 20 * SECOND, MINUTE)))
    def wait(self, duration: int) -> None:
        """Let some time pass."""
        self.world.run_for(duration)

    @rule(ahead=st.sampled_from((-1, 0, 1, -300 * MS, 300 * MS, -5 * SECOND)))
    def wait_for_change(self, ahead: int) -> None:
        """Let the time pass to just before, at, or just after the next change of the decision."""
        untils = [channel.decision.until_us for channel in self.world.state.channels if channel.decision]
        self.world.run_to(max(self.world.now.wall_us, min(*untils, self.world.now.wall_us + HOUR) + ahead))

    @rule()
    def kill(self) -> None:
        """Let the output die."""
        self.world.kill_output()

    @rule()
    def hang(self) -> None:
        """Let the output hang."""
        self.world.hang_output()

    @rule(by=st.sampled_from((SECOND, -SECOND, 20 * SECOND, -20 * SECOND, -HOUR, 24 * HOUR, 200 * MS)))
    def step_clock(self, by: int) -> None:
        """Set the clock."""
        self.world.step_clock(by)

    @rule(state=st.sampled_from(list(ClockState)))
    def trust(self, state: ClockState) -> None:
        """Let the trust in the clock change."""
        self.world.trust_clock(state)

    @rule()
    def refuse(self) -> None:
        """Let a document with faults arrive: nothing on air may change."""
        before, told = self.world.state, len(self.world.told)
        self.world.refuse("has no start")
        assert (self.world.state.schedule, self.world.state.outcomes) == (before.schedule, before.outcomes)
        assert len(self.world.told) == told
        assert self.world.codes()[-1] == "schedule_refused"

    @rule()
    def report(self) -> None:
        """Let the output say how far it is: what was taken back before it began is closed then."""
        for pause in (8 * SECOND, SECOND):
            self.world.run_for(pause)
            self.world.progress()
        if laws.at_rest(self.world):
            assert set(self.world.state.plays) <= laws.current(self.world)

    @invariant()
    def laws_hold(self) -> None:
        """Nothing that happened has broken a law."""
        laws.hold(self.world)

    def teardown(self) -> None:
        """At the end everything is closed, once."""
        if hasattr(self, "world"):
            self.world.stop()
            laws.numbers_are_used_once(self.world)
            assert not self.world.state.plays
            assert all(history[-1].result is not Result.ON_AIR for history in self.world.records.values())


TestAgent = Agent.TestCase
TestAgent.settings = trials(60)
