"""PDF files: pages whole or in parts, in their order; what is broken, locked or endless is named."""

from __future__ import annotations

import zlib
from itertools import pairwise
from pathlib import Path

import pytest

from firmware_py.board.decoder import Decoded, decode
from firmware_py.board.document import MAX_PAGES
from firmware_py.board.glyphs import FontChain
from firmware_py.board.layout import lay_out
from firmware_py.board.visual import Document, PackedPage, Wanted
from firmware_py.core.content import Facts, Flaw
from firmware_py.core.errors import Code
from firmware_py.core.messages import Now as Order
from firmware_py.core.messages import Started
from firmware_py.core.units import SECOND
from tests.board.bench import Bench, T
from tests.board.board_process import item
from tests.board.samples import band, write_pdf
from tests.board.test_pictures import probed

A4 = (595, 842)
LED = (384, 192)


def pages(path: Path, zone: tuple[int, int]) -> tuple[PackedPage, ...]:
    """Return the pages of a document for a zone."""
    visual = decode(Wanted(str(path), *zone, "contain"))
    assert isinstance(visual, Document)
    return visual.pages


def pixels(page: PackedPage) -> bytes:
    """Return the pixels of a page."""
    return zlib.decompress(page.packed)


def grey(page: PackedPage, row: int) -> int:
    """Return how light the middle of a row is."""
    return pixels(page)[3 * (row * page.width_px + page.width_px // 2)]


def test_a_page_of_paper_on_a_high_board_is_whole(tmp_path: Path) -> None:
    """A4 on a board as high as paper is one picture, white where nothing is drawn, the right way up."""
    write_pdf(tmp_path / "a.pdf", [(*A4, band(0.0, 595, 842, 800))])
    facts = probed(tmp_path / "a.pdf")
    assert isinstance(facts, Facts)
    assert (facts.width, facts.height, facts.format) == (*A4, "PDF")
    (page,) = pages(tmp_path / "a.pdf", (1080, 1600))
    assert (page.width_px, page.height_px) == (1080, 1529)
    assert (grey(page, 20), grey(page, 1500)) == (0, 255)


def test_a_page_of_paper_on_a_wide_board_comes_in_parts(tmp_path: Path) -> None:
    """Parts are as wide as the zone and show all of the page from top to bottom, each with the last lines before it."""
    greys = [n / 40 for n in range(40)]
    bands = "".join(band(each, 595, 842 - n * 21, 842 - (n + 1) * 21) for n, each in enumerate(greys))
    write_pdf(tmp_path / "a.pdf", [(*A4, bands)])
    parts = pages(tmp_path / "a.pdf", (1200, 543))
    assert {part.width_px for part in parts} == {1200}
    assert all(542 <= part.height_px <= 543 for part in parts)
    seen = [[round(grey(part, row) * 40 / 255) for row in range(5, 540, 20)] for part in parts]
    assert seen[0][0] == 0
    assert max(seen[-1]) >= 39
    for above, below in pairwise(seen):
        assert below[0] < above[-1] <= below[-1]


def test_pages_come_in_their_order(chain: FontChain, tmp_path: Path) -> None:
    """The board turns the pages of a document, each in its time, with the marks that say which one it is."""
    write_pdf(tmp_path / "a.pdf", [(400, 150, band(grey, 400, 150, 0)) for grey in (0.2, 0.5, 0.8)])
    bench = Bench(chain, LED)
    bench.order(Order("main", item(1, start_us=T, seconds=600, kind="image", path=str(tmp_path / "a.pdf"))))
    (wanted,) = bench.decoder.started
    bench.show.receive(Decoded(wanted, decode(wanted)))
    bench.prepare()
    zone = lay_out(*LED, main=True, ticker=False).main
    place = 3 * ((zone.y + zone.height // 2) * LED[0] + LED[0] // 2)
    seen = []
    for n in range(4):
        bench.run_to(T + (16 * n + 1) * SECOND)
        seen.append(bench.frames.presented[-1][place])
    assert seen in ([51, 128, 204, 51], [51, 127, 204, 51])
    assert bench.of(Started) == [1]


def test_scripts_are_nothing(tmp_path: Path) -> None:
    """A document that would run a program when it is opened is a picture like any other."""
    script = "/OpenAction << /S /JavaScript /JS (while \\(true\\) {}) >>"
    write_pdf(tmp_path / "a.pdf", [(*A4, band(0.0, 595, 842, 800))], catalogue=script)
    assert isinstance(probed(tmp_path / "a.pdf"), Facts)


LOCKED = f"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <{'41' * 32}> /U <{'42' * 32}> >> /ID [<4142> <4142>]"


def write_bad(path: Path) -> None:
    """Write the document that its name tells."""
    line = band(0.0, 100, 100, 50)
    if path.name == "locked.pdf":
        write_pdf(path, [(*A4, line)], trailer=LOCKED)
    elif path.name == "endless.pdf":
        write_pdf(path, [(*A4, line)] * 5_000)
    elif path.name == "roll.pdf":
        write_pdf(path, [(100, 14_000, line)])
    elif path.name == "none.pdf":
        write_pdf(path, [])
    elif path.name == "cut.pdf":
        path.write_bytes(b"%PDF-1.7\n1 0 obj\n<<")


@pytest.mark.parametrize(
    ("name", "code", "word"),
    [
        ("locked.pdf", Code.CONTENT_UNREADABLE, "password"),
        ("endless.pdf", Code.CONTENT_TOO_LARGE, f"5000 pages, at most {MAX_PAGES}"),
        ("roll.pdf", Code.CONTENT_TOO_LARGE, "100×14000 points"),
        ("none.pdf", Code.CONTENT_UNREADABLE, "none.pdf"),
        ("cut.pdf", Code.CONTENT_UNREADABLE, "cut.pdf"),
    ],
)
def test_documents_that_cannot_be_shown_are_named(tmp_path: Path, name: str, code: Code, word: str) -> None:
    """What is encrypted, endless, of paper like a roll, without a page or cut off is refused with what to do."""
    write_bad(tmp_path / name)
    flaw = probed(tmp_path / name)
    assert isinstance(flaw, Flaw)
    assert flaw.code is code
    assert word in flaw.detail
    assert "; " in flaw.detail
