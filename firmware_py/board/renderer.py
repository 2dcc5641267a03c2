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
from firmware_py.core.settings import Screen
from firmware_py.core.units import SECOND, WallUs


class Renderer:
    """Knows what is on the panel, and draws the difference."""

    def __init__(self, panel: Surface, screen: Screen, zone: ZoneInfo, fonts: Fonts) -> None:
        """Take the panel to draw on and the pace of the ticker."""
        self._panel = panel
        self._fps = screen.fps
        self._px_per_s = screen.ticker_px_per_s
        self._zone = zone
        self._fonts = fonts
        self._scene: Scene | None = None
        self._page: Drawn | None = None
        self._written: dict[Live, str] = {}
        self._written_page: Drawn | None = None
        self._written_s = 0
        self._offset_px = -1
        self._border: Colour | None = None

    @property
    def page(self) -> Drawn | None:
        """Return the page that is on the panel."""
        return self._page

    def draw(self, scene: Scene, wall_us: WallUs) -> list[Box]:
        """Bring the panel to what a scene shows at an instant; return what changed, nothing if nothing did."""
        changed: list[Box] = []
        if scene is not self._scene:
            changed += self._clear(scene)
        page = scene.page(scene.turn(wall_us).page)
        if page is not self._page:
            changed += self._draw_page(page)
        changed += self._draw_border(scene, wall_us)
        changed += self._draw_lives(scene, page, wall_us)
        changed += self._draw_ticker(scene, wall_us)
        return changed

    def next_change(self, scene: Scene, after_us: WallUs) -> WallUs:
        """Return the first instant after another at which a scene looks different."""
        instants = [scene.turn(after_us).until_us, (after_us // SECOND + 1) * SECOND]
        if scene.strip is not None:
            instants.append(frame_after(after_us, self._fps))
        if isinstance(scene.header, Surround):
            instants.append(scene.header.border.change_after(after_us))
        return min(instants)

    def _clear(self, scene: Scene) -> list[Box]:
        """Begin a scene: its header is drawn, everything else counts as not drawn."""
        self._scene, self._page, self._offset_px, self._border = scene, None, -1, None
        self._written.clear()
        if scene.header is None:
            return []
        scene.header.paint(self._panel, self._fonts)
        return [scene.header.box]

    def _draw_page(self, page: Drawn) -> list[Box]:
        page.paint(self._panel)
        self._page = page
        for live in page.lives:
            self._written.pop(live, None)
        return [page.zone] if page.zone.visible else []

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

    def _draw_lives(self, scene: Scene, page: Drawn, wall_us: WallUs) -> list[Box]:
        """Write what the clock changed: in the header and on the board's own page."""
        if page is self._written_page and wall_us // SECOND == self._written_s:
            return []
        self._written_page, self._written_s = page, wall_us // SECOND
        local = local_time(wall_us, self._zone)
        lives = (*(scene.header.lives if scene.header is not None else ()), *page.lives)
        texts = {live: live.text_of(local) for live in lives}
        new = {live: text for live, text in texts.items() if self._written.get(live) != text}
        for live, text in new.items():
            live.paint(self._panel, self._fonts, text)
        self._written = texts
        return [live.box for live in new]

    def _draw_ticker(self, scene: Scene, wall_us: WallUs) -> list[Box]:
        if scene.strip is None or scene.pair.ticker is None:
            return []
        speed_px_s = ticker_speed_px_s(self._px_per_s, scene.layout.ticker_px)
        moment_us = frame_at(wall_us, self._fps)
        offset_px = ticker_offset(moment_us, scene.pair.ticker.start_us, speed_px_s, scene.strip.width_px)
        if offset_px == self._offset_px:
            return []
        scene.strip.paint(self._panel, offset_px)
        self._offset_px = offset_px
        return [scene.strip.box]
