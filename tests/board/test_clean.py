"""Text as it may be drawn."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_py.board.clean import MAX_MARKS, displayable, is_mark
from tests.board.samples import LANGUAGES


@pytest.mark.parametrize("text", LANGUAGES)
def test_languages_stay_as_they_are(text: str) -> None:
    """Text in composed letters is not touched, and decomposed text comes out the same."""
    assert displayable(text) == text
    assert displayable(unicodedata.normalize("NFD", text)) == text


@pytest.mark.parametrize(
    ("received", "shown"),
    [
        ("một\r\nhai\rba\u2028bốn", "một\nhai\nba\nbốn"),
        ("a\tb\u3000c", "a b c"),
        ("17\u202f000\u00a0đồng", "17\u00a0000\u00a0đồng"),
        ("mật \u202eđảo\u202c ngược", "mật đảo ngược"),
        ("vô\u200b hình\ufeff\u00ad", "vô hình"),
        ("\x1b[31mđỏ\x07\x00", "[31mđỏ"),
        ("❤\ufe0f", "❤"),
        ("\n\n  hai dòng \n\n", "hai dòng"),
        ("e\u200d\u0301", "é"),
    ],
)
def test_what_cannot_be_seen_is_taken_out(received: str, shown: str) -> None:
    """Controls, tricks of direction and width, and odd blanks leave readable text."""
    assert displayable(received) == shown


def test_marks_are_limited() -> None:
    """A thousand marks on one letter become a few."""
    assert displayable("x" + "\u0306" * 1000 + "y") == "x" + "\u0306" * MAX_MARKS + "y"


def test_marks_without_a_letter_get_a_blank() -> None:
    """A mark at the beginning or after a space does not land on something else."""
    assert displayable("\u0306a \u0306b") == "\u00a0\u0306a \u00a0\u0306b"


@given(st.text(st.characters(codec="utf-16", categories=("L", "M", "N", "P", "S", "Z", "C")), max_size=60))
def test_result_is_settled_and_visible(text: str) -> None:
    """What comes out is NFC, has no controls, and comes out the same again."""
    shown = displayable(text)
    assert unicodedata.is_normalized("NFC", shown)
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in shown.replace("\n", ""))
    assert displayable(shown) == shown
    assert not any(map(is_mark, shown[:1]))
