"""The running line: its pieces, its seam, its letters."""

from __future__ import annotations

import pytest

from firmware_py.board import sdl
from firmware_py.board.glyphs import FontChain
from firmware_py.board.layout import Box, Layout, Type, is_smooth, lay_out
from firmware_py.board.look import Look
from firmware_py.board.steps import finish
from firmware_py.board.text import Fonts
from firmware_py.board.ticker import MAX_LETTERS, Strip, build_strip, ticker_type
from firmware_py.core.errors import Code, Unplayable
from tests.board.samples import CAPITALS, LANGUAGES, SIZES, ink

LOOK = Look()


def strip_on(size: tuple[int, int], text: str, chain: FontChain) -> tuple[Strip, Layout]:
    """Return a ticker's strip and the layout that it is for, with nothing else on air."""
    layout = lay_out(*size, main=False, ticker=True)
    return finish(build_strip(text, layout, LOOK, Fonts(chain, smooth=is_smooth(*size)))), layout


@pytest.mark.parametrize("size", [*SIZES, (64, 16), (96, 48)])
@pytest.mark.parametrize("text", [*LANGUAGES, CAPITALS])
def test_no_mark_is_cut(size: tuple[int, int], text: str, chain: FontChain) -> None:
    """The ink of the line has the height that it has where there is room without end."""
    strip, layout = strip_on(size, text, chain)
    kind = ticker_type(text, layout, Fonts(chain, smooth=is_smooth(*size)))
    free = Fonts(chain, smooth=is_smooth(*size)).face(kind).draw(text, LOOK.ticker, LOOK.ticker_ground)
    panel = sdl.new_surface(strip.width_px, layout.panel.height)
    for column, piece in strip.pieces:
        panel.blit(piece, (column, strip.band.y))
    band = Box(0, strip.band.y, strip.width_px, strip.band.height)
    heights = [
        ink(surface, box, LOOK.ticker_ground).height
        for surface, box in ((panel, band), (free, Box(0, 0, free.get_width(), free.get_height())))
    ]
    assert heights == [strip.band.height] * 2
    assert layout.ticker.y <= strip.band.y < strip.band.y + strip.band.height <= layout.ticker.y + layout.ticker.height


def test_the_line_begins_anew_without_a_gap(chain: FontChain) -> None:
    """A short line fills the zone by repeating; what leaves on the left comes again after its whole length."""
    strip, layout = strip_on((384, 192), "Gió mạnh", chain)
    assert strip.width_px < layout.ticker.width
    panel = sdl.new_surface(384, 192)
    strip.paint(panel, 0)
    first = ink(panel, Box(0, layout.ticker.y, strip.width_px, layout.ticker.height), LOOK.ticker_ground)
    second = ink(panel, Box(strip.width_px, layout.ticker.y, strip.width_px, layout.ticker.height), LOOK.ticker_ground)
    assert (second.x - first.x, second.width) == (strip.width_px, first.width)


def test_pieces_stand_side_by_side(chain: FontChain) -> None:
    """A long line is cut into pieces that together are as wide as the line drawn at once, to a few pixels a cut."""
    text = " ".join(LANGUAGES)
    strip, layout = strip_on((1920, 1080), text, chain)
    assert len(strip.pieces) > 3
    ends = [column + piece.get_width() for column, piece in strip.pieces]
    assert [column for column, _ in strip.pieces] == [0, *ends[:-1]]
    face = Fonts(chain, smooth=True).face(Type("strong", layout.ticker_px))
    assert abs(face.size(text + "   •   ")[0] - strip.width_px) <= 4 * len(strip.pieces)


def test_only_the_zone_is_touched(chain: FontChain) -> None:
    """Painting leaves everything above the zone alone."""
    strip, layout = strip_on((384, 192), LANGUAGES[3], chain)
    panel = sdl.new_surface(384, 192)
    strip.paint(panel, strip.width_px - 1)
    strip.paint(panel, 5)
    assert ink(panel, Box(0, 0, 384, layout.ticker.y), (0, 0, 0)).width == 0


@pytest.mark.parametrize(
    ("text", "code"), [("\u200b\n ", Code.CONTENT_EMPTY), ("a" * (MAX_LETTERS + 1), Code.CONTENT_TOO_LARGE)]
)
def test_a_line_that_cannot_be_shown_is_refused(text: str, code: Code, chain: FontChain) -> None:
    """An empty line, and one without end, are refused with a code."""
    with pytest.raises(Unplayable) as caught:
        strip_on((384, 192), text, chain)
    assert caught.value.code is code
