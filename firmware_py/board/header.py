"""The header: the board's name on the left, date and running clock on the right; two rows on a narrow panel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from firmware_py.board import dates
from firmware_py.board.label import Align, Label, Live, fit_label, widest
from firmware_py.board.layout import LEGIBLE_PX, LINE_SHARE, Box, Layout, Type, ladder
from firmware_py.board.look import Look
from firmware_py.board.sdl import Surface
from firmware_py.board.text import Fonts

_CLOCK_SHARE = 0.80
_NAME_SHARE = 0.66
_DATE_SHARE = 0.58
_LINE_SHARE = 1 / 40
_DATES = (
    (dates.full_date, dates.WIDEST_FULL_DATES),
    (dates.long_date, dates.WIDEST_DATES),
    (dates.short_date, dates.WIDEST_SHORT_DATES),
)
"""From long to short: how the date is written, and the texts of which one is the widest."""


@dataclass(frozen=True, slots=True)
class Header:
    """What stands in the header: the name, and the lines that the clock writes."""

    box: Box
    name: Label
    lives: tuple[Live, ...]
    look: Look

    def paint(self, panel: Surface, fonts: Fonts) -> None:
        """Draw everything but the lines that the clock writes."""
        line_px = _line_px(self.box.height)
        panel.fill(self.look.header_ground, self.box)
        panel.fill(self.look.line, Box(self.box.x, self.box.bottom - line_px, self.box.width, line_px))
        self.name.paint(panel, fonts)


def build_header(name: str, layout: Layout, look: Look, fonts: Fonts) -> Header:
    """Return the header of a layout that has one."""
    builder = _Builder(name, layout, look, fonts)
    return Header(layout.header, builder.name(), (builder.date(), builder.clock()), look)


class _Builder:
    """Shares the width of a header out: first the clock, then the date, the rest to the name."""

    def __init__(self, name: str, layout: Layout, look: Look, fonts: Fonts) -> None:
        row_px = layout.header.height // layout.header_rows
        self._name = name
        self._look = look
        self._fonts = fonts
        self._one_row = layout.header_rows == 1
        self._name_type = Type("strong", _type_px(row_px, _NAME_SHARE))
        self._clock_type = Type("strong", _type_px(row_px, _CLOCK_SHARE))
        self._date_type = Type("plain", _type_px(row_px, _DATE_SHARE))
        self._gap_px = max(8, row_px // 3)
        inner = layout.header.inset(layout.pad_px, 0)
        self._upper = Box(inner.x, inner.y, inner.width, row_px)
        self._lower = Box(inner.x, inner.bottom - row_px, inner.width, row_px - _line_px(inner.height))
        self._clock_px = fonts.face(self._clock_type).width(dates.WIDEST_CLOCK)
        self._date_text, self._date_px = self._choose_date()

    def clock(self) -> Live:
        """Return the clock at the right end of the lower row."""
        box = self._lower._replace(x=self._lower.right - self._clock_px, width=self._clock_px)
        return Live(dates.clock, self._clock_type, box, "right", self._look.header_clock, self._look.header_ground)

    def date(self) -> Live:
        """Return the date: left of the clock, or at the left end of the lower row."""
        box = self._lower._replace(x=self._date_x(), width=self._date_px)
        align: Align = "right" if self._one_row else "left"
        return Live(self._date_text, self._date_type, box, align, self._look.header_date, self._look.header_ground)

    def name(self) -> Label:
        """Return the name: left of the date, or in the upper row; smaller and in lines where it is long."""
        box = self._lower._replace(width=self._date_x() - self._gap_px - self._lower.x)
        box = box if self._one_row else self._upper
        smallest_px = min(LEGIBLE_PX, self._name_type.px)
        kind, lines = fit_label(self._name, box, ladder(self._name_type.px, smallest_px), self._fonts)
        return Label(lines, kind, box, "left", self._look.header_name, self._look.header_ground)

    def _choose_date(self) -> tuple[Callable[[datetime], str], int]:
        """Return the longest form of the date that does not squeeze the name, or else the short one, and its width."""
        face = self._fonts.face(self._date_type)
        name_px = self._fonts.face(self._name_type).width(self._name) + self._gap_px if self._one_row else 0
        spare_px = self._lower.width - self._clock_px - self._gap_px - name_px
        widths = [(text_of, widest(samples, face)) for text_of, samples in _DATES]
        return next((each for each in widths if each[1] <= spare_px), widths[-1])

    def _date_x(self) -> int:
        if not self._one_row:
            return self._lower.x
        return self._lower.right - self._clock_px - self._gap_px - self._date_px


def _line_px(header_px: int) -> int:
    """Return the thickness of the line below the header."""
    return max(1, round(header_px * _LINE_SHARE))


def _type_px(row_px: int, share: float) -> int:
    """Return the type size whose line takes this share of a row, where that can be read."""
    return max(LEGIBLE_PX, int(row_px * share / LINE_SHARE))
