"""The only module that knows pygame: surfaces, fonts, the display. Works with pygame-ce and with pygame 2.6.

Only `display` and `font` are started, never `pygame.init()`, which would open the sound card. `pygame.freetype` is
not used: it misplaces combining marks, `pygame.font` shapes them with HarfBuzz. Errors of the library come out as
`SdlError`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, TypeAlias

# Read by pygame while it is imported: no greeting on a stream that carries messages.
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import pygame
import pygame.display
import pygame.event
import pygame.font
import pygame.image
import pygame.mouse
import pygame.transform

from firmware_py.board.layout import Box

Surface: TypeAlias = pygame.Surface
Font: TypeAlias = pygame.font.Font
Colour: TypeAlias = tuple[int, int, int]
SdlError = pygame.error

_DEPTH = 32
_EXPOSED = (pygame.VIDEOEXPOSE, pygame.WINDOWEXPOSED)


def start_fonts() -> None:
    """Start the font library; once or more often."""
    pygame.font.init()


def open_font(path: str, px: int) -> Font:
    """Open a font file at a size in pixels."""
    return pygame.font.Font(path, px)


def new_surface(width_px: int, height_px: int) -> Surface:
    """Return a black surface of 32 bits a pixel; needs no display."""
    return pygame.Surface((width_px, height_px), 0, _DEPTH)


def from_rgb(pixels: bytes | memoryview, width_px: int, height_px: int) -> Surface:
    """Return a surface that shows RGB bytes without copying them."""
    return pygame.image.frombuffer(pixels, (width_px, height_px), "RGB")


def from_bgrx(pixels: memoryview, width_px: int, height_px: int) -> Surface:
    """Return a surface that shows pixels of four bytes (blue, green, red, one without meaning) without copying them."""
    surface = pygame.image.frombuffer(pixels, (width_px, height_px), "BGRA")
    surface.set_alpha(None)
    return surface


def inked_rows(surface: Surface, ground: Colour) -> range:
    """Return the rows from the first to the last that are not all of the ground's colour; empty when all are."""
    surface.set_colorkey(ground)
    ink = surface.get_bounding_rect()
    surface.set_colorkey(None)
    return range(ink.top, ink.bottom)


def to_rgb(surface: Surface, box: Box) -> bytes:
    """Return the pixels of a part of a surface, three bytes each, row by row."""
    return pygame.image.tobytes(surface.subsurface(box), "RGB")


def enlarged(surface: Surface, width_px: int, height_px: int) -> Surface:
    """Return a copy of another size, quickly: by repeating and leaving out pixels."""
    return pygame.transform.scale(surface, (width_px, height_px))


def reduced(surface: Surface, width_px: int, height_px: int) -> Surface:
    """Return a smaller copy, each pixel the mean of those that it stands for."""
    return pygame.transform.smoothscale(surface, (width_px, height_px))


def turned(surface: Surface, degrees_clockwise: int) -> Surface:
    """Return a copy turned by a multiple of 90 degrees."""
    return pygame.transform.rotate(surface, -degrees_clockwise)


def mirrored(surface: Surface, *, horizontally: bool) -> Surface:
    """Return a copy with left and right exchanged, or above and below."""
    return pygame.transform.flip(surface, horizontally, not horizontally)


def open_display(driver: str, width_px: int, height_px: int, *, fullscreen: bool) -> Surface:
    """Open the display with one video driver of SDL and return its framebuffer.

    Width and height 0 take the screen's own. Under X11 `SDL_FRAMEBUFFER_ACCELERATION=0` keeps the framebuffer in
    memory: with a renderer in between, every update would send the whole picture through the graphics library.
    KMS has no framebuffer but that renderer.
    """
    os.environ["SDL_VIDEODRIVER"] = driver
    if driver == "x11":
        os.environ.setdefault("SDL_FRAMEBUFFER_ACCELERATION", "0")
    pygame.display.init()
    surface = pygame.display.set_mode((width_px, height_px), pygame.FULLSCREEN if fullscreen else 0, _DEPTH)
    pygame.display.set_allow_screensaver(False)
    pygame.mouse.set_visible(False)
    pygame.event.set_blocked(None)
    pygame.event.set_allowed(_EXPOSED)
    return surface


def name_window(title: str) -> None:
    """Set the window's title."""
    pygame.display.set_caption(title)


def display_driver() -> str:
    """Return the name of the video driver that SDL really chose."""
    return pygame.display.get_driver()


def update_display(boxes: Sequence[Any] | None) -> None:
    """Show parts of the framebuffer, or all of it."""
    if boxes is None:
        pygame.display.flip()
    else:
        pygame.display.update(boxes)


def pump_display() -> bool:
    """Answer the window system; return whether it lost what was shown. Keys and the close button do nothing."""
    return any(event.type in _EXPOSED for event in pygame.event.get())


def close_display() -> None:
    """Close the display; harmless when none is open."""
    pygame.display.quit()
