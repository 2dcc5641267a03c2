"""Alerts (cảnh báo khẩn cấp), drills (diễn tập) and what commands bring on air: from arrival to the last word.

    received ──first sample or frame──▶ on air ──┬─ all repeats played, or its time is over ──▶ done
                                                 ├─ cancel ──▶ cancelled, and the cancel itself goes on air
                                                 └─ update ──▶ superseded by the new one

1. A notice holds the air from its receipt until `until_us`: its end by the source, never longer than its
   `max_duration_s`. A loudspeaker is done with it when all repeats have been played; a board when its time is over.
2. On a channel that is not the main one of its product there is silence meanwhile.
3. What breaks `STRIKES` times is given up, so that an output that dies of it is not killed for ever.
4. A mute at the box is above all: a technician stands in front of it.
5. Their time is a duration. When somebody sets the wall clock, what holds the air is moved with it: a warning that came
   to a box whose clock was not set yet is not over because the clock is.
"""

from __future__ import annotations

from dataclasses import replace

from firmware_py.core import events as ev
from firmware_py.core.answers import answer_alert, answer_command
from firmware_py.core.content import Facts
from firmware_py.core.entries import InboxRow, Matter
from firmware_py.core.errors import Code
from firmware_py.core.ledger import STRIKES
from firmware_py.core.messages import Notice, NoticeText, Style
from firmware_py.core.model import Bulletin, Kind
from firmware_py.core.records import PlayRecord, Result
from firmware_py.core.reports import AlertAnswer, AlertState, CommandState
from firmware_py.core.state import Held, State, Turn
from firmware_py.core.units import FAR_FUTURE_US, SECOND, DurationUs, WallUs
from firmware_py.core.windows import EMPTY, Lineup, Playable, Rank, Window, line_up
from firmware_py.core.wire import Alert, AlertStatus

CANCEL_SHOWN_US = 30 * SECOND
SET_US = SECOND
"""What the wall clock does to the monotonic one in less than this is a correction by a time service."""

_PRODUCT_CHANNELS = frozenset({"sound", "main"})
"""The channels on which notices are heard and seen; on others there is nothing meanwhile."""


def hold(alert: Alert, row: InboxRow) -> Held:
    """Return the notice of an alert that was accepted."""
    style = _style(alert)
    notice = Notice(
        style=style,
        event=alert.event,
        severity=alert.severity,
        texts=tuple(NoticeText(each.language, each.title, each.text) for each in alert.texts),
        siren=alert.siren,
        repeats=1 if style == "cancel" else alert.repeats,
        area=alert.area_name,
        until_us=0 if style == "cancel" else alert.expires,
    )
    return Held(
        name=row.name,
        cause=Matter.ALERT,
        id=alert.id,
        seq=alert.seq,
        rank=Rank.DRILL if alert.status is AlertStatus.DRILL else Rank.ALERT,
        notice=notice,
        received_us=row.received_us,
        until_us=row.until_us,
        language=alert.texts[0].language,
        voice=alert.voice or b"",
        voice_name=f"{row.digest[:32]}.opus" if alert.voice else "",
        recording=_recording(alert),
        volume_pct=alert.volume_pct,
    )


def _recording(alert: Alert) -> Bulletin | None:
    """Return the voice that has to be fetched: the first file, unless the voice came with the alert."""
    if alert.voice or not alert.content:
        return None
    return Bulletin(f"alert:{alert.id}", Kind.AUDIO, title=alert.event, content=alert.content[:1])


def _style(alert: Alert) -> Style:
    if alert.msg_type == "cancel":
        return "cancel"
    return "drill" if alert.status is AlertStatus.DRILL else "actual"


def time_on_air(alert: Alert, received_us: WallUs, remaining_us: DurationUs) -> WallUs:
    """Return when an alert leaves the air by this box's clock, which may be unset: what remains of it counts."""
    longest_us = CANCEL_SHOWN_US if alert.msg_type == "cancel" else round(alert.max_duration_s * SECOND)
    return received_us + min(remaining_us, longest_us)


def interruptions(state: State, channel: str) -> tuple[Window, ...]:
    """Return everything that stands above the schedule on a channel."""
    windows = [_window(state, held, channel) for held in state.notices if channel not in held.done]
    controls = state.controls
    if controls.muted:
        windows.append(_silence(Rank.MUTE, "mute", FAR_FUTURE_US))
    if controls.paused_until_us:
        windows.append(_silence(Rank.OVERRIDE, "pause", controls.paused_until_us))
    windows += [window for name, window in controls.shifted if name == channel]
    return tuple(windows)


def _silence(rank: Rank, owner: str, end_us: WallUs) -> Window:
    return Window(rank, owner, 1, 0, 0, end_us, EMPTY)


def _window(state: State, held: Held, channel: str) -> Window:
    lineup = _lineup(state, held) if channel in _PRODUCT_CHANNELS else EMPTY
    begin_us = held.received_us
    return Window(
        held.rank, f"{held.cause}:{held.name}", begin_us, begin_us, begin_us, held.until_us, lineup, held.volume_pct
    )


