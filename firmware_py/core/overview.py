"""What a box does now and why, for whoever asks: on air, held back, coming, the link, the alerts. Pure.

For each channel: the play with its rank, what would be on air without it or is refused (`instead`), and what the
schedule brings next (`coming`). What comes is asked of the very function that decides, so it cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from firmware_py.core.decide import Play, decide
from firmware_py.core.entries import Matter
from firmware_py.core.records import ClockState
from firmware_py.core.state import ChannelState, State
from firmware_py.core.timeline import Timeline
from firmware_py.core.units import SILENCE_DBFS, DurationUs, Now, WallUs
from firmware_py.core.windows import Rank, Window

MOST_COMING = 5
MOST_ALERTS = 5
CLOCK_UNCERTAIN = "clock_uncertain"
"""Why nothing of a schedule goes out but what is always on air: nobody has told this box the time since its boot."""

_MOST_LOOKS = 100
"""So many changes of a timeline are looked through for what comes; a playlist that repeats may be all that comes."""


@dataclass(frozen=True, slots=True)
class Instead:
    """What is not on air though something wants it: whose (slot or bulletin), why (a code or `behind RANK`)."""

    what: str
    why: str
    until_us: WallUs = 0


@dataclass(frozen=True, slots=True)
class Coming:
    """What comes next, by the schedule as it is known now."""

    title: str
    slot_id: str
    rank: str
    start_us: WallUs
    end_us: WallUs


@dataclass(frozen=True, slots=True)
class OnAir:
    """One channel: what is on air since when until when, how loud, and what comes next. Empty texts: nothing."""

    channel: str
    title: str = ""
    bulletin_id: str = ""
    slot_id: str = ""
    since_us: WallUs = 0
    until_us: WallUs = 0
    played_us: DurationUs = 0
    mean_dbfs: float = SILENCE_DBFS
    next_title: str = ""
    rank: str = ""
    instead: tuple[Instead, ...] = ()
    coming: tuple[Coming, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """The way to the source: a folder, or a broker. `waiting` events have not been taken by the source."""

    kind: str
    up: bool
    since_us: WallUs = 0
    answered: bool = False
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class LastAlert:
    """An alert that this box was told of: its id, what became of it, when it came and until when it holds."""

    id: str
    state: str
    received_us: WallUs
    until_us: WallUs


@dataclass(frozen=True, slots=True)
class Process:
    """The processes of the agent, and how many faults were noted since it started."""

    pid: int
    output_pid: int
    faults: int


@dataclass(frozen=True, slots=True)
class Status:
    """The agent at one moment, `at_us`; `version` is that of the schedule."""

    pid: int
    output_pid: int
    at_us: WallUs
    clock: str
    output: str
    version: int
    on_air: tuple[OnAir, ...]
    faults: int
    name: str = ""
    muted: bool = False
    paused_until_us: WallUs = 0
    link: Link = Link("", up=False)
    alerts: tuple[LastAlert, ...] = ()


def status_of(state: State, now: Now, process: Process, link: str) -> Status:
    """Return what an agent does at this moment; `link` is the kind of its link."""
    return Status(
        pid=process.pid,
        output_pid=process.output_pid,
        at_us=now.wall_us,
        clock=state.clock,
        output="ready" if state.output_ready else "starting",
        version=state.schedule.version,
        on_air=tuple(_on_air(state, channel, now.wall_us) for channel in state.channels),
        faults=process.faults,
        name=state.me.name,
        muted=state.controls.muted,
        paused_until_us=state.controls.paused_until_us,
        link=_link(state, now, link),
        alerts=tuple(_alerts(state))[:MOST_ALERTS],
    )


def _on_air(state: State, channel: ChannelState, at_us: WallUs) -> OnAir:
    silent = OnAir(
        channel.channel.name,
        next_title=_title(channel.prepared.play) if channel.prepared else "",
        instead=tuple(_instead(state, channel, at_us)),
        coming=tuple(islice(_coming(channel.timeline, at_us), MOST_COMING)),
    )
    if channel.current is None:
        return silent
    play, word = channel.current.play, state.progress.get(channel.current.no)
    return replace(
        silent,
        title=_title(play),
        bulletin_id=play.what.bulletin.id,
        slot_id=play.owner,
        since_us=play.start_us,
        until_us=play.end_us,
        played_us=word.played_us if word else 0,
        mean_dbfs=word.mean_dbfs if word else SILENCE_DBFS,
        rank=_word(play.rank),
    )


def _instead(state: State, channel: ChannelState, at_us: WallUs) -> Iterator[Instead]:
    """Yield what is not on air now, the most important first."""
    decision = channel.decision
    if decision is None:
        return
    on_air, withheld = decision.window, decision.withheld
    if state.clock is ClockState.UNTRUSTED and (on_air is None or on_air.rank < Rank.OVERRIDE):
        yield Instead("*", CLOCK_UNCERTAIN)
    scheduled = _window_at(channel.timeline, at_us)
    if scheduled and on_air and scheduled.owner != on_air.owner and scheduled.rank > Rank.FALLBACK:
        yield Instead(scheduled.owner, f"behind {_word(on_air.rank)}", scheduled.end_us)
    if withheld and withheld.withheld:
        yield Instead(withheld.owner, withheld.withheld, withheld.end_us)
    for window in filter(None, (on_air, withheld)):
        yield from (Instead(skip.bulletin_id, skip.code, window.end_us) for skip in window.skipped)


def _coming(timeline: Timeline, now_us: WallUs) -> Iterator[Coming]:
    """Yield the plays of a timeline that begin after now, without what fills its gaps."""
    at_us = now_us
    for _ in range(_MOST_LOOKS):
        if not timeline.start_us <= at_us < timeline.end_us:
            return
        decision = decide(timeline, (), at_us)
        play = decision.on_air
        if play and play.rank > Rank.FALLBACK and play.start_us > now_us:
            yield Coming(_title(play), play.owner, _word(play.rank), play.start_us, play.end_us)
        at_us = play.end_us if play else decision.until_us


def _window_at(timeline: Timeline, at_us: WallUs) -> Window | None:
    return timeline.segment(at_us).window if timeline.start_us <= at_us < timeline.end_us else None


def _link(state: State, now: Now, kind: str) -> Link:
    connection, (_, first, last) = state.connection, state.outbox
    since_us = now.wall_us - (now.mono_us - connection.since_mono_us)
    return Link(kind, connection.up, since_us, connection.answered, last - first + 1 if first else 0)


def _alerts(state: State) -> Iterator[LastAlert]:
    """Yield the alerts in the inbox, the newest first."""
    rows = (row for row in state.inbox.values() if row.matter is Matter.ALERT)
    for row in sorted(rows, key=lambda row: -row.received_us):
        yield LastAlert(row.name, row.state, row.received_us, row.until_us)


def _title(play: Play) -> str:
    return play.what.bulletin.title or play.what.bulletin.id


def _word(rank: Rank) -> str:
    return rank.name.lower()
