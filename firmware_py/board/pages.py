"""Which page is shown and how far the ticker has run: functions of the wall clock alone.

Two boards with the same clock turn their pages together without talking, and a board that starts late joins in.
"""

from __future__ import annotations

from typing import NamedTuple

from firmware_py.core.units import SECOND, DurationUs, WallUs


class Turn(NamedTuple):
    """The page to show, counted from 0, and the instant at which the next one takes its place."""

    page: int
    until_us: WallUs


def page_at(wall_us: WallUs, start_us: WallUs, duration_us: DurationUs, page_us: DurationUs, count: int) -> Turn:
    """Return the page of an item at an instant, and until when.

    Pages follow one another every `page_us` and begin again until the item ends. When the item is too short for
    all of them, they share its duration evenly, so that each is seen once.
    """
    passed_us = max(0, wall_us - start_us)
    if count * page_us <= duration_us:
        turns = passed_us // page_us
        return Turn(turns % count, start_us + (turns + 1) * page_us)
    index = min(count - 1, passed_us * count // duration_us)
    return Turn(index, start_us - (-(index + 1) * duration_us // count))


def ticker_offset(wall_us: WallUs, start_us: WallUs, px_per_s: int, strip_px: int) -> int:
    """Return the column of the ticker's strip at the left edge of its zone: 0 to `strip_px` - 1, whole pixels."""
    return (wall_us - start_us) * px_per_s // SECOND % strip_px


def frame_at(wall_us: WallUs, fps: int) -> WallUs:
    """Return the instant of the last moving frame at or before `wall_us`.

    Frames stand at whole parts of a second, rounded up to a microsecond, so that each has run its whole pixels.
    """
    return -(-(wall_us * fps // SECOND) * SECOND // fps)


def frame_after(wall_us: WallUs, fps: int) -> WallUs:
    """Return the instant of the first moving frame after `wall_us`."""
    return -(-(wall_us * fps // SECOND + 1) * SECOND // fps)
