"""A whole board in memory on a clock that a test sets: every frame kept, the decoder in the test's hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from firmware_py.board import sdl
from firmware_py.board.decoder import Decoded
from firmware_py.board.glyphs import FontChain
from firmware_py.board.layout import Box, is_smooth
from firmware_py.board.look import THEMES
from firmware_py.board.pages import Pace
from firmware_py.board.renderer import Renderer
from firmware_py.board.scene import SceneBuilder
from firmware_py.board.screen import Screen
from firmware_py.board.show import Show
from firmware_py.board.snapshot import NoSnapshots
from firmware_py.board.stage import Stage
from firmware_py.board.text import Fonts
from firmware_py.board.visual import Picture, Wanted
from firmware_py.core.messages import Ended, Next, Report, Started
from firmware_py.core.messages import Now as Order
from firmware_py.core.settings import Screen as Settings
from firmware_py.core.units import SECOND, Now
from tests.board.board_process import NAME

Rotation: TypeAlias = Literal[0, 90, 180, 270]

T = 1_795_400_000 * SECOND
ZONE = "Asia/Ho_Chi_Minh"
QUICK = Pace(8 * SECOND, 100.0)
"""People who read so fast that every page stays for the least time."""

PURPLE = bytes((200, 0, 200))


class SetClock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        """Begin at T."""
        self.wall_us = T

    def now(self) -> Now:
        """Return both clocks."""
        return Now(self.wall_us, self.wall_us - T + SECOND)


class Frames:
    """A framebuffer that keeps a copy of every frame that was presented."""

    name = "frames"

    def __init__(self, size: tuple[int, int]) -> None:
        """Make a framebuffer in memory."""
        self.surface = sdl.new_surface(*size)
        self.presented: list[bytes] = []

    def update(self, boxes: Sequence[Box]) -> None:
        """Keep the frame."""
        assert boxes
        self.presented.append(sdl.to_rgb(self.surface, Box(0, 0, *self.surface.get_size())))

    def pump(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class SlowDecoder:
    """Decodes a picture when the test says so."""

    def __init__(self) -> None:
        """Begin with nothing to do."""
        self.started: list[Wanted] = []

    def start(self, wanted: Wanted, _volume_pct: int) -> None:
        """Note a picture."""
        self.started.append(wanted)

    def stop(self, wanted: Wanted) -> None:
        """Do nothing."""


class Bench:
    """A whole board on a clock that the test sets."""

    def __init__(
        self,
        chain: FontChain,
        size: tuple[int, int],
        rotation: Rotation = 0,
        settings: Settings | None = None,
        pace: Pace = QUICK,
    ) -> None:
        """Put the parts together; `size` is the panel's, as people see it."""
        self.size = size
        framebuffer = Frames(size if rotation % 180 == 0 else (size[1], size[0]))
        self.clock, self.frames, self.decoder = SetClock(), framebuffer, SlowDecoder()
        self.said: list[Report] = []
        settings = settings or Settings(fps=60, rotation=rotation)
        fonts = Fonts(chain, smooth=is_smooth(*size))
        screen = Screen(self.frames, settings)
        builder = SceneBuilder(
            NAME, screen.panel.get_size(), pace, THEMES[settings.theme], fonts, layout=settings.layout
        )
        stage = Stage(builder, self.decoder)  # type: ignore[arg-type]
        renderer = Renderer(screen.panel, settings, ZoneInfo(ZONE), fonts)
        self.show = Show(self.clock, screen, stage, renderer, NoSnapshots(), self.said.append)
        self.show.frame(self.clock.now())

    def order(self, order: Order | Next) -> None:
        """Give an order, and time to prepare."""
        self.show.take(order)
        self.show.frame(self.clock.now())
        self.prepare()

    def prepare(self) -> None:
        """Prepare all that can be prepared, as the loop would."""
        self.show.prepare(lambda: not self.show.can_switch())
        if self.show.can_switch():
            self.show.frame(self.clock.now())
        self.show.prepare(lambda: True)

    def run_to(self, wall_us: int) -> None:
        """Let time pass: draw every frame when it is due, and prepare in between."""
        while (due_us := self.show.next_frame()) <= wall_us:
            self.clock.wall_us = due_us
            self.show.frame(self.clock.now())
            self.prepare()
        self.clock.wall_us = wall_us

    def picture_comes(self) -> None:
        """Let the decoder answer with a purple picture."""
        for wanted in self.decoder.started:
            pixels = Picture(wanted.width_px, wanted.height_px, PURPLE * (wanted.width_px * wanted.height_px))
            self.show.receive(Decoded(wanted, pixels))
        self.prepare()

    def of(self, kind: type[Started | Ended]) -> list[int]:
        """Return the numbers of the plays that were told of in reports of a kind."""
        return [report.no for report in self.said if isinstance(report, kind)]
