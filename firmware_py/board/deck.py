"""The pages of an item: recipes that draw a page in slices, and drawn pages that are put on the panel at once."""

from __future__ import annotations

import zlib
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import takewhile
from typing import NamedTuple, Protocol

from firmware_py.board import sdl
from firmware_py.board.fit import Row, TextPage
from firmware_py.board.label import Live
from firmware_py.board.layout import Box, Layout, has_ticker_zone
from firmware_py.board.look import Look
from firmware_py.board.pages import Pace, Span
from firmware_py.board.scroll import Line, Run, Scroll, run_of
from firmware_py.board.sdl import Colour, Surface
from firmware_py.board.steps import Steps
from firmware_py.board.text import Fonts
from firmware_py.board.video.feed import Feed
from firmware_py.board.video.film import VideoFilm
from firmware_py.board.visual import Document, PackedPage, Picture
from firmware_py.core.messages import Align, Fit, Item
from firmware_py.core.units import SECOND, DurationUs, WallUs

_ALWAYS = Span()
_USUAL = Pace(8 * SECOND)
_MAX_DOTS = 24
_BAR_MIN_PX = 2
_DENSE = 2
"""A page of a document has more to read than a page that was set for the panel: it stays so many times as long."""

_UNPACKED_BYTES = 256 * 1024
"""How much of a page is unpacked in one slice: half a millisecond's work."""


class Part(NamedTuple):
    """Something drawn and its place on the panel."""

    surface: Surface
    x: int
    y: int


class Mark(NamedTuple):
    """A filled rectangle."""

    box: Box
    colour: Colour


class Film(Protocol):
    """Frames in one place of the panel."""

    @property
    def box(self) -> Box:
        """Return where they stand."""

    def at(self, wall_us: WallUs) -> int:
        """Return the number of the frame to show at an instant."""

    def change_after(self, wall_us: WallUs) -> WallUs:
        """Return the first instant after another at which another frame may be due."""

    def paint(self, panel: Surface, number: int) -> None:
        """Put a frame on the panel: the one that `at` has just named."""


@dataclass(frozen=True, slots=True)
class Animation:
    """Frames that all lie in memory, over at `ends_us`, again and again from `origin_us` on: equal on all boards."""

    frames: tuple[Surface, ...]
    ends_us: tuple[DurationUs, ...]
    origin_us: WallUs
    box: Box

    def at(self, wall_us: WallUs) -> int:
        """Return the number of the frame to show at an instant."""
        return bisect_right(self.ends_us, (wall_us - self.origin_us) % self.ends_us[-1])

    def change_after(self, wall_us: WallUs) -> WallUs:
        """Return the first instant after another at which the next frame is due."""
        passed_us = (wall_us - self.origin_us) % self.ends_us[-1]
        return wall_us - passed_us + self.ends_us[self.at(wall_us)]

    def paint(self, panel: Surface, number: int) -> None:
        """Put a frame on the panel, as large as its place."""
        frame = self.frames[number]
        fits = frame.get_size() == self.box[2:]
        panel.blit(frame if fits else sdl.enlarged(frame, self.box.width, self.box.height), self.box[:2])


@dataclass(frozen=True, slots=True)
class Drawn:
    """A page ready for the panel. `no` is the play that it belongs to, 0 for the board's own pages."""

    no: int
    zone: Box
    ground: Colour
    parts: tuple[Part, ...]
    marks: tuple[Mark, ...] = ()
    lives: tuple[Live, ...] = ()
    film: Film | None = None

    def paint(self, panel: Surface) -> None:
        """Put the page over its whole zone; the lines that the clock writes and a film come on top."""
        panel.fill(self.ground, self.zone)
        for part in self.parts:
            panel.blit(part.surface, (part.x, part.y))
        for mark in self.marks:
            panel.fill(mark.colour, mark.box)


@dataclass(frozen=True, slots=True)
class Recipe:
    """Draws one page, knowing when it has its turns. `letters` are to be read on it.

    It stays as long as so many `pages`, or for `least_us` where it moves.
    """

    draw: Callable[[Span], Steps[Drawn]]
    letters: int = 0
    pages: int = 1
    least_us: DurationUs = 0

    def __call__(self, span: Span = _ALWAYS) -> Steps[Drawn]:
        """Begin to draw."""
        return self.draw(span)

    def stay_us(self, pace: Pace) -> DurationUs:
        """Return how long the page stays at this pace."""
        return max(pace.stay_us(self.letters, self.pages), self.least_us)


