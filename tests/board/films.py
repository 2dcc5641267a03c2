"""Films whose frames carry their number, made by ffmpeg, and ways to read the number off a picture."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

BITS = 10
_WHITE, _BLACK = 235, 16
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
FORMATS: dict[str, tuple[str, ...]] = {
    "film.mp4": H264,
    "film.mkv": H264,
    "film.ts": H264,
    "film.webm": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"),
    "film.mpg": ("-c:v", "mpeg2video"),
    "film.avi": ("-c:v", "mpeg4"),
    "film.mov": ("-c:v", "mjpeg", "-pix_fmt", "yuvj420p"),
}
"""The files that people have, with how each is made."""


def make_film(  # noqa: PLR0913 - what films differ in
    path: Path,
    *,
    frames: int,
    rate: int = 30,
    size: tuple[int, int] = (320, 180),
    gop: int = 30,
    tone_hz: int = 0,
    options: Sequence[str] = H264,
) -> Path:
    """Write a film whose frame n shows n in binary, as white and black bars from left to right; return its path.

    The tone, if there is one, is heard all the time.
    """
    picture = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{size[0]}x{size[1]}", "-r", str(rate), "-i", "-")
    tone = ("-f", "lavfi", "-i", f"sine=frequency={tone_hz}:duration={frames / rate}:sample_rate=48000")
    command = ("ffmpeg", "-v", "error", "-y", *picture, *(tone if tone_hz else ()), "-g", str(gop), *options)
    pixels = b"".join(_bars(number, size) for number in range(frames))
    subprocess.run((*command, str(path)), input=pixels, check=True)
    return path


def _bars(number: int, size: tuple[int, int]) -> bytes:
    width = size[0] // BITS
    row = b"".join(bytes([_WHITE if number >> bit & 1 else _BLACK]) * width for bit in range(BITS))
    return row.ljust(size[0], bytes([_BLACK])) * size[1]


def number_in(
    pixels: bytes | memoryview, width: int, *, row_bytes: int, y: int, x: int = 0, bytes_a_pixel: int = 4
) -> int:
    """Return the number that a row of a picture shows whose bars begin at `x` and are `width` wide together."""
    places = (x + round(width * (2 * bit + 1) / (2 * BITS)) for bit in range(BITS))
    bright = [pixels[y * row_bytes + place * bytes_a_pixel + 1] > 128 for place in places]
    return sum(is_set << bit for bit, is_set in enumerate(bright))
