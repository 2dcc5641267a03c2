"""The timeline of devices: jitter is smoothed, drift followed, jumps answered with skipped frames."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest

from firmware_py.core.units import MS, SECOND
from firmware_py.speaker.timeline import Place, Timeline

RATE_HZ = 48_000
BLOCK = 480
BLOCK_US = 10 * MS
DEPTH_US = 30 * MS
"""What a device keeps in store: it asks so long before it sounds."""


def run(timeline: Timeline, start_us: float, blocks: int) -> list[Place]:
    """Play blocks on a perfect device from an instant on; return those that found a place."""
    instants = (start_us + block * BLOCK_US for block in range(blocks))
    places = (timeline.place(BLOCK, at_us, at_us - DEPTH_US) for at_us in instants)
    return [place for place in places if place is not None]


def test_frames_are_where_a_steady_device_says() -> None:
    """On a steady device every frame's instant is what the device says, and frames have no gap."""
    places = run(Timeline(RATE_HZ), 5 * SECOND, 100)
    assert places[0].frame == 0
    for before, place in pairwise(places):
        assert place == Place(before.frame + BLOCK, before.at_us + BLOCK_US, 0)
    assert places[-1].at_us == 5 * SECOND + 99 * BLOCK_US


def test_a_device_that_starts_by_fits_is_not_believed_at_first() -> None:
    """A sound server that takes four blocks at once and then pauses for 1.7 s gets silence until it runs evenly."""
    timeline = Timeline(RATE_HZ)
    assert [timeline.place(BLOCK, SECOND + n * BLOCK_US, SECOND) for n in range(4)] == [None] * 4
    late_us = SECOND + 1_700 * MS
    places = run(timeline, late_us + 4 * BLOCK_US, 50)
    assert places[0].frame == 0
    assert places[-1].at_us == late_us + 53 * BLOCK_US


def test_jitter_is_smoothed() -> None:
    """A device that is wrong by up to 2 ms either way, at random, moves the instants by less than half of one."""
    rng = random.Random(1)
    timeline = Timeline(RATE_HZ)
    for block in range(300):
        due_us = SECOND + block * BLOCK_US
        place = timeline.place(BLOCK, due_us + rng.uniform(-2, 2) * MS, due_us - DEPTH_US)
        if block > 50:
            assert place is not None
            assert abs(place.at_us - due_us) < MS
            assert place.skipped == 0


def test_drift_is_followed() -> None:
    """A crystal that is 200 ppm slow is followed without a jump."""
    timeline = Timeline(RATE_HZ)
    for block in range(2_000):
        due_us = SECOND + block * BLOCK_US * 1.0002
        place = timeline.place(BLOCK, due_us, due_us - DEPTH_US)
    assert place is not None
    assert place.skipped == 0
    assert abs(place.at_us - due_us) < 0.1 * MS


@pytest.mark.parametrize("drift", [0.0, 60e-6, -300e-6])
def test_a_device_that_says_what_is_not_so_is_known_by_its_asking(drift: float) -> None:
    """What it says wanders by up to two milliseconds for seconds; it asks late at times, never early: 0.2 ms."""
    rng, timeline, wander_us, off_us = random.Random(2), Timeline(RATE_HZ), 0.0, []
    for block in range(12_000):
        wander_us += (rng.uniform(-4_000, 4_000) - wander_us) / 200
        due_us = SECOND + block * BLOCK_US * (1 + drift)
        asked_us = due_us - DEPTH_US + rng.expovariate(1 / 400)
        place = timeline.place(BLOCK, due_us + 4 * wander_us, asked_us)
        if place and block > 6_000:
            off_us.append(place.at_us - due_us)
    assert max(map(abs, off_us)) < 0.2 * MS


def test_a_device_that_keeps_more_in_store_from_now_on_has_not_moved() -> None:
    """It asks 7 ms sooner, and says that it sounds when it always did: so it does."""
    timeline = Timeline(RATE_HZ)
    run(timeline, SECOND, 3_000)
    for block in range(3_000, 6_000):
        due_us = SECOND + block * BLOCK_US
        place = timeline.place(BLOCK, due_us, due_us - DEPTH_US - 7 * MS)
        assert place is not None
        assert abs(place.at_us - due_us) < 0.1 * MS


def test_answers_that_swing_are_not_believed() -> None:
    """What a busy sound server says for ten seconds, three milliseconds off and back again, moves nothing."""
    timeline = Timeline(RATE_HZ)
    run(timeline, SECOND, 6_000)
    for block in range(6_000, 7_000):
        due_us = SECOND + block * BLOCK_US
        swing_us = 3 * MS * math.sin(math.pi * (block - 6_000) / 1_000)
        place = timeline.place(BLOCK, due_us - swing_us, due_us - DEPTH_US)
        assert place is not None
        assert abs(place.at_us - due_us) < 0.1 * MS


@pytest.mark.parametrize("lost_us", [0.4 * MS, 0.8 * MS, 5 * MS])
def test_a_device_that_has_lost_sound_is_where_it_says_from_now_on(lost_us: float) -> None:
    """What it says has come to rest elsewhere, however near: believed to 0.1 ms within eight seconds."""
    timeline = Timeline(RATE_HZ)
    run(timeline, SECOND, 6_000)
    places = run(timeline, SECOND + 6_000 * BLOCK_US + lost_us, 800)
    assert places[-1].at_us == pytest.approx(SECOND + 6_799 * BLOCK_US + lost_us, abs=0.1 * MS)


def test_one_late_block_is_nothing() -> None:
    """A single block that says something else changes nothing."""
    timeline = Timeline(RATE_HZ)
    run(timeline, SECOND, 50)
    place = timeline.place(BLOCK, SECOND + 50 * BLOCK_US + 80 * MS, SECOND + 50 * BLOCK_US)
    assert place is not None
    assert place.at_us == SECOND + 50 * BLOCK_US


def test_a_jump_skips_frames() -> None:
    """A device that ran dry for 300 ms is answered by skipping as many frames, so that instants stay true."""
    timeline = Timeline(RATE_HZ)
    run(timeline, SECOND, 50)
    places = run(timeline, SECOND + 50 * BLOCK_US + 300 * MS, 10)
    assert sum(place.skipped for place in places) == 300 * RATE_HZ // 1000
    assert places[-1].at_us == SECOND + 59 * BLOCK_US + 300 * MS


def test_a_device_that_plays_early_waits() -> None:
    """A device that suddenly plays 100 ms earlier gets silence until time has caught up, and no frame twice."""
    timeline = Timeline(RATE_HZ)
    run(timeline, SECOND, 50)
    places = run(timeline, SECOND + 50 * BLOCK_US - 100 * MS, 40)
    assert [place.skipped for place in places] == [0] * len(places)
    assert places[-1].at_us == SECOND + 89 * BLOCK_US - 100 * MS


def test_another_device_goes_on_in_the_same_time() -> None:
    """After a device was lost, frame numbers go on where the next device is, as if there had been none."""
    timeline = Timeline(RATE_HZ)
    run(timeline, SECOND, 50)
    timeline.reopen()
    assert not timeline.settled
    places = run(timeline, 3 * SECOND, 20)
    assert places[0].frame == round((places[0].at_us - SECOND) * RATE_HZ / SECOND) - 5 * BLOCK
    assert places[0].skipped > RATE_HZ
    assert places[-1].at_us == 3 * SECOND + 19 * BLOCK_US
