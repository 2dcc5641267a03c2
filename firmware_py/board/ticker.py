"""The ticker: one long line, drawn once in pieces, shifted by whole pixels every frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from firmware_py.board import sdl
from firmware_py.board.clean import displayable
from firmware_py.board.clusters import clusters
from firmware_py.board.layout import LEGIBLE_PX, LINE_SHARE, Box, Layout, Type, ladder
from firmware_py.board.look import Look
from firmware_py.board.sdl import Colour, Surface
from firmware_py.board.steps import Steps
from firmware_py.board.text import Face, Fonts
from firmware_py.core.errors import Code, Unplayable

MAX_LETTERS = 2_000
"""Longer lines are refused: this one takes five minutes to pass, and 24 MB of memory at 1080 lines."""

_MOST_RAW = 10 * MAX_LETTERS
"""Longer texts are refused unread, however little of them would be seen."""

_SEPARATOR = "   •   "
_PIECE_PX = 640
_PIXEL = Type("pixel", 16)
_SMALLEST_PX = 8


@dataclass(frozen=True, slots=True)
class Strip:
    """The line in pieces, each with the column where it begins; after `width_px` it begins anew.

    The pieces have the panel's own format, ground included: to paint them is to copy memory, 60 times a second. They
    are as high as the letters: above and below this `band` of the zone `box` is ground that never changes.
    """

    box: Box
    band: Box
    ground: Colour
    pieces: tuple[tuple[int, Surface], ...]
    width_px: int

    def clear(self, panel: Surface) -> None:
        """Draw the ground of the whole zone."""
        panel.fill(self.ground, self.box)

    def paint(self, panel: Surface, offset_px: int) -> None:
        """Draw the part that begins at `offset_px` (0 to `width_px` - 1) over the band."""
        panel.set_clip(self.band)
        for start_px in range(-offset_px, self.band.width, self.width_px):
            for column, piece in self.pieces:
                if start_px + column < self.band.width and start_px + column + piece.get_width() > 0:
                    panel.blit(piece, (self.band.x + start_px + column, self.band.y))
        panel.set_clip(None)


def build_strip(text: str, layout: Layout, look: Look, fonts: Fonts) -> Steps[Strip]:
    """Draw a ticker's line in slices of a piece; raise `Unplayable` when it is empty or too long."""
    line = _SEPARATOR.join(part for part in displayable(text[: _MOST_RAW + 1]).split("\n") if part.strip())
    if not line:
        raise Unplayable(Code.CONTENT_EMPTY, "ticker without text; write a text")
    if len(line) > MAX_LETTERS or len(text) > _MOST_RAW:
        raise Unplayable(Code.CONTENT_TOO_LARGE, f"ticker of {len(text)} letters; at most {MAX_LETTERS}: shorten it")
    face = fonts.face(ticker_type(line, layout, fonts))
    bottom_px = _bottom(line, layout.ticker, face)
    drawn: list[Surface] = []
    for part in _parts(line + _SEPARATOR, face):
        drawn.append(face.draw(part, look.ticker, look.ticker_ground))
        yield
    band = _band(drawn, layout.ticker, bottom_px, look.ticker_ground)
    pieces: list[tuple[int, Surface]] = []
    width_px = 0
    for letters in drawn:
        bottom_in_band_px = layout.ticker.y + bottom_px - band.y
        pieces.append((width_px, _piece(letters, band.height, bottom_in_band_px, look.ticker_ground)))
        width_px += letters.get_width()
        yield
    return Strip(layout.ticker, band, look.ticker_ground, tuple(pieces), width_px)


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


def _bottom(line: str, box: Box, face: Face) -> int:
    """Return the row below the letters, in the zone, that centres the highest of them."""
    highest_px = max(face.size(letter)[1] for letter in clusters(line))
    return (box.height - highest_px) // 2 + highest_px


def _band(drawn: Sequence[Surface], zone: Box, bottom_px: int, ground: Colour) -> Box:
    """Return the rows of the zone in which there is ink."""
    inked = [(letters.get_height(), rows) for letters in drawn if (rows := sdl.inked_rows(letters, ground))]
    first = max(0, min((bottom_px - height_px + rows.start for height_px, rows in inked), default=0))
    last = min(zone.height, max((bottom_px - height_px + rows.stop for height_px, rows in inked), default=1))
    return Box(zone.x, zone.y + first, zone.width, last - first)


def _piece(letters: Surface, height_px: int, bottom_px: int, ground: Colour) -> Surface:
    """Return letters on ground, so many rows of them that end so far below their own last row."""
    piece = sdl.new_surface(letters.get_width(), height_px)
    piece.fill(ground)
    piece.blit(letters, (0, bottom_px - letters.get_height()))
    return piece


def _parts(line: str, face: Face) -> list[str]:
    """Return a line in parts of about `_PIECE_PX`, cut after spaces, or between letters where there are none."""
    pieces: list[str] = [""]
    used_px = 0
    for letter in clusters(line):
        pieces[-1] += letter
        used_px += face.width(letter)
        if used_px > 2 * _PIECE_PX or (used_px > _PIECE_PX and letter == " "):
            pieces.append("")
            used_px = 0
    return [piece for piece in pieces if piece]
