"""Arithmetic on PCM (16 bits signed, two channels interleaved): the one module that imports audioop.

audioop is part of Python up to 3.12 and comes as the package audioop-lts from 3.13 on. It costs microseconds for a
block and no memory, which is why numpy is not here.
"""

from __future__ import annotations

import math
import warnings
from array import array
from typing import Any, TypeAlias

with warnings.catch_warnings():
    # Python 3.11 and 3.12 announce that audioop leaves the standard library; the lock has its successor.
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop

from firmware_py.core.units import SILENCE_DBFS

FRAME_BYTES = 4
_WIDTH, _WIDE = 2, 4
_FULL_SCALE, _WIDE_FULL_SCALE = 32768, 1 << 31
_MIN, _MAX = -32768, 32767


def silence(frames: int) -> bytes:
    """Return so many frames of silence."""
    return bytes(frames * FRAME_BYTES)


def scaled(pcm: bytes, factor: float) -> bytes:
    """Return the sound with all amplitudes multiplied, held at full scale."""
    return audioop.mul(pcm, _WIDTH, factor)


def mixed(first: bytes, second: bytes) -> bytes:
    """Return the sum of two equally long sounds, held at full scale."""
    return audioop.add(first, second, _WIDTH)


def widened(first: bytes, second: bytes) -> bytes:
    """Return the sum of two sounds at half its height in 32 bits, where it cannot overflow; an empty one is silence."""
    halves = [audioop.mul(audioop.lin2lin(sound, _WIDTH, _WIDE), _WIDE, 0.5) for sound in (first, second) if sound]
    return halves[0] if len(halves) == 1 else audioop.add(halves[0], halves[1], _WIDE)


def wide_peaks(wide: bytes, frames: int) -> list[float]:
    """Return the largest amplitude of every so many frames of a sum by `widened`, full scale being 1: may be more."""
    part = frames * 2 * _WIDE
    return [
        audioop.max(wide[place : place + part], _WIDE) / _WIDE_FULL_SCALE * 2 for place in range(0, len(wide), part)
    ]


def narrowed(wide: bytes, factors: list[float], frames: int) -> bytes:
    """Return a sum by `widened` in 16 bits, every so many frames multiplied by a factor, held at full scale."""
    part = frames * 2 * _WIDE
    scaled_ = b"".join(
        audioop.mul(wide[number * part : (number + 1) * part], _WIDE, 2 * factor)
        for number, factor in enumerate(factors)
    )
    return audioop.lin2lin(scaled_, _WIDE, _WIDTH)


def doubled(mono: bytes) -> bytes:
    """Return one channel on both."""
    return audioop.tostereo(mono, _WIDTH, 1, 1)


Place: TypeAlias = Any
"""Where a stretch of sound is in its change of rate: audioop's own."""


def resampled(mono: bytes, from_hz: int, to_hz: int, place: Place) -> tuple[bytes, Place]:
    """Return one channel at another rate, between its samples on straight lines, and where to go on; None begins."""
    return audioop.ratecv(mono, _WIDTH, 1, from_hz, to_hz, place)


def stretched(pcm: bytes, frames: int) -> bytes:
    """Return a sound (two frames at least) as a few frames more or less, between its samples on straight lines.

    The first frame stays the first and the last the last, so that what lies before and behind joins without a step.
    """
    samples = array("h", pcm)
    last = len(samples) // 2 - 1
    made = array("h", bytes(frames * FRAME_BYTES))
    for frame in range(frames):
        place, share = divmod(frame * last, frames - 1)
        left, right = 2 * place, 2 * min(place + 1, last)
        for side in (0, 1):
            begin = samples[left + side]
            made[2 * frame + side] = begin + (samples[right + side] - begin) * share // (frames - 1)
    return made.tobytes()


def shaped(pcm: bytes, factors: list[float]) -> bytes:
    """Return the sound with each frame multiplied by a factor of its own, held at full scale."""
    samples = array("h", pcm)
    for frame, factor in enumerate(factors):
        for place in (2 * frame, 2 * frame + 1):
            samples[place] = min(_MAX, max(_MIN, round(samples[place] * factor)))
    return samples.tobytes()


def power(pcm: bytes) -> float:
    """Return the mean square of the samples, full scale being 1."""
    return (audioop.rms(pcm, _WIDTH) / _FULL_SCALE) ** 2


def peak(pcm: bytes) -> float:
    """Return the largest amplitude, full scale being 1."""
    return audioop.max(pcm, _WIDTH) / _FULL_SCALE


def power_dbfs(mean_square: float) -> float:
    """Return a mean square as decibels below full scale, never less than silence."""
    return max(SILENCE_DBFS, 10 * math.log10(mean_square)) if mean_square > 0 else SILENCE_DBFS


def amplitude_dbfs(amplitude: float) -> float:
    """Return an amplitude as decibels below full scale, never less than silence."""
    return power_dbfs(amplitude * amplitude)
