"""The sirens as numbers: how loud, how high, how long, and that nobody takes one for another."""

from __future__ import annotations

import itertools
import math
import sys
from array import array
from types import FrameType
from typing import get_args

import pytest

from firmware_py.core.messages import Style
from firmware_py.speaker.siren import prepare_sirens, siren
from tests.speaker import listening

RATE_HZ = 48_000
STYLES: tuple[Style, ...] = get_args(Style)
LENGTHS_S: dict[Style, float] = {"actual": 6.0, "drill": 4.2, "cancel": 1.8, "tone": 3.0, "identify": 0.6}
PEAKS_DBFS: dict[Style, float] = {"actual": -3, "drill": -12, "cancel": -12, "tone": -12, "identify": -6}
WINDOW = RATE_HZ // 20


def heights_hz(mono: bytes) -> list[float]:
    """Return how high each twentieth of a second sounds; silent ones are left out."""
    windows = (listening.cut(mono, start, WINDOW) for start in range(0, len(mono) // 2 - WINDOW + 1, WINDOW))
    return [listening.tone_hz(window) for window in windows if listening.power_dbfs(window) > -50]


def amplitude(mono: bytes, hz: float) -> float:
    """Return how strong one frequency is in a sound (Goertzel's algorithm), full scale being 1."""
    samples = array("h", mono)
    turn = 2 * math.cos(math.tau * hz / RATE_HZ)
    before = last = 0.0
    for value in samples:
        before, last = last, value + turn * last - before
    return 2 * math.sqrt(last * last + before * before - turn * last * before) / len(samples) / 32768


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 44_100, 48_000])
@pytest.mark.parametrize("style", STYLES)
def test_each_has_its_length_and_peak_and_no_click(style: Style, rate_hz: int) -> None:
    """At every rate it lasts as long, peaks at its level, and comes from nothing and goes to nothing."""
    samples = array("h", siren(style, rate_hz))
    assert len(samples) / rate_hz == pytest.approx(LENGTHS_S[style], abs=0.001)
    peak = max(map(abs, samples)) / 32768
    assert 20 * math.log10(peak) == pytest.approx(PEAKS_DBFS[style], abs=0.4 if style == "cancel" else 0.05)
    edge = rate_hz // 1000
    assert samples[0] == samples[-1] == 0
    assert max(map(abs, samples[:edge] + samples[-edge:])) < 0.05 * peak * 32768


def test_an_alert_wails() -> None:
    """It glides from 500 to 1200 Hz and back, twice, in 6 s, without a jump and without a pause."""
    heights = heights_hz(siren("actual", RATE_HZ))
    assert len(heights) == 120
    turns = (heights[0], heights[30], heights[59], heights[90], heights[119])
    assert turns == pytest.approx((500, 1200, 500, 1200, 500), abs=15)
    for begin, sign in ((0, 1), (30, -1), (60, 1), (90, -1)):
        steps = [sign * (b - a) for a, b in itertools.pairwise(heights[begin : begin + 29])]
        assert all(-12 < step < 60 for step in steps)


def test_an_alert_has_overtones() -> None:
    """The third harmonic is there, 12 dB below the first: the sound is harder than a sine of the same peak."""
    top = listening.cut(siren("actual", RATE_HZ), RATE_HZ * 149 // 100, RATE_HZ // 50)
    assert amplitude(top, 3600) / amplitude(top, 1200) == pytest.approx(0.25, abs=0.02)
    assert listening.power_dbfs(siren("actual", RATE_HZ)) == pytest.approx(-3 - 3.01 + 1.27, abs=0.1)


def test_an_exercise_alternates_and_never_glides() -> None:
    """It stands on 440 and 550 Hz in turn, three times, and is 10 dB below an alert."""
    sound = siren("drill", RATE_HZ)
    heights = heights_hz(sound)
    assert [round(each / 10) for each in heights] == (14 * [44] + 14 * [55]) * 3
    assert listening.power_dbfs(sound) < listening.power_dbfs(siren("actual", RATE_HZ)) - 10


def test_a_cancel_falls_and_dies_away() -> None:
    """Three strokes, each lower than the one before and softer at its end than at its begin."""
    sound = siren("cancel", RATE_HZ)
    for begin_s, hz, lasts_s in ((0.0, 1050, 0.4), (0.4, 840, 0.4), (0.8, 630, 1.0)):
        loud = listening.cut(sound, round((begin_s + 0.02) * RATE_HZ), WINDOW)
        soft = listening.cut(sound, round((begin_s + lasts_s - 0.07) * RATE_HZ), WINDOW)
        assert listening.tone_hz(loud) == pytest.approx(hz, abs=2)
        assert listening.power_dbfs(soft) < listening.power_dbfs(loud) - 18


def test_the_test_tone_is_one_kilohertz() -> None:
    """It is a pure tone of 1 kHz: nothing else is within 60 dB of it."""
    middle = listening.cut(siren("tone", RATE_HZ), RATE_HZ, RATE_HZ)
    assert listening.tone_hz(middle) == pytest.approx(1000, abs=0.1)
    assert amplitude(middle, 1000) == pytest.approx(10 ** (-12 / 20), rel=0.01)
    assert all(amplitude(middle, hz) < amplitude(middle, 1000) / 1000 for hz in (250, 500, 2000, 3000, 5000))


def test_the_sign_of_a_box_is_three_pips() -> None:
    """Three times a tenth of a second of 2 kHz, with silence between."""
    sound = siren("identify", RATE_HZ)
    tenths = [listening.cut(sound, start, WINDOW) for start in range(0, len(sound) // 2 - WINDOW + 1, WINDOW)]
    assert [listening.power_dbfs(each) > -20 for each in tenths] == [True, True, False, False, False] * 2 + [True, True]
    assert listening.tone_hz(tenths[0]) == pytest.approx(2000, abs=2)


def test_no_two_sound_alike() -> None:
    """No two have half of their spectrum in common (cosine of the powers in bands of 50 Hz)."""
    bands_hz = range(400, 2100, 50)
    spectra = {}
    for style in STYLES:
        sound = siren(style, RATE_HZ)
        slices = [listening.cut(sound, start, WINDOW) for start in range(0, len(sound) // 2, WINDOW * 4)]
        spectra[style] = [sum(amplitude(each, hz) ** 2 for each in slices if each) for hz in bands_hz]
    for one, other in itertools.combinations(STYLES, 2):
        pair = list(zip(spectra[one], spectra[other], strict=True))
        size = math.sqrt(sum(a * a for a in spectra[one])) * math.sqrt(sum(b * b for b in spectra[other]))
        assert sum(a * b for a, b in pair) / size < 0.5, (one, other)


@pytest.mark.parametrize("style", STYLES)
def test_little_is_computed_when_it_is_needed(style: Style) -> None:
    """Once prepared, a siren costs a few calls for its edges, not one for each of its samples."""
    prepare_sirens(RATE_HZ)
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "c_call"

    sys.setprofile(count)
    try:
        sound = siren(style, RATE_HZ)
    finally:
        sys.setprofile(None)
    assert calls < len(sound) // 20
