"""The picture that `ttcs preview` writes."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from firmware_py.board.layout import lay_out
from firmware_py.board.look import Look, contrast
from firmware_py.board.preview import render, render_png
from firmware_py.core.errors import Code, Unplayable
from firmware_py.core.messages import Item
from firmware_py.core.units import SECOND
from tests.board.board_process import item, setup
from tests.board.samples import LANGUAGES, SIZES, ink, quarters

T = 1_795_400_000 * SECOND
LOOK = Look()


@pytest.mark.parametrize("size", [*SIZES, (3840, 2160), (96, 48), (64, 16), (16, 64)])
@pytest.mark.parametrize("channels", [(), ("main",), ("ticker",), ("main", "ticker")])
def test_every_panel_shows_something_in_every_state(size: tuple[int, int], channels: tuple[str, ...]) -> None:
    """With any of the channels on air no zone is empty, on any panel."""
    texts = {"main": LANGUAGES[2], "ticker": LANGUAGES[3]}
    items = {name: item(n, start_us=T, channel=name, text=texts[name]) for n, name in enumerate(channels, 1)}
    panel = render(setup(), items, T + SECOND, size)
    layout = lay_out(*size, main="main" in channels, ticker="ticker" in channels)
    grounds = ((layout.header, LOOK.header_ground), (layout.main, LOOK.ground), (layout.ticker, LOOK.ticker_ground))
    for zone, ground in grounds:
        assert not zone.visible or ink(panel, zone, ground).visible


def test_the_file_is_a_png_of_the_panel(tmp_path: Path) -> None:
    """The PNG has the size that was asked for, and shows the picture in its zone."""
    quarters().save(tmp_path / "poster.png")
    items = {"main": item(1, start_us=T, kind="image", path=str(tmp_path / "poster.png"), fit="cover")}
    render_png(setup(), items, T, (384, 192), tmp_path / "board.png")
    zone = lay_out(384, 192, main=True, ticker=False).main
    with Image.open(tmp_path / "board.png") as image:
        image.load()
        assert (image.size, image.mode) == ((384, 192), "RGB")
        assert image.getpixel((zone.width // 4, zone.y + zone.height // 4)) == (255, 0, 0)
        assert image.getpixel((0, 0)) == LOOK.header_ground


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (item(1, start_us=T, title="", text=""), Code.CONTENT_EMPTY),
        (item(1, start_us=T, kind="image", path="/no.png"), Code.CONTENT_MISSING),
    ],
    ids=["empty", "missing"],
)
def test_what_cannot_be_shown_is_told(bad: Item, code: Code) -> None:
    """An empty text, and a picture that is not there, come out as their reasons."""
    with pytest.raises(Unplayable) as caught:
        render(setup(), {"main": bad}, T, (384, 192))
    assert caught.value.code is code


def test_every_text_has_contrast() -> None:
    """Letters and grounds that meet differ by 7 to 1 or more."""
    pairs = (
        (LOOK.header_name, LOOK.header_ground),
        (LOOK.header_clock, LOOK.header_ground),
        (LOOK.header_date, LOOK.header_ground),
        (LOOK.title, LOOK.ground),
        (LOOK.body, LOOK.ground),
        (LOOK.ticker, LOOK.ticker_ground),
    )
    assert min(contrast(letters, ground) for letters, ground in pairs) >= 7
