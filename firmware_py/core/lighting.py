"""What a board's panel is told: the rule of `panel.py` is asked, and only a difference ordered.

Two are told: whatever switches the panel, and the output, which draws nothing while it is dark. So a panel that cannot
be switched is dark all the same, and what is drawn for nobody does not count as seen.
"""

from __future__ import annotations

from dataclasses import replace

from firmware_py.core import events as ev
from firmware_py.core import messages as msg
from firmware_py.core.errors import Code
from firmware_py.core.panel import Said, light_at
from firmware_py.core.records import ClockState
from firmware_py.core.state import State, Turn
from firmware_py.core.timeline import MAIN
from firmware_py.core.units import FAR_FUTURE_US, WallUs
from firmware_py.core.windows import Rank


def look(turn: Turn) -> WallUs:
    """Order what the panel is to be, before anything is ordered: it takes a while to be lit.

    Returns when to look again: never, where it is always the same.
    """
    terms, panel = turn.state.ways.panel, turn.state.panel
    if terms is None:
        return FAR_FUTURE_US
    known = turn.state.clock is not ClockState.UNTRUSTED
    zone, now_us = turn.state.ways.zone, turn.now.wall_us
    light, until_us = light_at(terms, now_us, zone, alert=_warns(turn.state, now_us), known=known)
    if light != panel.light:
        turn.do(ev.Lighten(light))
    turn.change(panel=replace(panel, light=light))
    if not light.on:
        _tell(turn, black=True)
    return until_us


def unveil(turn: Turn) -> None:
    """Have the output show again what it has, after the orders: nothing else is seen when an alert lights the panel."""
    light = turn.state.panel.light
    if light is not None and light.on:
        _tell(turn, black=False)


def _tell(turn: Turn, *, black: bool) -> None:
    panel = turn.state.panel
    if black is not panel.blacked and turn.state.output_ready and not turn.state.stopping:
        turn.do(ev.Tell(msg.Blacken(black)))
        turn.change(panel=replace(panel, blacked=black))


def answered(turn: Turn, event: ev.Lit) -> None:
    """Keep what the panel has answered; tell once that it does not."""
    panel = turn.state.panel
    if event.detail and panel.said != "silent":
        turn.note(Code.PANEL_SILENT, "panel", event.detail)
    said: Said = "silent" if event.detail else "on" if event.light.on else "off"
    turn.change(panel=replace(panel, said=said))


def _warns(state: State, now_us: WallUs) -> bool:
    """Return whether an alert or a drill is due on the panel; a mute at the box is above both."""
    urgent = (held for held in state.notices if held.rank in (Rank.ALERT, Rank.DRILL) and MAIN.name not in held.done)
    return not state.controls.muted and any(held.received_us <= now_us < held.until_us for held in urgent)
