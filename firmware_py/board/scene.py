"""All that a set of items needs to be shown: layout, header, panes, ticker. Built in slices, shown at once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import ceil
from typing import TypeGuard
from zoneinfo import ZoneInfo

from firmware_py.board.clean import displayable
from firmware_py.board.deck import Drawn, Recipe, document_recipes, film_recipe, picture_recipe, text_recipes
from firmware_py.board.fallback import fallback_recipes
from firmware_py.board.fit import fit_text
from firmware_py.board.header import Header, build_header
from firmware_py.board.layout import Box, Layout, lay_out
from firmware_py.board.look import Look
from firmware_py.board.notice import build_notice
from firmware_py.board.pages import LEAST_US, Pace
from firmware_py.board.pane import Pane
from firmware_py.board.program import OnAir
from firmware_py.board.steps import Steps
from firmware_py.board.surround import Surround
from firmware_py.board.text import Fonts
from firmware_py.board.ticker import Strip, build_strip
from firmware_py.board.video.feed import Feed
from firmware_py.board.visual import Document, Visual, Wanted
from firmware_py.core.errors import Code, Unplayable
from firmware_py.core.messages import MAIN, Item
from firmware_py.core.settings import LayoutName
from firmware_py.core.units import SECOND, WallUs

_HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
_KEPT_STRIPS = 3

FILES = frozenset({"image", "video"})
"""What is shown of a file that is decoded elsewhere."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a set of items looks like: the panes of its zones, with what stands around them.

    A notice has the panel to itself.
    """

    on_air: OnAir
    layout: Layout
    header: Header | Surround | None
    strip: Strip | None
    panes: tuple[Pane, ...]

    def until_us(self, wall_us: WallUs) -> WallUs:
        """Return the first instant after another at which a page turns."""
        return min(pane.turn(wall_us).until_us for pane in self.panes)

    def pages(self, wall_us: WallUs) -> tuple[Drawn, ...]:
        """Return the page of each pane at an instant; what was not drawn in time is drawn now."""
        return tuple(pane.page(wall_us) for pane in self.panes)

    def visible(self, pages: tuple[Drawn, ...]) -> list[Item]:
        """Return the items that can be seen while these pages are shown."""
        scrolling = self.on_air.ticker if self.strip is not None else None
        numbers = {page.no for page in pages}
        return [item for item in self.on_air.items if item.no in numbers or item is scrolling]

    def show_at_once(self, wall_us: WallUs) -> None:
        """Draw the pages of an instant now."""
        for pane in self.panes:
            pane.show_at_once(wall_us)

    def is_ready(self, wall_us: WallUs) -> bool:
        """Return whether the pages of an instant are drawn."""
        return all(pane.is_ready(wall_us) for pane in self.panes)

    def draw_near(self, wall_us: WallUs, in_time: Callable[[], bool]) -> None:
        """Draw the pages of an instant and the ones after them, as far as there is time."""
        for pane in self.panes:
            pane.draw_near(wall_us, in_time)


class Unshowable(Exception):
    """One item cannot be shown: the scene is to be built without it."""

    def __init__(self, no: int, reason: Unplayable) -> None:
        """Name the play and keep the reason."""
        super().__init__(no, reason)
        self.no = no
        self.reason = reason


class SceneBuilder:
    """Builds scenes for one panel. The strips of the last few tickers are kept: they outlive many main items."""

    def __init__(  # noqa: PLR0913 - what is the same in all scenes of a board
        self,
        name: str,
        size_px: tuple[int, int],
        pace: Pace,
        look: Look,
        fonts: Fonts,
        *,
        layout: LayoutName = "auto",
        least_px: int = 0,
        zone: ZoneInfo = _HANOI,
        look_at: Callable[[str, str], None] = lambda _bulletin, _text: None,
    ) -> None:
        """Take what is the same in all scenes of a board; `layout` is for items that ask for none.

        `least_px` is the smallest type that can be read (0: not known), `zone` that of the times on notices.
        `look_at` is shown every text with the bulletin that it belongs to, before it is set.
        """
        self._usual: LayoutName = layout
        self._look_at = look_at
        self._name = displayable(name).replace("\n", " ")
        self._size_px = size_px
        self._pace = pace
        self._least_px = least_px
        self._zone = zone
        self._look = look
        self._fonts = fonts
        self._strips: OrderedDict[tuple[int, str, Box], Strip] = OrderedDict()
        self._notice: Scene | None = None

    def layout(self, on_air: OnAir) -> Layout:
        """Return where things stand with these items."""
        main, side, ticker = (item is not None for item in (on_air.main, on_air.side, on_air.ticker))
        asked = "auto" if on_air.main is None else on_air.main.layout
        name = self._usual if asked == "auto" else asked
        return lay_out(*self._size_px, main=main, side=side, ticker=ticker, name=name, least_px=self._least_px)

    def pictures(self, on_air: OnAir) -> tuple[tuple[Item, Wanted], ...]:
        """Return the items that are files, each with what is wanted of it: at the size of its zone."""
        zones = [] if is_notice(on_air.main) else _zones(on_air, self.layout(on_air))
        return tuple((item, _wanted(item, zone.main)) for zone, items in zones for item in items if item.kind in FILES)

    def build(self, on_air: OnAir, pictures: Mapping[Wanted, Visual]) -> Steps[Scene]:
        """Build a scene; items that are images need their `pictures`. Raises `Unshowable`."""
        if is_notice(on_air.main):
            return (yield from self._notice_scene(on_air, on_air.main))
        layout = self.layout(on_air)
        panes: list[Pane] = []
        for zone, items in _zones(on_air, layout):
            panes.append((yield from self._pane(zone, items, pictures)))
        strip = None
        if on_air.ticker is not None and layout.ticker.visible:
            with _blaming(on_air.ticker):
                strip = yield from self._strip(on_air.ticker, layout)
        header = build_header(self._name, layout, self._look, self._fonts) if layout.header.visible else None
        return Scene(on_air, layout, header, strip, tuple(panes))

    def _pane(self, zone: Layout, items: list[Item], pictures: Mapping[Wanted, Visual]) -> Steps[Pane]:
        """Return a zone with the pages of its items, or with the board's own where it has none."""
        recipes: list[Recipe] = []
        for item in items:
            with _blaming(item):
                recipes += yield from self._recipes(item, zone, pictures)
        if not recipes:
            recipes = yield from fallback_recipes(self._name, zone, self._look, self._fonts)
        return Pane(items[0] if items else None, recipes, self._pace)

    def _recipes(self, item: Item, layout: Layout, pictures: Mapping[Wanted, Visual]) -> Steps[list[Recipe]]:
        look = self._look if layout.main != layout.side else self._look.beside()
        if item.kind in FILES:
            shown = pictures[_wanted(item, layout.main)]
            if isinstance(shown, Feed):
                return [film_recipe(item, shown, layout, look)]
            if isinstance(shown, Document):
                return document_recipes(item.no, shown, layout, look)
            return [picture_recipe(item, shown, layout, look)]
        _refuse_sound(item)
        look, menu = look.emphasised(item.emphasis), layout.menu if item.emphasis == "none" else layout.menu.bold()
        recipes: list[Recipe] = []
        screens = 0
        for title, text in ((item.title, item.text), *((each.title, each.text) for each in item.translations)):
            self._look_at(item.bulletin_id, f"{title}\n{text}")
            yield
            pages = yield from fit_text(title, text, layout.text, menu, self._fonts, item.flow)
            screens += sum(ceil(page.height_px / layout.text.height) for page in pages)
            recipes += text_recipes(item.no, pages, layout, look, self._fonts, align=item.align, pace=self._pace)
        _refuse_haste(item, screens)
        return recipes

    def _notice_scene(self, on_air: OnAir, item: Item) -> Steps[Scene]:
        """Return the scene of a notice; beside another ticker the same one with the pages that were drawn."""
        if self._notice is None or self._notice.on_air.main != item:
            with _blaming(item):
                built = yield from build_notice(item, self._size_px, self._fonts, self._zone, self._least_px)
            pane = Pane(item, built.recipes, self._pace, built.rest)
            self._notice = Scene(on_air, built.layout, built.surround, None, (pane,))
        return replace(self._notice, on_air=on_air)

    def _strip(self, item: Item, layout: Layout) -> Steps[Strip]:
        key = (item.no, item.text, layout.ticker)
        if key not in self._strips:
            _refuse_sound(item)
            self._look_at(item.bulletin_id, item.text or item.title)
            yield
            self._strips[key] = yield from build_strip(item.text or item.title, layout, self._look, self._fonts)
            if len(self._strips) > _KEPT_STRIPS:
                self._strips.popitem(last=False)
        return self._strips[key]


