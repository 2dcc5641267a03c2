"""What must hold of an agent in its world, after anything that happens."""

from __future__ import annotations

from firmware_py.core import messages as msg
from firmware_py.core.content import Facts
from firmware_py.core.decide import Play, decide
from firmware_py.core.ledger import STRIKES
from firmware_py.core.model import Kind
from firmware_py.core.records import ClockState, Result
from firmware_py.core.settle import EARLY_US, standings
from firmware_py.core.state import ChannelState
from firmware_py.core.timeline import build
from firmware_py.core.units import to_datetime
from tests.core.output import Lane
from tests.core.world import World


def hold(world: World) -> None:
    """Assert every law; the world itself asserts others while it carries out effects."""
    struck_bulletins_are_quarantined(world)
    if at_rest(world):
        only_current_plays_are_open(world)
        only_what_can_go_out_is_ordered(world)
        what_is_heard_is_what_is_decided(world)


def at_rest(world: World) -> bool:
    """Return whether the output is there, has said all that it did, and is not about to begin or end a play."""
    output = world.output
    if output is None or not output.ready or output.hung or output.quit or output.reports:
        return False
    if output.due_mono_us() <= world.now.mono_us:
        return False
    return not any(_at_a_joint(world, lane) for lane in output.lanes.values())


def _at_a_joint(world: World, lane: Lane) -> bool:
    """Return whether a play ends or begins now, but for the tolerance that a joint has."""
    edges = [item.start_mono_us for item in (lane.on_air, lane.next) if item]
    edges += [item.start_mono_us + item.duration_us for item in (lane.on_air,) if item]
    return lane.coming is not None or any(abs(edge - world.now.mono_us) <= EARLY_US for edge in edges)


def only_current_plays_are_open(world: World) -> None:
    """A channel has no open record but that of its current play, and the journal shows no other."""
    open_plays = {no for no, play in world.state.plays.items() if play.actual_start_us}
    assert open_plays <= current(world), f"open: {open_plays}, current: {current(world)}"
    kept = {no for no, history in world.records.items() if history[-1].result is Result.ON_AIR}
    assert kept == set(world.state.plays), f"journal shows {kept} on air, the agent {set(world.state.plays)}"
    assert set(world.state.progress) <= set(world.state.plays)


def current(world: World) -> set[int]:
    """Return the numbers of the plays that the agent believes to be on air."""
    return {channel.current.no for channel in world.state.channels if channel.current}


def only_what_can_go_out_is_ordered(world: World) -> None:
    """What the output has to play is of good content, not in quarantine, and what the newest schedule says."""
    known = {bulletin.id for bulletin in world.state.schedule.bulletins}
    for channel in world.state.channels:
        for ordered in filter(None, (channel.current, channel.prepared)):
            bulletin = ordered.play.what.bulletin
            assert bulletin.id in known
            assert bulletin.kind in channel.channel.kinds
            assert world.state.strikes.get(bulletin.id, 0) < STRIKES
            if bulletin.kind is not Kind.TEXT:
                outcome = world.state.outcomes[bulletin.content[0]]
                assert isinstance(outcome, Facts)
                assert outcome.path == ordered.play.what.path


def struck_bulletins_are_quarantined(world: World) -> None:
    """What failed three times is not on air, and a person was told so."""
    out = {name for name, count in world.state.strikes.items() if count >= STRIKES}
    told = {fault.subject for fault in world.faults if fault.code == "quarantined"}
    assert out <= told


def decided(world: World, channel: ChannelState) -> Play | None:
    """Return what should be on air now by a timeline that is laid out afresh."""
    ways, known = world.state.ways, world.state.clock is not ClockState.UNTRUSTED
    today = to_datetime(world.now.wall_us).astimezone(ways.zone).date()
    timeline = build(
        world.state.schedule,
        channel.channel,
        standings(world.state, world.now),
        ways.hours,
        ways.zone,
        today,
        clock_known=known,
    )
    return decide(timeline, (), world.now.wall_us, ways.volumes).on_air


def what_is_heard_is_what_is_decided(world: World) -> None:
    """The output plays what the rule says, where it says, as loud as it says; a joint may be a little off."""
    assert world.output
    for channel in world.state.channels:
        lane, want = world.output.lane(channel.channel.name), decided(world, channel)
        item = lane.on_air
        if want is None:
            assert item is None, f"{item} in what should be silence"
        elif item is None:
            assert _was_told_and_ended(world, channel, want), f"silence instead of {want.key}"
        else:
            assert (item.bulletin_id, item.start_us) == (want.what.bulletin.id, want.start_us)
            assert item.path == want.what.path
            assert lane.volume_pct == want.volume_pct
            assert abs(item.start_mono_us - world.now.mono_at(want.start_us)) <= EARLY_US
        prepared = channel.prepared.no if channel.prepared else None
        assert (lane.next.no if lane.next else None) == prepared, f"prepared: {lane.next}, the agent thinks {prepared}"


def _was_told_and_ended(world: World, channel: ChannelState, want: Play) -> bool:
    """Return whether the output was told of this play and ended it by itself, with a reason that stands."""
    current = channel.current
    if current is None or current.play.key != want.key or current.play.end_us < want.end_us:
        return False
    return world.records[current.no][-1].result is not Result.ON_AIR


def numbers_are_used_once(world: World) -> None:
    """Every play that was ever ordered has its own number, and they only grow."""
    numbers = [order.item.no for _, order in world.told if isinstance(order, (msg.Now, msg.Next)) and order.item]
    assert len(set(numbers)) == len(numbers)
    assert numbers == sorted(numbers)
