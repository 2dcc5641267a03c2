"""Everything that the agent knows, in one immutable value with one owner, and the workspace of one step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, tzinfo
from typing import Any, TypeAlias

from firmware_py.core import events as ev
from firmware_py.core.amplifier import Amplifier, Terms
from firmware_py.core.content import Facts, Flaw
from firmware_py.core.decide import Decision, Play, Volumes
from firmware_py.core.entries import InboxRow, Matter
from firmware_py.core.errors import Code
from firmware_py.core.feeds import Feed
from firmware_py.core.hearing import Ear
from firmware_py.core.messages import Notice, Progress
from firmware_py.core.model import EMPTY_SCHEDULE, Bulletin, Content, Schedule
from firmware_py.core.panel import Panel
from firmware_py.core.panel import Terms as PanelTerms
from firmware_py.core.records import ClockState, Fault, PlayRecord
from firmware_py.core.reports import Reported
from firmware_py.core.seeing import Eye
from firmware_py.core.settings import Hours, SelfTest
from firmware_py.core.timeline import Channel, Timeline
from firmware_py.core.trust import Identity, Verify
from firmware_py.core.units import FAR_FUTURE_US, DurationUs, MonoUs, Now, WallUs
from firmware_py.core.windows import Rank, Window
from firmware_py.core.wire import Data, Desired, Keyring

Outcome: TypeAlias = Facts | Flaw
NO_TIMELINE = Timeline(0, 0, (), (), ())


@dataclass(frozen=True, slots=True)
class Ways:
    """What never changes while the agent runs: what it presents, where it is, what it may not do."""

    channels: tuple[Channel, ...]
    zone: tzinfo
    hours: Hours
    volumes: Volumes
    origins: frozenset[str] = frozenset()
    amplifier: Terms | None = None
    self_test: SelfTest = field(default_factory=SelfTest)
    feed_origins: frozenset[str] = frozenset()
    panel: PanelTerms | None = None


@dataclass(frozen=True, slots=True)
class Ordered:
    """A play that the output has been told of, under the number that its reports carry.

    One that began earlier and goes on after something else is on air again `from_us`.
    """

    no: int
    play: Play
    from_us: WallUs = 0


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


NOBODY = Identity("", ())


def nobody(_public: bytes, _message: bytes, _signature: bytes) -> bool:
    """Believe no signature: for a box without a signed link."""
    return False


@dataclass(frozen=True, slots=True)
class ThisBox:
    """What this box is for the source system. `boot_id` is a random name of this run of the agent."""

    identity: Identity = NOBODY
    name: str = ""
    product: str = ""
    version: str = ""
    boot_id: str = ""
    built_us: WallUs = 0
    spool_dir: str = ""
    check: Verify = nobody


@dataclass(frozen=True, slots=True)
class Connection:
    """The connection to the broker. `synced_mono_us` is when the source last proved that it is there, 0 never.

    `answered` says whether it did so on this connection, `hello_mono_us` when it was last asked.
    """

    number: int = 0
    up: bool = False
    since_mono_us: MonoUs = 0
    nonce: str = ""
    answered: bool = False
    hello_mono_us: MonoUs = 0
    synced_mono_us: MonoUs = 0
    source_us: WallUs = 0


@dataclass(frozen=True, slots=True)
class Held:
    """A notice that holds the air from `received_us` to `until_us`, on the channels where it is not `done`.

    `name` is the inbox row of an alert, or the id of a command; `cause` says which of the two. `recording` is the
    voice as a file that has to be fetched, where it does not travel in the alert itself; `sources` make it a live
    address instead of a notice.
    """

    name: str
    cause: Matter
    id: str
    seq: int
    rank: Rank
    notice: Notice
    received_us: WallUs
    until_us: WallUs
    language: str = "vi"
    voice: bytes = b""
    voice_name: str = ""
    recording: Bulletin | None = None
    volume_pct: int | None = None
    sources: tuple[str, ...] = ()
    done: frozenset[str] = frozenset()
    failures: int = 0
    began: bool = False


@dataclass(frozen=True, slots=True)
class Controls:
    """What commands have set. `shifted` are windows whose lineup was moved on by `next`, by channel."""

    muted: bool = False
    volume_pct: int | None = None
    paused_until_us: WallUs = 0
    amplifier_on: bool = False
    amplifier_until_us: WallUs = 0
    shifted: tuple[tuple[str, Window], ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What the source was last told of this box, and when."""

    reported: Reported | None = None
    at_mono_us: MonoUs = 0
    whole_mono_us: MonoUs = 0


