"""The board's way out: a screen through SDL (KMS, X11, Wayland), or memory when there is none.

Everything is drawn on `panel`, the picture as people see it. As a rule that is a part of the framebuffer itself. A
picture that is turned, mirrored or moved is one of its own, and the parts that changed are copied to their place.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from firmware_py.board import sdl
from firmware_py.board.geometry import in_framebuffer, output_area, panel_size, shifted
from firmware_py.board.layout import Box
from firmware_py.board.look import Look
from firmware_py.board.presence import CONNECTORS, connectors
from firmware_py.board.sdl import SdlError, Surface
from firmware_py.core.errors import Code, Unavailable
from firmware_py.core.settings import Screen as ScreenSettings
from firmware_py.core.units import WallUs

OFFSCREEN_PX = (1920, 1080)
_EDGE, _BLACK = Look().ground, (0, 0, 0)


class Framebuffer(Protocol):
    """Something with pixels that can be shown."""

    name: str
    surface: Surface

    def update(self, boxes: Sequence[Box]) -> None:
        """Show these parts."""

    def pump(self) -> None:
        """Answer the window system; needed several times a second."""

    def close(self) -> None:
        """Give the device back."""


class Memory:
    """A framebuffer that nobody looks at: for demos without a screen, previews and tests."""

    def __init__(self, width_px: int, height_px: int) -> None:
        """Make a black framebuffer; 0 is 1920×1080."""
        self.surface = sdl.new_surface(width_px or OFFSCREEN_PX[0], height_px or OFFSCREEN_PX[1])
        self.name = "offscreen"

    def update(self, boxes: Sequence[Box]) -> None:
        """Do nothing."""

    def pump(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class Display:
    """A framebuffer on a screen."""

    def __init__(self, driver: str, settings: ScreenSettings) -> None:
        """Open it; raise `Unavailable` when SDL cannot, or takes another driver than the one asked for."""
        try:
            self.surface = sdl.open_display(driver, settings.width, settings.height, fullscreen=settings.fullscreen)
        except SdlError as error:
            raise _lost(f"video driver {driver}: {error}") from error
        self.name = sdl.display_driver()
        if self.name.lower() != driver.lower():
            self.close()
            raise _lost(f"video driver {driver} was asked for, SDL took {self.name}")

    def update(self, boxes: Sequence[Box]) -> None:
        """Show these parts."""
        sdl.update_display(boxes)

    def pump(self) -> None:
        """Answer the window system; show everything again if it lost the picture."""
        if sdl.pump_display():
            sdl.update_display(None)

    def close(self) -> None:
        """Give the screen back."""
        sdl.close_display()


class Screen:
    """The panel: an output rectangle of a framebuffer, perhaps mirrored, turned, and moved against burn-in."""

    def __init__(self, framebuffer: Framebuffer, settings: ScreenSettings) -> None:
        """Place the panel in the framebuffer; raise `Unavailable` when it lies outside, or has no room to move."""
        self._framebuffer = framebuffer
        self._rotation, self._mirror, self._shift_px = settings.rotation, settings.mirror, settings.shift_px
        width_px, height_px = framebuffer.surface.get_size()
        self._area = output_area(settings.area, width_px, height_px)
        if not self._area.visible:
            raise _misplaced(f"screen.area lies outside of the framebuffer of {width_px}×{height_px}")
        self._place = shifted(self._area, self._shift_px, 0)
        if not self._place.visible:
            raise _misplaced(f"screen.shift_px leaves nothing of the panel of {self._area.width}×{self._area.height}")
        self._apart = (settings.rotation, settings.mirror, settings.shift_px) != (0, "none", 0)
        size_px = panel_size(self._place, settings.rotation)
        self.panel = sdl.new_surface(*size_px) if self._apart else framebuffer.surface.subsurface(self._area)
        self.description = f"{framebuffer.name} {width_px}×{height_px}"
        self._edge = self._shift_px > 0  # it has yet to be drawn
        self._black = False

    def move(self, wall_us: WallUs) -> list[Box]:
        """Move the picture to its place at an instant; return what of the panel is to be presented for that."""
        place = shifted(self._area, self._shift_px, wall_us)
        self._edge |= place != self._place
        self._place = place
        return [Box(0, 0, *self.panel.get_size())] if self._edge else []

    def blacken(self, *, black: bool) -> None:
        """Have nothing but black presented from now on, or what is drawn again; all of it has then to be drawn anew."""
        self._black = black
        self._edge = black or self._shift_px > 0

    def present(self, boxes: Sequence[Box]) -> None:
        """Show parts of the panel."""
        if self._black:
            self.panel.fill(_BLACK)  # also for whoever takes a snapshot
        placed = [in_framebuffer(box, self._place, self._rotation, self._mirror) for box in boxes]
        surface = self._framebuffer.surface
        if self._edge:
            surface.fill(_BLACK if self._black else _EDGE, self._area)
            placed.append(self._area)
            self._edge = False
        if self._apart:
            for box, place in zip(boxes, placed, strict=False):
                surface.blit(self._seen(box), place)
        self._framebuffer.update(placed)

    def _seen(self, box: Box) -> Surface:
        """Return a part of the panel as it goes into the framebuffer."""
        part = self.panel.subsurface(box)
        if self._mirror != "none":
            part = sdl.mirrored(part, horizontally=self._mirror == "horizontal")
        return sdl.turned(part, self._rotation) if self._rotation else part

    def pump(self) -> None:
        """Answer the window system; needed several times a second."""
        self._framebuffer.pump()

    def close(self) -> None:
        """Give the device back."""
        self._framebuffer.close()


def driver_for(environment: Mapping[str, str], directory: Path = CONNECTORS) -> str | None:
    """Return the video driver for the screen that is there, None if there is none.

    X11 comes before Wayland: a desktop with both runs an X server for it, and only there has SDL a framebuffer in
    memory. Without a desktop a connected monitor is driven through KMS.
    """
    if environment.get("SDL_VIDEODRIVER"):
        return environment["SDL_VIDEODRIVER"]
    if environment.get("DISPLAY"):
        return "x11"
    if environment.get("WAYLAND_DISPLAY"):
        return "wayland"
    return "KMSDRM" if any(connectors(directory).values()) else None


def open_framebuffer(
    settings: ScreenSettings, environment: Mapping[str, str] = os.environ, directory: Path = CONNECTORS
) -> Framebuffer:
    """Return the framebuffer that the settings ask for; raise `Unavailable` when there is no such screen.

    With `auto` a machine that has no place for a monitor is well with memory; one that has, and none in it, is not.
    """
    if settings.driver == "offscreen":
        return Memory(settings.width, settings.height)
    driver = driver_for(environment, directory)
    if driver is not None:
        return Display(driver, settings)
    found = connectors(directory)
    if settings.driver == "auto" and not found:
        return Memory(settings.width, settings.height)
    places = f"no monitor is connected to {', '.join(found)}" if found else "there is no graphics card"
    raise _lost(f"no screen found: neither DISPLAY nor WAYLAND_DISPLAY is set, and {places}")


def _lost(what: str) -> Unavailable:
    return Unavailable(Code.SCREEN_LOST, f"{what}; check the cable and screen.driver, or set it to offscreen")


def _misplaced(what: str) -> Unavailable:
    return Unavailable(Code.DEVICE_LOST, f"{what}; mend screen.area and screen.shift_px")
