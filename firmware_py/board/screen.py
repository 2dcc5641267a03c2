"""The board's way out: a screen through SDL (KMS, X11, Wayland), or memory when there is none.

Everything is drawn on `panel`, the picture as people see it. Without rotation that is a part of the framebuffer
itself; with it, the parts that changed are turned on their way there.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from firmware_py.board import sdl
from firmware_py.board.geometry import in_framebuffer, output_area, panel_size
from firmware_py.board.layout import Box
from firmware_py.board.sdl import SdlError, Surface
from firmware_py.core.errors import Code, Unavailable
from firmware_py.core.settings import Screen as ScreenSettings

OFFSCREEN_PX = (1920, 1080)
_CONNECTORS = Path("/sys/class/drm")


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
    """The panel: an output rectangle of a framebuffer, perhaps turned."""

    def __init__(self, framebuffer: Framebuffer, settings: ScreenSettings) -> None:
        """Place the panel in the framebuffer; raise `Unavailable` when it lies outside."""
        self._framebuffer = framebuffer
        self._rotation = settings.rotation
        width_px, height_px = framebuffer.surface.get_size()
        self._area = output_area(settings.area, width_px, height_px)
        if not self._area.visible:
            raise _lost(f"screen.area lies outside of the framebuffer of {width_px}×{height_px}")
        size_px = panel_size(self._area, settings.rotation)
        turned = settings.rotation != 0
        self.panel = sdl.new_surface(*size_px) if turned else framebuffer.surface.subsurface(self._area)
        self.description = f"{framebuffer.name} {width_px}×{height_px}"

    def present(self, boxes: Sequence[Box]) -> None:
        """Show parts of the panel."""
        placed = [in_framebuffer(box, self._area, self._rotation) for box in boxes]
        if self._rotation:
            for box, place in zip(boxes, placed, strict=True):
                turned = sdl.turned(self.panel.subsurface(box), self._rotation)
                self._framebuffer.surface.blit(turned, place)
        self._framebuffer.update(placed)

    def pump(self) -> None:
        """Answer the window system; needed several times a second."""
        self._framebuffer.pump()

    def close(self) -> None:
        """Give the device back."""
        self._framebuffer.close()


def driver_for(environment: Mapping[str, str], connectors: Path = _CONNECTORS) -> str | None:
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
    return "KMSDRM" if any(map(_is_connected, connectors.glob("card*-*/status"))) else None


def open_framebuffer(settings: ScreenSettings, environment: Mapping[str, str] = os.environ) -> Framebuffer:
    """Return the framebuffer that the settings ask for; raise `Unavailable` when there is no such screen."""
    driver = driver_for(environment)
    if settings.driver == "offscreen" or (settings.driver == "auto" and driver is None):
        return Memory(settings.width, settings.height)
    if driver is None:
        raise _lost("no screen found: neither DISPLAY nor WAYLAND_DISPLAY is set and no monitor is connected")
    return Display(driver, settings)


def _is_connected(status: Path) -> bool:
    return status.read_text(encoding="ascii").strip() == "connected"


def _lost(what: str) -> Unavailable:
    return Unavailable(Code.DEVICE_LOST, f"{what}; check the cable and screen.driver, or set it to offscreen")
