"""How long it takes to lay a text out and to draw its pages, on panels of every usual size.

Nothing of a board's other work is measured: one text in five languages and in three lengths, fitted and broken into
pages (`lay out`, per page that comes of it), and each page drawn (`draw`). Beside it is Pillow, which breaks the same
text by the width of every line with the same font (Raqm, so that marks are placed), at the size that ours chose.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

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
ROUNDS = 5
TARGET_MS = 5.0


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds a page: to lay out, to draw, and of the peer to break the same lines."""

    lay_out: tuple[float, ...]
    draw: tuple[float, ...]
    peer: tuple[float, ...]


def run() -> Report:
    """Return the worst text's median time a page on each panel."""
    chain = FontChain()
    rows: list[Row] = []
    for size in PANELS:
        times = _times(size, chain)
        name = f"{size[0]}×{size[1]}"
        target = TARGET_MS if size == (1920, 1080) else None
        rows.append(_row(f"lay out a page, {name}", max(times.lay_out), max(times.peer), target))
        rows.append(_row(f"draw a page, {name}", max(times.draw), None, None))
    return {"name": "pages", "machine": machine(), "rows": rows}


def _times(size: tuple[int, int], chain: FontChain) -> Times:
    layout = lay_out(*size, main=True, ticker=True)
    results: list[tuple[float, float, float]] = []
    for text in (*LANGUAGES, NOTICE):
        for length in LENGTHS:
            long = " ".join([text] * length)
            fonts = Fonts(chain, smooth=is_smooth(*size))
            pages = _laid_out(long, layout, fonts)
            lay_ms = statistics.median(_lay_ms(long, layout, chain, size) for _ in range(ROUNDS)) / len(pages)
            draw_ms = statistics.median(_draw_ms(pages, layout, fonts) for _ in range(ROUNDS)) / len(pages)
            peer_ms = statistics.median(_peer_ms(long, pages, layout, chain) for _ in range(ROUNDS)) / len(pages)
            results.append((lay_ms, draw_ms, peer_ms))
    lay, draw, peer = zip(*results, strict=True)
    return Times(lay, draw, peer)


def _laid_out(text: str, layout: Layout, fonts: Fonts) -> tuple[TextPage, ...]:
    return finish(fit_text("Thông báo", text, layout.text, layout.menu, fonts))


def _lay_ms(text: str, layout: Layout, chain: FontChain, size: tuple[int, int]) -> float:
    """Return the time to lay a text out with fonts that remember nothing of it but are open."""
    fonts = Fonts(chain, smooth=is_smooth(*size))
    _laid_out("Bà con", layout, fonts)
    begin_s = time.perf_counter()
    _laid_out(text, layout, fonts)
    return (time.perf_counter() - begin_s) * 1000


def _draw_ms(pages: tuple[TextPage, ...], layout: Layout, fonts: Fonts) -> float:
    recipes = text_recipes(1, pages, layout, Look(), fonts)
    begin_s = time.perf_counter()
    for recipe in recipes:
        finish(recipe())
    return (time.perf_counter() - begin_s) * 1000


def _peer_ms(text: str, pages: tuple[TextPage, ...], layout: Layout, chain: FontChain) -> float:
    """Return the time to break a text into lines, each as long as it can be, with one measure for each word."""
    px, path = pages[0].rows[-1].kind.px, chain.faces("plain")[0].path
    font = ImageFont.truetype(path, px, layout_engine=ImageFont.Layout.RAQM)
    begin_s = time.perf_counter()
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        line = longer if font.getlength(longer) <= layout.text.width else word
    return (time.perf_counter() - begin_s) * 1000


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
