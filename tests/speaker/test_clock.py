"""A long item on a card whose crystal is not the clock: it is brought back to the clock, and nobody hears that."""

from __future__ import annotations

import math
from array import array

import pytest

from firmware_py.core.units import SECOND
from firmware_py.speaker.mixer import Mixer
from firmware_py.speaker.voice import FOLLOWED_AFTER_US, Voice
from tests.speaker import listening
from tests.speaker.test_mixer import START_US, reel_of, stereo

RATE_HZ, BLOCK = 8_000, 80
HZ, HEIGHT = 50, 10_000
SECONDS = 40
FOLLOWED_S = FOLLOWED_AFTER_US // SECOND


def played(ppm: float) -> array[int]:
    """Return what a card plays of a tone when it is slower than the clock by so many parts in a million."""
    tone = array("h", (round(HEIGHT * math.sin(math.tau * HZ * n / RATE_HZ)) for n in range((SECONDS + 1) * RATE_HZ)))
    mixer = Mixer(RATE_HZ, lambda _: None)
    mixer.add(Voice(1, reel_of(stereo(tone)), START_US, 1.0, RATE_HZ))
    blocks = range(0, SECONDS * RATE_HZ, BLOCK)
    heard = (mixer.fill(BLOCK, START_US + round(at * SECOND / RATE_HZ * (1 + ppm / 1e6)), 0) for at in blocks)
    return array("h", listening.left(b"".join(heard)))


def off_us(heard: array[int], ppm: float, second: int) -> float:
    """Return by how much the second of a recording is behind or before the clock, from the phase of its tone."""
    turn = [math.tau * HZ * n * (1 + ppm / 1e6) / RATE_HZ for n in range(second * RATE_HZ, (second + 1) * RATE_HZ)]
    samples = heard[second * RATE_HZ : (second + 1) * RATE_HZ]
    along = sum(value * math.sin(phase) for value, phase in zip(samples, turn, strict=True))
    across = sum(value * math.cos(phase) for value, phase in zip(samples, turn, strict=True))
    return math.atan2(across, along) / math.tau / HZ * 1e6


@pytest.mark.parametrize("ppm", [-100, 100])
def test_a_long_item_comes_back_to_the_clock(ppm: int) -> None:
    """Off by 1 ms after ten seconds on a poor crystal, within 0.3 ms of the clock later, and no click at all."""
    heard = played(ppm)
    assert abs(off_us(heard, ppm, FOLLOWED_S - 1)) == pytest.approx(100 * FOLLOWED_S, abs=60)
    assert abs(off_us(heard, ppm, SECONDS - 1)) < 300
    assert listening.largest_step(heard.tobytes()) <= 1.02 * HEIGHT * math.tau * HZ / RATE_HZ + 2
    last = heard[-20 * RATE_HZ :].tobytes()
    assert listening.tone_hz(last, RATE_HZ) == pytest.approx(HZ, rel=3e-4)


def test_a_poor_card_is_followed_all_the_same() -> None:
    """One that is 400 parts in a million off, as some cheap ones are, stays within 2 ms of the clock."""
    heard = played(400)
    assert abs(off_us(heard, 400, SECONDS - 1)) < 2_000
    assert listening.largest_step(heard.tobytes()) <= 1.02 * HEIGHT * math.tau * HZ / RATE_HZ + 2


def test_a_card_in_time_changes_no_sample() -> None:
    """What needs no following is not touched, though instants are told in whole microseconds."""
    heard = played(0)
    assert heard == array("h", (round(HEIGHT * math.sin(math.tau * HZ * n / RATE_HZ)) for n in range(len(heard))))
