"""Text in its zone: as large as it can be, whole, and nowhere over the edge, by the pixels."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from firmware_py.board import sdl
from firmware_py.board.clean import displayable, is_mark
from firmware_py.board.clusters import clusters
from firmware_py.board.deck import text_recipes
from firmware_py.board.fit import MAX_LETTERS, TextPage, fit_text
from firmware_py.board.glyphs import FontChain
from firmware_py.board.layout import Box, Layout, Type, is_smooth, lay_out
from firmware_py.board.look import Look
from firmware_py.board.steps import finish
from firmware_py.board.text import Fonts
from firmware_py.core.errors import Code, Unplayable
from firmware_py.core.messages import Flow
from tests.board.samples import BA_NA, CAPITALS, LANGUAGES, NOTICE, SIZES, ink, inside

LOOK = Look()


def place(size: tuple[int, int], chain: FontChain, *, ticker: bool = True) -> tuple[Layout, Fonts]:
    """Return the layout of a panel with an item, and its fonts."""
    return lay_out(*size, main=True, ticker=ticker), Fonts(chain, smooth=is_smooth(*size))


def pages_of(title: str, body: str, layout: Layout, fonts: Fonts) -> tuple[TextPage, ...]:
    """Return the pages of a text."""
    return finish(fit_text(title, body, layout.text, layout.menu, fonts))


def words_of(pages: tuple[TextPage, ...], role: str) -> list[str]:
    """Return the words of all rows of a role, in order."""
    return [word for page in pages for row in page.rows if row.role == role for word in row.text.split()]


def assert_within_zone(pages: tuple[TextPage, ...], layout: Layout, fonts: Fonts) -> None:
    """Draw all pages; nothing may be outside of the text zone, and nothing may be empty."""
    for recipe in text_recipes(1, pages, layout, LOOK, fonts):
        panel = sdl.new_surface(layout.panel.width, layout.panel.height)
        drawn = finish(recipe())
        panel.fill(LOOK.ground)
        for part in drawn.parts:
            panel.blit(part.surface, (part.x, part.y))
        found = ink(panel, layout.panel, LOOK.ground)
        assert found.visible
        assert inside(found, layout.text)


@pytest.mark.parametrize("size", [*SIZES, (96, 48), (64, 24)])
@pytest.mark.parametrize("text", [*LANGUAGES, NOTICE])
def test_everything_is_shown_inside_the_zone(size: tuple[int, int], text: str, chain: FontChain) -> None:
    """Every word of title and text is on some page, and no pixel leaves the zone."""
    layout, fonts = place(size, chain)
    pages = pages_of("Thông báo Ế Ặ", text, layout, fonts)
    assert "".join(words_of(pages, "body")) == "".join(text.split())
    assert ["Thông", "báo", "Ế", "Ặ"][0] in words_of(pages, "title")[0]
    assert_within_zone(pages, layout, fonts)


letters = st.sampled_from([letter for text in LANGUAGES for letter in clusters(text)] + [" ", "\n"])


@settings(max_examples=60)
@given(st.sampled_from(SIZES), st.lists(letters, min_size=1, max_size=250).map("".join), st.booleans())
def test_random_text_stays_inside(chain: FontChain, size: tuple[int, int], text: str, titled: bool) -> None:  # noqa: FBT001 - generated
    """Whatever is written, pages hold it whole and inside the zone."""
    shown = displayable(text)
    if not shown.strip():
        return
    layout, fonts = place(size, chain)
    pages = pages_of("Tin ơ̆" if titled else "", text, layout, fonts)
    assert "".join(words_of(pages, "body")) == "".join(shown.split())
    assert_within_zone(pages, layout, fonts)


anything = st.text(st.characters(codec="utf-8"), max_size=120) | st.lists(letters, max_size=120).map("".join)


@settings(max_examples=80)
@given(st.sampled_from(SIZES), anything, anything, st.sampled_from(("pages", "scroll")), st.sampled_from((0, 30)))
def test_no_letter_is_lost_doubled_or_cut(
    chain: FontChain, size: tuple[int, int], title: str, body: str, flow: Flow, least_px: int
) -> None:
    """Of any text each letter is on one page, with its marks, and no row begins with a mark.

    A title that has room above each page is repeated on each of them, whole.
    """
    layout, fonts = lay_out(*size, main=True, ticker=False, least_px=least_px), Fonts(chain, smooth=is_smooth(*size))
    if not displayable(title) and not displayable(body):
        return
    pages = finish(fit_text(title, body, layout.text, layout.menu, fonts, flow))
    assert letters_of(words_of(pages, "body")) == letters_of(displayable(body).split())
    heads = ["".join(row.text for row in page.rows if row.role == "title") for page in pages]
    told = "".join(displayable(title).split())
    assert "".join("".join(heads).split()) == told * (len(pages) if all(heads) and displayable(body) else 1)
    assert not any(is_mark(row.text[0]) for page in pages for row in page.rows if row.text)
    if flow == "pages":
        assert all(page.height_px <= layout.text.height or len(page.rows) == 1 for page in pages)
    assert all(
        fonts.face(row.kind).width(row.text) <= layout.text.width or len(clusters(row.text)) == 1
        for page in pages
        for row in page.rows
    )


def letters_of(words: list[str]) -> list[str]:
    """Return the letters of words, each with its marks."""
    return [letter for word in words for letter in clusters(word)]


@pytest.mark.parametrize("weight", ["plain", "strong"])
@pytest.mark.parametrize("px", [24, 60, 120])
def test_marks_are_as_high_as_another_renderer_draws_them(weight: str, px: int, chain: FontChain) -> None:
    """Letters with stacked marks are not cut: another text engine (Raqm) gives the same height of ink."""
    face = Fonts(chain, smooth=True).face(Type(weight, px))  # type: ignore[arg-type]  # one of the weights
    font = ImageFont.truetype(chain.faces(weight)[0].path, px, layout_engine=ImageFont.Layout.RAQM)  # type: ignore[arg-type]
    for letter in clusters(CAPITALS.replace(" ", "") + "ẤẦẨẪẬêgợ"):
        drawn = face.draw(letter, (255, 255, 255), (0, 0, 0))
        height_px = ink(drawn, Box(0, 0, *drawn.get_size()), (0, 0, 0)).height
        other = Image.new("L", (4 * px, 4 * px))
        ImageDraw.Draw(other).text((px, px), letter, font=font, fill=255)
        left, top, right, bottom = other.getbbox() or (0, 0, 0, 0)
        assert right > left
        assert abs(height_px - (bottom - top)) <= 2, letter


def test_rows_do_not_overlap(chain: FontChain) -> None:
    """Every row ends where the next begins or before, though rows with stacked marks are higher."""
    layout, fonts = place((1920, 1080), chain)
    (recipe,) = text_recipes(
        1, pages_of("Ê̆ Ặ", "\n".join((CAPITALS, NOTICE[:60], CAPITALS)), layout, fonts), layout, LOOK, fonts
    )
    parts = finish(recipe()).parts
    assert len(parts) >= 4
    assert len({part.surface.get_height() for part in parts[1:]}) > 1
    assert all(above.y + above.surface.get_height() <= below.y for above, below in pairwise(parts))


def test_fonts_of_one_line_stand_on_one_baseline(chain: FontChain) -> None:
    """A letter from a font that stands in has its foot where its neighbour has it."""
    paths = [face.path for face in chain.faces("plain")]
    pair = FontChain({"plain": (paths[0], next(path for path in paths if path.endswith("unifont.otf")))})
    line = Fonts(pair, smooth=True).face(Type("plain", 64)).draw("AＡ", (255, 255, 255), (0, 0, 0))
    half = line.get_width() // 2
    feet = [ink(line, Box(x, 0, half, line.get_height()), (0, 0, 0)).bottom for x in (0, half)]
    assert abs(feet[0] - feet[1]) <= 2


def test_short_text_is_larger_than_long(chain: FontChain) -> None:
    """The largest size that fits is taken: less text, larger letters; too much text, the comfortable size."""
    layout, fonts = place((1920, 1080), chain)
    sizes = [pages_of("", body, layout, fonts)[0].rows[0].kind.px for body in ("Họp thôn", NOTICE, NOTICE * 8)]
    assert sizes[0] == layout.menu.single[0].px
    assert sizes[0] > sizes[1] > layout.menu.single[-1].px
    assert sizes[2] == layout.menu.paged.px


def test_one_page_is_not_larger_than_needed(chain: FontChain) -> None:
    """At the next larger size the text would not have fitted on one page."""
    layout, fonts = place((1920, 1080), chain)
    (page,) = pages_of("Lịch tiêm", NOTICE, layout, fonts)
    sizes = layout.menu.single
    larger = sizes[sizes.index(page.rows[-1].kind) - 1]
    menu = type(layout.menu)((larger,), larger)
    assert len(finish(fit_text("Lịch tiêm", NOTICE, layout.text, menu, fonts))) > 1


def test_pages_repeat_the_title_and_are_equally_full(chain: FontChain) -> None:
    """Every page of a long text shows its title, and none has only a line or two."""
    layout, fonts = place((1920, 1080), chain)
    pages = pages_of("Lịch tiêm", NOTICE * 6, layout, fonts)
    assert len(pages) > 2
    assert all(page.rows[0].role == "title" for page in pages)
    counts = [len(page.rows) for page in pages]
    assert max(counts) - min(counts) <= max(2, len(pages) - 1)


def test_strip_shows_title_and_text_on_pages_of_their_own(chain: FontChain) -> None:
    """Where title and text have no room together, the title comes first, alone."""
    layout, fonts = place((160, 32), chain)
    pages = pages_of("Lịch tiêm", NOTICE, layout, fonts)
    assert {row.role for row in pages[0].rows} == {"title"}
    assert {row.role for page in pages[1:] for row in page.rows} == {"body"}


def test_small_panel_uses_the_pixel_font_only_where_marks_stay_apart(chain: FontChain) -> None:
    """Unifont would draw ê and a breve over one another, so such text is set in Noto Sans on strips too."""
    layout, fonts = place((160, 32), chain)
    weights = [
        {row.kind.weight for page in pages_of("", text, layout, fonts) for row in page.rows} for text in (NOTICE, BA_NA)
    ]
    assert weights == [{"pixel"}, {"plain"}]


@pytest.mark.parametrize("size", SIZES)
def test_one_word_of_ten_thousand_letters(size: tuple[int, int], chain: FontChain) -> None:
    """A word without end is broken between letters and shown whole."""
    layout, fonts = place(size, chain)
    pages = pages_of("", "ơ̆" * 2_000 + "m" * 8_000, layout, fonts)
    assert "".join(words_of(pages, "body")) == "ơ̆" * 2_000 + "m" * 8_000


@pytest.mark.parametrize("size", SIZES)
def test_a_thousand_marks_on_one_letter(size: tuple[int, int], chain: FontChain) -> None:
    """Marks piled up on one letter do not cover the board."""
    layout, fonts = place(size, chain)
    assert_within_zone(pages_of("", "a" + "\u0306" * 1_000, layout, fonts), layout, fonts)


@pytest.mark.parametrize(
    ("title", "body", "code"),
    [
        ("", "", Code.CONTENT_EMPTY),
        ("\u200b", " \n ", Code.CONTENT_EMPTY),
        ("", "a " * MAX_LETTERS, Code.CONTENT_TOO_LARGE),
    ],
)
def test_text_that_cannot_be_shown_is_refused(title: str, body: str, code: Code, chain: FontChain) -> None:
    """Nothing to show, or far too much of it, is refused with a code."""
    layout, fonts = place((384, 192), chain)
    with pytest.raises(Unplayable) as caught:
        pages_of(title, body, layout, fonts)
    assert caught.value.code is code
