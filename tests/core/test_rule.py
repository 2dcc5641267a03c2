"""The rule holds for crowds of overlapping slots, at the edges of the plan and between them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from firmware_py.core.decide import Decision, Play, Volumes, decide
from firmware_py.core.timeline import Channel, Timeline
from firmware_py.core.units import DAY, HOUR, WallUs
from tests.core.builders import MONDAY, midnight
from tests.core.crowds import CHANNELS, Crowd, crowds, instants
from tests.core.oracle import Claim, World, is_within, on_air, volume_cap
from tests.core.trials import trials

USUAL_PCT = 70
CHANGES = 40
"""So many changes of one crowd's plan are followed: more crowds find more than more changes."""


def asked(timeline: Timeline, at_us: WallUs) -> Decision:
    """Return the decision for an instant."""
    return decide(timeline, (), at_us, Volumes(USUAL_PCT))


def volume(world: World, claim: Claim, at_us: WallUs) -> int:
    """Return a claim's volume, else the box's, below the lowest cap of the hour."""
    return min(USUAL_PCT if claim.volume is None else claim.volume, volume_cap(world, at_us))


@trials(300)
@given(crowds(), st.sampled_from(CHANNELS))
def test_what_is_on_air_is_what_the_plain_rule_says(crowd: Crowd, channel: Channel) -> None:
    """The bulletin, its slot, its start and its volume are those that listing and sorting all claims gives."""
    timeline, world = crowd.timeline(channel), crowd.world(channel)
    for at_us in instants(crowd, timeline):
        found, claim = asked(timeline, at_us).on_air, on_air(world, at_us)
        got = found and (found.what.bulletin.id, found.owner, found.start_us, found.volume_pct)
        assert got == (claim and (claim.bulletin, claim.owner, claim.begins_us, volume(world, claim, at_us))), at_us


@trials(120)
@given(crowds(), st.sampled_from(CHANNELS))
def test_an_answer_holds_until_it_says(crowd: Crowd, channel: Channel) -> None:
    """`until` lies ahead, and every instant before it, the last one too, has the very same answer."""
    timeline = crowd.timeline(channel)
    for at_us in instants(crowd, timeline):
        decision = asked(timeline, at_us)
        assert decision.until_us > at_us
        inside = Random(at_us).randrange(at_us, decision.until_us)
        assert asked(timeline, inside) == decision
        assert asked(timeline, decision.until_us - 1) == decision


@trials(120)
@given(crowds(), st.sampled_from(CHANNELS))
def test_at_until_some_part_of_the_answer_changes(crowd: Crowd, channel: Channel) -> None:
    """The agent is not woken for nothing: at `until` the play, the window, the volume or the refusal is another."""
    timeline = crowd.timeline(channel)
    decision = asked(timeline, timeline.start_us)
    for _ in range(CHANGES):
        if decision.until_us >= timeline.end_us:
            break
        following = asked(timeline, decision.until_us)
        same_volume = timeline.cap(decision.until_us) == timeline.cap(decision.until_us - 1)
        assert not same_volume or (following.on_air, following.window, following.withheld) != (
            decision.on_air,
            decision.window,
            decision.withheld,
        )
        decision = following


@trials(120)
@given(crowds(), st.sampled_from(CHANNELS))
def test_segments_cover_three_days_without_overlap(crowd: Crowd, channel: Channel) -> None:
    """Every instant from yesterday's midnight to the day after tomorrow's has one answer, and no segment is empty."""
    timeline = crowd.timeline(channel)
    assert (timeline.start_us, timeline.end_us) == (
        midnight(MONDAY - timedelta(days=1)),
        midnight(MONDAY + timedelta(days=2)),
    )
    for segments in (timeline.on_air, timeline.withheld):
        assert [segments[0].start_us, *(segment.end_us for segment in segments)] == [
            *(segment.start_us for segment in segments),
            timeline.end_us,
        ]
        assert all(segment.start_us < segment.end_us for segment in segments)


@trials(120)
@given(crowds(), st.sampled_from(CHANNELS))
def test_the_place_in_a_bulletin_is_the_clocks(crowd: Crowd, channel: Channel) -> None:
    """Who joins late is inside the bulletin, before its end, and the end is never later than its length allows."""
    timeline = crowd.timeline(channel)
    for at_us in instants(crowd, timeline):
        play = asked(timeline, at_us).on_air
        if play:
            assert play.start_us <= at_us < play.end_us <= play.start_us + play.whole_us
            assert play.whole_us <= play.what.duration_us


@trials(120)
@given(crowds())
def test_nothing_sounds_in_quiet_hours(crowd: Crowd) -> None:
    """No scheduled sound is on air inside a quiet span, and who would have it is withheld with the reason."""
    for channel in CHANNELS:
        timeline = crowd.timeline(channel)
        world = crowd.world(channel)
        for at_us in instants(crowd, timeline):
            decision = asked(timeline, at_us)
            if is_within(world.quiet, world.zone, at_us):
                assert decision.on_air is None
                assert decision.window is None


def seen_until(play: Play | None, end_us: WallUs) -> Play | None:
    """Return a play as a timeline that ends at `end_us` knows it."""
    return play and replace(play, end_us=min(play.end_us, end_us))


@trials(120)
@given(crowds(), st.sampled_from(CHANNELS))
def test_the_day_of_laying_out_makes_no_difference(crowd: Crowd, channel: Channel) -> None:
    """A restart yesterday, today or tomorrow decides the same for an instant: play, key, end and volume."""
    timelines = [crowd.timeline(channel, ahead) for ahead in (-1, 0, 1)]
    start_us, end_us = timelines[2].start_us, timelines[0].end_us
    for at_us in instants(crowd, timelines[1]):
        if start_us <= at_us < end_us:
            answers = [asked(timeline, at_us) for timeline in timelines]
            plays = [seen_until(answer.on_air, end_us) for answer in answers]
            assert plays[0] == plays[1] == plays[2]
            refused = [answer.withheld and answer.withheld.owner for answer in answers]
            assert refused[0] == refused[1] == refused[2]


@trials(120)
@given(crowds(limited=False), st.sampled_from(CHANNELS))
def test_an_untrusted_clock_leaves_what_needs_no_clock(crowd: Crowd, channel: Channel) -> None:
    """While the time is not known, only items that are always on air and the fallback play."""
    always = {slot.id for slot in crowd.plan.slots if slot.days == "always"}
    timeline = replace(crowd, clock_known=False).timeline(channel)
    for segment in timeline.on_air:
        assert segment.window is None or segment.window.owner in always | {"fallback"}


@trials(120)
@given(crowds(limited=False), st.sampled_from(CHANNELS))
def test_only_what_can_go_out_is_played(crowd: Crowd, channel: Channel) -> None:
    """A bulletin that is missing, quarantined, not valid or of another kind is on air at no instant."""
    out = {skip.bulletin_id for skip in crowd.out}
    timeline = crowd.timeline(channel)
    for at_us in instants(crowd, timeline):
        play = asked(timeline, at_us).on_air
        if play:
            bulletin = play.what.bulletin
            assert bulletin.id not in out
            assert bulletin.kind in channel.kinds
            assert bulletin.valid_from is None or bulletin.valid_from <= at_us
            assert bulletin.valid_until is None or at_us < bulletin.valid_until


def test_a_day_of_the_grid_is_a_day() -> None:
    """The material itself: midnights of Viet Nam are a whole day apart, and begin at 17:00 UTC."""
    assert midnight(MONDAY) - midnight(MONDAY - timedelta(days=1)) == DAY
    assert midnight(MONDAY) % DAY == 17 * HOUR