def _zones(on_air: OnAir, layout: Layout) -> list[tuple[Layout, list[Item]]]:
    """Return the zones of pages, each as the layout whose main zone it is, with the items that take turns in it."""
    turns = (on_air.main, "main"), (on_air.side, "side"), (on_air.ticker, "ticker")
    zones = [(layout, [item for item, zone in turns if item is not None and zone in layout.turns])]
    if on_air.side is not None and layout.side.visible:
        zones.append((layout.beside(), [on_air.side]))
    return zones


def _wanted(item: Item, zone: Box) -> Wanted:
    still = Wanted(item.path, zone.width, zone.height, item.fit)
    if item.kind != "video":
        return still
    return still._replace(start_us=item.start_us, heard=item.channel == MAIN, from_us=item.due_us)


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


def _refuse_haste(item: Item, screens: int) -> None:
    """Raise for a text whose pages would turn faster than is harmless, let alone read."""
    least_us = screens * LEAST_US
    if screens > 1 and least_us > item.duration_us:
        detail = f"{item.bulletin_id}: {screens} pages in {item.duration_us / SECOND:g} s"
        remedy = f"give it {ceil(least_us / SECOND)} s or more, or shorten it"
        raise Unplayable(Code.CONTENT_TOO_LARGE, f"{detail}; {remedy}")


def _refuse_sound(item: Item) -> None:
    """Raise for what a board cannot show as text."""
    if item.kind != "text":
        detail = f"{item.bulletin_id}: {item.kind} is not shown in the channel {item.channel!r} of a board"
        raise Unplayable(Code.CONTENT_UNSUPPORTED, f"{detail}; take it out of the board's schedule")
