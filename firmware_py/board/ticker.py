"""The ticker: one long line, drawn once in pieces, shifted by whole pixels every frame."""

from __future__ import annotations

from dataclasses import dataclass

from firmware_py.board.clean import displayable
from firmware_py.board.clusters import clusters
from firmware_py.board.layout import LEGIBLE_PX, LINE_SHARE, Box, Layout, Type, ladder
from firmware_py.board.look import Look
from firmware_py.board.sdl import Surface
from firmware_py.board.steps import Steps
from firmware_py.board.text import Face, Fonts
from firmware_py.core.errors import Code, Unplayable

MAX_LETTERS = 2_000
"""Longer lines are refused: this one takes five minutes to pass, and 40 MB of memory on a 4K panel."""

_SEPARATOR = "   •   "
_PIECE_PX = 640
_PIXEL = Type("pixel", 16)
_SMALLEST_PX = 8


@dataclass(frozen=True, slots=True)
class Strip:
    """The line in pieces of 8 bits a pixel, each with the column where it begins; after `width_px` it begins anew."""

    box: Box
    pieces: tuple[tuple[int, Surface], ...]
    width_px: int
    bottom_px: int
    look: Look

    def paint(self, panel: Surface, offset_px: int) -> None:
        """Draw the part that begins at `offset_px` (0 to `width_px` - 1) over the whole zone."""
        self._paint_in(panel, self.box, offset_px)

    def move(self, panel: Surface, old_px: int, new_px: int) -> None:
        """Bring the zone from one offset to another: what is there is shifted, only the new columns are drawn."""
        run_px = (new_px - old_px) % self.width_px
        if run_px >= self.box.width:
            self.paint(panel, new_px)
        elif run_px > 0:
            panel.subsurface(self.box).scroll(-run_px, 0)
            new = Box(self.box.right - run_px, self.box.y, run_px, self.box.height)
            self._paint_in(panel, new, new_px)

    def _paint_in(self, panel: Surface, part: Box, offset_px: int) -> None:
        """Draw the line where it shows in a part of the zone."""
        panel.set_clip(part)
        panel.fill(self.look.ticker_ground, part)
        for start_px in range(self.box.x - offset_px, part.right, self.width_px):
            for column, piece in self.pieces:
                if start_px + column < part.right and start_px + column + piece.get_width() > part.x:
                    panel.blit(piece, (start_px + column, self.bottom_px - piece.get_height()))
        panel.set_clip(None)


def build_strip(text: str, layout: Layout, look: Look, fonts: Fonts) -> Steps[Strip]:
    """Draw a ticker's line in slices of a piece; raise `Unplayable` when it is empty or too long."""
    line = _SEPARATOR.join(part for part in displayable(text[: MAX_LETTERS + 1]).split("\n") if part.strip())
    if not line:
        raise Unplayable(Code.CONTENT_EMPTY, "ticker without text; write a text")
    if len(line) > MAX_LETTERS:
        raise Unplayable(Code.CONTENT_TOO_LARGE, f"ticker of {len(text)} letters; at most {MAX_LETTERS}: shorten it")
    face = fonts.face(ticker_type(line, layout, fonts))
    pieces: list[tuple[int, Surface]] = []
    width_px = 0
    for piece in _pieces(line + _SEPARATOR, face):
        drawn = face.draw(piece, look.ticker, look.ticker_ground)
        pieces.append((width_px, drawn))
        width_px += drawn.get_width()
        yield
    return Strip(layout.ticker, tuple(pieces), width_px, _bottom(layout.ticker, pieces), look)


def ticker_type(line: str, layout: Layout, fonts: Fonts) -> Type:
    """Return the largest type in which every letter of a line fits the ticker's height with all its marks."""
    if layout.ticker.height < LEGIBLE_PX * LINE_SHARE and not any("\u0300" <= char <= "\u036f" for char in line):
        return _PIXEL
    letters = set(clusters(line))
    for px in ladder(layout.ticker_px, _SMALLEST_PX):
        face = fonts.face(Type("strong", px))
        if max(face.size(letter)[1] for letter in letters) <= layout.ticker.height:
            return Type("strong", px)
    return Type("strong", _SMALLEST_PX)


def _bottom(box: Box, pieces: list[tuple[int, Surface]]) -> int:
    """Return the row below the pieces that centres the highest of them."""
    highest_px = max(surface.get_height() for _, surface in pieces)
    return box.y + (box.height - highest_px) // 2 + highest_px


def _pieces(line: str, face: Face) -> list[str]:
    """Return a line in pieces of about `_PIECE_PX`, cut after spaces, or between letters where there are none."""
    pieces: list[str] = [""]
    used_px = 0
    for letter in clusters(line):
        pieces[-1] += letter
        used_px += face.width(letter)
        if used_px > 2 * _PIECE_PX or (used_px > _PIECE_PX and letter == " "):
            pieces.append("")
            used_px = 0
    return [piece for piece in pieces if piece]
