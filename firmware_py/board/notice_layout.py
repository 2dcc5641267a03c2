"""Where things stand on the panel while a notice has it to itself: border, band, pages. Pure arithmetic in pixels.

1. A panel whose shorter side has `ROOMY_PX` or more: the border runs around everything, the band with the words of the
   style stands above the pages, in two rows where the panel is narrow. The band must leave half of the panel to them.
2. On another one every row is needed for letters: the border is two pixels left and right, and only where it
   flashes; the words of the style, where they must be said, stand in Unifont left of the pages, or above them where
   the panel is narrow.
3. Area and end of an alert stand in a foot of one row or two below the pages of a roomy panel, where these keep three
   fifths of it; otherwise they have a page of their own.
4. A border is solid (actual), dashed (drill) or only at the corners (cancelled): each is another one without colours.
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
from firmware_py.board.look import Pattern

PIXEL_ROW_PX = 16

_BORDER_SHARE = 0.024
_BAND_SHARE = 0.15
_BAND_MIN_PX = 24
_BAND_AT_MOST = 0.5
_FOOT_SHARE = 0.075
_PAGES_AT_LEAST = 0.6
_DASH_WIDTHS = 3
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


def border_gaps(border: tuple[Box, ...], pattern: Pattern) -> tuple[Box, ...]:
    """Return the parts of a border that its pattern leaves out."""
    if pattern == "dashed":
        return tuple(gap for box in border for gap in _dashes(box))
    return tuple(_middle(box) for box in border) if pattern == "corners" else ()


def _dashes(box: Box) -> list[Box]:
    """Return every second piece of a part of a border, beginning and ending with one that stays."""
    length_px = max(box.width, box.height)
    count = max(1, length_px // (2 * _DASH_WIDTHS * min(box.width, box.height)))
    cuts = [length_px * n // (2 * count + 1) for n in range(2 * count + 2)]
    return [_piece(box, cuts[n], cuts[n + 1]) for n in range(1, 2 * count + 1, 2)]


def _middle(box: Box) -> Box:
    length_px = max(box.width, box.height)
    return _piece(box, length_px // 5, length_px - length_px // 5)


def _piece(box: Box, begin_px: int, end_px: int) -> Box:
    """Return a part of a box along its longer side."""
    if box.width >= box.height:
        return box._replace(x=box.x + begin_px, width=end_px - begin_px)
    return box._replace(y=box.y + begin_px, height=end_px - begin_px)


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


def foot_below(inner: Box, band: Box, panel: Box, rows: int) -> Box:
    """Return the foot of a roomy panel in so many rows; nowhere where the pages need its place."""
    height_px = rows * max(_BAND_MIN_PX, round(min(panel.width, panel.height) * _FOOT_SHARE))
    left_px = inner.height - band.height - height_px
    enough = is_roomy(panel) and left_px >= panel.height * _PAGES_AT_LEAST
    return inner._replace(y=inner.bottom - height_px, height=height_px) if enough else NOWHERE


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


def lay_out_notice(panel: Box, inner: Box, band: Box, foot: Box = NOWHERE, least_px: int = 0) -> Layout:
    """Return the layout of the pages: everything inside the border that band and foot leave."""
    side_px = min(panel.width, panel.height)
    left = _left_by(inner, band)
    main = left._replace(height=left.height - foot.height)
    return Layout(
        panel=panel,
        header=band,
        header_rows=0,
        main=main,
        ticker=NOWHERE,
        pad_px=round(side_px * 0.03) if has_ticker_zone(panel.height) else 0,
        ticker_px=0,
        menu=notice_menu(main, side_px, least_px),
        least_px=least_px,
    )


def band_sizes_px(band: Box, side_px: int, share: float = _BAND_SHARE) -> list[int]:
    """Return the type sizes of a band, from lines as high as all of it down to half a row."""
    largest_px, smallest_px = (int(px / LINE_SHARE) for px in (band.height, side_px * share / 2))
    return ladder(max(LEGIBLE_PX, largest_px), max(LEGIBLE_PX, smallest_px))


def foot_sizes_px(foot: Box, side_px: int) -> list[int]:
    """Return the type sizes of a foot."""
    return band_sizes_px(foot, side_px, _FOOT_SHARE)


def _left_by(inner: Box, band: Box) -> Box:
    if not band.visible:
        return inner
    if band.height == inner.height:
        return Box(band.right, inner.y, inner.right - band.right, inner.height)
    return Box(inner.x, band.bottom, inner.width, inner.bottom - band.bottom)
