"""PDF files, the usual form of a public notice, to pages for a zone. The only module that knows PDFium.

A page is shown whole where it fills three quarters of the zone's width; a narrower one in parts as wide as the zone,
from top to bottom, each beginning with the last lines of the one before. Pages are packed: letters on white take a
hundredth of their pixels, and a board has one page on its panel but keeps all of them ready.

PDFium is built without JavaScript and forms: a document cannot do anything. It runs where `pictures` does.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from math import ceil
from pathlib import Path

import pypdfium2 as pdfium

from firmware_py.board.visual import Leaf
from firmware_py.core.errors import Code, Unplayable

SIGNATURE = b"%PDF"
MAX_PAGES = 40
MAX_PARTS = 12
MEMORY_BYTES = 32 << 20

_WHOLE_SHARE = 0.75
_OVERLAP = 0.08
_PACKING = 6
_BYTES_A_PIXEL = 3


def write_leaves(
    path: str, zone: tuple[int, int], write: Callable[[bytes], object]
) -> tuple[tuple[int, int], tuple[Leaf, ...]]:
    """Write the pages of a document for a zone, each packed RGB; return the paper's size in points, and the leaves.

    Raises `Unplayable` when the document cannot be shown.
    """
    name = Path(path).name
    leaves: list[Leaf] = []
    try:
        with closing(pdfium.PdfDocument(path)) as document:
            _refuse_endless(name, len(document))
            for number in range(len(document)):
                for size, pixels in _parts(document[number], zone, name):
                    packed = zlib.compress(pixels, _PACKING)
                    leaves.append(Leaf(*size, len(packed)))
                    _refuse_heavy(name, leaves)
                    write(packed)
            paper_pt = document[0].get_size()
    except pdfium.PdfiumError as error:
        raise Unplayable(Code.CONTENT_UNREADABLE, f"{name}: {_reason(error)}") from error
    return (round(paper_pt[0]), round(paper_pt[1])), tuple(leaves)


def _parts(page: pdfium.PdfPage, zone: tuple[int, int], name: str) -> Iterator[tuple[tuple[int, int], bytes]]:
    """Yield the size and pixels of a page, or of its parts."""
    width_pt, height_pt = page.get_size()
    if width_pt <= 0 or height_pt <= 0:
        raise Unplayable(Code.CONTENT_UNREADABLE, f"{name}: a page without width or height; make the document again")
    whole = min(zone[0] / width_pt, zone[1] / height_pt)
    if whole * width_pt >= zone[0] * _WHOLE_SHARE:
        yield _drawn(page, whole, zone, 0.0, 0.0)
        return
    scale = zone[0] / width_pt
    shown_pt = zone[1] / scale
    step_pt = shown_pt * (1 - _OVERLAP)
    count = ceil((height_pt - shown_pt) / step_pt) + 1
    if count > MAX_PARTS:
        what = f"a page of {width_pt:.0f}×{height_pt:.0f} points would take {count} pictures, at most {MAX_PARTS}"
        raise Unplayable(Code.CONTENT_TOO_LARGE, f"{name}: {what}; use paper of a usual size")
    for number in range(count):
        above_pt = min(number * step_pt, height_pt - shown_pt)
        yield _drawn(page, scale, zone, above_pt, height_pt - above_pt - shown_pt)


def _drawn(
    page: pdfium.PdfPage, scale: float, zone: tuple[int, int], above_pt: float, below_pt: float
) -> tuple[tuple[int, int], bytes]:
    """Return size and RGB pixels of what is left of a page when so much is cut off above and below."""
    crop = (0.0, max(0.0, below_pt), 0.0, max(0.0, above_pt))
    bitmap = page.render(scale=scale, crop=crop, rev_byteorder=True)
    # PDFium rounds up; what lies beside the zone belongs to its neighbours.
    width, height = min(bitmap.width, zone[0]), min(bitmap.height, zone[1])
    rows, used = bytes(bitmap.buffer), width * _BYTES_A_PIXEL
    starts = range(0, height * bitmap.stride, bitmap.stride)
    return (width, height), b"".join(rows[start : start + used] for start in starts)


def _refuse_endless(name: str, pages: int) -> None:
    if pages > MAX_PAGES:
        what = f"{pages} pages, at most {MAX_PAGES} are shown"
        raise Unplayable(Code.CONTENT_TOO_LARGE, f"{name}: {what}; take out what nobody reads while standing")
    if not pages:
        raise Unplayable(Code.CONTENT_EMPTY, f"{name}: a document without pages; make it again")


def _refuse_heavy(name: str, leaves: list[Leaf]) -> None:
    if sum(leaf.size for leaf in leaves) > MEMORY_BYTES:
        what = f"more than {MEMORY_BYTES >> 20} MB of pictures after {len(leaves)} pages or parts"
        raise Unplayable(Code.CONTENT_TOO_LARGE, f"{name}: {what}; save it as text instead of scanning it")


def _reason(error: pdfium.PdfiumError) -> str:
    if "password" in str(error).lower():
        return "the document is encrypted; save it without a password"
    return f"{error}; save the document anew"