def _lineup(state: State, held: Held) -> Lineup:
    lasts_us = max(SECOND, held.until_us - held.received_us)
    duration_s = min(86_400.0, lasts_us / SECOND)
    if held.sources:
        live = Bulletin(held.id, Kind.RELAY, title=held.notice.event, duration_s=duration_s, sources=held.sources)
        return line_up((Playable(live, lasts_us),))
    bulletin = Bulletin(
        held.id,
        Kind.TEXT,
        title=held.notice.event,
        text="\n".join(text.text for text in held.notice.texts),
        language=held.language,
        duration_s=duration_s,
    )
    voice = state.outcomes.get(held.recording.content[0]) if held.recording else None
    if isinstance(voice, Facts):
        # Another mark is another play: the siren sounds again, now with the words.
        playable = Playable(bulletin, lasts_us, voice.path, voice.sha256[:12], voice.gain_db, held.notice)
    else:
        playable = Playable(bulletin, lasts_us, path=held.voice_name, notice=held.notice)
    return line_up((playable,))


def follow_clock(turn: Turn) -> None:
    """Move what lasts for a time by as much as somebody has set the clock since the last step."""
    ahead_us = turn.now.wall_us - turn.now.mono_us
    by_us = ahead_us - turn.state.ahead_us
    if abs(by_us) < SET_US:
        turn.change(ahead_us=ahead_us)
        return
    moved = tuple(
        replace(held, received_us=held.received_us + by_us, until_us=held.until_us + by_us)
        for held in turn.state.notices
    )
    controls = turn.state.controls
    switched = replace(controls, amplifier_until_us=max(0, controls.amplifier_until_us + by_us))
    turn.change(ahead_us=ahead_us, notices=moved, controls=switched if controls.amplifier_until_us else controls)


def expire(turn: Turn) -> None:
    """Let go of the notices whose time is over, and of a pause."""
    for held in turn.state.notices:
        if held.until_us <= turn.now.wall_us:
            _run_out(turn, held)
    if 0 < turn.state.controls.paused_until_us <= turn.now.wall_us:
        turn.change(controls=replace(turn.state.controls, paused_until_us=0))


def _run_out(turn: Turn, held: Held) -> None:
    """Say the last word on what has had its time; what was never heard or seen in it was not done."""
    if held.began:
        finish(turn, held, AlertState.DONE, CommandState.SUCCEEDED)
    else:
        what = "was not heard or seen in its time: something above it had the air, the box was muted, or its card lost"
        finish(turn, held, AlertState.EXPIRED, CommandState.FAILED, Code.EXPIRED, what)


def begun(turn: Turn, record: PlayRecord) -> None:
    """Say once that a notice can be heard or seen."""
    held = _of(turn.state, record)
    if held and not held.began:
        _put(turn, replace(held, began=True))
        if held.cause is Matter.ALERT:
            _say(turn, held, AlertState.ON_AIR)


def ended(turn: Turn, record: PlayRecord) -> None:
    """Take note that a play of a notice is over: with all repeats done, or not."""
    held = _of(turn.state, record)
    if held is None:
        return
    if record.result is Result.COMPLETE:
        _done(turn, replace(held, done=held.done | {record.channel}))
    elif record.result is Result.FAILED:
        _failed(turn, replace(held, failures=held.failures + 1), record)


def _done(turn: Turn, held: Held) -> None:
    _put(turn, held)
    channels = {channel.channel.name for channel in turn.state.channels} & _PRODUCT_CHANNELS
    if channels <= held.done:
        finish(turn, held, AlertState.DONE, CommandState.SUCCEEDED)


def _failed(turn: Turn, held: Held, record: PlayRecord) -> None:
    _put(turn, held)
    if held.failures >= STRIKES:
        finish(turn, held, AlertState.FAILED, CommandState.FAILED, record.code, record.detail)


def finish(turn: Turn, held: Held, alert: AlertState, command: CommandState, code: str = "", detail: str = "") -> None:
    """Take a notice off the air and say the last word on it."""
    turn.change(notices=tuple(other for other in turn.state.notices if other.name != held.name))
    if held.cause is Matter.ALERT:
        _say(turn, held, alert, code, detail)
    elif held.cause is Matter.COMMAND:
        answer_command(turn, held.id, command, code, detail)


def take(turn: Turn, held: Held) -> None:
    """Put a notice on air; an alert takes the place of the one with its id."""
    for other in turn.state.notices:
        if _speaks_of(held, other):
            word = AlertState.CANCELLED if held.notice.style == "cancel" else AlertState.SUPERSEDED
            finish(turn, other, word, CommandState.SUPERSEDED)
    turn.change(notices=(*turn.state.notices, held))
    if held.voice:
        turn.do(ev.Spool(held.voice_name, held.voice))
    if held.recording and any(Kind.AUDIO in channel.channel.kinds for channel in turn.state.channels):
        turn.do(ev.Check((held.recording,), guests=True))


def _speaks_of(held: Held, other: Held) -> bool:
    """Return whether one is a later word on another: by the same area and of the same status, never only by its id."""
    return held.cause is other.cause and held.name.rpartition("/")[0] == other.name.rpartition("/")[0] != ""


def _say(turn: Turn, held: Held, state: AlertState, code: str = "", detail: str = "") -> None:
    row = turn.state.inbox.get(held.name)
    if row:
        changed = replace(row, state=state.value)
        turn.change(inbox={**turn.state.inbox, row.name: changed})
        turn.do(ev.Store(changed))
    answer_alert(turn, AlertAnswer(held.id, held.seq, state, turn.now.wall_us, code, detail))


def _of(state: State, record: PlayRecord) -> Held | None:
    owners = {f"{held.cause}:{held.name}": held for held in state.notices}
    return owners.get(record.slot_id)


def _put(turn: Turn, held: Held) -> None:
    notices = tuple(held if other.name == held.name else other for other in turn.state.notices)
    turn.change(notices=notices)
