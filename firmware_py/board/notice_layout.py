"""Where things stand on the panel while a notice has it to itself: border, band, pages. Pure arithmetic in pixels.

1. A panel whose shorter side has `ROOMY_PX` or more: the border runs around everything, the band with the words of the
   style stands above the pages, in two rows where the panel is narrow. The band must leave half of the panel to them.
2. On another one every row is needed for letters: the border is two pixels left and right, and only where it
   flashes; the words of the style, where they must be said, stand in Unifont left of the pages, or above them where
   the panel is narrow.
"""

from __future__ import annotations

from firmware_py.board.layout import (
    LEGIBLE_PX,
    LINE_SHARE,
    NOWHERE,
    ROOMY_PX,
    Box,
    Layout,
    has_ticker_zone,
    ladder,
    notice_menu,
)

PIXEL_ROW_PX = 16

_BORDER_SHARE = 0.024
_BAND_SHARE = 0.15
_BAND_MIN_PX = 24
_BAND_AT_MOST = 0.5
_LOW_BORDER_PX = 2
_ONE_ROW_SHARE = 9
_SIDE_BAND_PX = 36
_SIDE_BAND_FROM_PX = 128


def is_roomy(panel: Box) -> bool:
    """Return whether a panel has rows to spare for a border and a large band."""
    side_px = min(panel.width, panel.height)
    return side_px >= ROOMY_PX and band_above(panel, side_px).height <= panel.height * _BAND_AT_MOST


def border_boxes(panel: Box, *, flashing: bool) -> tuple[Box, ...]:
    """Return the parts of a border: above, below, left, right; on a small panel only left and right, or none."""
    if not is_roomy(panel):
        left = panel._replace(width=_LOW_BORDER_PX)
        return (left, left._replace(x=panel.right - _LOW_BORDER_PX)) if flashing else ()
    px = max(3, round(min(panel.width, panel.height) * _BORDER_SHARE))
    above, left = panel._replace(height=px), Box(panel.x, panel.y + px, px, panel.height - 2 * px)
    return (above, above._replace(y=panel.bottom - px), left, left._replace(x=panel.right - px))


def within(panel: Box, border: tuple[Box, ...]) -> Box:
    """Return what a border leaves."""
    dx = min((box.width for box in border), default=0)
    dy = min((box.height for box in border), default=0) if is_roomy(panel) else 0
    return panel.inset(dx, dy)


def band_above(inner: Box, side_px: int) -> Box:
    """Return the band of a roomy panel."""
    row_px = max(_BAND_MIN_PX, round(side_px * _BAND_SHARE))
    rows = 1 if inner.width >= _ONE_ROW_SHARE * row_px else 2
    return inner._replace(height=rows * row_px)


def small_band(inner: Box, rows: int) -> Box:
    """Return the band of a small panel for words in so many rows of Unifont; one without height when it has no room."""
    if stands_beside(inner):
        return inner._replace(width=_SIDE_BAND_PX) if rows * PIXEL_ROW_PX <= inner.height else NOWHERE
    height_px = rows * PIXEL_ROW_PX
    return inner._replace(height=height_px) if height_px + PIXEL_ROW_PX <= inner.height else NOWHERE


def small_band_width(inner: Box) -> int:
    """Return the pixels that the words may take on a small panel."""
    return _SIDE_BAND_PX if stands_beside(inner) else inner.width


def stands_beside(inner: Box) -> bool:
    """Return whether the band of a small panel stands left of the pages: where the panel is wide."""
    return inner.width >= _SIDE_BAND_FROM_PX - 2 * _LOW_BORDER_PX and inner.width > inner.height


def lay_out_notice(panel: Box, inner: Box, band: Box) -> Layout:
    """Return the layout of the pages: everything inside the border that the band leaves."""
    side_px = min(panel.width, panel.height)
    return Layout(
        panel=panel,
        header=band,
        header_rows=0,
        main=_left_by(inner, band),
        ticker=NOWHERE,
        pad_px=round(side_px * 0.03) if has_ticker_zone(panel.height) else 0,
        ticker_px=0,
        menu=notice_menu(_left_by(inner, band), side_px),
    )


def band_sizes_px(band: Box, side_px: int) -> list[int]:
    """Return the type sizes of a band, from lines as high as all of it down to half a row."""
    largest_px, smallest_px = (int(px / LINE_SHARE) for px in (band.height, side_px * _BAND_SHARE / 2))
    return ladder(max(LEGIBLE_PX, largest_px), max(LEGIBLE_PX, smallest_px))


def _left_by(inner: Box, band: Box) -> Box:
    if not band.visible:
        return inner
    if band.height == inner.height:
        return Box(band.right, inner.y, inner.right - band.right, inner.height)
    return Box(inner.x, band.bottom, inner.width, inner.bottom - band.bottom)
