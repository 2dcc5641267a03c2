"""What each command (lệnh điều khiển) does. Each ends in one answer; those that take time have others before.

A command that is over at once is journalled with its answer and its effect in one transaction, so that a crash
leaves all of it or nothing. One that takes time and was cut by a crash has failed, except a restart, which a
new start completes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

from firmware_py.core import events as ev
from firmware_py.core import messages as msg
from firmware_py.core.answers import answer_command
from firmware_py.core.decide import Decision
from firmware_py.core.entries import Control, Matter
from firmware_py.core.errors import Code
from firmware_py.core.model import Kind
from firmware_py.core.notices import finish, take
from firmware_py.core.records import ClockState
from firmware_py.core.reports import LAST_STATES, AlertState, CommandState
from firmware_py.core.state import Held, Turn
from firmware_py.core.streams import pinned
from firmware_py.core.timeline import quiet_spans
from firmware_py.core.units import DAY, FAR_FUTURE_US, MINUTE, SECOND, DurationUs, WallUs, to_datetime
from firmware_py.core.windows import EMPTY, Lineup, Rank, Window
from firmware_py.core.wire import Command, CommandKind

USUAL_US: dict[CommandKind, DurationUs] = {
    CommandKind.PAUSE: DAY,
    CommandKind.TEST_TONE: 10 * SECOND,
    CommandKind.IDENTIFY: 10 * SECOND,
    CommandKind.DRILL: 60 * SECOND,
    CommandKind.AMPLIFIER: 10 * MINUTE,
    CommandKind.LIVE: 60 * MINUTE,
}
"""How long a command lasts that does not say it."""

LONGEST_TONE_US = 60 * SECOND
SWITCHING = "amplifier"
"""The job of a command that waits for the amplifier."""

_MANY = 1000
_SNAPSHOT = "snapshot-"

Act: TypeAlias = Callable[[Turn, Command], None]


def act(turn: Turn, command: Command) -> None:
    """Do what an accepted command says."""
    _ACTS[command.kind](turn, command)


def tidy(turn: Turn) -> None:
    """Complete or give up, at a start, what an earlier run of the agent had begun."""
    for row in tuple(turn.state.inbox.values()):
        if row.matter is Matter.COMMAND and row.state not in LAST_STATES:
            restarted = row.state == CommandState.IN_PROGRESS and row.detail.startswith(_RESTARTING)
            if restarted and row.detail != _restarting(turn):
                answer_command(turn, row.name, CommandState.SUCCEEDED)
            else:
                answer_command(turn, row.name, CommandState.FAILED, Code.AGENT_DIED, "the agent died while it did this")


def finished(turn: Turn, job: str, detail: str, code: Code = Code.FETCH_FAILED) -> None:
    """Answer the command that waited for a file or for the amplifier, as `detail` says why it failed."""
    name = turn.state.jobs.get(job)
    if name is None:
        return
    turn.change(jobs={other: waits for other, waits in turn.state.jobs.items() if other != job})
    if detail:
        answer_command(turn, name, CommandState.FAILED, code, detail)
    else:
        answer_command(turn, name, CommandState.SUCCEEDED, detail=job)


def output_lost(turn: Turn) -> None:
    """Give up the snapshots that an output has taken with it."""
    for job in tuple(turn.state.jobs):
        if job.startswith(_SNAPSHOT):
            finished(turn, job, "the output died while it took the snapshot; ask again")


def snapshot_taken(turn: Turn, report: msg.SnapshotTaken) -> None:
    """Bring a snapshot to the source, or say why there is none."""
    job = report.path.rpartition("/")[2]
    if report.detail:
        finished(turn, job, report.detail)
    elif job in turn.state.jobs:
        turn.do(ev.Upload(job, report.path))


def mute(turn: Turn, *, muted: bool) -> None:
    """Silence this box, or give it its voice back; that outlives a restart."""
    _set(turn, "muted", int(muted), muted=muted)


# One function for each kind.


def _volume(turn: Turn, command: Command) -> None:
    _set(turn, "volume_pct", command.volume_pct or 0, volume_pct=command.volume_pct)
    _succeed(turn, command)


def _mute(turn: Turn, command: Command) -> None:
    mute(turn, muted=command.kind is CommandKind.MUTE)
    _succeed(turn, command)


def _pause(turn: Turn, command: Command) -> None:
    until_us = turn.now.wall_us + _lasting(command)
    _set(turn, "paused_until_us", until_us, paused_until_us=until_us)
    _succeed(turn, command)


def _resume(turn: Turn, command: Command) -> None:
    _set(turn, "paused_until_us", 0, paused_until_us=0)
    _succeed(turn, command)


def _stop(turn: Turn, command: Command) -> None:
    """Silence what is on air now until its slot is over; what comes after it comes. A live address is over."""
    if _end_live(turn, CommandState.CANCELLED):
        _succeed(turn, command)
        return
    ends = [decision.window.end_us for _, decision in _running(turn) if decision.window]
    until_us = min(max(ends, default=0), turn.now.wall_us + DAY)
    if not ends:
        _answer_nothing(turn, command)
        return
    _set(turn, "paused_until_us", until_us, paused_until_us=until_us)
    _succeed(turn, command)


def _next(turn: Turn, command: Command) -> None:
    """Go over to the next bulletin of the slot on air, and so through the rest of it."""
    running = _running(turn)
    if not running:
        _answer_nothing(turn, command)
        return
    shifted = tuple(window for name, decision in running for window in _shifted(turn, name, decision))
    kept = tuple(entry for entry in turn.state.controls.shifted if entry[1].end_us > turn.now.wall_us)
    turn.change(controls=replace(turn.state.controls, shifted=(*kept, *shifted)))
    _succeed(turn, command)


def _shifted(turn: Turn, channel: str, decision: Decision) -> tuple[tuple[str, Window], ...]:
    window, play, now_us = decision.window, decision.on_air, turn.now.wall_us
    if window is None or play is None:
        return ()
    left_us = play.start_us + play.whole_us - now_us
    loops = window.end_us - window.origin_us > window.lineup.cycle_us
    ends_us = window.end_us if loops else max(now_us, window.end_us - left_us)
    moved = _like(window, now_us, ends_us, window.lineup, window.origin_us - left_us)
    rest = _like(window, ends_us, window.end_us, EMPTY, window.origin_us)
    return tuple((channel, each) for each in (moved, rest) if each.start_us < each.end_us)


def _like(window: Window, start_us: int, end_us: int, lineup: Lineup, origin_us: int) -> Window:
    """Return a window of the same rank and owner that takes precedence over it, because it began later."""
    return replace(window, since_us=start_us, origin_us=origin_us, start_us=start_us, end_us=end_us, lineup=lineup)


def _snapshot(turn: Turn, command: Command) -> None:
    job = f"{_SNAPSHOT}{command.seq}.png"
    if not turn.state.output_ready:
        answer_command(turn, command.id, CommandState.FAILED, Code.OUTPUT_DIED, "the output is being started")
        return
    _begin_job(turn, command, job)
    turn.do(ev.Tell(msg.TakeSnapshot(f"{turn.state.me.spool_dir}/{job}")))


def _send_logs(turn: Turn, command: Command) -> None:
    job = f"log-{command.seq}.txt"
    _begin_job(turn, command, job)
    turn.do(ev.Upload(job, ""))


def _begin_job(turn: Turn, command: Command, job: str) -> None:
    turn.change(jobs={**turn.state.jobs, job: command.id})
    answer_command(turn, command.id, CommandState.IN_PROGRESS)


def _refresh(turn: Turn, command: Command) -> None:
    if turn.state.desired:
        turn.do(ev.Want(turn.state.desired))
    ours = frozenset().union(*(channel.channel.kinds for channel in turn.state.channels))
    bulletins = tuple(bulletin for bulletin in turn.state.schedule.bulletins if bulletin.kind in ours)
    turn.do(ev.Check(bulletins))
    _succeed(turn, command)


def _tone(turn: Turn, command: Command) -> None:
    _notice(turn, command, "tone", Rank.OVERRIDE, "Thử âm thanh", "Thử âm thanh, thử màn hình")


def _identify(turn: Turn, command: Command) -> None:
    _notice(turn, command, "identify", Rank.OVERRIDE, turn.state.me.name, turn.state.me.identity.device_id)


def _drill(turn: Turn, command: Command) -> None:
    text = "Đây là diễn tập. Không có nguy hiểm."
    _notice(turn, command, "drill", Rank.DRILL, "Diễn tập", text)


def _notice(turn: Turn, command: Command, style: msg.Style, rank: Rank, title: str, text: str) -> None:
    lasts_us = min(_lasting(command), LONGEST_TONE_US) if rank is Rank.OVERRIDE else _lasting(command)
    notice = msg.Notice(style, title, "unknown", (msg.NoticeText("vi", title, text),), siren=True, repeats=_MANY)
    now_us = turn.now.wall_us
    held = Held(command.id, Matter.COMMAND, command.id, command.seq, rank, notice, now_us, now_us + lasts_us)
    answer_command(turn, command.id, CommandState.IN_PROGRESS)
    take(turn, replace(held, volume_pct=command.volume_pct))


def _live(turn: Turn, command: Command) -> None:
    """Put a live address (phát thanh trực tiếp) on air, in the place of an earlier one."""
    if not any(Kind.RELAY in channel.channel.kinds for channel in turn.state.channels):
        answer_command(turn, command.id, CommandState.REJECTED, Code.NOT_SUPPORTED, "this box makes no sound")
        return
    sources = pinned(command.sources, turn.state.ways.origins)
    if not sources:
        what = "none of its sources is of an origin that this box's config names in relay.origins"
        answer_command(turn, command.id, CommandState.REJECTED, Code.STREAM_REFUSED, what)
        return
    quiet_us = _quiet_from_us(turn)
    now_us = turn.now.wall_us
    if quiet_us <= now_us:
        what = "these are quiet hours (hours.quiet); wait for their end, or send an alert"
        answer_command(turn, command.id, CommandState.REJECTED, Code.QUIET_HOURS, what)
        return
    _end_live(turn, CommandState.SUPERSEDED)
    notice = msg.Notice("identify", "Phát thanh trực tiếp", "unknown", (), siren=False, repeats=1)
    until_us = min(now_us + _lasting(command), quiet_us)
    held = Held(command.id, Matter.COMMAND, command.id, command.seq, Rank.OVERRIDE, notice, now_us, until_us)
    answer_command(turn, command.id, CommandState.IN_PROGRESS)
    take(turn, replace(held, volume_pct=command.volume_pct, sources=sources))


def _quiet_from_us(turn: Turn) -> WallUs:
    """Return when the next quiet hours begin, or those that hold now began; never, where nobody knows the time."""
    if turn.state.clock is ClockState.UNTRUSTED:
        return FAR_FUTURE_US
    ways, now_us = turn.state.ways, turn.now.wall_us
    spans = quiet_spans(ways.hours, to_datetime(now_us).astimezone(ways.zone).date(), ways.zone)
    return next((start_us for start_us, end_us in spans if now_us < end_us), FAR_FUTURE_US)


def _end_live(turn: Turn, state: CommandState) -> bool:
    """Take a live address off the air; return whether there was one."""
    lives = [held for held in turn.state.notices if held.sources]
    for held in lives:
        finish(turn, held, AlertState.CANCELLED, state)
    return bool(lives)


def _amplifier(turn: Turn, command: Command) -> None:
    """Hold the amplifier on or off for a time; the command has succeeded when the amplifier says so."""
    if turn.state.ways.amplifier is None:
        answer_command(turn, command.id, CommandState.REJECTED, Code.NOT_SUPPORTED, "this box switches no amplifier")
        return
    finished(turn, SWITCHING, "another command came before it had answered", Code.AMPLIFIER_SILENT)
    on, until_us = bool(command.on), turn.now.wall_us + _lasting(command)
    turn.change(controls=replace(turn.state.controls, amplifier_on=on, amplifier_until_us=until_us))
    turn.change(jobs={**turn.state.jobs, SWITCHING: command.id})
    if turn.state.amplifier.said == ("on" if on else "off"):
        finished(turn, SWITCHING, "")
    else:
        answer_command(turn, command.id, CommandState.IN_PROGRESS)


def _restart(turn: Turn, command: Command) -> None:
    if command.boot_id != turn.state.me.boot_id:
        what = "was meant for another run of the agent; take boot_id from the newest birth message"
        answer_command(turn, command.id, CommandState.REJECTED, Code.REPLAYED, what)
        return
    answer_command(turn, command.id, CommandState.IN_PROGRESS, detail=_restarting(turn))
    turn.change(stopping=True)
    if turn.state.output_ready:
        turn.do(ev.Tell(msg.Quit()))
    turn.do(ev.Stop())


_RESTARTING = "restarting from "


def _restarting(turn: Turn) -> str:
    return f"{_RESTARTING}{turn.state.me.boot_id}"


# What they have in common.


def _lasting(command: Command) -> DurationUs:
    return round(command.seconds * SECOND) if command.seconds else USUAL_US.get(command.kind, DAY)


def _succeed(turn: Turn, command: Command) -> None:
    answer_command(turn, command.id, CommandState.SUCCEEDED)


def _answer_nothing(turn: Turn, command: Command) -> None:
    answer_command(turn, command.id, CommandState.SUCCEEDED, detail="nothing of a schedule was on air")


def _running(turn: Turn) -> list[tuple[str, Decision]]:
    """Return the channels on which something of the schedule is on air."""
    decided = ((channel.channel.name, channel.decision) for channel in turn.state.channels)
    return [(name, found) for name, found in decided if found and found.on_air and found.on_air.rank < Rank.OVERRIDE]


def _set(turn: Turn, name: str, value: int, **values: Any) -> None:  # noqa: ANN401 - the fields of Controls
    turn.change(controls=replace(turn.state.controls, **values))
    turn.do(ev.Store(Control(name, value)))


_ACTS: dict[CommandKind, Act] = {
    CommandKind.VOLUME: _volume,
    CommandKind.AMPLIFIER: _amplifier,
    CommandKind.STOP: _stop,
    CommandKind.NEXT: _next,
    CommandKind.PAUSE: _pause,
    CommandKind.RESUME: _resume,
    CommandKind.SNAPSHOT: _snapshot,
    CommandKind.TEST_TONE: _tone,
    CommandKind.IDENTIFY: _identify,
    CommandKind.REFRESH: _refresh,
    CommandKind.MUTE: _mute,
    CommandKind.UNMUTE: _mute,
    CommandKind.DRILL: _drill,
    CommandKind.LIVE: _live,
    CommandKind.SEND_LOGS: _send_logs,
    CommandKind.RESTART: _restart,
}
