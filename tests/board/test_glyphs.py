"""Which letters the fonts have: read from their tables, compared with what is really drawn."""

from __future__ import annotations

from pathlib import Path
from struct import pack

import pytest

from firmware_py.board import sdl
from firmware_py.board.clusters import clusters
from firmware_py.board.glyphs import REPLACEMENT, FontChain, read_coverage, runs
from firmware_py.board.layout import Box, Type, Weight
from firmware_py.board.text import Fonts
from firmware_py.core.errors import Code, Unavailable
from tests.board.samples import LANGUAGES

WEIGHTS: tuple[Weight, ...] = ("plain", "strong", "pixel")
NO_LETTER = "\U0010fffe"


def pixels(surface: sdl.Surface) -> bytes:
    """Return the pixels of a letter."""
    return sdl.to_rgb(surface, Box(0, 0, *surface.get_size()))


@pytest.mark.parametrize("text", LANGUAGES)
@pytest.mark.parametrize("weight", WEIGHTS)
def test_no_letter_of_the_languages_is_missing(chain: FontChain, text: str, weight: Weight) -> None:
    """The first font of every weight has all letters of Vietnamese, Ba Na, Xơ Đăng and Gia Rai."""
    assert chain.missing(text, weight) == ()
    assert chain.faces(weight)[0].coverage.covers(text.replace(" ", ""))


@pytest.mark.parametrize("weight", WEIGHTS)
def test_no_letter_is_drawn_as_an_empty_box(chain: FontChain, weight: Weight) -> None:
    """No letter looks like the box that the font draws for a letter it lacks."""
    path = chain.faces(weight)[0].path
    fonts = Fonts(FontChain({weight: (path,)}), smooth=False)
    face = fonts.face(Type(weight, 32))
    box = pixels(face._font(0).render(NO_LETTER, False, (255, 255, 255), (0, 0, 0)))
    for letter in {letter for text in LANGUAGES for letter in clusters(text)} - {" "}:
        assert pixels(face.draw(letter, (255, 255, 255), (0, 0, 0))) != box, letter


def test_missing_letters_are_named(chain: FontChain) -> None:
    """A letter that no font has is named, with its marks, once."""
    assert chain.missing("Ba Na \ue123 ơ̆ \ue123 \U0010ff00") == ("\ue123", "\U0010ff00")
    assert chain.missing("Bản tin số 1: «đủ chữ» → ☎ 😀\n") == ()


def test_runs_take_the_first_font_that_has_the_letter(chain: FontChain) -> None:
    """A line is cut where the font changes; blanks stay with what is before them, marks with their letter."""
    coverages = tuple(face.coverage for face in chain.faces("plain"))
    pieces = runs("gọi ☎ ơ̆ \ue123", coverages)
    assert "".join(piece for _, piece in pieces) == f"gọi ☎ ơ̆ {REPLACEMENT}"
    assert [number > 0 for number, _ in pieces] == [False, True, False]


def test_segments_with_a_table_of_glyphs(tmp_path: Path) -> None:
    """In a basic table a segment may list its glyphs; number 0 there is no glyph, and the last segment is the end."""
    lists = ((0x41, 0x43, 0, 6), (0x61, 0x62, 0xFFFF, 0), (0xFFFF, 0xFFFF, 1, 0))  # first, last, delta, offset
    lasts, firsts, deltas, offsets = (b"".join(pack(">H", row[n]) for row in lists) for n in (1, 0, 2, 3))
    body = pack(">6x H 6x", 2 * len(lists)) + lasts + bytes(2) + firsts + deltas + offsets + pack(">3H", 5, 0, 6)
    table = pack(">2H", 0, 1) + pack(">2HL", 3, 1, 12) + body
    head = pack(">4xH6x", 1) + pack(">4s4xLL", b"cmap", 28, len(table))
    (tmp_path / "small.ttf").write_bytes(head + table)
    coverage = read_coverage(str(tmp_path / "small.ttf"))
    assert [letter for letter in "@ABCDab" if letter in coverage] == ["A", "C", "a", "b"]


def test_a_font_that_is_none_is_told(tmp_path: Path) -> None:
    """A broken font file is named, with what to do."""
    path = tmp_path / "broken.ttf"
    path.write_bytes(b"no font")
    with pytest.raises(Unavailable, match=r"broken\.ttf.*install") as caught:
        read_coverage(str(path))
    assert caught.value.code is Code.GLYPH_MISSING
