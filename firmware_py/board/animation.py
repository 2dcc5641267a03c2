"""Animated pictures (GIF, WebP, PNG) to frames that the board has memory for. Time is kept, frames are left out.

Frames are as large as their place if there is memory for all of them, else as in the file: the board enlarges them
while it draws. An animation that would take minutes to decode is refused: a video is smaller, and smoother.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

from PIL import Image, ImageOps, ImageSequence

from firmware_py.board.pictures import flat, scale_to
from firmware_py.core.errors import Code, Unplayable
from firmware_py.core.messages import Fit
from firmware_py.core.units import MS, DurationUs

MEMORY_BYTES = 24 << 20
MAX_DECODED_PIXELS = 300_000_000

_USUAL_MS, _SHORTEST_MS = 100, 20
"""What a frame lasts that says nothing of it, or less than a screen can show: browsers do the same."""

_BYTES_A_PIXEL = 3


@dataclass(frozen=True, slots=True)
class Frames:
    """The size of all frames, and when each is over, counted from the beginning of the first."""

    width: int
    height: int
    ends_us: tuple[DurationUs, ...]


def is_animated(image: Image.Image) -> bool:
    """Return whether a picture has several frames."""
    return int(getattr(image, "n_frames", 1)) > 1


def write_frames(image: Image.Image, zone: tuple[int, int], fit: Fit, write: Callable[[bytes], object]) -> Frames:
    """Write the frames of an animation for a zone, RGB, one after the other; raise `Unplayable` for too many."""
    count = int(getattr(image, "n_frames", 1))
    if count * image.width * image.height > MAX_DECODED_PIXELS:
        what = f"an animation of {count} frames of {image.width}×{image.height}"
        limit = f"at most {MAX_DECODED_PIXELS // 1_000_000} megapixels in all are shown"
        raise Unplayable(Code.CONTENT_TOO_LARGE, f"{what}, {limit}; make it shorter or smaller")
    sizes = [_frame_size(image.size, zone, fit, enlarged=enlarged) for enlarged in (True, False)]
    size = next((each for each in sizes if _bytes(each, count) <= MEMORY_BYTES), sizes[-1])
    every = ceil(_bytes(size, count) / MEMORY_BYTES)
    ends_us: list[DurationUs] = []
    at_us: DurationUs = 0
    for index, frame in enumerate(ImageSequence.Iterator(image)):
        if index % every == 0:
            ends_us += [at_us] if index else []
            write(_fitted(frame, size, fit).tobytes())
        at_us += _duration_ms(frame) * MS
    return Frames(*size, (*ends_us, at_us))


def _bytes(size: tuple[int, int], count: int) -> int:
    return count * size[0] * size[1] * _BYTES_A_PIXEL


def _frame_size(size: tuple[int, int], zone: tuple[int, int], fit: Fit, *, enlarged: bool) -> tuple[int, int]:
    """Return the size of frames that fill their place in the zone, or would if they were enlarged."""
    scale = scale_to(size, zone, fit)
    place = zone if fit == "cover" else (size[0] * scale, size[1] * scale)
    least = 1.0 if enlarged else max(1.0, scale)
    return max(1, round(place[0] / least)), max(1, round(place[1] / least))


def _fitted(frame: Image.Image, size: tuple[int, int], fit: Fit) -> Image.Image:
    rgb = flat(frame)
    if rgb.size == size:
        return rgb
    return ImageOps.fit(rgb, size) if fit == "cover" else rgb.resize(size, Image.Resampling.LANCZOS)


def _duration_ms(frame: Image.Image) -> int:
    said_ms = frame.info.get("duration")
    if isinstance(said_ms, int | float) and said_ms >= _SHORTEST_MS:
        return round(said_ms)
    return _USUAL_MS
