"""How everything in a programme looks: drawn beforehand, by the parts of the board, and compared pixel by pixel.

So a look at the screen says which item is there, and is right about it: what is not exactly one of these pictures, nor
a numbered frame of the film, nor the ground of an alert, is nothing that should ever be seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from benchmarks.boards import box
from benchmarks.boards.glass import COLUMNS_APART, ROWS_APART, Glass, Sample, sample_of
from benchmarks.boards.programme import FILM, PAGE_S, WHOLE, Due, Part, Programme, item_of
from firmware_py.board import sdl
from firmware_py.board.decoder import decode
from firmware_py.board.glyphs import FontChain
from firmware_py.board.layout import Box, is_smooth
from firmware_py.board.look import NOTICE_LOOKS, Look
from firmware_py.board.pages import Pace
from firmware_py.board.program import OnAir
from firmware_py.board.renderer import Renderer
from firmware_py.board.scene import SceneBuilder
from firmware_py.board.steps import finish
from firmware_py.board.text import Fonts
from firmware_py.core.messages import MAIN, SIDE, TICKER, Style
from firmware_py.core.settings import Screen
from firmware_py.core.units import SECOND, WallUs

BLACK, OWN, UNKNOWN = "black", "own page", "unknown"
NOTICES: tuple[Style, ...] = ("actual", "drill", "cancel")
_GROUND_SHARE = 0.4
_NAME_SHARE = 0.35
"""The upper part of the board's own page, in which its name stands and nothing that the clock changes."""

_ZONE = "Asia/Ho_Chi_Minh"


class Seen(NamedTuple):
    """What is seen in a zone: a name, and of a film the number of the frame."""

    name: str
    frame: int = -1


@dataclass(frozen=True, slots=True)
class Likeness:
    """The pictures of a programme by zone, and the eyes that know them."""

    programme: Programme
    main: Mapping[Sample, str]
    side: Mapping[Sample, str]
    own: Mapping[Box, Sample]

    @property
    def with_side(self) -> frozenset[str]:
        """The items beside which there is a side zone."""
        return frozenset(self.main.values()) - {WHOLE} | {FILM}

    def in_main(self, glass: Glass) -> Seen:
        """Return what the main zone shows."""
        zone = self.programme.layout.main
        seen = glass.sample(zone)
        if seen in self.main:
            return Seen(self.main[seen])
        if max(seen) < 8:
            return Seen(BLACK)
        if any(glass.sample(part) == name for part, name in self.own.items()):
            return Seen(OWN)
        if _has_bars(glass, self.programme.film):
            return Seen(FILM, glass.number(self.programme.film))
        return Seen(_notice(seen, zone))

    def in_side(self, glass: Glass) -> str:
        """Return what the side zone shows."""
        seen = glass.sample(self.programme.layout.side)
        return self.side.get(seen, BLACK if max(seen) < 8 else UNKNOWN)


def learn(programme: Programme, folder: Path) -> Likeness:
    """Draw everything in a programme whose media lie in a folder."""
    layout, pencil = programme.layout, _Pencil(programme, folder)
    main: dict[Sample, str] = {}
    for part in programme.main.parts:
        for picture in pencil.pictures(part, MAIN) if part.name != FILM else ():
            main[sample_of(picture, programme.size[0], layout.main)] = part.name
    side: dict[Sample, str] = {}
    for part in programme.side.parts:
        for picture in pencil.pictures(part, SIDE):
            side[sample_of(picture, programme.size[0], layout.side)] = part.name
    return Likeness(programme, main, side, dict(pencil.own_pages()))


class _Pencil:
    """Draws the panel with one part on air; what stands in the other zones does not matter, where they are does."""

    def __init__(self, programme: Programme, folder: Path) -> None:
        self._folder, self._size = folder, programme.size
        self._others = OnAir(
            main=item_of(Due(programme.main.parts[0], 0), MAIN, folder),
            ticker=item_of(Due(programme.ticker, 0), TICKER, folder),
            side=item_of(Due(programme.side.parts[0], 0), SIDE, folder),
        )
        self._fonts = Fonts(FontChain(), smooth=is_smooth(*programme.size))
        pace = Pace(round(PAGE_S * SECOND))
        self._builder = SceneBuilder(box.NAME, programme.size, pace, Look(), self._fonts)

    def pictures(self, part: Part, channel: str) -> Iterator[bytes]:
        """Yield the panel in each step of a part."""
        on_air = self._others._replace(**{channel: item_of(Due(part, 0), channel, self._folder)})
        yield from self._drawn(on_air, range(0, part.duration_us, part.step_us))

    def own_pages(self) -> Iterator[tuple[Box, Sample]]:
        """Yield where the board's name stands on its own page, and how: with and without the other zones."""
        for on_air in (self._others._replace(main=None), OnAir(None, None)):
            zone = self._builder.layout(on_air).main
            part = zone._replace(height=round(zone.height * _NAME_SHARE))
            for picture in self._drawn(on_air, range(1)):
                yield part, sample_of(picture, self._size[0], part)

    def _drawn(self, on_air: OnAir, instants_us: Iterable[WallUs]) -> Iterator[bytes]:
        files = {wanted: decode(wanted) for _, wanted in self._builder.pictures(on_air)}
        scene = finish(self._builder.build(on_air, files))
        panel = sdl.new_surface(*self._size)
        renderer = Renderer(panel, Screen(), ZoneInfo(_ZONE), self._fonts)
        for at_us in instants_us:
            renderer.draw(scene, at_us)
            yield sdl.to_rgb(panel, Box(0, 0, *self._size))


def _has_bars(glass: Glass, film: Box) -> bool:
    """Return whether the foot of a film is there: bars that are all black or white."""
    # Three rows, and so all three colours.
    foot = Box(film.x + 8, film.bottom - film.height // 16, film.width - 16, 2 * ROWS_APART + 1)
    levels = glass.sample(foot)
    clear = sum(level < 40 or level > 215 for level in levels)
    return clear > 0.9 * len(levels) and min(levels) < 40


def _notice(seen: Sample, zone: Box) -> str:
    """Return which notice it is, by its ground, or that it is nothing known."""
    columns = len(range(0, zone.width, COLUMNS_APART))
    rows = [seen[at : at + columns] for at in range(0, len(seen), columns)]
    for style in NOTICES:
        ground = NOTICE_LOOKS[style].page.ground
        count = sum(row.count(ground[number % 3]) for number, row in enumerate(rows))
        if count > _GROUND_SHARE * len(seen):
            return style
    return UNKNOWN
