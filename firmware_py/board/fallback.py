"""The board's own page when nothing is on air: its name, the time and the dates, as large as the panel allows.

A panel too low for all of them turns between the name and the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import NamedTuple

from firmware_py.board import dates
from firmware_py.board.clean import displayable
from firmware_py.board.deck import Drawn, Mark, Part, Recipe, still, text_recipes
from firmware_py.board.fit import fit_text
from firmware_py.board.label import Label, Live, fit_label, placed, widest
from firmware_py.board.layout import LEGIBLE_PX, LINE_SHARE, Box, Layout, Type, ladder
from firmware_py.board.look import Look
from firmware_py.board.steps import Steps
from firmware_py.board.text import Fonts

_ONE_PAGE_PX = 72
_TWO_ROWS_PX, _TWO_DATES_PX = 32, 56
_PIXEL = Type("pixel", 16)


class _Form(NamedTuple):
    """A way to write the time or date, and all texts that may be the widest."""

    text_of: Callable[[datetime], str]
    samples: tuple[str, ...]


_CLOCKS = (_Form(dates.clock, (dates.WIDEST_CLOCK,)), _Form(dates.short_clock, (dates.WIDEST_SHORT_CLOCK,)))
_LUNAR_DATES = (_Form(dates.lunar_date, dates.WIDEST_LUNAR_DATES),)
_DATES = (_Form(dates.long_date, dates.WIDEST_DATES), _Form(dates.short_date, dates.WIDEST_SHORT_DATES))


def fallback_recipes(name: str, layout: Layout, look: Look, fonts: Fonts) -> Steps[list[Recipe]]:
    """Return the recipes of the board's own pages."""
    if not layout.main.visible:
        return [still(partial(_draw_nothing, layout, look))]
    if layout.main.height >= _ONE_PAGE_PX:
        return [still(partial(_draw_all, name, layout, look, fonts))]
    names: list[Recipe] = []
    if name:
        pages = yield from fit_text(name, "", layout.text, layout.menu, fonts)
        names = text_recipes(0, pages, layout, look, fonts)
    return [*names, still(partial(_draw_time, layout, look, fonts))]


def _draw_nothing(layout: Layout, look: Look) -> Steps[Drawn]:
    """Draw the page of a panel that the ticker has to itself."""
    yield
    return Drawn(0, layout.main, look.ground, ())


def _draw_all(name: str, layout: Layout, look: Look, fonts: Fonts) -> Steps[Drawn]:
    """Draw the page that has room for everything: name, a gold line, clock, date, and the lunar date below."""
    inner = layout.main.inset(2 * layout.pad_px, layout.pad_px)
    name_box = inner._replace(height=round(inner.height * 0.38))
    clock_box = inner._replace(y=name_box.bottom, height=round(inner.height * 0.38))
    date_box = inner._replace(y=clock_box.bottom, height=inner.bottom - clock_box.bottom)
    kind, lines = fit_label(displayable(name), name_box, _sizes(name_box, 0.5), fonts)
    yield
    label = Label(lines, kind, name_box, "centre", look.title, look.ground)
    rule_px = max(1, layout.pad_px // 6)
    rule = Box(placed(inner.width // 4, inner, "centre"), name_box.bottom - rule_px, inner.width // 4, rule_px)
    lives = (_live(_CLOCKS, clock_box, look.body, look, fonts, 0.9), *_dates(date_box, look, fonts))
    return Drawn(0, layout.main, look.ground, _parts(label, fonts), (Mark(rule, look.line),), lives)


def _dates(box: Box, look: Look, fonts: Fonts) -> tuple[Live, ...]:
    """Return the date, and below it the lunar one where both have room."""
    if box.height < _TWO_DATES_PX:
        return (_live(_DATES, box, look.body, look, fonts, 0.75),)
    upper = box._replace(height=round(box.height * 0.56))
    lower = box._replace(y=upper.bottom, height=box.bottom - upper.bottom)
    return (_live(_DATES, upper, look.body, look, fonts, 0.9), _live(_LUNAR_DATES, lower, look.title, look, fonts, 0.9))


def _draw_time(layout: Layout, look: Look, fonts: Fonts) -> Steps[Drawn]:
    """Draw clock and date on a low panel, one below the other, or the clock alone where two rows have no room."""
    zone = layout.main
    yield
    if zone.height < _TWO_ROWS_PX:
        return Drawn(0, zone, look.ground, (), (), (_live(_CLOCKS, zone, look.title, look, fonts),))
    upper = zone._replace(height=zone.height // 2)
    lower = zone._replace(y=upper.bottom, height=zone.bottom - upper.bottom)
    lives = (_live(_CLOCKS, upper, look.title, look, fonts), _live(_DATES, lower, look.body, look, fonts))
    return Drawn(0, zone, look.ground, (), (), lives)


def _parts(label: Label, fonts: Fonts) -> tuple[Part, ...]:
    return tuple(Part(surface, x, y) for surface, x, y in label.drawn(fonts))


def _live(
    forms: tuple[_Form, ...], box: Box, colour: tuple[int, int, int], look: Look, fonts: Fonts, share: float = 1.0
) -> Live:
    """Return a line as large as `share` of its box allows: the long form at any size, else the short one."""
    sizes = [Type("strong", px) for px in _sizes(box, share)] if box.height >= LEGIBLE_PX * LINE_SHARE else [_PIXEL]
    fitting = ((form, kind) for form in forms for kind in sizes if _fits(form, kind, box, fonts))
    form, kind = next(fitting, (forms[-1], sizes[-1]))
    return Live(form.text_of, kind, box, "centre", colour, look.ground)


def _fits(form: _Form, kind: Type, box: Box, fonts: Fonts) -> bool:
    return widest(form.samples, fonts.face(kind)) <= box.width


def _sizes(box: Box, share: float) -> Iterable[int]:
    """Return type sizes, from the one whose line takes this share of the box down to what can be read."""
    largest_px = int(box.height * share / LINE_SHARE)
    return ladder(max(LEGIBLE_PX, largest_px), LEGIBLE_PX)
