"""All that one pair of items needs to be shown: layout, header, pages, ticker. Built in slices, shown at once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeGuard

from firmware_py.board.clean import displayable
from firmware_py.board.deck import Drawn, Recipe, picture_recipe, text_recipes
from firmware_py.board.decoder import Wanted
from firmware_py.board.fallback import fallback_recipes
from firmware_py.board.fit import fit_text
from firmware_py.board.header import Header, build_header
from firmware_py.board.layout import Box, Layout, lay_out
from firmware_py.board.look import Look
from firmware_py.board.notice import build_notice
from firmware_py.board.pages import Turn, page_at
from firmware_py.board.program import Pair
from firmware_py.board.sdl import Surface
from firmware_py.board.steps import Job, Rest, Steps, finish
from firmware_py.board.surround import Surround
from firmware_py.board.text import Fonts
from firmware_py.board.ticker import Strip, build_strip
from firmware_py.core.errors import Code, Unplayable
from firmware_py.core.messages import Item
from firmware_py.core.units import DAY, SECOND, DurationUs, WallUs

_KEPT_STRIPS = 3

_JOINED_US: DurationUs = SECOND
"""How long after its start a notice is still at its first page, which needs none of the others."""


@dataclass(slots=True)
class Scene:
    """What a pair of items looks like. Pages are drawn when they are near.

    A notice has the panel to itself; `rest` adds its further pages to `recipes` while the first is shown.
    """

    pair: Pair
    layout: Layout
    header: Header | Surround | None
    strip: Strip | None
    recipes: list[Recipe]
    page_us: DurationUs
    rest: Rest = field(default_factory=Rest)
    _drawn: dict[int, Drawn] = field(default_factory=dict)
    _jobs: dict[int, Job[Drawn]] = field(default_factory=dict)

    def turn(self, wall_us: WallUs) -> Turn:
        """Return the page to show at an instant, and until when."""
        start_us, duration_us = (self.pair.main.start_us, self.pair.main.duration_us) if self.pair.main else (0, DAY)
        return page_at(wall_us, start_us, duration_us, self.page_us, len(self.recipes))

    def page(self, index: int) -> Drawn:
        """Return a page; one that was not drawn in time is drawn now."""
        if index not in self._drawn:
            self._drawn[index] = finish(self.recipes[index]())
        return self._drawn[index]

    def visible(self, page: Drawn) -> list[Item]:
        """Return the items that can be seen while a page is shown."""
        scrolling = self.pair.ticker if self.strip is not None else None
        return [item for item in self.pair.items if item.no == page.no or item is scrolling]

    def show_at_once(self, wall_us: WallUs) -> None:
        """Draw the page of an instant now. One that is joined late needs to know all pages to find it."""
        main = self.pair.main
        if main is not None and wall_us - main.start_us > _JOINED_US:
            self.rest.run(lambda: True)
        self.page(self.turn(wall_us).page)

    def is_ready(self, wall_us: WallUs) -> bool:
        """Return whether the page of an instant is drawn."""
        return self.turn(wall_us).page in self._drawn

    def draw_near(self, wall_us: WallUs, in_time: Callable[[], bool]) -> None:
        """Draw the page of an instant and the one after it, as far as there is time, and forget the others."""
        self.rest.run(in_time)
        index = self.turn(wall_us).page
        near = (index, (index + 1) % len(self.recipes))
        for known in (self._drawn, self._jobs):
            for number in [number for number in known if number not in near]:
                del known[number]
        for number in near:
            self._draw(number, in_time)

    def _draw(self, number: int, in_time: Callable[[], bool]) -> None:
        if number in self._drawn:
            return
        job = self._jobs.setdefault(number, Job(self.recipes[number]()))
        drawn = job.run(in_time)
        if drawn is not None:
            self._drawn[number] = drawn
            del self._jobs[number]


class Unshowable(Exception):
    """One item of a pair cannot be shown: the scene is to be built without it."""

    def __init__(self, no: int, reason: Unplayable) -> None:
        """Name the play and keep the reason."""
        super().__init__(no, reason)
        self.no = no
        self.reason = reason


class SceneBuilder:
    """Builds scenes for one panel. The strips of the last few tickers are kept: they outlive many main items."""

    def __init__(self, name: str, size_px: tuple[int, int], page_us: DurationUs, look: Look, fonts: Fonts) -> None:
        """Take what is the same in all scenes of a board."""
        self._name = displayable(name).replace("\n", " ")
        self._size_px = size_px
        self._page_us = page_us
        self._look = look
        self._fonts = fonts
        self._strips: OrderedDict[tuple[int, str, Box], Strip] = OrderedDict()
        self._notice: Scene | None = None

    def layout(self, pair: Pair) -> Layout:
        """Return where things stand with these items."""
        return lay_out(*self._size_px, main=pair.main is not None, ticker=pair.ticker is not None)

    def picture(self, pair: Pair) -> Wanted | None:
        """Return the picture that a pair shows, at the size of its zone."""
        if pair.main is None or pair.main.kind != "image":
            return None
        zone = self.layout(pair).main
        return Wanted(pair.main.path, zone.width, zone.height, pair.main.fit)

    def build(self, pair: Pair, picture: Surface | None) -> Steps[Scene]:
        """Build a scene; a main item that is an image needs its `picture`. Raises `Unshowable`."""
        if is_notice(pair.main):
            return (yield from self._notice_scene(pair, pair.main))
        layout = self.layout(pair)
        recipes: list[Recipe] = []
        for item in _paged(pair, layout):
            with _blaming(item):
                recipes += yield from self._item_recipes(item, layout, picture)
        if not recipes:
            recipes = yield from fallback_recipes(self._name, layout, self._look, self._fonts)
        strip = None
        if pair.ticker is not None and layout.ticker.visible:
            with _blaming(pair.ticker):
                strip = yield from self._strip(pair.ticker, layout)
        header = build_header(self._name, layout, self._look, self._fonts) if layout.header.visible else None
        return Scene(pair, layout, header, strip, recipes, self._page_us)

    def _item_recipes(self, item: Item, layout: Layout, picture: Surface | None) -> Steps[list[Recipe]]:
        if item.kind == "image" and picture is not None:
            return [picture_recipe(item.no, picture, layout, self._look)]
        _refuse_sound(item)
        pages = yield from fit_text(item.title, item.text, layout.text, layout.menu, self._fonts)
        return text_recipes(item.no, pages, layout, self._look, self._fonts)

    def _notice_scene(self, pair: Pair, item: Item) -> Steps[Scene]:
        """Return the scene of a notice; beside another ticker the same one with the pages that were drawn."""
        if self._notice is None or self._notice.pair.main != item:
            with _blaming(item):
                built = yield from build_notice(item, self._size_px, self._fonts)
            self._notice = Scene(pair, built.layout, built.surround, None, built.recipes, self._page_us, built.rest)
        return replace(self._notice, pair=pair)

    def _strip(self, item: Item, layout: Layout) -> Steps[Strip]:
        key = (item.no, item.text, layout.ticker)
        if key not in self._strips:
            _refuse_sound(item)
            self._strips[key] = yield from build_strip(item.text or item.title, layout, self._look, self._fonts)
            if len(self._strips) > _KEPT_STRIPS:
                self._strips.popitem(last=False)
        return self._strips[key]


def _paged(pair: Pair, layout: Layout) -> list[Item]:
    """Return the items shown as pages: the main one, and the ticker where it has no zone of its own."""
    ticker_too = pair.ticker is not None and not layout.ticker.visible
    return [item for item in (pair.main, pair.ticker if ticker_too else None) if item is not None]


@contextmanager
def _blaming(item: Item) -> Iterator[None]:
    """Say which item it is that cannot be shown."""
    try:
        yield
    except Unplayable as error:
        raise Unshowable(item.no, error) from error


def is_notice(item: Item | None) -> TypeGuard[Item]:
    """Return whether an item takes the whole panel, at once."""
    return item is not None and item.kind == "notice"


def _refuse_sound(item: Item) -> None:
    """Raise for what a board cannot show as text."""
    if item.kind != "text":
        detail = f"{item.bulletin_id}: {item.kind} is not shown in the channel {item.channel!r} of a board"
        raise Unplayable(Code.CONTENT_UNSUPPORTED, f"{detail}; take it out of the board's schedule")
