"""Where lines break."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from firmware_py.board.clean import displayable
from firmware_py.board.clusters import clusters, wrap, wrap_evenly
from tests.board.samples import LANGUAGES

letters = st.sampled_from(sorted(set("".join(LANGUAGES)) - {" "}))
words = st.lists(letters, min_size=1, max_size=30).map("".join).map(displayable).filter(lambda word: " " not in word)
texts = st.lists(words, min_size=1, max_size=12).map(" ".join)


def measure(text: str) -> int:
    """Return a width: 10 for a letter, nothing for its marks; two that stand together kern, closer or wider."""
    return 10 * len(clusters(text)) + 4 * max(0, len(text.split(" ")) - 1) * (text != " ") - 2 * text.count("ua")


@given(texts, st.integers(10, 300))
def test_breaking_keeps_all_letters_and_their_marks(text: str, width: int) -> None:
    """Lines put together are the text again, letter by letter: no mark was parted from its base."""
    lines = list(wrap(text, width, measure))
    assert [letter for line in lines for letter in clusters(line) if letter != " "] == [
        letter for letter in clusters(text) if letter != " "
    ]
    assert not any(unicodedata.combining(line[0]) for line in lines)


@given(texts, st.integers(10, 300))
def test_no_line_is_wider_than_the_zone(text: str, width: int) -> None:
    """Every line fits by the measure of the whole line."""
    assert all(measure(line) <= width for line in wrap(text, width, measure))


@given(texts, st.integers(10, 300))
def test_lines_are_filled(text: str, width: int) -> None:
    """The first piece of a line would not have fitted on the line before."""
    lines = list(wrap(text, width, measure))
    for before, after in pairwise(lines):
        assert measure(f"{before} {after.split(' ')[0]}") > width or measure(after.split(" ")[0]) >= width - 10


@given(texts, st.integers(10, 300))
def test_words_that_fit_stay_whole(text: str, width: int) -> None:
    """A word is only broken when it is wider than a line."""
    found = {word for line in wrap(text, width, measure) for word in line.split(" ")}
    assert all(word in found for word in text.split(" ") if measure(word) <= width)


@given(texts, st.integers(10, 300))
def test_even_lines_are_as_many(text: str, width: int) -> None:
    """Evening lines out adds none and makes none wider than the zone."""
    even = wrap_evenly(text, width, measure)
    assert len(even) == len(list(wrap(text, width, measure)))
    assert all(measure(line) <= width for line in even)


def test_even_lines_leave_no_word_over() -> None:
    """The last line is not one short word below a full one."""
    assert wrap_evenly("Bảng tin điện tử xã Đăk Tô", 240, measure) == ("Bảng tin điện", "tử xã Đăk Tô")


def test_a_letter_wider_than_the_line_stands_alone() -> None:
    """A zone narrower than a letter still ends, with a letter on each line."""
    assert list(wrap("ê̆ô̆", 3, measure)) == ["ê̆", "ô̆"]


def test_one_word_of_ten_thousand_letters() -> None:
    """A word without end breaks into full lines."""
    lines = list(wrap("ơ̆" * 10_000, 400, measure))
    assert [len(clusters(line)) for line in lines] == [40] * 250


def test_flags_skins_and_foreign_vowels_stay_whole() -> None:
    """The two letters of a flag, an emoji with its skin and a Lao vowel that is never alone are one letter each."""
    assert clusters("🇻🇳🇱🇦") == ["🇻🇳", "🇱🇦"]
    assert clusters(displayable("👍🏽 ê̆")) == ["👍🏽", " ", "ê̆"]
    assert clusters("ນຳ") == ["ນຳ"]
