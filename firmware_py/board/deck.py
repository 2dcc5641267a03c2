"""The pages of an item: recipes that draw a page in slices, and drawn pages that are put on the panel at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple, TypeAlias

from firmware_py.board.fit import TextPage
from firmware_py.board.label import Live
from firmware_py.board.layout import Box, Layout, has_ticker_zone
from firmware_py.board.look import Look
from firmware_py.board.sdl import Colour, Surface
from firmware_py.board.steps import Steps
from firmware_py.board.text import Fonts

_MAX_DOTS = 24


class Part(NamedTuple):
    """Something drawn and its place on the panel."""

    surface: Surface
    x: int
    y: int


class Mark(NamedTuple):
    """A filled rectangle."""

    box: Box
    colour: Colour


@dataclass(frozen=True, slots=True)
class Drawn:
    """A page ready for the panel. `no` is the play that it belongs to, 0 for the board's own pages."""

    no: int
    zone: Box
    ground: Colour
    parts: tuple[Part, ...]
    marks: tuple[Mark, ...] = ()
    lives: tuple[Live, ...] = ()

    def paint(self, panel: Surface) -> None:
        """Put the page over its whole zone; the lines that the clock writes come on top."""
        panel.fill(self.ground, self.zone)
        for part in self.parts:
            panel.blit(part.surface, (part.x, part.y))
        for mark in self.marks:
            panel.fill(mark.colour, mark.box)


Recipe: TypeAlias = Callable[[], Steps[Drawn]]
"""Draws one page."""


def text_recipes(no: int, pages: tuple[TextPage, ...], layout: Layout, look: Look, fonts: Fonts) -> list[Recipe]:
    """Return recipes for the pages of a text: a block in the middle of the zone.

    The block begins at the same place on every page, so that nothing jumps; on a strip of two lines each page has
    its own middle.
    """
    zone = layout.text
    width_px = max(fonts.face(row.kind).width(row.text) for page in pages for row in page.rows if row.text)
    left = zone.x + max(0, zone.width - width_px) // 2
    together = has_ticker_zone(layout.panel.height)
    height_px = max(page.height_px for page in pages)
    recipes: list[Recipe] = []
    for number, page in enumerate(pages):
        top = zone.y + max(0, zone.height - (height_px if together else page.height_px)) // 2
        ground = Drawn(no, layout.main, look.ground, (), _dots(number, len(pages), layout, look))
        recipes.append(partial(_draw_text, page, (left, top), ground, look, fonts))
    return recipes


def picture_recipe(no: int, picture: Surface, layout: Layout, look: Look) -> Recipe:
    """Return the recipe for a picture of at most the zone's size, in the middle of it."""
    return partial(_draw_picture, no, picture, layout, look)


def _draw_text(page: TextPage, corner: tuple[int, int], ground: Drawn, look: Look, fonts: Fonts) -> Steps[Drawn]:
    """Draw the rows of a page on its ground, one in each slice, each at the bottom of its height."""
    parts: list[Part] = []
    left, y = corner
    for row in page.rows:
        y += row.height_px
        if row.text:
            colour = look.title if row.role == "title" else look.body
            surface = fonts.face(row.kind).draw(row.text, colour, look.ground)
            parts.append(Part(surface, left, y - surface.get_height()))
            yield
    return replace(ground, parts=tuple(parts))


def _draw_picture(no: int, picture: Surface, layout: Layout, look: Look) -> Steps[Drawn]:
    zone = layout.main
    x = zone.x + (zone.width - picture.get_width()) // 2
    y = zone.y + (zone.height - picture.get_height()) // 2
    yield
    return Drawn(no, zone, look.ground, (Part(picture, x, y),))


def _dots(number: int, count: int, layout: Layout, look: Look) -> tuple[Mark, ...]:
    """Return a row of squares in the lower margin that says which page of how many this is."""
    size_px = layout.pad_px // 2
    if size_px < 3 or not 1 < count <= _MAX_DOTS:
        return ()
    step_px = 2 * size_px
    left = layout.main.x + (layout.main.width - (count * step_px - size_px)) // 2
    top = layout.main.bottom - (layout.pad_px + size_px) // 2
    return tuple(
        Mark(Box(left + n * step_px, top, size_px, size_px), look.dot_now if n == number else look.dot)
        for n in range(count)
    )
