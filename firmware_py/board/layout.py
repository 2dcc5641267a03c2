"""Where things stand on a panel of any size: header, main zone, side zone, ticker. Pure arithmetic in pixels.

Everything is a share of the panel's shorter side, so that a 4K screen looks like a 1080p one; and nothing is
smaller than what can be read. The rules, measured with Noto Sans and GNU Unifont on Vietnamese text:

1. A line of Noto Sans needs 22 px (16 px type, marks stacked on capitals included), one of Unifont 16 px.
2. A header has a row of 24 px or more, two where the panel is narrow. It is left out below 160 px of width, and
   where it would take more than 30 % of the height.
3. Below 48 px of height there is no ticker beside the main zone. The main item has the whole panel and the
   ticker's text takes its turn as the last pages; a ticker alone scrolls over the whole panel.
4. A main zone lower than two lines of Noto Sans uses Unifont for text that does not fit on one page otherwise. One
   lower than three comfortable lines (22 px type) pages at the smallest readable size.
5. A fallback page shows name, clock and date itself, so it has no header.
6. A side zone takes a third of the middle: right of the main zone where the middle is wider than high, below it
   otherwise. Where that would be less than 96×64 px, its items take their turn with those of the main zone.
7. Where it is known from how far the panel is read (`board/reading.py`), no text is smaller than can be read from
   there, Unifont is not used, and the ticker is as high as its letters need, up to a quarter of the panel.

Named layouts leave zones out (`_ZONES`): their items are not seen. One that would leave out all that is on air shows
all of it, because a board is never empty while there is something to show.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias

from firmware_py.core.settings import LayoutName

Weight: TypeAlias = Literal["plain", "strong", "pixel"]

LEGIBLE_PX = 16
"""The smallest type in which Vietnamese marks stay apart, in Noto Sans without anti-aliasing."""

COMFORTABLE_PX = 22
"""The smallest type for text on several pages in Noto Sans: from here on its stems are two pixels wide."""

BOLD_PX = 20
"""The smallest bold type without anti-aliasing: below, Vietnamese marks run together, so plain type is used."""

LINE_SHARE = 1.362
"""Height of a line of Noto Sans (ascent and descent of its `hhea` table) as a share of its type size."""

ROOMY_PX = 64
"""The shorter side of a panel from which a notice can have a border and a band without losing rows of text."""

_HEADER_MIN_PX = 160
_HEADER_SHARE = 0.3
_TICKER_MIN_PX = 48
_TICKER_MOST = 0.25
_ALONE_PX = 128
"""The highest panel that the layout `ticker` gives to the running line: higher letters cost too much memory."""

_SIDE_SHARE = 1 / 3
_SIDE_MIN_PX = (96, 64)
_LED_SIDE_PX = 256
_TICKER_PX_AT_1080 = 60
_SMALL_LARGEST_PX = 48
"""The largest type of a small panel, where a share of its side would be small though there is room."""

_NEARLY = 0.85

Zone: TypeAlias = Literal["header", "main", "side", "ticker"]

_ZONES: Mapping[LayoutName, frozenset[Zone]] = MappingProxyType(
    {
        "auto": frozenset({"header", "main", "side", "ticker"}),
        "full": frozenset({"main"}),
        "header": frozenset({"header", "main", "ticker"}),
        "side": frozenset({"main", "side"}),
        "ticker": frozenset({"ticker"}),
    }
)


class Box(NamedTuple):
    """A rectangle in pixels; one without width or height is not there."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """Return the first column right of the box."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """Return the first row below the box."""
        return self.y + self.height

    @property
    def visible(self) -> bool:
        """Return whether there is anything of it."""
        return self.width > 0 and self.height > 0

    def inset(self, dx: int, dy: int) -> Box:
        """Return the box made smaller by `dx` on the left and right and `dy` above and below."""
        return Box(self.x + dx, self.y + dy, max(0, self.width - 2 * dx), max(0, self.height - 2 * dy))


NOWHERE = Box(0, 0, 0, 0)


class Type(NamedTuple):
    """A weight and a size of type: `plain` and `strong` are Noto Sans, `pixel` is Unifont (16 px or a multiple)."""

    weight: Weight
    px: int


@dataclass(frozen=True, slots=True)
class Menu:
    """The type sizes that a text may have: `single` from large to small for one page, `paged` for several."""

    single: tuple[Type, ...]
    paged: Type

    def bold(self) -> Menu:
        """Return the same sizes in bold; Unifont has one weight."""
        return Menu(tuple(_bold(kind) for kind in self.single), _bold(self.paged))


def _bold(kind: Type) -> Type:
    return kind if kind.weight == "pixel" else Type("strong", kind.px)


@dataclass(frozen=True, slots=True)
class Layout:
    """The zones of one panel; `ticker_px` is the ticker's type size, `least_px` the smallest that can be read.

    `turns` are the zones whose items take their turn in the main one: its own, and those without a place.
    """

    panel: Box
    header: Box
    header_rows: int
    main: Box
    ticker: Box
    pad_px: int
    ticker_px: int
    menu: Menu
    side: Box = NOWHERE
    turns: frozenset[Zone] = frozenset({"main"})
    least_px: int = 0

    @property
    def text(self) -> Box:
        """Return the part of the main zone in which text may stand."""
        return self.main.inset(self.pad_px, self.pad_px if self.main.height > _TICKER_MIN_PX else 0)

    def beside(self) -> Layout:
        """Return the layout with the side zone in the place of the main one."""
        menu = _menu(self.side, min(self.side[2:]), min(self.panel[2:]), self.least_px)
        return replace(self, main=self.side, menu=menu)


def has_ticker_zone(height_px: int) -> bool:
    """Return whether a ticker has room below the main zone (rule 3)."""
    return height_px >= _TICKER_MIN_PX


def is_smooth(width_px: int, height_px: int) -> bool:
    """Return whether letters are anti-aliased: not on LED panels, where the grey edges only blur them."""
    return min(width_px, height_px) > _LED_SIDE_PX


def lay_out(  # noqa: PLR0913 - all that a layout depends on
    width_px: int,
    height_px: int,
    *,
    main: bool,
    ticker: bool,
    side: bool = False,
    name: LayoutName = "auto",
    least_px: int = 0,
) -> Layout:
    """Return the zones of a panel with or without an item in the main zone, the side zone and the ticker."""
    panel = Box(0, 0, width_px, height_px)
    side_px = min(width_px, height_px)
    shown = _shown(name, {"main": main, "side": side, "ticker": ticker})
    header_rows, row_px = _header(panel, side_px) if {"header", "main"} <= shown else (0, 0)
    header = Box(0, 0, width_px, header_rows * row_px)
    below = _ticker(panel, side_px, shown, name, least_px) if "ticker" in shown else Box(0, height_px, width_px, 0)
    middle = Box(0, header.bottom, width_px, below.y - header.bottom)
    first, beside = _split(middle) if "side" in shown else (middle, NOWHERE)
    placed = {zone for zone, box in (("side", beside), ("ticker", below)) if box.visible}
    return Layout(
        panel=panel,
        header=header if header.visible else NOWHERE,
        header_rows=header_rows,
        main=first if first.visible else NOWHERE,
        ticker=below if below.visible else NOWHERE,
        pad_px=round(side_px * 0.03) if has_ticker_zone(height_px) else 0,
        ticker_px=_type_for(below.height, height_px if below == panel else side_px, least_px),
        menu=_menu(first, side_px, side_px, least_px),
        side=beside,
        turns=shown - placed - {"header"},
        least_px=least_px,
    )


def _shown(name: LayoutName, on_air: Mapping[Zone, bool]) -> frozenset[Zone]:
    """Return the zones that a layout shows of those with an item on air, with the header if it has one."""
    present = frozenset(zone for zone, is_there in on_air.items() if is_there)
    zones = _ZONES[name] if present & _ZONES[name] else _ZONES["auto"]
    return zones & present | zones & {"header"}


def _split(middle: Box) -> tuple[Box, Box]:
    """Return the main and the side zone (rule 6), the latter nowhere when there is no room for it."""
    if middle.width > middle.height:
        width_px = round(middle.width * _SIDE_SHARE)
        parts = (
            middle._replace(width=middle.width - width_px),
            middle._replace(x=middle.right - width_px, width=width_px),
        )
    else:
        height_px = round(middle.height * _SIDE_SHARE)
        parts = (
            middle._replace(height=middle.height - height_px),
            middle._replace(y=middle.bottom - height_px, height=height_px),
        )
    fits = all(parts[1][2 + n] >= least for n, least in enumerate(_SIDE_MIN_PX))
    return parts if fits else (middle, NOWHERE)


def _header(panel: Box, side_px: int) -> tuple[int, int]:
    """Return the header's rows and their height (rule 2): name, date and clock in one row need 12 times its height."""
    row_px = max(24, round(side_px * 0.11))
    rows = 1 if panel.width >= 12 * row_px else 2
    fits = panel.width >= _HEADER_MIN_PX and rows * row_px <= panel.height * _HEADER_SHARE
    return (rows, row_px) if fits else (0, 0)


