"""Looking at recorded sound: reading it, decoding a file independently with ffmpeg, finding one in the other."""

from __future__ import annotations

import subprocess
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Samples: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Found:
    """Where a sound was found: seconds from the beginning of what was searched, and the correlation there (to 1)."""

    at_s: float
    correlation: float


def read_wav(path: Path) -> tuple[Samples, int]:
    """Return a 16-bit WAV file as one channel of samples, and its rate in hertz."""
    with wave.open(str(path)) as file:
        raw = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        return _mono(raw, file.getnchannels()), file.getframerate()


def from_pcm(raw: bytes, channels: int = 2) -> Samples:
    """Return interleaved 16-bit PCM as one channel of samples."""
    return _mono(np.frombuffer(raw[: len(raw) // (2 * channels) * 2 * channels], dtype="<i2"), channels)


def _mono(raw: NDArray[np.int16], channels: int) -> Samples:
    return np.asarray(raw.reshape(-1, channels).mean(axis=1), dtype=np.float64)


def decode(path: Path, rate_hz: int) -> Samples:
    """Return a sound file as ffmpeg decodes it, one channel."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "s16le", "-ac", "1", "-ar", str(rate_hz), "-"]
    return from_pcm(subprocess.run(command, check=True, capture_output=True).stdout, channels=1)


def find(needle: Samples, hay: Samples, rate_hz: int) -> Found:
    """Return where `needle` fits `hay` best, by normalised cross-correlation."""
    size = 1 << (len(hay) + len(needle)).bit_length()
    product = np.fft.irfft(np.fft.rfft(hay, size) * np.conj(np.fft.rfft(needle, size)), size)
    places = len(hay) - len(needle) + 1
    energy = np.concatenate(([0.0], np.cumsum(hay * hay)))
    local = np.sqrt(np.maximum(energy[len(needle) :] - energy[: len(hay) - len(needle) + 1], 1.0))
    scores = product[:places] / (local * np.sqrt(np.sum(needle * needle)))
    best = int(np.argmax(scores))
    return Found(best / rate_hz, float(scores[best]))
