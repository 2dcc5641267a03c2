"""Named layouts and the zone beside the main one: what is seen, where, and what is told of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_py.board.glyphs import FontChain
from firmware_py.board.layout import NOWHERE, Box, Layout, lay_out
from firmware_py.board.look import Look, contrast
from firmware_py.core.messages import Ended, NoticeText, Started
from firmware_py.core.messages import Now as Order
from firmware_py.core.settings import LayoutName, Screen
from firmware_py.core.units import SECOND
from tests.board.bench import Bench, T
from tests.board.board_process import item
from tests.board.notices import notice, notice_item
from tests.board.samples import NOTICE

HD, LED, STRIP = (1920, 1080), (384, 192), (160, 32)
NAMES: tuple[LayoutName, ...] = ("auto", "full", "header", "side", "ticker")


def zones(layout: Layout) -> dict[str, Box]:
    """Return the zones that are there, by name."""
    named = {"header": layout.header, "main": layout.main, "side": layout.side, "ticker": layout.ticker}
    return {name: box for name, box in named.items() if box.visible}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("auto", {"header", "main", "side", "ticker"}),
        ("full", {"main"}),
        ("header", {"header", "main", "ticker"}),
        ("side", {"main", "side"}),
        ("ticker", {"main", "ticker"}),
    ],
)
def test_each_layout_has_its_zones(name: LayoutName, expected: set[str]) -> None:
    """Of items in every zone a layout shows those that it names; above a ticker alone stands the board's own page."""
    assert set(zones(lay_out(*HD, main=True, side=True, ticker=True, name=name))) == expected


def test_a_ticker_has_a_low_panel_to_itself() -> None:
    """The layout of the running line gives it all of a panel of up to 128 lines, in letters as high as these allow."""
    layout = lay_out(960, 96, main=True, side=True, ticker=True, name="ticker")
    assert (layout.main, layout.ticker, layout.turns) == (NOWHERE, (0, 0, 960, 96), frozenset())
    assert layout.ticker_px == 70


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [HD, (1080, 1920), LED, (128, 64), STRIP, (64, 32)])
def test_no_layout_is_empty(name: LayoutName, size: tuple[int, int]) -> None:
    """Whatever is on air alone is seen, also in a layout that would have no place for it."""
    for on_air in ({"main"}, {"side"}, {"ticker"}):
        there = {channel: channel in on_air for channel in ("main", "side", "ticker")}
        layout = lay_out(*size, **there, name=name)
        assert on_air <= zones(layout).keys() | layout.turns


@given(st.integers(16, 4096), st.integers(16, 4096), st.booleans(), st.booleans(), st.sampled_from(NAMES))
def test_zones_never_overlap(width: int, height: int, main: bool, ticker: bool, name: LayoutName) -> None:  # noqa: FBT001 - generated
    """Zones share the panel out: no pixel is in two of them, and none is left over."""
    layout = lay_out(width, height, main=main, side=True, ticker=ticker, name=name)
    boxes = list(zones(layout).values())
    assert sum(box.width * box.height for box in boxes) == width * height
    for one in boxes:
        for other in boxes:
            apart = one.right <= other.x or other.right <= one.x or one.bottom <= other.y or other.bottom <= one.y
            assert one is other or apart


@pytest.mark.parametrize(
    ("size", "side"), [(HD, (1280, 119, 640, 961)), ((1080, 1920), (0, 1359, 1080, 561)), (LED, (256, 24, 128, 168))]
)
def test_the_side_zone_takes_a_third(size: tuple[int, int], side: tuple[int, int, int, int]) -> None:
    """Right of the main zone on a wide panel, below it on a high one."""
    assert lay_out(*size, main=True, side=True, ticker=False).side == side


def test_letters_beside_can_be_read() -> None:
    """In the side zone no type is smaller than the smallest readable one of the panel."""
    for size in (HD, (1080, 1920), LED):
        menu = lay_out(*size, main=True, side=True, ticker=True).beside().menu
        least_px = max(16, round(min(size) / 20))
        assert min(kind.px for kind in (*menu.single, menu.paged)) >= least_px


def test_all_grounds_keep_the_contrast() -> None:
    """Title and text have 7:1 on the ground of the side zone too (WCAG 2.2, level AAA)."""
    look = Look().beside()
    assert min(contrast(colour, look.ground) for colour in (look.title, look.body)) >= 7


def part(frame: bytes, size: tuple[int, int], box: Box) -> bytes:
    """Return the pixels of a part of a frame."""
    rows = range(box.y, box.bottom)
    return b"".join(frame[3 * (row * size[0] + box.x) : 3 * (row * size[0] + box.right)] for row in rows)