def _ticker(panel: Box, side_px: int, shown: frozenset[Zone], name: LayoutName, least_px: int) -> Box:
    """Return the ticker's zone at the bottom (rule 3), or the whole panel for the layout that has nothing else."""
    if name == "ticker" and panel.height <= _ALONE_PX:
        return panel
    alone_px = panel.height if shown.isdisjoint({"main", "side"}) else 0
    needed_px = min(ceil(least_px * LINE_SHARE), int(panel.height * _TICKER_MOST))
    height_px = max(24, round(side_px * 0.085), needed_px) if has_ticker_zone(panel.height) else alone_px
    return Box(0, panel.height - height_px, panel.width, height_px)


def _type_for(height_px: int, side_px: int, least_px: int) -> int:
    """Return the type size whose line fits a zone of this height, no larger than the ticker's share of a high panel."""
    largest_px = height_px if side_px <= _ALONE_PX else max(24, round(side_px * 0.0555), least_px)
    return max(LEGIBLE_PX, min(int(height_px / LINE_SHARE), largest_px))


def ticker_speed_px_s(px_per_s_at_1080: int, ticker_px: int) -> int:
    """Return the ticker's speed for its type size, so that words pass at the same pace on every panel."""
    return max(1, round(px_per_s_at_1080 * ticker_px / _TICKER_PX_AT_1080))


