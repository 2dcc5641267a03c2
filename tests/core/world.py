"""A box in virtual time: the agent's core, a journal, a content store, and an output that obeys it.

    world = World(plan=schedule([a], [slot("s", a, start="05:30")]), start="05:29")
    world.run_to("05:30:10")
    assert world.on_air() == "a"

The world carries out every effect at once and moves the time only to instants at which something happens. While it
does so it holds what no agent may do: order an output that is not ready, use a number twice, wake in the past.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from firmware_py.core import events as ev
from firmware_py.core import messages as msg
from firmware_py.core.content import Facts, Flaw
from firmware_py.core.errors import Code, Problem, Refused
from firmware_py.core.model import Bulletin, Schedule
from firmware_py.core.panel import Light
from firmware_py.core.records import ClockState, Fault, PlayRecord, Result
from firmware_py.core.reduce import start as start_agent
from firmware_py.core.reduce import step
from firmware_py.core.state import Ways
from firmware_py.core.units import SECOND, MonoUs, Now, WallUs
from tests.core.builders import at, facts, ways
from tests.core.output import Heard, Manners, Output

RESTART_US = SECOND
ORDERS_A_SECOND = 200
"""An agent that gives more goes round in circles."""
HANG_NOTICED_US = 5 * SECOND
BOOTED_AT_MONO_US = 1_000 * SECOND
Store = dict[str, Facts | Flaw | None]
"""What a check of each path finds; None: the check never comes to an end."""


class World:
    """An agent and all that is around it."""

    def __init__(  # noqa: PLR0913 - a world has many parts; each has its usual value
        self,
        plan: Schedule | None = None,
        *,
        start: str | WallUs = "05:00",
        setup: Ways | None = None,
        manners: Manners | None = None,
        clock: ClockState = ClockState.TRUSTED,
        last_no: int = 0,
        unfinished: Mapping[str, int] | None = None,
        store: Store | None = None,
    ) -> None:
        self.now = Now(at(start) if isinstance(start, str) else start, BOOTED_AT_MONO_US)
        self.manners = manners or Manners()
        self.store: Store = {} if store is None else store
        self.records: defaultdict[int, list[PlayRecord]] = defaultdict(list)
        self.faults: list[Fault] = []
        self.told: list[tuple[WallUs, msg.Order]] = []
        self.switched: list[tuple[WallUs, bool]] = []
        self.lightened: list[tuple[WallUs, Light]] = []
        self.heard_before: list[Heard] = []
        self.output: Output | None = None
        self._restart_mono_us: MonoUs = self.now.mono_us
        self._lost: tuple[MonoUs, ev.OutputLost] | None = None
        self._numbers = {*range(last_no + 1)}
        self.state = start_agent(
            setup or ways(), self.now, last_no=last_no, clock=clock, unfinished=dict(unfinished or {})
        )
        self._begin()
        self.run_to(self.now.wall_us)
        if plan:
            self.receive(plan)

    def _begin(self) -> None:
        """Do what comes before the first moment."""

    # What happens to it.

    def receive(self, plan: Schedule) -> None:
        """Let a schedule arrive; files that the store does not know are good."""
        for bulletin in plan.bulletins:
            for content in bulletin.content:
                self.store.setdefault(content.path, facts(bulletin))
        self.send(ev.ScheduleArrived(plan))

    def refuse(self, *problems: str) -> None:
        """Let a document with faults arrive."""
        self.send(ev.ScheduleRefused(Refused("schedule.json", tuple(Problem("slots[0]", what) for what in problems))))

    def replace_file(self, bulletin: Bulletin, found: Facts | Flaw | None) -> None:
        """Let a file change in the source: from now on its check finds this."""
        path = bulletin.content[0].path
        self.store[path] = found
        self.send(ev.FilesChanged(frozenset({path})))

    def run_to(self, when: WallUs | str) -> None:
        """Let the time pass until the wall clock reads `when`, doing what is due on the way."""
        until_us = at(when) if isinstance(when, str) else when
        while (due_us := self._due_us()) <= until_us:
            self._pass_to(due_us)
            self._happen()
        self._pass_to(until_us)

    def run_for(self, duration_us: int) -> None:
        """Let some time pass."""
        self.run_to(self.now.wall_us + duration_us)

    def step_clock(self, by_us: int, *, state: ClockState | None = None) -> None:
        """Set the wall clock, and tell the agent."""
        self.now = replace(self.now, wall_us=self.now.wall_us + by_us)
        self.send(ev.ClockChanged(state or self.state.clock, stepped=True))

    def trust_clock(self, state: ClockState) -> None:
        """Change how far the clock is trusted."""
        self.send(ev.ClockChanged(state, stepped=False))

    def make_unplayable(self, name: str) -> None:
        """From now on the output fails at this bulletin; when it did so before, it plays it again."""
        self.manners = replace(self.manners, broken=self.manners.broken ^ {name})
        if self.output:
            self.output.manners = self.manners

    def kill_output(self) -> None:
        """Let the output process die; it is started again a second later."""
        self._lose(Code.OUTPUT_DIED, "ended by signal 9", self.now.mono_us)

    def lose_output(self, code: Code, detail: str) -> None:
        """Let the output process end for another reason."""
        self._lose(code, detail, self.now.mono_us)

    def hang_output(self) -> None:
        """Let the output fall silent; it is killed when that is noticed."""
        if self.output:
            self.output.hung = True
            self._lose(Code.OUTPUT_HUNG, "silent for 5 s", self.now.mono_us + HANG_NOTICED_US)

    def stop(self) -> None:
        """Ask the agent to end, and let the output do so."""
        self.send(ev.StopAsked())
        self._lose(Code.OUTPUT_DIED, "ended with status 0", self.now.mono_us + SECOND)
        self.run_for(2 * SECOND)

    def progress(self) -> None:
        """Let the output say how far it is."""
        if self.output:
            self.output.progress(self.now)
        self.run_for(self.manners.report_us)

    # What can be seen of it.

    def on_air(self, channel: str = "sound") -> str | None:
        """Return the id of what the output plays on a channel."""
        item = self.output.lane(channel).on_air if self.output else None
        return item.bulletin_id if item else None

    @property
    def heard(self) -> list[Heard]:
        """Everything that was heard and is over, in order."""
        return [*self.heard_before, *(self.output.heard if self.output else ())]

    def names_heard(self) -> list[str]:
        """Return the ids of what was heard and is over, in order."""
        return [heard.name for heard in self.heard]

    def results(self, *but: Result) -> list[tuple[str, Result]]:
        """Return the bulletin and the newest result of every record, but those with these results."""
        newest = [history[-1] for _, history in sorted(self.records.items())]
        return [(record.bulletin_id, record.result) for record in newest if record.result not in but]

    def record(self, name: str) -> PlayRecord:
        """Return the newest record of a bulletin."""
        return [history[-1] for _, history in sorted(self.records.items()) if history[-1].bulletin_id == name][-1]

    def codes(self) -> list[str]:
        """Return the codes of all faults that were noted."""
        return [fault.code for fault in self.faults]

    # How it works.

    def send(self, event: ev.Event) -> None:
        """Give the agent an event and carry out what it wants done."""
        self.state, effects = step(self.state, event, self.now)
        assert self.state.wake_at_us > self.now.wall_us, "would wake at once, for ever"
        checks = [effect for effect in effects if isinstance(effect, ev.Check)]
        for effect in effects:
            self._carry_out(effect)
        for check in checks:
            self._check(check.bulletins)

    def _carry_out(self, effect: ev.Effect) -> None:
        if isinstance(effect, ev.Keep):
            self._keep(effect.record)
        elif isinstance(effect, ev.Note):
            self.faults.append(effect.fault)
        elif isinstance(effect, ev.Tell):
            assert self.output, f"ordered an output that is not there: {effect.order}"
            self._number(effect.order)
            self.told.append((self.now.wall_us, effect.order))
            self._not_in_circles()
            self.output.take(effect.order, self.now)
        elif isinstance(effect, ev.EndOutput):
            self._lose(Code.OUTPUT_HUNG, effect.why, self.now.mono_us)
        elif isinstance(effect, ev.Switch):
            assert not self.switched or self.switched[-1][1] is not effect.on, "switched to what it is"
            self.switched.append((self.now.wall_us, effect.on))
        elif isinstance(effect, ev.Lighten):
            assert not self.lightened or self.lightened[-1][1] != effect.light, "told what it knows"
            self.lightened.append((self.now.wall_us, effect.light))
        else:
            self._pass_on(effect)

    def _not_in_circles(self) -> None:
        of_late = self.told[-ORDERS_A_SECOND:]
        assert len(of_late) < ORDERS_A_SECOND or abs(self.now.wall_us - of_late[0][0]) >= SECOND, "goes in circles"

    def _pass_on(self, effect: ev.Effect) -> None:
        """Do what concerns a source system; this box has none."""

    def _keep(self, record: PlayRecord) -> None:
        history = self.records[record.no]
        if record.result in (Result.ON_AIR, Result.SKIPPED):
            assert not history, f"play {record.no} is opened twice"
            assert record.result is Result.ON_AIR or record.no not in self._numbers, f"{record.no} is used twice"
            self._numbers.add(record.no)
        else:
            results = [earlier.result for earlier in history]
            assert results == [Result.ON_AIR], f"play {record.no} is closed after {results}"
        history.append(record)

    def _number(self, order: msg.Order) -> None:
        item = order.item if isinstance(order, (msg.Now, msg.Next)) else None
        if item:
            opened = self.records[item.no] if isinstance(order, msg.Now) else []
            assert len(opened) == isinstance(order, msg.Now), "on air without a record"
            assert opened or item.no not in self._numbers, f"{item.no} is used twice"
            self._numbers.add(item.no)

    def _check(self, bulletins: Iterable[Bulletin]) -> None:
        contents = [content for bulletin in bulletins for content in bulletin.content]
        found = tuple((content, self.store[content.path]) for content in contents)
        results = tuple((content, outcome) for content, outcome in found if outcome is not None)
        if results:
            self.send(ev.Checked(results))

    def _due_us(self) -> WallUs:
        moments = [self.output.due_mono_us()] if self.output else [self._restart_mono_us]
        moments += [self._lost[0]] if self._lost else []
        return min(self.state.wake_at_us, *(self.now.wall_us + moment - self.now.mono_us for moment in moments))

    def _pass_to(self, wall_us: WallUs) -> None:
        ahead_us = max(0, wall_us - self.now.wall_us)
        self.now = Now(self.now.wall_us + ahead_us, self.now.mono_us + ahead_us)

    def _happen(self) -> None:
        """Do everything that is due now."""
        if self.state.wake_at_us <= self.now.wall_us:
            self.send(ev.Tick())
        if self._lost and self._lost[0] <= self.now.mono_us:
            self._bury()
        elif self.output is None and self._restart_mono_us <= self.now.mono_us:
            self.output = Output(self.manners, self.now.mono_us + self.manners.boot_us)
        elif self.output:
            for report in self.output.act(self.now):
                self.send(ev.Reported(report))

    def _lose(self, code: Code, detail: str, noticed_mono_us: MonoUs) -> None:
        if self.output:
            self._lost = noticed_mono_us, ev.OutputLost(code, detail)
            if noticed_mono_us <= self.now.mono_us:
                self._bury()

    def _bury(self) -> None:
        assert self._lost
        if self.output:
            self.output.die(self.now)
            self.heard_before += self.output.heard
        (_, event), self._lost, self.output = self._lost, None, None
        self._restart_mono_us = self.now.mono_us + (10**9 * SECOND if self.state.stopping else RESTART_US)
        self.send(event)
