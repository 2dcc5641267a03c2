"""Where a panel's pixels lie in the framebuffer: an output rectangle, turned by quarter turns. Pure."""

from __future__ import annotations

from firmware_py.board.layout import Box
from firmware_py.core.settings import Rectangle


def output_area(area: Rectangle, width_px: int, height_px: int) -> Box:
    """Return the part of a framebuffer that the panel shows, cut at its edges; width or height 0 is «to the edge»."""
    wide = width_px - area.x if area.width == 0 else area.width
    high = height_px - area.y if area.height == 0 else area.height
    return Box(area.x, area.y, max(0, min(wide, width_px - area.x)), max(0, min(high, height_px - area.y)))


def panel_size(area: Box, rotation: int) -> tuple[int, int]:
    """Return width and height of the panel as people see it."""
    return (area.width, area.height) if rotation % 180 == 0 else (area.height, area.width)


def in_framebuffer(box: Box, area: Box, rotation: int) -> Box:
    """Return where a box of the panel lies in the framebuffer when the picture is turned clockwise by `rotation`."""
    x, y, width, height = box
    if rotation == 90:
        return Box(area.x + area.width - y - height, area.y + x, height, width)
    if rotation == 180:
        return Box(area.x + area.width - x - width, area.y + area.height - y - height, width, height)
    if rotation == 270:
        return Box(area.x + y, area.y + area.height - x - width, height, width)
    return Box(area.x + x, area.y + y, width, height)
