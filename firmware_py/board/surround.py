"""What stands around the pages of a notice: its ground, band and foot, and the border that may flash."""

from __future__ import annotations

from dataclasses import dataclass

from firmware_py.board.label import Label, Live
from firmware_py.board.layout import NOWHERE, Box
from firmware_py.board.sdl import Colour, Surface
from firmware_py.board.text import Fonts
from firmware_py.core.units import FAR_FUTURE_US, SECOND, DurationUs, WallUs

FLASH_US: DurationUs = SECOND
"""One flash of the border, half of it lit. Twice as fast would be the limit; three a second can harm (WCAG 2.3.1)."""


@dataclass(frozen=True, slots=True)
class Border:
    """The parts of a border and its two colours; lit for the first half of every second of the wall clock."""

    boxes: tuple[Box, ...]
    lit: Colour
    dark: Colour
    gaps: tuple[Box, ...] = ()
    ground: Colour = (0, 0, 0)

    def colour_at(self, wall_us: WallUs) -> Colour:
        """Return its colour at an instant, the same on all boards."""
        return self.lit if wall_us % FLASH_US < FLASH_US // 2 else self.dark

    def change_after(self, wall_us: WallUs) -> WallUs:
        """Return the first instant after another at which it has the other colour."""
        half_us = FLASH_US // 2
        flashes = self.boxes and self.lit != self.dark
        return (wall_us // half_us + 1) * half_us if flashes else FAR_FUTURE_US

    def paint(self, panel: Surface, wall_us: WallUs) -> None:
        """Draw it as it looks at an instant."""
        for box in self.boxes:
            panel.fill(self.colour_at(wall_us), box)
        for gap in self.gaps:
            panel.fill(self.ground, gap)


@dataclass(frozen=True, slots=True)
class Surround:
    """What stands around the pages of a notice; it takes the place of header and ticker, and covers the panel."""

    box: Box
    ground: Colour
    band_box: Box
    band: Label | None
    border: Border
    foot_box: Box = NOWHERE
    foot: Label | None = None
    lives: tuple[Live, ...] = ()

    def paint(self, panel: Surface, fonts: Fonts) -> None:
        """Draw everything but the border and the pages."""
        panel.fill(self.ground, self.box)
        if self.band is not None:
            panel.fill(self.band.ground, self.band_box)
            self.band.paint(panel, fonts)
        if self.foot is not None:
            panel.fill(self.foot.ground, self.foot_box)
            self.foot.paint(panel, fonts)
