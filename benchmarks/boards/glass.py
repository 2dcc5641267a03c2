"""Eyes on a screen: the framebuffer of an X server in memory, mapped, so that looking costs the server nothing."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeAlias

from firmware_py.board.layout import Box
from tests.board.board_process import x_server

COLUMNS_APART, ROWS_APART = 8, 6
"""Of these columns and rows a sample has one colour: of the first row red, then green, then blue."""

BITS = 10
"""Films carry the number of each frame in so many bars, white for 1: see `films`."""

Sample: TypeAlias = bytes
Colour: TypeAlias = tuple[int, int, int]
_BRIGHT = 128
_PIXEL_BYTES = 4
_RED = 2
"""A pixel is blue, green, red and a byte of nothing."""


class Glass:
    """What can be seen on a screen."""

    def __init__(self, memory: Path) -> None:
        """Map the file in which the server keeps its picture (in the format of xwd)."""
        with memory.open("rb") as file:
            self._memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        head = struct.unpack_from(">20L", self._memory)
        self._row_bytes, self._begin = head[12], head[0] + 12 * head[19]
        self.whole = Box(0, 0, head[4], head[5])

    def close(self) -> None:
        """Look no more."""
        self._memory.close()

    def pixel(self, x: int, y: int) -> Colour:
        """Return the colour at a place."""
        place = self._begin + y * self._row_bytes + x * _PIXEL_BYTES
        blue, green, red = self._memory[place : place + 3]
        return red, green, blue

    def sample(self, box: Box) -> Sample:
        """Return enough of a part of the screen to tell pictures apart."""
        return b"".join(
            self._memory[begin + _RED - row % 3 : begin + box.width * _PIXEL_BYTES : COLUMNS_APART * _PIXEL_BYTES]
            for row, begin in enumerate(self._rows(box))
        )

    def number(self, film: Box) -> int:
        """Return the number that the frame of a film carries which stands in a box."""
        y = bars_row(film)
        bright = (self.pixel(x, y)[1] > _BRIGHT for x in _bar_columns(film))
        return sum(is_set << bit for bit, is_set in enumerate(bright))

    def is_black(self, box: Box) -> bool:
        """Return whether there is nothing in a part of the screen."""
        return max(self.sample(box), default=0) < 8

    def _rows(self, box: Box) -> Iterator[int]:
        for y in range(box.y, box.bottom, ROWS_APART):
            yield self._begin + y * self._row_bytes + box.x * _PIXEL_BYTES


def sample_of(rgb: bytes, width_px: int, box: Box) -> Sample:
    """Return the sample that a screen gives on which a picture stands, from the picture itself."""
    rows = (3 * (y * width_px + box.x) for y in range(box.y, box.bottom, ROWS_APART))
    return b"".join(rgb[at + row % 3 : at + 3 * box.width : 3 * COLUMNS_APART] for row, at in enumerate(rows))


def bars_row(film: Box) -> int:
    """Return the row of the screen in which the bars of a film in a box are looked at."""
    return film.bottom - max(1, film.height // 24)


def _bar_columns(film: Box) -> Iterator[int]:
    return (film.x + film.width * (2 * bit + 1) // (2 * BITS) for bit in range(BITS))


@contextmanager
def screen(width: int, height: int, directory: Path) -> Iterator[tuple[str, Glass]]:
    """Run an X server; give its display, and eyes on it."""
    directory.mkdir(exist_ok=True)
    with x_server(width, height, directory) as server, closing(Glass(directory / "Xvfb_screen0")) as glass:
        yield server.display, glass