def _menu(zone: Box, scale_px: int, side_px: int, least_px: int) -> Menu:
    """Return the sizes for text in a zone: readable from 1/20 of the panel's shorter side, comfortable 1/14 of a scale.

    The scale is the panel's shorter side for the main zone, the zone's own for one beside it. Where the smallest
    readable type is known, the comfortable one is larger by as much.
    """
    tallest_px = max(8, int(zone.height / LINE_SHARE))
    readable_px = min(max(LEGIBLE_PX, least_px or round(side_px / 20)), tallest_px)
    largest_px = min(max(round(scale_px / 7), readable_px, _SMALL_LARGEST_PX), tallest_px)
    roomy = zone.height >= 3 * COMFORTABLE_PX * LINE_SHARE
    wanted_px = max(COMFORTABLE_PX, readable_px, round(least_px * 20 / 14) or round(scale_px / 14))
    comfortable_px = min(wanted_px, largest_px) if roomy else min(readable_px, largest_px)
    sizes = tuple(Type("plain", px) for px in ladder(largest_px, readable_px))
    if least_px or zone.height >= 2 * int(LEGIBLE_PX * LINE_SHARE + 1):
        return Menu(sizes, Type("plain", comfortable_px))
    return Menu((*sizes, Type("pixel", LEGIBLE_PX)), Type("pixel", LEGIBLE_PX))


def notice_menu(main: Box, side_px: int, least_px: int) -> Menu:
    """Return the sizes for a notice: very large to nearly comfortable on one page; on a small panel also Unifont."""
    usual = _menu(main, side_px, side_px, least_px)
    if usual.paged.weight == "pixel":
        return usual
    if side_px < ROOMY_PX and not least_px:
        return Menu((*usual.single, Type("pixel", LEGIBLE_PX)), Type("pixel", LEGIBLE_PX))
    largest_px = min(max(round(side_px / 4), _SMALL_LARGEST_PX), int(main.height / LINE_SHARE))
    smallest_px = min(max(LEGIBLE_PX, round(usual.paged.px * _NEARLY)), largest_px)
    # Two rows a page that are read from across the square, rather than three for who stands below.
    paged_px = max(usual.paged.px, min(COMFORTABLE_PX, int(main.height / (2 * LINE_SHARE))))
    return Menu(tuple(Type("plain", px) for px in ladder(largest_px, smallest_px)), Type("plain", paged_px))


def ladder(largest_px: int, smallest_px: int) -> list[int]:
    """Return sizes from large to small in steps of about 8 %, both ends included."""
    sizes = [largest_px]
    while sizes[-1] > smallest_px:
        sizes.append(max(smallest_px, min(sizes[-1] - 1, round(sizes[-1] * 0.92))))
    return sizes
