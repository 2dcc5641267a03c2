"""The sound that a notice begins with (tín hiệu báo động): computed here, so that no file and no decoder is needed.

Five styles that nobody confuses, neither by ear nor by spectrum. An alert's glides and is loud; the one of an exercise
stands on two low notes, is soft, and never glides. All begin and end without a click.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable
from functools import cache
from typing import NamedTuple, TypeAlias

from firmware_py.core.messages import Style

Wave: TypeAlias = "array[int]"

_EDGE_S = 0.01
_FULL_SCALE = 32768


def siren(style: Style, rate_hz: int) -> bytes:
    """Return the sound of a style: one channel of 16 bits at `rate_hz` (8 kHz or more)."""
    recipe = _RECIPES[style]
    return recipe.make(10 ** (recipe.peak_dbfs / 20) * _FULL_SCALE, rate_hz).tobytes()


def prepare_sirens(rate_hz: int) -> None:
    """Compute what takes long of them, so that nothing of that is left when one is needed."""
    for style in _RECIPES:
        siren(style, rate_hz)


def _wail(peak: float, rate_hz: int) -> Wave:
    """Twice from 500 to 1200 Hz and back within 3 s: what horn loudspeakers carry farthest."""
    return _edged(_wail_period(peak, rate_hz) * 2, rate_hz)


@cache
def _wail_period(peak: float, rate_hz: int) -> Wave:
    """Return one rise and fall.

    The third harmonic, a quarter of the first, lowers the peaks: 1.3 dB louder than a sine of the same peak.
    """
    period_s, middle_hz, swing_hz = 3, 850, 350
    highest = math.sqrt(7 / 12) * 7 / 6  # of sin x + sin(3x) / 4 = sin x (7/4 - sin² x)
    pace, swing, slow = math.tau * middle_hz / rate_hz, swing_hz * period_s, math.tau / (period_s * rate_hz)
    rising = array("h")
    for frame in range(period_s * rate_hz // 2 + 1):
        first = math.sin(pace * frame - swing * math.sin(slow * frame))
        rising.append(round(peak / highest * first * (1.75 - first * first)))
    # The phase of a whole period is a whole number of turns: it falls as it rose, backwards and upside down.
    falling = array("h", (-value for value in rising[period_s * rate_hz - len(rising) : 0 : -1]))
    return rising + falling


def _alternating(peak: float, rate_hz: int) -> Wave:
    """Three times 440 and then 550 Hz, 0.7 s each."""
    return (_note(440, 0.7, peak, rate_hz) + _note(550, 0.7, peak, rate_hz)) * 3


@cache
def _chime(peak: float, rate_hz: int) -> Wave:
    """Three falling strokes, each dying away: 1050, 840 and 630 Hz."""
    strokes = (_stroke(1050, 0.4, peak, rate_hz), _stroke(840, 0.4, peak, rate_hz), _stroke(630, 1.0, peak, rate_hz))
    return strokes[0] + strokes[1] + strokes[2]


def _test_tone(peak: float, rate_hz: int) -> Wave:
    """Three seconds of 1 kHz."""
    return _note(1000, 3.0, peak, rate_hz)


def _pips(peak: float, rate_hz: int) -> Wave:
    """Three times a tenth of a second of 2 kHz."""
    pip, rest = _note(2000, 0.1, peak, rate_hz), array("h", [0]) * (rate_hz * 15 // 100)
    return pip + rest + pip + rest + pip


def _note(hz: int, seconds: float, peak: float, rate_hz: int) -> Wave:
    return _edged(_sine(hz, seconds, peak, rate_hz), rate_hz)


def _stroke(hz: int, seconds: float, peak: float, rate_hz: int) -> Wave:
    """Return a note that falls by 26 dB, like a bell."""
    wave = _sine(hz, seconds, peak, rate_hz)
    fall = math.exp(-3.0 / len(wave))
    level = 1.0
    for place, value in enumerate(wave):
        wave[place] = round(value * level)
        level *= fall
    return _edged(wave, rate_hz)


def _sine(hz: int, seconds: float, peak: float, rate_hz: int) -> Wave:
    """Return a sine, computed as far as its samples differ: it repeats after `1 / gcd(hz, rate_hz)` seconds."""
    different = rate_hz // math.gcd(hz, rate_hz)
    turn = math.tau * hz / rate_hz
    frames = round(seconds * rate_hz)
    part = array("h", (round(peak * math.sin(turn * frame)) for frame in range(min(different, frames))))
    return (part * (frames // len(part) + 1))[:frames]


def _edged(wave: Wave, rate_hz: int) -> Wave:
    """Return the wave with its first and last 10 ms raised along half a cosine."""
    edge = round(_EDGE_S * rate_hz)
    for place in range(edge):
        factor = (1 - math.cos(math.pi * place / edge)) / 2
        wave[place] = round(wave[place] * factor)
        wave[-1 - place] = round(wave[-1 - place] * factor)
    return wave


class _Recipe(NamedTuple):
    make: Callable[[float, int], Wave]
    peak_dbfs: float


_RECIPES: dict[Style, _Recipe] = {
    "actual": _Recipe(_wail, -3.0),
    "drill": _Recipe(_alternating, -12.0),
    "cancel": _Recipe(_chime, -12.0),
    "tone": _Recipe(_test_tone, -12.0),
    "identify": _Recipe(_pips, -6.0),
}
