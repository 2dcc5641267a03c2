"""Notices for the tests, and ways to look at the pixels of their pages."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args
from zoneinfo import ZoneInfo

from PIL import Image

from firmware_py.board import sdl
from firmware_py.board.glyphs import FontChain
from firmware_py.board.layout import is_smooth
from firmware_py.board.notice import NoticePages, build_notice
from firmware_py.board.sdl import Colour
from firmware_py.board.steps import finish
from firmware_py.board.text import Fonts
from firmware_py.core.messages import Item, Notice, NoticeText, Style
from firmware_py.core.units import WallUs
from tests.board.board_process import item
from tests.board.samples import BA_NA

STYLES: tuple[Style, ...] = get_args(Style)
ADVICE = "Bà con thôn Kon Tu, Đăk Rao rời ngay lên điểm cao: nhà rông, trường học. Không qua ngầm tràn. Gọi 112."
VIETNAMESE = NoticeText("vi", "Lũ quét sắp về suối Đăk Psi", ADVICE)
BAHNAR = NoticeText("bdq", "Dêh char Kon Tum", BA_NA)


def notice(style: Style = "actual", *texts: NoticeText, event: str = "Sạt lở đất", severity: str = "extreme") -> Notice:
    """Return a notice in two languages, unless it is given its texts."""
    return Notice(style, event, severity, texts or (VIETNAMESE, BAHNAR), siren=True, repeats=3)


def notice_item(no: int, shown: Notice | None, start_us: WallUs, seconds: float = 600.0) -> Item:
    """Return an item that brings a notice on air."""
    return replace(item(no, start_us=start_us, seconds=seconds, kind="notice", title=""), notice=shown)


def built(shown: Item, size: tuple[int, int], chain: FontChain, least_px: int = 0) -> tuple[NoticePages, Fonts]:
    """Return a notice laid out for a panel, all pages included, and the fonts that it was set with."""
    fonts = Fonts(chain, smooth=is_smooth(*size))
    pages = finish(build_notice(shown, size, fonts, ZoneInfo("Asia/Ho_Chi_Minh"), least_px))
    pages.rest.run(lambda: True)
    return pages, fonts


def picture(frame: bytes, size: tuple[int, int]) -> Image.Image:
    """Return a frame as a picture."""
    return Image.frombytes("RGB", size, frame)


def shares(frame: bytes) -> dict[Colour, float]:
    """Return the share of each colour of a frame."""
    count = len(frame) // 3
    strip = Image.frombytes("RGB", (count, 1), frame)
    return {_colour(found): number / count for number, found in strip.getcolors(count) or []}


def _colour(found: object) -> Colour:
    assert isinstance(found, tuple)
    red, green, blue = found
    return red, green, blue


def shows(frame: bytes, size: tuple[int, int], words: sdl.Surface) -> bool:
    """Return whether drawn words stand somewhere in a frame, pixel by pixel."""
    width, height = words.get_size()
    image = sdl.new_surface(width, height)
    image.blit(words, (0, 0))
    rows = [bytes(row) for row in _rows(sdl.to_rgb(image, image.get_rect()), width)]  # type: ignore[arg-type]  # four numbers
    lines = list(_rows(frame, size[0]))
    return any(
        _found(lines, rows, top, place)
        for top in range(size[1] - height + 1)
        for place in _places(lines[top + height // 2], rows[height // 2])
    )


def _rows(pixels: bytes, width: int) -> list[bytes]:
    return [pixels[start : start + 3 * width] for start in range(0, len(pixels), 3 * width)]


def _places(line: bytes, row: bytes) -> list[int]:
    places: list[int] = []
    place = line.find(row)
    while place >= 0:
        places.append(place)
        place = line.find(row, place + 1)
    return [place for place in places if place % 3 == 0]


def _found(lines: list[bytes], rows: list[bytes], top: int, place: int) -> bool:
    return all(lines[top + n][place : place + len(row)] == row for n, row in enumerate(rows))
