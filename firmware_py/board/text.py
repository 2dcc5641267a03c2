"""Letters to pixels: sizes of text, and lines drawn with the font that has their letters.

A line is as high as its marks need: SDL_ttf makes the surface higher when marks stack above the font's ascent
(Ê with a breve does), so the height is measured per text and nothing is ever cut.
"""

from __future__ import annotations

from functools import lru_cache

from firmware_py.board import sdl
from firmware_py.board.glyphs import FontChain, Typeface, runs
from firmware_py.board.layout import BOLD_PX, Type
from firmware_py.board.sdl import Colour, Font, Surface

_KEPT_FACES = 10
_KEPT_WIDTHS = 1024
_WORD_LETTERS = 16


class Face:
    """One type of one size, with the fonts that stand in for letters that the first one lacks."""

    def __init__(self, typefaces: tuple[Typeface, ...], px: int, *, smooth: bool) -> None:
        """Open the first font at `px` pixels; the others only when a text needs them."""
        self._paths = tuple(typeface.path for typeface in typefaces)
        self._coverages = tuple(typeface.coverage for typeface in typefaces)
        self._px = px
        self._smooth = smooth
        self._fonts: dict[int, Font] = {}
        self._plain: set[str] = set()
        # A plain dict: a cache around a bound method would be a cycle that keeps fonts open until they are collected.
        self._widths: dict[str, int] = {}
        self._latest = "", (0, 0)

    @property
    def line_px(self) -> int:
        """Return the height in pixels of a line without unusual marks."""
        return self._font(0).get_height()

    def size(self, text: str) -> tuple[int, int]:
        """Return width and height in pixels of a line."""
        # A row is asked for its width while a text is broken, and then for both: the latest is remembered.
        if self._latest[0] != text or not text:
            self._latest = text, self._measured(text)
        return self._latest[1]

    def _measured(self, text: str) -> tuple[int, int]:
        if self._is_plain(text):
            return self._font(0).size(text)
        sizes = [self._font(number).size(piece) for number, piece in runs(text, self._coverages)]
        return sum(width for width, _ in sizes), max((height for _, height in sizes), default=self.line_px)

    def width(self, text: str) -> int:
        """Return the width in pixels of a line; those of words are remembered."""
        width_px = self._widths.get(text)
        if width_px is None:
            width_px = self.size(text)[0]
            if len(text) <= _WORD_LETTERS and len(self._widths) < _KEPT_WIDTHS:
                self._widths[text] = width_px
        return width_px

    def draw(self, text: str, colour: Colour, ground: Colour) -> Surface:
        """Return a line as an opaque surface of 8 bits a pixel (32 when it needs several fonts)."""
        if self._is_plain(text):
            return self._font(0).render(text, self._smooth, colour, ground)
        pieces = runs(text, self._coverages)
        drawn = [(self._font(n), self._font(n).render(piece, self._smooth, colour, ground)) for n, piece in pieces]
        return _side_by_side(drawn, ground)

    def _font(self, number: int) -> Font:
        if number not in self._fonts:
            self._fonts[number] = sdl.open_font(self._paths[number], self._px)
        return self._fonts[number]

    def _is_plain(self, text: str) -> bool:
        """Return whether the first font draws all of it; letters seen once are remembered."""
        new = set(text) - self._plain
        if new and not self._coverages[0].covers("".join(new)):
            return False
        self._plain |= new
        return True


def _side_by_side(drawn: list[tuple[Font, Surface]], ground: Colour) -> Surface:
    """Return pieces of a line as one surface, standing on one baseline."""
    above = [surface.get_height() + font.get_descent() for font, surface in drawn]
    below = max(-font.get_descent() for font, _ in drawn)
    line = sdl.new_surface(sum(surface.get_width() for _, surface in drawn), max(above) + below)
    line.fill(ground)
    x = 0
    for (_, surface), rise in zip(drawn, above, strict=True):
        line.blit(surface, (x, max(above) - rise))
        x += surface.get_width()
    return line


class Fonts:
    """The faces of the board, the last few kept open. `smooth` is anti-aliasing; Unifont never has it."""

    def __init__(self, chain: FontChain, *, smooth: bool) -> None:
        """Start the font library; raises what it raises when it is not there."""
        sdl.start_fonts()
        self._chain = chain
        self._smooth = smooth
        self.face = lru_cache(_KEPT_FACES)(self._open)

    def _open(self, kind: Type) -> Face:
        """Return the face of a type; bold too small to keep marks apart becomes plain."""
        smooth = self._smooth and kind.weight != "pixel"
        too_small = kind.weight == "strong" and not smooth and kind.px < BOLD_PX
        return Face(self._chain.faces("plain" if too_small else kind.weight), kind.px, smooth=smooth)