def still(draw: Callable[[], Steps[Drawn]], letters: int = 0, pages: int = 1) -> Recipe:
    """Return the recipe of a page that looks the same in all of its turns."""
    return Recipe(lambda _span: draw(), letters, pages)


def text_recipes(  # noqa: PLR0913 - pages, where they stand, and how they look
    no: int,
    pages: tuple[TextPage, ...],
    layout: Layout,
    look: Look,
    fonts: Fonts,
    *,
    align: Align = "auto",
    pace: Pace = _USUAL,
) -> list[Recipe]:
    """Return recipes for the pages of a text: a block in the middle of the zone, or as `align` says.

    The block begins at the same place on every page, so that nothing jumps; on a strip of two lines, and where the
    title stands alone, each page has its own middle. A page that is higher than the zone runs upwards at the pace of
    reading.
    """
    setting = _Setting(no, layout, look, fonts, align, _widest(pages, fonts))
    if pages[0].height_px > layout.text.height:
        return [_running(pages[0], setting, pace)]
    zone = layout.text
    highest_px = max(page.height_px for page in pages)
    recipes: list[Recipe] = []
    for number, page in enumerate(pages):
        alone = page.is_title or not has_ticker_zone(layout.panel.height)
        top = zone.y + max(0, zone.height - (page.height_px if alone else highest_px)) // 2
        marks = (*_bars(layout, look), *_dots(number, len(pages), layout, look))
        ground = Drawn(no, layout.main, look.ground, (), marks)
        recipes.append(still(partial(_draw_text, page.rows, top, ground, setting), page.letters))
    return recipes


class _Setting(NamedTuple):
    """How the rows of a text are set."""

    no: int
    layout: Layout
    look: Look
    fonts: Fonts
    align: Align
    width_px: int

    def column(self, row: Row) -> int:
        """Return the column at which a row begins."""
        zone = self.layout.text
        if self.align == "left":
            return zone.x
        own = self.align == "center"
        width_px = self.fonts.face(row.kind).width(row.text) if own else self.width_px
        return zone.x + max(0, zone.width - width_px) // 2

    def draw(self, row: Row) -> Surface:
        """Return a row drawn on its ground."""
        colour = self.look.title if row.role == "title" else self.look.body
        return self.fonts.face(row.kind).draw(row.text, colour, self.look.ground)


def _widest(pages: tuple[TextPage, ...], fonts: Fonts) -> int:
    return max(fonts.face(row.kind).width(row.text) for page in pages for row in page.rows if row.text)


