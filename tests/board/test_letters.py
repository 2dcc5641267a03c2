"""What of a text people could not read: found, named, told once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_py.board.glyphs import FontChain
from firmware_py.board.letters import Letters, unreadable
from firmware_py.core.errors import Code
from firmware_py.core.legacy import legacy_font
from tests.board.samples import LANGUAGES, NOTICE

TCVN3 = "Céng hßa x· héi chñ nghÜa ViÖt Nam: ñy ban nh©n d©n x· th«ng b¸o lÞch tiªm v¾c xin"
VNI = "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam: uûy ban nhaân daân xaõ thoâng baùo lòch tieâm vaéc xin"


@pytest.mark.parametrize(("text", "font"), [(TCVN3, "TCVN3"), (VNI, "VNI")])
def test_text_of_an_old_font_is_named(chain: FontChain, text: str, font: str) -> None:
    """Text in the coding of an old Vietnamese font is told with its name and what to do."""
    assert legacy_font(text) == font
    ((code, detail),) = unreadable(text, chain)
    assert code is Code.LEGACY_FONT
    assert font in detail
    assert "convert it to Unicode" in detail


FOREIGN = ("", "Wi-Fi 5 GHz ±3 °C", "Thong bao khong dau", "Où est l'hôtel de l'été ?", "Größe: 5 µm")


@pytest.mark.parametrize("text", [*LANGUAGES, NOTICE, *FOREIGN])
def test_text_that_is_what_it_looks_like(text: str) -> None:
    """Vietnamese and the languages of the province, plain letters, signs and other languages raise no suspicion."""
    assert legacy_font(text) is None


@given(st.text())
def test_any_text_has_an_answer(text: str) -> None:
    """Whatever a text is made of, the answer is a name or none; real Vietnamese letters always mean none."""
    assert legacy_font(text) in {None, "TCVN3", "VNI"}
    assert legacy_font(text + " được") is None


def test_letters_without_a_font_are_named(chain: FontChain) -> None:
    """Letters that would be empty boxes are named with their code points."""
    ((code, detail),) = unreadable("Ba Na \ue123", chain)
    assert code is Code.GLYPH_MISSING
    assert "U+E123" in detail


def test_a_text_is_told_of_once(chain: FontChain) -> None:
    """A bulletin that comes again and again is told of once, until its text is another one."""
    told: list[str] = []
    letters = Letters(chain, lambda _code, detail: told.append(detail))
    for text in (VNI, VNI, NOTICE, VNI + " 2"):
        letters.look_at("b1", text)
    assert len(told) == 2
    assert all(detail.startswith("b1: ") for detail in told)
