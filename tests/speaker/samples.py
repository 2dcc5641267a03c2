"""Sound files for the tests, made by ffmpeg: a rising tone over a steady one, so that every place sounds different."""

from __future__ import annotations

import math
import subprocess
import wave
from array import array
from pathlib import Path

RATE_HZ = 48_000
SECONDS = 2.0
CHIRP = "0.3*sin(2*PI*(200*t+300*t*t))+0.1*sin(2*PI*997*t)"
TONE_HZ = 440.0
SPLIT_FRAME = 48_123
"""Where the steady tone is cut in two: no whole number of packets, no zero of the wave."""

# Name: what ffmpeg is told, rate of the source. Each lasts `SECONDS`.
FORMATS: dict[str, tuple[str, int]] = {
    "cbr.mp3": ("-b:a 128k", 48_000),
    "vbr.mp3": ("-q:a 4", 44_100),
    "low.mp3": ("-b:a 24k -ac 1 -ar 22050", 44_100),
    "plain.mp3": ("-b:a 96k -write_xing 0 -id3v2_version 0", 48_000),
    "lc.m4a": ("-b:a 128k", 44_100),
    "faststart.m4a": ("-b:a 96k -movflags +faststart", 48_000),
    "stream.aac": ("-b:a 96k", 48_000),
    "voice.opus": ("-b:a 64k", 48_000),
    "pages.opus": ("-b:a 64k -page_duration 20000", 48_000),
    "vorbis.ogg": ("-c:a libvorbis", 44_100),
    "level5.flac": ("", 48_000),
    "other.flac": ("-sample_fmt s32", 44_100),
    "pcm16.wav": ("", 48_000),
    "pcm24.wav": ("-c:a pcm_s24le", 44_100),
    "float.wav": ("-c:a pcm_f32le", 48_000),
    "pcm8.wav": ("-c:a pcm_u8", 44_100),
    "phone.wav": ("-c:a pcm_mulaw -ac 1 -ar 8000", 8_000),
}
RATES_HZ = (8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000)


def make_formats(directory: Path) -> None:
    """Write one file of each format, from the same sound."""
    for rate_hz in sorted({rate for _, rate in FORMATS.values()}):
        wants = [(name, options) for name, (options, rate) in FORMATS.items() if rate == rate_hz]
        source = f"aevalsrc='{CHIRP}':s={rate_hz}:d={SECONDS}"
        stereo = f"aformat=channel_layouts=stereo,asplit={len(wants)}"
        graph = f"{source},{stereo}" + "".join(f"[o{i}]" for i in range(len(wants)))
        mapped: list[str] = []
        for index, (name, options) in enumerate(wants):
            mapped += ["-map", f"[o{index}]", *options.split(), str(directory / name)]
        ffmpeg("-filter_complex", graph, *mapped)


def make_joint(directory: Path) -> None:
    """Write a steady tone as a whole and in two pieces, without and with loss."""
    tone = array("h", (round(9_000 * math.sin(2 * math.pi * TONE_HZ * n / RATE_HZ)) for n in range(2 * RATE_HZ)))
    for name, samples in (("first", tone[:SPLIT_FRAME]), ("second", tone[SPLIT_FRAME:])):
        piece = directory / f"{name}.wav"
        write_wav(piece, samples, RATE_HZ)
        ffmpeg("-i", str(piece), str(directory / f"{name}.flac"))
        ffmpeg("-i", str(piece), "-b:a", "128k", str(directory / f"{name}.mp3"))
    write_wav(directory / "whole.wav", tone, RATE_HZ)


def write_tones(directory: Path, kind: str, rates_hz: tuple[int, ...]) -> None:
    """Write a second of 440 Hz at each rate, mono and stereo, as `<rate>-<channels>.<kind>`."""
    source = f"aevalsrc='0.3*sin(2*PI*{TONE_HZ}*t)':s=48000:d=1"
    outputs: list[str] = []
    for rate_hz in rates_hz:
        for channels in (1, 2):
            outputs += ["-ar", str(rate_hz), "-ac", str(channels), str(directory / f"{rate_hz}-{channels}.{kind}")]
    ffmpeg("-f", "lavfi", "-i", source, *outputs)


def write_wav(path: Path, samples: array[int], rate_hz: int, channels: int = 1) -> None:
    """Write 16-bit samples as WAV."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(samples.tobytes())


def ffmpeg(*arguments: str) -> None:
    """Run ffmpeg; raise when it fails."""
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], check=True, stdin=subprocess.DEVNULL)
