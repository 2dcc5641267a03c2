"""Everything that the agent knows, in one immutable value with one owner, and the workspace of one step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, tzinfo
from typing import Any, TypeAlias

from firmware_py.core import events as ev
from firmware_py.core.content import Facts, Flaw
from firmware_py.core.decide import Decision, Play, Volumes
from firmware_py.core.errors import Code
from firmware_py.core.messages import Progress
from firmware_py.core.model import EMPTY_SCHEDULE, Content, Schedule
from firmware_py.core.records import ClockState, Fault, PlayRecord
from firmware_py.core.settings import Hours
from firmware_py.core.timeline import Channel, Timeline
from firmware_py.core.units import MonoUs, Now, WallUs

Outcome: TypeAlias = Facts | Flaw
NO_TIMELINE = Timeline(0, 0, (), (), ())


@dataclass(frozen=True, slots=True)
class Ways:
    """What never changes while the agent runs: what it presents, where it is, what it may not do."""

    channels: tuple[Channel, ...]
    zone: tzinfo
    hours: Hours
    volumes: Volumes


@dataclass(frozen=True, slots=True)
class Ordered:
    """A play that the output has been told of, under the number that its reports carry."""

    no: int
    play: Play


@dataclass(frozen=True, slots=True)
class ChannelState:
    """One channel: its timeline, the newest decision, what the output plays and what it has prepared.

    `unfinished` maps the key of a play that was cut to its number, so that its continuation can name it.
    `passed` are the newest windows whose skipped or withheld bulletins have been recorded.
    """

    channel: Channel
    timeline: Timeline = NO_TIMELINE
    decision: Decision | None = None
    current: Ordered | None = None
    prepared: Ordered | None = None
    unfinished: Mapping[str, int] = field(default_factory=dict)
    passed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Incoming:
    """A schedule that waits until what it wants on air now has been checked, but no longer than this."""

    schedule: Schedule
    until_mono_us: MonoUs


@dataclass(frozen=True, slots=True)
class State:
    """The whole state. `plays` are the records still open, by number; `progress` the newest word of each."""

    ways: Ways
    channels: tuple[ChannelState, ...]
    schedule: Schedule = EMPTY_SCHEDULE
    incoming: Incoming | None = None
    outcomes: Mapping[Content, Outcome] = field(default_factory=dict)
    strikes: Mapping[str, int] = field(default_factory=dict)
    clock: ClockState = ClockState.UNTRUSTED
    output_ready: bool = False
    stopping: bool = False
    last_no: int = 0
    plays: Mapping[int, PlayRecord] = field(default_factory=dict)
    progress: Mapping[int, Progress] = field(default_factory=dict)
    wake_at_us: WallUs = 0
    planned_for: date = date.min


class Turn:
    """One step being made: the state so far, the effects so far. Lives only inside `reduce.step`."""

    __slots__ = ("effects", "now", "plan_changed", "state")

    def __init__(self, state: State, now: Now) -> None:
        self.state = state
        self.now = now
        self.effects: list[ev.Effect] = []
        self.plan_changed = False

    def change(self, **values: Any) -> None:  # noqa: ANN401 - the fields of State
        """Replace fields of the state."""
        self.state = replace(self.state, **values)

    def change_channel(self, index: int, **values: Any) -> None:  # noqa: ANN401 - the fields of ChannelState
        """Replace fields of one channel."""
        channels = list(self.state.channels)
        channels[index] = replace(channels[index], **values)
        self.change(channels=tuple(channels))

    def do(self, effect: ev.Effect) -> None:
        """Add an effect after those already there."""
        self.effects.append(effect)

    def note(self, code: Code, subject: str, detail: str) -> None:
        """Add a fault to be journalled and logged."""
        self.do(ev.Note(Fault(self.now.wall_us, code, subject, detail)))

    def take_no(self) -> int:
        """Return a play number that was never used."""
        self.change(last_no=self.state.last_no + 1)
        return self.state.last_no
