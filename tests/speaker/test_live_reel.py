"""The store of a live stream: it neither runs dry nor overflows because two crystals differ."""

from __future__ import annotations

import math
import random
from array import array

import pytest

from firmware_py.core.units import MS, SECOND
from firmware_py.speaker import pcm
from firmware_py.speaker.relay.live import HIGH_US, KEPT_US, LiveReel
from tests.speaker import listening

RATE_HZ, BLOCK = 8_000, 80
MINUTES = 4


def tone(first: int, frames: int) -> bytes:
    """Return a stretch of a tone of 440 Hz."""
    wave = (round(8_000 * math.sin(math.tau * 440 * n / RATE_HZ)) for n in range(first, first + frames))
    return array("h", (value for value in wave for _ in range(2))).tobytes()


@pytest.mark.parametrize("ppm", [-10_000, 0, 10_000])
def test_a_sender_with_another_clock_is_followed(ppm: int) -> None:
    """Four minutes from a sender that is one per cent off: no hole, no jump, no growing delay."""
    reel = LiveReel(RATE_HZ, -50.0)
    sent, heard = 0, []
    for block in range(MINUTES * 60 * RATE_HZ // BLOCK):
        due = round((block + 1) * BLOCK * (1 + ppm / 1e6)) + RATE_HZ  # it begins with a second in advance
        reel.put(tone(sent, due - sent))
        sent = due
        heard.append(reel.take(BLOCK))
    assert all(len(sound) == BLOCK * pcm.FRAME_BYTES for sound in heard)
    waiting_us = (sent - reel._taken) * 1_000_000 // RATE_HZ
    assert 200_000 < waiting_us < HIGH_US + 50_000
    last = listening.left(b"".join(heard[-1_000:]))
    assert listening.largest_step(last) <= 1.1 * 8_000 * math.tau * 440 / RATE_HZ
    assert listening.tone_hz(last, RATE_HZ) == pytest.approx(440, rel=0.03)


def test_what_was_sent_far_in_advance_is_thrown_away() -> None:
    """More than can be kept is cut down at once: a live programme is not heard a minute late."""
    reel = LiveReel(RATE_HZ, -50.0)
    reel.put(tone(0, 60 * RATE_HZ))
    reel.take(BLOCK)
    assert 60 * RATE_HZ - reel._taken <= KEPT_US * RATE_HZ // 1_000_000 // 2


def test_a_source_of_segments_is_neither_stalled_nor_silent_between_them() -> None:
    """Six seconds at once, then nothing for six: all the while it flows. When no segment comes it has stalled."""
    reel = LiveReel(RATE_HZ, -50.0)
    for moment_us in range(0, 18 * SECOND, SECOND // 10):
        if moment_us % (6 * SECOND) < 3 * SECOND // 10:  # a segment takes some looks to decode
            reel.put(tone(0, 2 * RATE_HZ))
        seen = reel.seen(moment_us)
        assert seen.data
        assert seen.sound
    assert reel.seen(17_900 * MS).data
    assert not reel.seen(18_400 * MS).data


def test_a_source_that_began_with_a_burst_has_stalled_when_nothing_comes() -> None:
    """An Icecast server sends some seconds at once, then as time passes: what it sent first is no excuse later."""
    reel = LiveReel(RATE_HZ, -50.0)
    reel.put(tone(0, 6 * RATE_HZ))
    for moment_us in range(0, 4 * SECOND, SECOND // 10):
        reel.put(tone(0, RATE_HZ // 10))
        assert reel.seen(moment_us).data
    assert not reel.seen(4 * SECOND + 300 * MS).data


def test_a_source_that_was_opened_beforehand_is_heard_as_it_is_now() -> None:
    """Ten seconds before the slot begins its source is open: they are not what is heard first."""
    reel = LiveReel(RATE_HZ, -50.0)
    for moment_us in range(0, 60 * SECOND, SECOND // 10):
        reel.put(tone(0, RATE_HZ // 10))
        reel.seen(moment_us)
    assert reel._put - reel._dropped <= 2 * KEPT_US * RATE_HZ // SECOND
    reel.take(BLOCK)
    assert reel._waiting <= HIGH_US * RATE_HZ // SECOND


def test_the_pauses_of_a_source_are_bridged() -> None:
    """Three segments at once, then one every four seconds, up to 1.5 s late: two minutes without a hole."""
    reel, rng = LiveReel(RATE_HZ, -50.0), random.Random(3)
    reel.put(tone(0, 12 * RATE_HZ))
    come_us = sorted(number * 4 * SECOND + rng.randrange(1_500) * MS for number in range(1, 31))
    heard = []
    for moment_us in range(0, 120 * SECOND, 10 * MS):
        while come_us and come_us[0] <= moment_us:
            come_us.pop(0)
            reel.put(tone(0, 4 * RATE_HZ))
        if moment_us % (100 * MS) == 0:
            reel.seen(moment_us)
        if moment_us >= SECOND:
            heard.append(reel.take(BLOCK))
    assert all(len(sound) == BLOCK * pcm.FRAME_BYTES for sound in heard)
