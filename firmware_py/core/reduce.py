"""The agent as a function: `step(state, event, now) -> (state, effects)`.

Rules
-----
1. Whatever changes the state lies here, in `incoming.py` (a new schedule), in `settle.py` (orders), in
   `switching.py` (the amplifier), `lighting.py` (the panel), `truth.py` (what is heard and seen) and in `ledger.py`
   (records); nothing acts.
2. Every event ends in `settle`: decide for each channel, compare with what the output was told, and order
   only the difference. A lost or late event costs time, never truth, because the next one settles too.
3. A failed check of a file that was good before keeps the good one: what is on air stays on air.
4. A bulletin on air when the output dies, hangs or fails gets a strike; `STRIKES` of them put it in quarantine
   until it is played to its end, its content changes or a new schedule comes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from firmware_py.core import (
    commands,
    following,
    inbox,
    incoming,
    ledger,
    lighting,
    notices,
    reporting,
    selftest,
    switching,
    truth,
)
from firmware_py.core import events as ev
from firmware_py.core import messages as msg
from firmware_py.core.content import Facts, Flaw
from firmware_py.core.errors import Code
from firmware_py.core.records import ClockState, Result
from firmware_py.core.settle import outdated, plan, revoke, settle
from firmware_py.core.state import ChannelState, State, Turn, Ways
from firmware_py.core.units import Now

Step = tuple[State, tuple[ev.Effect, ...]]


def start(ways: Ways, now: Now, *, last_no: int, clock: ClockState, unfinished: dict[str, int]) -> State:
    """Return the state of an agent that knows no schedule yet; `unfinished` are plays that a crash cut, by key."""
    channels = tuple(ChannelState(channel, unfinished=unfinished) for channel in ways.channels)
    ahead_us = now.wall_us - now.mono_us
    return State(ways, channels, last_no=last_no, clock=clock, wake_at_us=now.wall_us, ahead_us=ahead_us)


def step(state: State, event: ev.Event, now: Now) -> Step:
    """Return the state after an event, and what is to be done, in order."""
    turn = Turn(state, now)
    notices.follow_clock(turn)
    _HANDLERS[type(event)](turn, event)
    inbox.look(turn)
    _follow(turn)
    notices.expire(turn)
    incoming.look(turn)
    selftest.look(turn)
    if turn.plan_changed or outdated(turn.state, now):
        turn.state = plan(turn.state, now)
    following.complain(turn, state.stale)
    light_until_us = lighting.look(turn)
    settle(turn)
    lighting.unveil(turn)
    _wake_for(turn, light_until_us)
    _wake_for(turn, switching.look(turn))
    _wake_for(turn, selftest.next_us(turn.state, now))
    _wake_for(turn, reporting.look(turn))
    _wake_for(turn, turn.state.renew_at_us)
    return turn.state, tuple(turn.effects)


def _follow(turn: Turn) -> None:
    """Let the notices know which of their plays are over."""
    for effect in tuple(turn.effects):
        if isinstance(effect, ev.Keep) and effect.record.kind in ledger.BY_WORD:
            notices.ended(turn, effect.record)


def _wake_for(turn: Turn, at_us: int | None) -> None:
    waits_us = [turn.now.wall_us + inbox.SYNC_WAIT_US] if turn.state.waiting else []
    moments = [moment for moment in (at_us, *waits_us) if moment is not None]
    turn.change(wake_at_us=min((turn.state.wake_at_us, *moments)))


def _tick(_turn: Turn, _event: ev.Tick) -> None:
    """Time alone has passed; settling is all."""


def _schedule_arrived(turn: Turn, event: ev.ScheduleArrived) -> None:
    incoming.arrive(turn, event.schedule)


def _schedule_refused(turn: Turn, event: ev.ScheduleRefused) -> None:
    for problem in event.refusal.problems:
        turn.note(Code.SCHEDULE_REFUSED, event.refusal.source, str(problem))


def _files_changed(turn: Turn, event: ev.FilesChanged) -> None:
    newest = turn.state.incoming.schedule if turn.state.incoming else turn.state.schedule
    ours = frozenset().union(*(channel.channel.kinds for channel in turn.state.channels))
    found = tuple(
        bulletin
        for bulletin in newest.bulletins
        if bulletin.kind in ours and any(content.path in event.paths for content in bulletin.content)
    )
    if found:
        turn.do(ev.Check(found))
    voices = tuple(held.recording for held in turn.state.notices if held.recording)
    changed = tuple(voice for voice in voices if voice.content[0].path in event.paths)
    if changed:
        turn.do(ev.Check(changed, guests=True))


def _checked(turn: Turn, event: ev.Checked) -> None:
    outcomes = dict(turn.state.outcomes)
    for content, outcome in event.results:
        before = outcomes.get(content)
        if outcome == before:
            continue
        turn.plan_changed = True
        if isinstance(outcome, Flaw):
            turn.note(outcome.code, content.path, outcome.detail)
        elif outcome.remark:
            what = f"{content.path}: {outcome.remark}; it goes out as it is, send the whole file"
            turn.note(Code.CONTENT_CUT, content.path, what)
        if isinstance(outcome, Facts) or not isinstance(before, Facts):
            outcomes[content] = outcome
            ledger.forgive(turn, content)
    turn.change(outcomes=outcomes)


def _clock_changed(turn: Turn, event: ev.ClockChanged) -> None:
    of_an_age = bool(turn.state.feeds or turn.state.figures)
    turn.plan_changed |= event.state is not turn.state.clock or (event.stepped and of_an_age)
    turn.change(clock=event.state)
    if event.stepped and turn.state.output_ready and not turn.state.stopping:
        revoke(turn)


def _forget_orders(turn: Turn) -> None:
    """Order everything anew at the next settling, from an output that knows of nothing."""
    for index in range(len(turn.state.channels)):
        turn.change_channel(index, current=None, prepared=None)


def _output_lost(turn: Turn, event: ev.OutputLost) -> None:
    _forget_orders(turn)
    turn.change(output_ready=False)
    _close_records(turn, event)
    turn.change(panel=replace(turn.state.panel, blacked=False, lost=False))  # the next output says how it is


def _close_records(turn: Turn, event: ev.OutputLost) -> None:
    if turn.state.stopping:
        ledger.close_all(turn, Result.STOPPED)
        return
    turn.note(event.code, "output", event.detail)
    commands.output_lost(turn)
    if event.code is Code.SCREEN_BACK:
        ledger.close_all(turn, Result.INTERRUPTED, event.code, event.detail)
        return
    ledger.strike_newest(turn)
    ledger.close_all(turn, Result.FAILED, event.code, event.detail)


def _noticed(turn: Turn, event: ev.Noticed) -> None:
    turn.note(event.code, event.subject, event.detail)


def _stop_asked(turn: Turn, _event: ev.StopAsked) -> None:
    turn.change(stopping=True)
    if turn.state.output_ready:
        turn.do(ev.Tell(msg.Quit()))


def _reported(turn: Turn, event: ev.Reported) -> None:
    _REPORTS[type(event.report)](turn, event.report)


def _ready(turn: Turn, _report: msg.Ready) -> None:
    _forget_orders(turn)
    turn.change(output_ready=True)


def _trouble(turn: Turn, report: msg.Trouble) -> None:
    turn.note(Code(report.code), "output", report.detail)
    if report.code == Code.SCREEN_LOST:
        turn.change(panel=replace(turn.state.panel, lost=True))


def _started(turn: Turn, report: msg.Started) -> None:
    ledger.started(turn, report)
    record = turn.state.plays.get(report.no)
    if record:
        notices.begun(turn, record)


def _progress(turn: Turn, report: msg.Progress) -> None:
    ledger.progress(turn, report)
    truth.listen(turn, report)


def _link_down(turn: Turn, event: ev.LinkDown) -> None:
    turn.change(connection=replace(turn.state.connection, up=False), waiting=())
    turn.note(event.code, "link", event.detail)


def _uploaded(turn: Turn, event: ev.Uploaded) -> None:
    commands.finished(turn, event.name, event.detail)


def _muted(turn: Turn, event: ev.Muted) -> None:
    commands.mute(turn, muted=event.muted)


def _sent(_turn: Turn, _event: ev.Sent) -> None:
    """Only the sender of events minds, which is not here."""


_REPORTS: dict[type, Callable[[Turn, Any], None]] = {
    msg.Ready: _ready,
    msg.Started: _started,
    msg.Progress: _progress,
    msg.Ended: ledger.ended,
    msg.Failed: ledger.failed,
    msg.Trouble: _trouble,
    msg.SnapshotTaken: commands.snapshot_taken,
    msg.ToneHeard: selftest.tone_heard,
}

_HANDLERS: dict[type, Callable[[Turn, Any], None]] = {
    ev.Tick: _tick,
    ev.ScheduleArrived: _schedule_arrived,
    ev.ScheduleRefused: _schedule_refused,
    ev.FilesChanged: _files_changed,
    ev.Checked: _checked,
    ev.ClockChanged: _clock_changed,
    ev.Reported: _reported,
    ev.OutputLost: _output_lost,
    ev.Noticed: _noticed,
    ev.LinkUp: reporting.link_up,
    ev.LinkDown: _link_down,
    ev.Arrived: inbox.arrived,
    ev.Sent: _sent,
    ev.Uploaded: _uploaded,
    ev.HealthRead: reporting.heartbeat,
    ev.Muted: _muted,
    ev.Switched: switching.switched,
    ev.FeedRead: following.read,
    ev.FeedFailed: following.failed,
    ev.Lit: lighting.answered,
    ev.StopAsked: _stop_asked,
}
