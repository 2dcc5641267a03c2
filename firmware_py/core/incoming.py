"""Going over to a new schedule without a hole.

What is on air goes on until the files that the new schedule wants there now have been checked, for at most
`SWITCH_LIMIT_US`; where nothing is on air there is nothing to wait for. What is due now is checked first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from firmware_py.core import events as ev
from firmware_py.core import following
from firmware_py.core.content import Facts
from firmware_py.core.decide import decide
from firmware_py.core.errors import Code
from firmware_py.core.model import Bulletin, Schedule
from firmware_py.core.settle import plan
from firmware_py.core.state import Incoming, State, Turn
from firmware_py.core.units import SECOND, Now

SWITCH_LIMIT_US = 10 * SECOND
"""A schedule may come because something must not be said any more: it does not wait longer."""


def arrive(turn: Turn, schedule: Schedule) -> None:
    """Have a schedule wait for its turn, have its files checked, and go over to it if nothing speaks against it."""
    turn.change(incoming=Incoming(schedule, turn.now.mono_us + SWITCH_LIMIT_US))
    following.follow(turn, schedule)
    candidate = _candidate(turn)
    urgent = frozenset(_pending(candidate, turn.now))
    unknown = (bulletin for bulletin in schedule.bulletins if _is_unknown(candidate, bulletin))
    wanted = tuple(sorted(unknown, key=lambda bulletin: bulletin.id not in urgent))
    if wanted:
        turn.do(ev.Check(wanted))
    _take_up(turn, candidate)


def look(turn: Turn) -> None:
    """Go over to the schedule that waits, once it can or must."""
    incoming = turn.state.incoming
    if incoming and (turn.plan_changed or turn.now.mono_us >= incoming.until_mono_us):
        _take_up(turn, _candidate(turn))


def _take_up(turn: Turn, candidate: State) -> None:
    incoming = turn.state.incoming
    late = incoming is None or turn.now.mono_us >= incoming.until_mono_us
    on_air = any(channel.current for channel in turn.state.channels)
    if late or not on_air or not any(_pending(candidate, turn.now)):
        turn.state = candidate
        turn.plan_changed = False


def _candidate(turn: Turn) -> State:
    """Return the state as it would be with the schedule that waits."""
    schedule = turn.state.incoming.schedule if turn.state.incoming else turn.state.schedule
    voices = tuple(held.recording for held in turn.state.notices if held.recording)
    contents = {content for bulletin in (*schedule.bulletins, *voices) for content in bulletin.content}
    known = {content: outcome for content, outcome in turn.state.outcomes.items() if content in contents}
    feeds = {source: feed for source, feed in turn.state.feeds.items() if source in turn.state.followed}
    fresh = replace(turn.state, schedule=schedule, outcomes=known, strikes={}, incoming=None, feeds=feeds)
    return plan(fresh, turn.now)


def _is_unknown(state: State, bulletin: Bulletin) -> bool:
    ours = any(bulletin.kind in channel.channel.kinds for channel in state.channels)
    return ours and any(not isinstance(state.outcomes.get(content), Facts) for content in bulletin.content)


def _pending(state: State, now: Now) -> Iterator[str]:
    """Yield the bulletins that would be on air now, were they checked already."""
    for channel in state.channels:
        decision = decide(channel.timeline, (), now.wall_us, state.ways.volumes)
        for window in filter(None, (decision.window, decision.withheld)):
            yield from (skip.bulletin_id for skip in window.skipped if skip.code is Code.CONTENT_PENDING)