def beside(no: int, seconds: float = 60, text: str = "Giá cà phê hôm nay") -> Order:
    """Return the order for a text in the side zone."""
    return Order("side", item(no, start_us=T, seconds=seconds, channel="side", text=text))


def test_what_stands_beside_turns_its_own_pages(chain: FontChain) -> None:
    """The pages of the side zone turn while the main one stands still, each with its own item's time."""
    bench = Bench(chain, LED)
    bench.order(Order("main", item(1, start_us=T, seconds=600)))
    bench.order(beside(2, 600, NOTICE))
    layout = lay_out(*LED, main=True, side=True, ticker=False)
    first = bench.frames.presented[-1]
    bench.run_to(T + 9 * SECOND)
    later = bench.frames.presented[-1]
    assert part(first, LED, layout.main) == part(later, LED, layout.main)
    assert part(first, LED, layout.side) != part(later, LED, layout.side)
    assert bench.of(Started) == [1, 2]


def test_on_a_strip_all_take_turns(chain: FontChain) -> None:
    """Where there is no room beside, the items follow one another, and each is told to have been seen."""
    bench = Bench(chain, STRIP)
    bench.order(Order("main", item(1, start_us=T, seconds=600)))
    bench.order(beside(2, 600))
    bench.run_to(T + 100 * SECOND)
    assert bench.of(Started) == [1, 2]


def test_the_zone_beside_ends_with_its_item(chain: FontChain) -> None:
    """When it is over the main zone has the whole width again, and goes on where it was."""
    alone = Bench(chain, LED)
    alone.order(Order("main", item(1, start_us=T, seconds=600, text=NOTICE)))
    alone.run_to(T + 20 * SECOND)
    bench = Bench(chain, LED)
    bench.order(Order("main", item(1, start_us=T, seconds=600, text=NOTICE)))
    bench.order(beside(2, 6))
    bench.run_to(T + 20 * SECOND)
    assert bench.frames.presented[-1] == alone.frames.presented[-1]
    assert bench.of(Ended) == [2]


def test_an_item_asks_for_its_layout(chain: FontChain) -> None:
    """A poster that wants the whole panel has it; the ticker beside it is not seen, and not said to have been."""
    bench = Bench(chain, LED)
    bench.order(Order("ticker", item(1, start_us=T, seconds=600, channel="ticker")))
    bench.order(Order("main", item(2, start_us=T, seconds=5, kind="image", path="/no/poster.png", layout="full")))
    bench.picture_comes()
    assert set(part(bench.frames.presented[-1], LED, Box(0, 0, *LED))) == {200, 0}
    assert bench.of(Started) == [1, 2]
    before = len(bench.frames.presented)
    bench.run_to(T + 4 * SECOND)
    assert set(bench.frames.presented[before:]) == {bench.frames.presented[before - 1]}
    bench.run_to(T + 6 * SECOND)
    assert bench.of(Ended) == [2]


def test_the_config_has_a_layout_for_all(chain: FontChain) -> None:
    """What `screen.layout` says holds for items that ask for none."""
    bench = Bench(chain, LED, settings=Screen(layout="full"))
    bench.order(Order("ticker", item(1, start_us=T, channel="ticker")))
    bench.order(Order("main", item(2, start_us=T)))
    look = Look()
    frame = bench.frames.presented[-1]
    assert frame[:3] == bytes(look.ground)
    assert bytes(look.ticker_ground) not in {frame[n : n + 3] for n in range(0, len(frame), 3)}


def test_a_notice_takes_the_side_zone_too(chain: FontChain) -> None:
    """An alert has the whole panel, whatever stands beside."""
    alone, bench = Bench(chain, LED), Bench(chain, LED)
    bench.order(beside(2, 600))
    for board in (alone, bench):
        board.order(Order("main", notice_item(3, notice(), T)))
    assert bench.frames.presented[-1] == alone.frames.presented[-1]


def test_languages_take_turns(chain: FontChain) -> None:
    """A bulletin in two languages shows the pages of one, then of the other, then begins again."""
    translations = (NoticeText("bdq", "Tơbăt", "Dêh char Kon Tum"),)
    bench = Bench(chain, LED)
    bench.order(Order("main", item(1, start_us=T, seconds=600, translations=translations)))
    seen = []
    for n in range(3):
        bench.run_to(T + (8 * n + 1) * SECOND)
        seen.append(part(bench.frames.presented[-1], LED, lay_out(*LED, main=True, ticker=False).main))
    assert seen[0] != seen[1]
    assert seen[0] == seen[2]
    assert bench.of(Started) == [1]
