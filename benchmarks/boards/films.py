"""Films that carry the number of each of their frames, so that what a screen shows says which frame it is."""

from __future__ import annotations

import subprocess
from pathlib import Path

from benchmarks.boards.glass import BITS
from firmware_py.board.layout import Box

RATE_HZ = 30
_WHITE, _BLACK = 235, 16
_BAR_PX = 8
_H264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p", "-movflags", "+faststart")


def make_film(path: Path, size: tuple[int, int], frames: int) -> None:
    """Write a film in H.264 of 30 frames a second: something that moves, and below it bars with the frame's number."""
    width, height = size
    bars = b"".join(_bars(number) for number in range(frames))
    strip = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{BITS * _BAR_PX}x2", "-r", str(RATE_HZ), "-i", "-")
    moving = ("-f", "lavfi", "-i", f"testsrc2=s={width}x{height}:r={RATE_HZ}")
    scaled = f"[0]scale={width}:{height // 12}:flags=neighbor[bars];[1][bars]overlay=0:H-h:shortest=1"
    command = ("ffmpeg", "-v", "error", "-y", *strip, *moving, "-filter_complex", scaled, "-frames:v", str(frames))
    subprocess.run((*command, "-g", "60", *_H264, str(path)), input=bars, check=True)


def place_of(size: tuple[int, int], zone: Box) -> Box:
    """Return where a film of this size stands in a zone of the board: as large as fits, in the middle."""
    scale = min(zone.width / size[0], zone.height / size[1])
    width, height = int(size[0] * scale), int(size[1] * scale)
    return Box(zone.x + (zone.width - width) // 2, zone.y + (zone.height - height) // 2, width, height)


def _bars(number: int) -> bytes:
    row = b"".join(bytes([_WHITE if number >> bit & 1 else _BLACK]) * _BAR_PX for bit in range(BITS))
    return row * 2
