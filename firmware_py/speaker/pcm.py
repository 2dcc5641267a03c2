"""Arithmetic on PCM (16 bits signed, two channels interleaved): the one module that imports audioop.

audioop is part of Python up to 3.12 and comes as the package audioop-lts from 3.13 on. It costs microseconds for a
block and no memory, which is why numpy is not here.
"""

from __future__ import annotations

import math
import warnings
from array import array

with warnings.catch_warnings():
    # Python 3.11 and 3.12 announce that audioop leaves the standard library; the lock has its successor.
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop

from firmware_py.core.units import SILENCE_DBFS

FRAME_BYTES = 4
_WIDTH = 2
_FULL_SCALE = 32768
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


def doubled(mono: bytes) -> bytes:
    """Return one channel on both."""
    return audioop.tostereo(mono, _WIDTH, 1, 1)


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
