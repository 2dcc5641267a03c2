"""Scenes onto the panel: everything when the scene changes, afterwards only what the clock changes."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from firmware_py.board.dates import local_time
from firmware_py.board.deck import Drawn
from firmware_py.board.label import Live
from firmware_py.board.layout import Box, ticker_speed_px_s
from firmware_py.board.pages import frame_after, frame_at, ticker_offset
from firmware_py.board.scene import Scene
from firmware_py.board.sdl import Colour, Surface
from firmware_py.board.surround import Surround
from firmware_py.board.text import Fonts
from firmware_py.board.transition import MOST_FPS, Transition
from firmware_py.core.settings import Screen
from firmware_py.core.units import SECOND, WallUs

_NEVER = range(0)


class Renderer:
    """Knows what is on the panel, and draws the difference."""

    def __init__(self, panel: Surface, screen: Screen, zone: ZoneInfo, fonts: Fonts) -> None:
        """Take the panel to draw on and the pace of the ticker."""
        self._panel = panel
        self._fps = screen.fps
        self._px_per_s = screen.ticker_px_per_s
        self._style = screen.transition
        self._moving_us = round(screen.transition_s * SECOND)
        self._moving_fps = min(screen.fps, MOST_FPS)
        self._zone = zone
        self._fonts = fonts
        self._scene: Scene | None = None
        self._pages: tuple[Drawn, ...] = ()
        self._frames: tuple[int, ...] = ()
        self._moves: list[Transition] = []
        self._written: dict[Live, str] = {}
        self._written_pages: tuple[Drawn, ...] = ()
        self._written_s = 0
        self._offset_px = -1
        self._border: Colour | None = None
        self._still = _NEVER

    @property
    def pages(self) -> tuple[Drawn, ...]:
        """Return the pages that are on the panel: the same object until one of them turns."""
        return self._pages

    def forget(self) -> None:
        """Have all of the panel drawn anew with the next frame."""
        self._scene, self._pages, self._moves, self._still = None, (), [], _NEVER

    def draw(self, scene: Scene, wall_us: WallUs) -> list[Box]:
        """Bring the panel to what a scene shows at an instant; return what changed, nothing if nothing did."""
        if wall_us in self._still and scene is self._scene:
            return self._draw_ticker(scene, wall_us)
        changed: list[Box] = []
        before = self._pictures(scene, wall_us)
        if scene is not self._scene:
            changed += self._clear(scene)
        changed += self._draw_pages(scene.pages(wall_us))
        changed += self._draw_films(wall_us)
        changed += self._move(before, wall_us)
        changed += self._draw_border(scene, wall_us)
        changed += self._draw_lives(scene, wall_us)
        changed += self._draw_ticker(scene, wall_us)
        self._still = self._stillness(scene, wall_us)
        return changed

    def next_change(self, scene: Scene, after_us: WallUs) -> WallUs:
        """Return the first instant after another at which a scene looks different."""
        until_us = self._still.stop if after_us in self._still else self._change_beside(scene, after_us)
        return until_us if scene.strip is None else min(until_us, frame_after(after_us, self._fps))

    def _stillness(self, scene: Scene, wall_us: WallUs) -> range:
        """Return the instants from this one on at which nothing but the running line is another than now."""
        moves = self._moves or isinstance(scene.header, Surround) or any(page.film is not None for page in self._pages)
        return _NEVER if moves else range(wall_us, self._change_beside(scene, wall_us))

    def _change_beside(self, scene: Scene, after_us: WallUs) -> WallUs:
        """Return the first instant after another at which anything but the running line looks different."""
        instants = [scene.until_us(after_us), (after_us // SECOND + 1) * SECOND]
        if isinstance(scene.header, Surround):
            instants.append(scene.header.border.change_after(after_us))
        if self._moves:
            instants.append(frame_after(after_us, self._moving_fps))
        instants += [page.film.change_after(after_us) for page in self._pages if page.film is not None]
        return min(instants)

    def _clear(self, scene: Scene) -> list[Box]:
        """Begin a scene: its header is drawn, everything else counts as not drawn."""
        self._scene, self._pages, self._offset_px, self._border = scene, (), -1, None
        self._written.clear()
        if scene.header is None:
            return []
        scene.header.paint(self._panel, self._fonts)
        return [scene.header.box]

    def _draw_pages(self, pages: tuple[Drawn, ...]) -> list[Box]:
        """Draw the pages that are not on the panel yet."""
        new = self._new(pages)
        if not new:
            return []
        self._moves = []
        for page in new:
            page.paint(self._panel)
            for live in page.lives:
                self._written.pop(live, None)
        self._pages, self._frames = pages, ()
        return [page.zone for page in new if page.zone.visible]

    def _new(self, pages: tuple[Drawn, ...]) -> list[Drawn]:
        """Return the pages that are not on the panel yet."""
        return [page for page in pages if not any(page is shown for shown in self._pages)]

    def _draw_films(self, wall_us: WallUs) -> list[Box]:
        """Draw the frames that are due of the animations on the panel."""
        frames = tuple(-1 if page.film is None else page.film.at(wall_us) for page in self._pages)
        if frames == self._frames:
            return []
        before = self._frames or (-1,) * len(frames)
        changed: list[Box] = []
        for page, number, shown in zip(self._pages, frames, before, strict=True):
            if page.film is not None and number != shown:
                page.film.paint(self._panel, number)
                changed.append(page.film.box)
        self._frames = frames
        return changed

    def _pictures(self, scene: Scene, wall_us: WallUs) -> dict[int, Surface]:
        """Return what is on the panel where pages are about to give way to others, by the zone's place in the scene.

        Nothing at a cut: where that is wished, around notices, and where the page itself moves.
        """
        notice = any(each is None or isinstance(each.header, Surround) for each in (self._scene, scene))
        if self._style == "cut" or notice:
            return {}
        pages = scene.pages(wall_us)
        new = {id(page) for page in self._new(pages) if page.zone.visible and page.film is None and not page.lives}
        return {n: self._panel.subsurface(page.zone).copy() for n, page in enumerate(pages) if id(page) in new}

    def _move(self, before: dict[int, Surface], wall_us: WallUs) -> list[Box]:
        """Begin transitions from what was there before, and draw those that are not over."""
        moment_us = frame_at(wall_us, self._moving_fps)
        if before:
            slides = self._style == "slide"
            zones = {n: self._pages[n].zone for n in before}
            self._moves = [
                Transition(slides, zone, before[n], self._panel.subsurface(zone).copy(), moment_us, self._moving_us)
                for n, zone in zones.items()
            ]
        for move in self._moves:
            move.paint(self._panel, moment_us)
        changed = [move.zone for move in self._moves]
        self._moves = [move for move in self._moves if moment_us < move.until_us]
        return changed

    def _draw_border(self, scene: Scene, wall_us: WallUs) -> list[Box]:
        """Draw the border of a notice when its colour is another one than before."""
        if not isinstance(scene.header, Surround):
            return []
        border = scene.header.border
        colour = border.colour_at(wall_us)
        if colour == self._border:
            return []
        border.paint(self._panel, wall_us)
        self._border = colour
        return list(border.boxes)

    def _draw_lives(self, scene: Scene, wall_us: WallUs) -> list[Box]:
        """Write what the clock changed: in the header and on the board's own page."""
        if self._pages is self._written_pages and wall_us // SECOND == self._written_s:
            return []
        self._written_pages, self._written_s = self._pages, wall_us // SECOND
        local = local_time(wall_us, self._zone)
        beside = scene.header.lives if scene.header is not None else ()
        lives = (*beside, *(live for page in self._pages for live in page.lives))
        texts = {live: live.text_of(local) for live in lives}
        new = {live: text for live, text in texts.items() if self._written.get(live) != text}
        for live, text in new.items():
            live.paint(self._panel, self._fonts, text)
        self._written = texts
        return [live.box for live in new]

    def _draw_ticker(self, scene: Scene, wall_us: WallUs) -> list[Box]:
        if scene.strip is None or scene.on_air.ticker is None:
            return []
        speed_px_s = ticker_speed_px_s(self._px_per_s, scene.layout.ticker_px)
        moment_us = frame_at(wall_us, self._fps)
        offset_px = ticker_offset(moment_us, scene.on_air.ticker.start_us, speed_px_s, scene.strip.width_px)
        if offset_px == self._offset_px:
            return []
        fresh, self._offset_px = self._offset_px < 0, offset_px
        if fresh:
            scene.strip.clear(self._panel)
        scene.strip.paint(self._panel, offset_px)
        return [scene.strip.box if fresh else scene.strip.band]
