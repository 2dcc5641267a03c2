"""The demo's chime (nhạc chuông) and signature (nhạc hiệu): struck and plucked tones by additive synthesis.

Mono, 48 kHz, samples as floats. Both begin and end at exactly zero, so that no neighbour hears a click.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

RATE_HZ = 48_000
ATTACK_S = 0.004
FADE_S = 0.3


@dataclass(frozen=True, slots=True)
class Partial:
    """One decaying sine: frequency as a multiple of the note's, amplitude, time to fall to 1/e in seconds."""

    ratio: float
    amplitude: float
    decay_s: float


@dataclass(frozen=True, slots=True)
class Note:
    """A note at `at_s` seconds; pitch in semitones from A4 = 440 Hz."""

    at_s: float
    pitch: int
    amplitude: float = 1.0


# A struck bar: the fourth partial and the short high one are the stroke, the first two are what sings on.
BELL = (
    Partial(1.0, 1.0, 0.75),
    Partial(2.0, 0.30, 0.45),
    Partial(3.01, 0.10, 0.25),
    Partial(4.08, 0.16, 0.16),
    Partial(6.7, 0.06, 0.05),
)
# A plucked string: a full row of harmonics, the higher the sooner gone.
STRING = tuple(Partial(float(n), 0.9 / n**1.35, 0.85 / n**0.8) for n in range(1, 11))

CHIME = (Note(0.0, -2), Note(0.26, 3), Note(0.52, 5), Note(0.78, 10, 1.1))  # G4 C5 D5 G5
SIGNATURE = (
    # A4 D5 F5 G5 A5 G5 F5
    *(Note(0.0, 0), Note(0.2, 5), Note(0.4, 8), Note(0.6, 10), Note(0.9, 12), Note(1.1, 10), Note(1.3, 8)),
    # D5 over D4 and A4
    *(Note(1.55, 5, 1.1), Note(1.55, -7, 0.8), Note(1.58, 0, 0.5)),
)


def chime() -> list[float]:
    """Return the opening chime, 2 s."""
    return _render(CHIME, BELL, 2.0)


def signature() -> list[float]:
    """Return the closing signature, 3 s."""
    return _render(SIGNATURE, STRING, 3.0)


def _render(notes: Sequence[Note], timbre: Sequence[Partial], length_s: float) -> list[float]:
    mix = [0.0] * round(length_s * RATE_HZ)
    for note in notes:
        for partial in timbre:
            _add(mix, note, partial)
    return _faded(mix)


def _add(mix: list[float], note: Note, partial: Partial) -> None:
    first = round(note.at_s * RATE_HZ)
    step = 2 * math.pi * 440 * 2 ** (note.pitch / 12) * partial.ratio / RATE_HZ
    fall = math.exp(-1 / (partial.decay_s * RATE_HZ))
    level = note.amplitude * partial.amplitude
    for index in range(len(mix) - first):
        mix[first + index] += level * _attack(index) * math.sin(step * index)
        level *= fall


def _attack(index: int) -> float:
    length = ATTACK_S * RATE_HZ
    return 1.0 if index >= length else 0.5 - 0.5 * math.cos(math.pi * index / length)


def _faded(mix: list[float]) -> list[float]:
    length = round(FADE_S * RATE_HZ)
    for index in range(length):
        mix[-1 - index] *= 0.5 - 0.5 * math.cos(math.pi * index / length)
    return mix