@dataclass(frozen=True, slots=True)
class Incoming:
    """A schedule that waits until what it wants on air now has been checked, but no longer than this."""

    schedule: Schedule
    until_mono_us: MonoUs


@dataclass(frozen=True, slots=True)
class State:
    """The whole state. `plays` are the records still open, by number; `progress` the newest word of each, and `ears`
    and `eyes` what their words come to.

    `feeds` are known by their addresses, of which `followed` are read, `figures` by the audience of the document that
    brought them; `stale` are the bulletins whose feed or figure is too old, and at `renew_at_us` another one will be.
    `ahead_us` is by how much the wall clock was ahead of the monotonic one at the last step.
    From `me` on it is about the source system: `inbox` by name of the row, `waiting` for the time to become
    certain, `strangers` for a keyring that knows who has signed them, `refusals` how many of a kind since when,
    `jobs` the file or play that the end of a command waits for.
    """

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
    ears: Mapping[int, Ear] = field(default_factory=dict)
    eyes: Mapping[int, Eye] = field(default_factory=dict)
    wake_at_us: WallUs = 0
    ahead_us: DurationUs = 0
    planned_for: date = date.min
    me: ThisBox = ThisBox()
    connection: Connection = Connection()
    keyring: Keyring | None = None
    desired: Desired | None = None
    marks: Mapping[str, int] = field(default_factory=dict)
    inbox: Mapping[str, InboxRow] = field(default_factory=dict)
    waiting: tuple[ev.Arrived, ...] = ()
    strangers: tuple[ev.Arrived, ...] = ()
    refusals: Mapping[str, tuple[int, MonoUs]] = field(default_factory=dict)
    notices: tuple[Held, ...] = ()
    controls: Controls = Controls()
    jobs: Mapping[str, str] = field(default_factory=dict)
    outbox: tuple[str, int, int] = ("", 0, 0)
    amplifier: Amplifier = field(default_factory=Amplifier)
    panel: Panel = field(default_factory=Panel)
    tested_us: WallUs = 0
    told: Told = Told()
    feeds: Mapping[str, Feed] = field(default_factory=dict)
    followed: tuple[str, ...] = ()
    figures: Mapping[str, Data] = field(default_factory=dict)
    stale: frozenset[str] = frozenset()
    renew_at_us: WallUs = FAR_FUTURE_US


def _holds(whole: State | ChannelState, values: Mapping[str, object]) -> bool:
    """Return whether these very objects are the fields' values. To replace one copies all: that takes longer."""
    return all(getattr(whole, name) is value for name, value in values.items())


class Turn:
    """One step being made: the state so far, the effects so far. Lives only inside `reduce.step`."""

    __slots__ = ("effects", "now", "plan_changed", "state")

    def __init__(self, state: State, now: Now) -> None:
        self.state = state
        self.now = now
        self.effects: list[ev.Effect] = []
        self.plan_changed = False

    def change(self, **values: Any) -> None:  # noqa: ANN401 - the fields of State
        """Replace fields of the state; most steps bring most of them what they have already."""
        if not _holds(self.state, values):
            self.state = replace(self.state, **values)

    def change_channel(self, index: int, **values: Any) -> None:  # noqa: ANN401 - the fields of ChannelState
        """Replace fields of one channel."""
        channels = list(self.state.channels)
        if not _holds(channels[index], values):
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
