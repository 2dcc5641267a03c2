"""The nightly self-test: a quiet tone when nobody listens, and a microphone that must hear it.

Once a day at a time of the config, when the clock is known, nothing is on air and nobody has muted the box; a box that
is busy in that minute waits for the next night. Quiet hours are what it is made for. The same microphone listens when a
test tone comes by command, and the command has failed when it is not heard.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

from firmware_py.core.entries import Matter
from firmware_py.core.errors import Code
from firmware_py.core.messages import Notice, NoticeText, ToneHeard
from firmware_py.core.notices import finish, take
from firmware_py.core.records import ClockState
from firmware_py.core.reports import AlertState, CommandState
from firmware_py.core.state import Held, State, Turn
from firmware_py.core.units import (
    DAY,
    FAR_FUTURE_US,
    MINUTE,
    SECOND,
    DurationUs,
    Now,
    WallUs,
    from_datetime,
    to_datetime,
)
from firmware_py.core.windows import Rank

LASTS_US: DurationUs = 10 * SECOND
HEARD_DB = 10.0
"""What a pure tone in a room has at least, and no noise for two seconds."""

_REPEATS = 1000
_NAME = "self-test"


def look(turn: Turn) -> None:
    """Put the tone on air when it is due and nothing speaks against it."""
    state, now = turn.state, turn.now
    due_us = _due_today_us(state, now)
    if due_us <= now.wall_us < due_us + MINUTE and state.tested_us < due_us and _is_idle(state):
        turn.change(tested_us=now.wall_us)
        notice = Notice("tone", "Tự kiểm tra", "unknown", (NoticeText("vi", "Tự kiểm tra", ""),), True, _REPEATS)
        until_us = now.wall_us + LASTS_US
        held = Held(_NAME, Matter.SELF_TEST, _NAME, 0, Rank.OVERRIDE, notice, now.wall_us, until_us)
        take(turn, replace(held, volume_pct=state.ways.self_test.volume_pct))


def _due_today_us(state: State, now: Now) -> WallUs:
    """Return the time of today's test, 0 where there is none."""
    at_us, zone = state.ways.self_test.at, state.ways.zone
    if at_us is None:
        return 0
    today = to_datetime(now.wall_us).astimezone(zone).date()
    return from_datetime(datetime.combine(today, time(), tzinfo=zone) + timedelta(microseconds=at_us))


def _is_idle(state: State) -> bool:
    busy = (
        state.notices or state.controls.muted or any(channel.current or channel.prepared for channel in state.channels)
    )
    return state.output_ready and state.clock is not ClockState.UNTRUSTED and not busy


def next_us(state: State, now: Now) -> WallUs:
    """Return when the next one is due; never, on a box that has none."""
    due_us = _due_today_us(state, now)
    return due_us if due_us > now.wall_us else due_us + DAY if due_us else FAR_FUTURE_US


def _was_cut(state: State, no: int) -> bool:
    """Return whether something came between: the play is over, though its tone is not."""
    return no not in state.plays and any(held.notice.style == "tone" for held in state.notices)


def tone_heard(turn: Turn, report: ToneHeard) -> None:
    """Tell of a tone that was not heard; the command that had asked for it has failed."""
    if (report.above_db >= HEARD_DB and not report.detail) or _was_cut(turn.state, report.no):
        return
    heard = report.detail or f"it stood out by {report.above_db:.0f} dB, {HEARD_DB:.0f} are wanted"
    what = f"the test tone was not heard at the microphone: {heard}; see amplifier, cable and loudspeakers"
    turn.note(Code.TONE_UNHEARD, "sound", what)
    record = turn.state.plays.get(report.no)
    for held in turn.state.notices:
        if record and record.slot_id == f"{held.cause}:{held.name}":
            finish(turn, held, AlertState.FAILED, CommandState.FAILED, Code.TONE_UNHEARD, what)
