"""How long it takes to lay a text out and to draw its pages, on panels of every usual size.

Six texts in five languages, each in three lengths, one after the other, as a board shows them that has been on for a
while: the last few sizes of its fonts are open. What counts is the time of the processor for each page that comes of a
text, for the text in the middle and for the worst. Beside it is Pillow, which breaks the same text into lines with the
same font (Raqm, so that marks are placed), at the size that ours had to find first.
"""

from __future__ import annotations

import statistics
import time
from typing import NamedTuple

from PIL import ImageFont

from benchmarks.report import Report, Row, machine
from firmware_py.board.deck import text_recipes
from firmware_py.board.fit import TextPage, fit_text
from firmware_py.board.glyphs import FontChain
from firmware_py.board.layout import Layout, is_smooth, lay_out
from firmware_py.board.look import Look
from firmware_py.board.steps import finish
from firmware_py.board.text import Fonts
from tests.board.samples import LANGUAGES, NOTICE

PANELS = ((384, 192), (1080, 1920), (1920, 1080), (3840, 2160))
LENGTHS = (1, 8, 60)
ROUNDS = 3
TARGET_MS = 5.0


class Times(NamedTuple):
    """Milliseconds a page of one text: to lay out, to draw, and of the peer to break the same lines."""

    lay_out: float
    draw: float
    peer: float


def run() -> Report:
    """Return the times of the text in the middle and of the worst on each panel."""
    chain = FontChain()
    rows: list[Row] = []
    for size in PANELS:
        times = _times(size, chain)
        name = f"{size[0]}×{size[1]}"
        target = TARGET_MS if size == (1920, 1080) else None
        for which, pick in (("median", statistics.median), ("worst", max)):
            lay_out_ms, draw_ms, peer_ms = (pick(column) for column in zip(*times, strict=True))
            rows.append(_row(f"lay out a page, {name}, {which} text", lay_out_ms, peer_ms, target))
            rows.append(_row(f"draw a page, {name}, {which} text", draw_ms, None, None))
    return {"name": "pages", "machine": machine(), "rows": rows}


def _times(size: tuple[int, int], chain: FontChain) -> list[Times]:
    """Return the median times of each text in rounds through all of them, after one that warms up."""
    layout, fonts = lay_out(*size, main=True, ticker=True), Fonts(chain, smooth=is_smooth(*size))
    texts = [" ".join([text] * length) for text in (*LANGUAGES, NOTICE) for length in LENGTHS]
    rounds = [[_time(text, layout, fonts, chain) for text in texts] for _ in range(1 + ROUNDS)][1:]
    return [
        Times(*(statistics.median(column) for column in zip(*each, strict=True))) for each in zip(*rounds, strict=True)
    ]


def _time(text: str, layout: Layout, fonts: Fonts, chain: FontChain) -> Times:
    begin_s = time.process_time()
    pages = finish(fit_text("Thông báo", text, layout.text, layout.menu, fonts))
    laid_s = time.process_time()
    for recipe in text_recipes(1, pages, layout, Look(), fonts):
        finish(recipe())
    drawn_s = time.process_time()
    peer_s = _peer_s(text, pages, layout, chain)
    return Times(*(1000 * seconds / len(pages) for seconds in (laid_s - begin_s, drawn_s - laid_s, peer_s)))


def _peer_s(text: str, pages: tuple[TextPage, ...], layout: Layout, chain: FontChain) -> float:
    """Return the time to break a text into lines, each as long as it can be, with one measure for each word."""
    px, path = pages[0].rows[-1].kind.px, chain.faces("plain")[0].path
    font = ImageFont.truetype(path, px, layout_engine=ImageFont.Layout.RAQM)
    begin_s = time.process_time()
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        line = longer if font.getlength(longer) <= layout.text.width else word
    return time.process_time() - begin_s


def _row(what: str, ours: float, peer: float | None, target: float | None) -> Row:
    return {
        "what": what,
        "unit": "ms",
        "ours": round(ours, 2),
        "peer_name": "Pillow, line breaks only" if peer else "",
        "peer": round(peer, 2) if peer else None,
        "ratio": round(ours / peer, 2) if peer else None,
        "target": target,
        "ok": None if target is None else ours <= target,
    }
