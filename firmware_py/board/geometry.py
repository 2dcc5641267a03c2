"""Where a panel's pixels lie in the framebuffer: an output rectangle, mirrored, turned, moved. Pure.

Burn-in shift: a picture that stands for years marks a panel. It is as many pixels smaller than the panel as it may
move, so that nothing is cut, and goes a pixel a minute along the rows of a square, there and back. Where it is follows
from the wall clock alone: boards beside each other move together.
"""

from __future__ import annotations

from firmware_py.board.layout import Box
from firmware_py.core.settings import Mirror, Rectangle
from firmware_py.core.units import MINUTE, WallUs

SHIFT_STEP_US = MINUTE


def output_area(area: Rectangle, width_px: int, height_px: int) -> Box:
    """Return the part of a framebuffer that the panel shows, cut at its edges; width or height 0 is «to the edge»."""
    wide = width_px - area.x if area.width == 0 else area.width
    high = height_px - area.y if area.height == 0 else area.height
    return Box(area.x, area.y, max(0, min(wide, width_px - area.x)), max(0, min(high, height_px - area.y)))


def shift_at(wall_us: WallUs, most_px: int) -> tuple[int, int]:
    """Return how far the picture is moved to the right and down at an instant: 0 to `most_px` each."""
    side_px = most_px + 1
    last = side_px * side_px - 1
    if last == 0:
        return 0, 0
    step = wall_us // SHIFT_STEP_US % (2 * last)
    row, column = divmod(min(step, 2 * last - step), side_px)
    return (most_px - column if row % 2 else column), row


def shifted(area: Box, most_px: int, wall_us: WallUs) -> Box:
    """Return the part of an area that the picture takes at an instant."""
    x, y = shift_at(wall_us, most_px)
    return Box(area.x + x, area.y + y, area.width - most_px, area.height - most_px)


def panel_size(area: Box, rotation: int) -> tuple[int, int]:
    """Return width and height of the panel as people see it."""
    return (area.width, area.height) if rotation % 180 == 0 else (area.height, area.width)


def in_framebuffer(box: Box, area: Box, rotation: int, mirror: Mirror = "none") -> Box:
    """Return where a box of the panel lies in the framebuffer: mirrored as people see it, then turned clockwise."""
    x, y, width, height = box
    wide, high = panel_size(area, rotation)
    if mirror == "horizontal":
        x = wide - x - width
    elif mirror == "vertical":
        y = high - y - height
    if rotation == 90:
        return Box(area.x + area.width - y - height, area.y + x, height, width)
    if rotation == 180:
        return Box(area.x + area.width - x - width, area.y + area.height - y - height, width, height)
    if rotation == 270:
        return Box(area.x + y, area.y + area.height - x - width, height, width)
    return Box(area.x + x, area.y + y, width, height)