def _running(page: TextPage, setting: _Setting, pace: Pace) -> Recipe:
    """Return the recipe of a text that runs upwards, below its title where that leaves half of the zone."""
    zone = setting.layout.text
    head = tuple(takewhile(lambda row: row.role == "title" or not row.text, page.rows))
    head_px = sum(row.height_px for row in head)
    if not (head and page.rows[len(head) :] and head_px <= zone.height // 2):
        head, head_px = (), 0
    box = Box(setting.layout.main.x, zone.y + head_px, setting.layout.main.width, zone.height - head_px)
    run = run_of(page.height_px - head_px, box.height, page.letters, pace)
    draw = partial(_draw_running, head, page.rows[len(head) :], box, run, setting)
    return Recipe(draw, least_us=max(run.lasts_us, pace.page_us))


def _draw_running(
    head: tuple[Row, ...], rows: tuple[Row, ...], box: Box, run: Run, setting: _Setting, span: Span
) -> Steps[Drawn]:
    """Draw what stands still of a running text; its rows come when they are in sight."""
    layout, look = setting.layout, setting.look
    bars = _bars(layout, look)
    inner = box.inset(bars[0].box.width, 0) if bars else box
    lines: list[Line] = []
    top_px = 0
    for row in rows:
        if row.text:
            lines.append(Line(top_px, row.height_px, setting.column(row), partial(setting.draw, row)))
        top_px += row.height_px
    ground = Drawn(setting.no, layout.main, look.ground, (), bars)
    drawn = yield from _draw_text(head, layout.text.y, ground, setting)
    return replace(drawn, film=Scroll(inner, look.ground, tuple(lines), run, span))


def picture_recipe(item: Item, picture: Picture, layout: Layout, look: Look) -> Recipe:
    """Return the recipe for a picture or an animation, in the middle of the zone."""
    return still(partial(_draw_picture, item, picture, layout, look))


def film_recipe(item: Item, feed: Feed, layout: Layout, look: Look) -> Recipe:
    """Return the recipe for a video, in the middle of the zone."""
    return still(partial(_draw_film, item, feed, layout, look))


def document_recipes(no: int, document: Document, layout: Layout, look: Look) -> list[Recipe]:
    """Return the recipes for the pages of a document, each at most as large as the zone."""
    count = len(document.pages)
    grounds = (Drawn(no, layout.main, look.ground, (), _dots(number, count, layout, look)) for number in range(count))
    return [
        still(partial(_draw_page, page, ground), pages=_DENSE)
        for page, ground in zip(document.pages, grounds, strict=True)
    ]


def _draw_text(rows: tuple[Row, ...], top_px: int, ground: Drawn, setting: _Setting) -> Steps[Drawn]:
    """Draw the rows of a page on its ground, one in each slice, each at the bottom of its height."""
    parts: list[Part] = []
    y = top_px
    for row in rows:
        y += row.height_px
        if row.text:
            surface = setting.draw(row)
            parts.append(Part(surface, setting.column(row), y - surface.get_height()))
            yield
    return replace(ground, parts=tuple(parts))


def _draw_picture(item: Item, picture: Picture, layout: Layout, look: Look) -> Steps[Drawn]:
    zone, size = layout.main, (picture.width_px, picture.height_px)
    count = max(1, len(picture.ends_us))
    bytes_each = 3 * size[0] * size[1]
    pixels = memoryview(picture.rgb)
    frames = tuple(sdl.from_rgb(pixels[n * bytes_each : (n + 1) * bytes_each], *size) for n in range(count))
    yield
    if not picture.ends_us:
        return Drawn(item.no, zone, look.ground, (_centred(frames[0], zone),))
    film = Animation(frames, picture.ends_us, item.start_us, _place(size, zone, item.fit))
    return Drawn(item.no, zone, look.ground, (), film=film)


def _draw_film(item: Item, feed: Feed, layout: Layout, look: Look) -> Steps[Drawn]:
    yield
    return Drawn(item.no, layout.main, look.ground, (), film=VideoFilm(feed, item.start_us, layout.main))


def _draw_page(page: PackedPage, ground: Drawn) -> Steps[Drawn]:
    """Unpack a page of a document in slices."""
    unpacker, pixels = zlib.decompressobj(), bytearray()
    packed: bytes | memoryview = page.packed
    while not unpacker.eof:
        pixels += unpacker.decompress(packed, _UNPACKED_BYTES)
        packed = unpacker.unconsumed_tail
        yield
    surface = sdl.from_rgb(memoryview(pixels), page.width_px, page.height_px)
    return replace(ground, parts=(_centred(surface, ground.zone),))


def _centred(surface: Surface, zone: Box) -> Part:
    width, height = surface.get_size()
    return Part(surface, zone.x + (zone.width - width) // 2, zone.y + (zone.height - height) // 2)


def _place(size: tuple[int, int], zone: Box, fit: Fit) -> Box:
    """Return where frames stand: the whole zone, or as much of it as they take without being cut."""
    if fit == "cover":
        return zone
    scale = min(zone.width / size[0], zone.height / size[1])
    width, height = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    return Box(zone.x + (zone.width - width) // 2, zone.y + (zone.height - height) // 2, width, height)


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


def _bars(layout: Layout, look: Look) -> tuple[Mark, ...]:
    """Return the bars at both sides of a warning, in the margin; a panel without one has none."""
    width_px = layout.pad_px // 2
    if look.bar is None or width_px < _BAR_MIN_PX:
        return ()
    left = layout.main._replace(width=width_px)
    return (Mark(left, look.bar), Mark(left._replace(x=layout.main.right - width_px), look.bar))
