"""The important pictures of the board as they should look, and how far another picture is from them.

`python -m tests.board.golden` writes them anew into `tests/board/golden/`: look at each before it is committed. They
are kept small, at a whole part of the panel's size. Fonts and their renderers differ a little from one Debian to the
next, so that tiles of `TILE_PX` are compared by their mean light in each colour, where they match best within a pixel.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageChops

from firmware_py.board import sdl
from firmware_py.board.preview import render
from firmware_py.core.messages import BoardSetup, Item, Notice, Style
from firmware_py.core.settings import ThemeName
from firmware_py.core.units import SECOND
from tests.board.board_process import item, setup
from tests.board.notices import BAHNAR, VIETNAMESE, notice_item
from tests.board.samples import BA_NA, GIA_RAI, NOTICE, XO_DANG

FOLDER = Path(__file__).with_name("golden")
T = 1_795_400_000 * SECOND
LONGEST_PX = 480
TILE_PX = 10
MOST = 22
"""The mean difference of a tile that is still the same picture, of 255: letters that are drawn a little softer."""


class Case(NamedTuple):
    """A panel and what is on air on it."""

    size: tuple[int, int]
    items: dict[str, Item]
    theme: ThemeName = "dark"

    def setup(self) -> BoardSetup:
        """Return the setup of the board."""
        return setup(theme=self.theme)


def _alert(style: Style) -> dict[str, Item]:
    until_us = 0 if style == "cancel" else T + 7200 * SECOND
    words = Notice(style, "Sạt lở đất", "extreme", (VIETNAMESE, BAHNAR), True, 3, "Thôn Kon Tu, xã Đăk Hà", until_us)
    return {"main": notice_item(1, words, T)}


def _texts(main: str, side: str = "", ticker: str = "", **fields: object) -> dict[str, Item]:
    texts = {"main": main, "side": side, "ticker": ticker}
    items = {name: item(1, start_us=T, channel=name, text=text) for name, text in texts.items() if text}
    values = {"title": "Tơring čar Kon Tum", **fields}
    return {**items, "main": replace(items["main"], **values)}  # type: ignore[arg-type]  # names are the fields


CASES = {
    "board-1920x1080": Case((1920, 1080), _texts(NOTICE, GIA_RAI, XO_DANG)),
    "board-384x192": Case((384, 192), _texts(GIA_RAI, ticker=BA_NA)),
    "light-1080x1920": Case((1080, 1920), _texts(XO_DANG, ticker=GIA_RAI), "light"),
    "warning-384x192": Case((384, 192), _texts("Bà con chú ý: đường ngập", emphasis="warning"), "amber"),
    "strip-160x32": Case((160, 32), _texts(NOTICE, title="")),
    "own-1280x720": Case((1280, 720), {}),
    "alert-1920x1080": Case((1920, 1080), _alert("actual")),
    "drill-384x192": Case((384, 192), _alert("drill")),
    "cancel-160x320": Case((160, 320), _alert("cancel")),
}


def picture_of(case: Case) -> Image.Image:
    """Return what a panel shows, made small by a whole number."""
    panel = render(case.setup(), case.items, T + SECOND // 4, case.size)
    return small(Image.frombytes("RGB", case.size, sdl.to_rgb(panel, panel.get_rect())))  # type: ignore[arg-type]  # four numbers


def small(image: Image.Image) -> Image.Image:
    """Return a picture at a whole part of its size."""
    return image.reduce(-(-max(image.size) // LONGEST_PX))


def difference(one: Image.Image, other: Image.Image) -> int:
    """Return by how much the worst tile of a picture differs from another one, 0 to 255."""
    if one.size != other.size:
        return 255
    tiles = (-(-one.width // TILE_PX), -(-one.height // TILE_PX))
    best = Image.new("RGB", tiles, (255, 255, 255))
    for dx, dy in product((-1, 0, 1), repeat=2):
        moved = one.copy()
        moved.paste(one, (dx, dy))
        means = ImageChops.difference(moved, other).resize(tiles, Image.Resampling.BOX)
        best = ImageChops.darker(best, means)
    return max(highest for _, highest in best.getextrema())  # type: ignore[misc]  # three channels


def golden(name: str) -> Image.Image:
    """Return the picture as it should look."""
    with Image.open(FOLDER / f"{name}.png") as image:
        return image.convert("RGB")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for called, case in CASES.items():
        picture_of(case).save(FOLDER / f"{called}.png", optimize=True)
