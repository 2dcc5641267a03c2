"""What the amplifier is told: the scene is read from the state, the machine moved, and only a difference ordered."""

from __future__ import annotations

from dataclasses import replace

from firmware_py.core import events as ev
from firmware_py.core.amplifier import Said, Scene, Terms, due_us, moved, tripped
from firmware_py.core.commands import SWITCHING, finished
from firmware_py.core.decide import decide
from firmware_py.core.errors import Code
from firmware_py.core.model import Kind
from firmware_py.core.notices import interruptions
from firmware_py.core.settle import LEAD_US, volumes
from firmware_py.core.state import ChannelState, State, Turn
from firmware_py.core.units import FAR_FUTURE_US, SECOND, MonoUs, Now, WallUs
from firmware_py.core.windows import Rank


def look(turn: Turn) -> WallUs:
    """Order what the amplifier needs; return when to look again: never, on a box that switches none."""
    terms = turn.state.ways.amplifier
    if terms is None:
        return FAR_FUTURE_US
    before, scene = turn.state.amplifier, _scene(turn.state, terms, turn.now)
    after = moved(before, terms, scene)
    if tripped(before, terms, scene):
        what = f"was on for {terms.max_on_us // SECOND} s and rests; see what sounds for so long, or raise max_on_s"
        turn.note(Code.AMPLIFIER_RESTS, "amplifier", what)
    if after.on is not before.on:
        turn.do(ev.Switch(after.on))
    turn.change(amplifier=after)
    if turn.now.wall_us >= turn.state.controls.amplifier_until_us:
        what = "an alert or the guard had the amplifier for as long as the command asked for"
        finished(turn, SWITCHING, what, Code.AMPLIFIER_SILENT)
    wake_us = turn.now.wall_us + due_us(after, terms, scene) - turn.now.mono_us
    return min(wake_us, turn.state.controls.amplifier_until_us) if scene.forced is not None else wake_us


def switched(turn: Turn, event: ev.Switched) -> None:
    """Keep what the amplifier has answered; tell once that it does not, and the command that waits for it."""
    amplifier = turn.state.amplifier
    if event.detail and amplifier.said != "silent":
        turn.note(Code.AMPLIFIER_SILENT, "amplifier", event.detail)
    said: Said = "silent" if event.detail else "on" if event.on else "off"
    turn.change(amplifier=replace(amplifier, said=said))
    if event.detail or event.on is turn.state.controls.amplifier_on:
        finished(turn, SWITCHING, event.detail, Code.AMPLIFIER_SILENT)


def _scene(state: State, terms: Terms, now: Now) -> Scene:
    plays = [channel.decision.on_air for channel in _channels(state) if channel.decision and channel.decision.on_air]
    controls = state.controls
    return Scene(
        now_us=now.mono_us,
        sounds=bool(plays),
        alert=any(play.rank is Rank.ALERT for play in plays),
        next_us=min((_next_sound(state, channel, terms, now) for channel in _channels(state)), default=FAR_FUTURE_US),
        forced=controls.amplifier_on if now.wall_us < controls.amplifier_until_us else None,
    )


def _channels(state: State) -> list[ChannelState]:
    return [channel for channel in state.channels if Kind.AUDIO in channel.channel.kinds]


def _next_sound(state: State, channel: ChannelState, terms: Terms, now: Now) -> MonoUs:
    """Return when the next sound begins on a silent channel, as far as that matters yet."""
    if channel.decision is None or channel.decision.on_air:
        return FAR_FUTURE_US
    at_us, above = channel.decision.until_us, interruptions(state, channel.channel.name)
    horizon_us = min(now.wall_us + LEAD_US + terms.warm_up_us + terms.hold_us, channel.timeline.end_us - 1)
    while at_us <= horizon_us:
        decision = decide(channel.timeline, above, at_us, volumes(state))
        if decision.on_air:
            return now.mono_at(at_us)
        at_us = decision.until_us
    return FAR_FUTURE_US
