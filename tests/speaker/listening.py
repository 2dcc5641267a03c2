"""Hearing what was played: where a sound lies in another, how alike they are, how high a tone is. No numpy needed."""

from __future__ import annotations

import itertools
import math
import subprocess
import warnings
import wave
from array import array
from dataclasses import dataclass
from pathlib import Path

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop

RATE_HZ = 48_000


def independent(path: Path) -> bytes:
    """Return the left channel of a file as ffmpeg decodes it, 48 kHz, 16 bits."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "s16le", "-ac", "2", "-ar", str(RATE_HZ), "-"]
    return left(subprocess.run(command, check=True, capture_output=True).stdout)


def left(stereo: bytes) -> bytes:
    """Return the left channel."""
    return audioop.tomono(stereo, 2, 1, 0)


def read_wav(path: Path) -> bytes:
    """Return the left or only channel of a file."""
    with wave.open(str(path)) as file:
        sound = file.readframes(file.getnframes())
        return left(sound) if file.getnchannels() > 1 else sound


def cut(mono: bytes, start: int, frames: int) -> bytes:
    """Return some frames of one channel."""
    return mono[max(0, start) * 2 : (start + frames) * 2]


@dataclass(frozen=True, slots=True)
class Found:
    """Where a piece was found, and how alike it is to what was looked for (1 is the same)."""

    frame: int
    likeness: float


def find(piece: bytes, sound: bytes, near: int, reach: int) -> Found:
    """Return the place in `sound`, at most `reach` frames from `near`, at which a piece lies best."""
    start = max(0, near - reach)
    frames = len(piece) // 2
    window = cut(sound, start, frames + 2 * reach)
    offset, _ = audioop.findfit(window, piece)
    return Found(start + offset, likeness(piece, cut(window, offset, frames)))


def followed(whole: bytes, sound: bytes, near: int, reach: int) -> bytes:
    """Return how `whole` was heard from `near` on: each eighth of a second from where it lies best within `reach`.

    A loudspeaker that follows its clock gives or takes single frames, so that the end lies a little off.
    """
    step = RATE_HZ // 8
    pieces = [cut(whole, start, step) for start in range(0, len(whole) // 2, step)]
    places = [find(piece, sound, near + n * step, reach).frame for n, piece in enumerate(pieces)]
    return b"".join(cut(sound, place, len(piece) // 2) for place, piece in zip(places, pieces, strict=True))


def likeness(first: bytes, second: bytes) -> float:
    """Return the normalised correlation of two equally long sounds."""
    one, two = array("h", first), array("h", second)
    product = sum(a * b for a, b in zip(one, two, strict=True))
    return product / max(1.0, math.sqrt(sum(a * a for a in one)) * math.sqrt(sum(b * b for b in two)))


def power_dbfs(mono: bytes) -> float:
    """Return the mean level, full scale amplitude being 0."""
    return 20 * math.log10(max(1, audioop.rms(mono, 2)) / 32768)


def tone_hz(mono: bytes, rate_hz: int = RATE_HZ) -> float:
    """Return the frequency of a pure tone, counted by its passages through zero."""
    samples = array("h", mono)
    rising = [i for i in range(1, len(samples)) if samples[i - 1] < 0 <= samples[i]]
    return (len(rising) - 1) * rate_hz / (rising[-1] - rising[0])


def largest_step(mono: bytes) -> int:
    """Return the largest difference of two neighbouring samples: a click is a step."""
    samples = array("h", mono)
    return max(abs(b - a) for a, b in itertools.pairwise(samples))


def first_sound(mono: bytes, threshold: int = 0) -> int:
    """Return the first frame whose amplitude is above a threshold."""
    return next(i for i, value in enumerate(array("h", mono)) if abs(value) > threshold)


def longest_silence(mono: bytes, threshold: int) -> int:
    """Return the length of the longest stretch of frames with an amplitude of at most `threshold`."""
    longest = current = 0
    for value in array("h", mono):
        current = current + 1 if abs(value) <= threshold else 0
        longest = max(longest, current)
    return longest
