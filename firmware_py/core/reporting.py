"""What the source system is told of this box without being asked: hello, birth, what it is now, the heartbeat.

What has changed is said at most every `PAUSE_US`; all of it on each connection and once a day, because a
difference that was lost on the way would stay lost.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from firmware_py.core import events as ev
from firmware_py.core.codec import to_json, to_plain
from firmware_py.core.entries import Mark
from firmware_py.core.errors import Code
from firmware_py.core.reports import Heartbeat, Hello, OnAir, Reported, Status
from firmware_py.core.settle import volumes
from firmware_py.core.state import ChannelState, State, Told, Turn
from firmware_py.core.timeline import OVER
from firmware_py.core.units import DAY, MINUTE, SECOND, WallUs

PAUSE_US = 10 * SECOND
ANSWER_US = 30 * SECOND
AGAIN_US = 5 * MINUTE
KEYRING_WARNING_US = 60 * DAY
CONNECTION = "connection"
"""The mark of the newest connection: a death that is told late must not be taken for that of a newer one."""


def link_up(turn: Turn, event: ev.LinkUp) -> None:
    """Say that this box is there, and ask what it has missed."""
    state, now = turn.state, turn.now
    begun = replace(
        state.connection,
        number=event.connection,
        up=True,
        since_mono_us=now.mono_us,
        nonce=f"{state.me.boot_id}.{event.connection}",
        answered=False,
        hello_mono_us=now.mono_us,
    )
    turn.change(connection=begun, told=Told(), marks={**state.marks, CONNECTION: event.connection})
    turn.change(outbox=(event.epoch, event.first, event.last))
    turn.do(ev.Store(Mark(CONNECTION, event.connection)))
    _warn_of_expiry(turn)
    device = state.me.identity.device_id
    birth = Status(device, True, event.connection, state.me.boot_id, state.me.product, state.me.version)
    turn.do(ev.Publish(ev.Topic.STATUS, to_json(birth)))
    _say_hello(turn)


def _warn_of_expiry(turn: Turn) -> None:
    keyring = turn.state.keyring
    left_us = keyring.expires - turn.now.wall_us if keyring else KEYRING_WARNING_US
    if left_us < KEYRING_WARNING_US:
        days = max(0, left_us // DAY)
        turn.note(Code.EXPIRED, "keyring", f"holds for {days} more days; publish a new one (`ttcs keys renew`)")


def _ask_again(turn: Turn) -> WallUs | None:
    """Say hello again when nobody answers: without an answer nothing proves that documents could come through."""
    connection, now = turn.state.connection, turn.now
    if connection.answered:
        return None
    first = connection.hello_mono_us == connection.since_mono_us
    due_us = connection.hello_mono_us + (ANSWER_US if first else AGAIN_US)
    if now.mono_us < due_us:
        return now.wall_us + due_us - now.mono_us
    if first:
        what = "the source system does not answer; see whether it runs, and whether the broker lets its answers through"
        turn.note(Code.LINK_DOWN, "source", what)
    turn.change(connection=replace(connection, hello_mono_us=now.mono_us))
    _say_hello(turn)
    return now.wall_us + AGAIN_US


def _say_hello(turn: Turn) -> None:
    state, now, (epoch, first, last) = turn.state, turn.now, turn.state.outbox
    hello = Hello(
        device=state.me.identity.device_id,
        connection=state.connection.number,
        boot_id=state.me.boot_id,
        nonce=state.connection.nonce,
        keyring_version=state.keyring.version if state.keyring else 0,
        desired_version=state.desired.version if state.desired else 0,
        schedule_version=state.schedule.version,
        epoch=epoch,
        outbox_first=first,
        outbox_last=last,
        clock=state.clock,
        at_us=now.wall_us,
    )
    turn.do(ev.Publish(ev.Topic.HELLO, to_json(hello)))


def look(turn: Turn) -> WallUs | None:
    """Say what is due: a hello again, what has changed; return when to look again, None when nothing waits."""
    if not turn.state.connection.up:
        return None
    moments = (_ask_again(turn), _report(turn))
    return min((moment for moment in moments if moment is not None), default=None)


def _report(turn: Turn) -> WallUs | None:
    state, told, now = turn.state, turn.state.told, turn.now
    present = reported(state)
    whole = told.reported is None or now.mono_us >= told.whole_mono_us + DAY
    if told.reported == present and not whole:
        return None
    if told.reported is not None and now.mono_us < told.at_mono_us + PAUSE_US:
        return now.wall_us + told.at_mono_us + PAUSE_US - now.mono_us
    body = to_plain(present) if whole else _difference(told.reported, present)
    turn.do(ev.Publish(ev.Topic.REPORTED, to_json(body)))
    turn.change(told=Told(present, now.mono_us, now.mono_us if whole else told.whole_mono_us))
    return None


def heartbeat(turn: Turn, event: ev.HealthRead) -> None:
    """Say that this box lives, and how it is."""
    state, now = turn.state, turn.now
    beat = Heartbeat(
        device=state.me.identity.device_id,
        version=state.me.version,
        at_us=now.wall_us,
        mono_us=now.mono_us,
        clock=state.clock,
        outbox=event.outbox,
        faults=event.faults,
        volume_pct=volumes(state).usual_pct,
        amplifier=state.amplifier.said,
        on_air=_all_on_air(state),
        health=event.health,
    )
    if state.connection.up:
        turn.do(ev.Publish(ev.Topic.HEARTBEAT, to_json(_without_unknowns(beat))))


def _without_unknowns(beat: Heartbeat) -> dict[str, Any]:
    """Return a heartbeat without what this hardware does not tell: it would cost 4G bytes every hour to say so."""
    body: dict[str, Any] = to_plain(beat)
    body["health"] = {name: value for name, value in body["health"].items() if value is not None}
    return body


def reported(state: State) -> Reported:
    """Return what this box is now."""
    controls = state.controls
    return Reported(
        product=state.me.product,
        version=state.me.version,
        keyring_version=state.keyring.version if state.keyring else 0,
        desired_version=state.desired.version if state.desired else 0,
        schedule_version=state.schedule.version,
        schedule_state="waiting" if state.incoming else "in_force",
        clock=state.clock,
        output="ready" if state.output_ready else "starting",
        muted=controls.muted,
        paused=controls.paused_until_us > 0,
        volume_pct=volumes(state).usual_pct,
        amplifier=state.amplifier.said,
        panel=state.panel.seen,
        areas=state.me.identity.areas,
        alerts=tuple(held.id for held in state.notices),
        on_air=_all_on_air(state),
    )


def _all_on_air(state: State) -> tuple[OnAir, ...]:
    """Return what every channel presents; of announcements nothing is said while there is none."""
    channels = (channel for channel in state.channels if channel.current or channel.channel.name != OVER.name)
    return tuple(_on_air(channel) for channel in channels)


def _on_air(channel: ChannelState) -> OnAir:
    play = channel.current.play if channel.current else None
    if play is None:
        return OnAir(channel.channel.name)
    return OnAir(channel.channel.name, play.what.bulletin.id, play.what.bulletin.title, play.end_us)


def _difference(before: Reported | None, after: Reported) -> dict[str, object]:
    names = [entry.name for entry in fields(Reported) if getattr(before, entry.name) != getattr(after, entry.name)]
    plain = to_plain(after)
    return {name: plain[name] for name in names}
