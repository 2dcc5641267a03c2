"""The alert page says where and until when, and what it is: by words and shapes, not by colours alone."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from PIL import Image, ImageChops

from firmware_py.board.glyphs import FontChain
from firmware_py.board.layout import Box
from firmware_py.board.look import NOTICE_LOOKS, contrast
from firmware_py.board.notice_layout import border_gaps
from firmware_py.core.messages import Item, Notice, Style
from firmware_py.core.messages import Now as Order
from firmware_py.core.units import SECOND
from tests.board.bench import Bench, T
from tests.board.board_process import item
from tests.board.notices import VIETNAMESE, built, notice_item, picture
from tests.board.samples import NOTICE

HD, COLUMN, LED, STRIP, SMALL = (1920, 1080), (160, 320), (384, 192), (160, 32), (64, 32)
ALERTS: tuple[Style, ...] = ("actual", "drill", "cancel")
AREA = "Thôn Kon Tu, xã Đăk Hà"


def full(style: Style, *, area: str = AREA, until_us: int = T + 7200 * SECOND) -> Item:
    """Return an alert with all that one says."""
    shown = Notice(style, "Sạt lở đất", "extreme", (VIETNAMESE,), True, 3, area, until_us)
    return notice_item(2, shown, T)


@pytest.mark.parametrize("size", [HD, (1080, 1920), (1280, 720), (3840, 2160), LED])
@pytest.mark.parametrize("style", ["actual", "drill"])
def test_a_roomy_panel_says_where_and_until_when_below(chain: FontChain, size: tuple[int, int], style: Style) -> None:
    """Area and end stand on every page, in the time of the board's own zone, and leave the pages most of the panel."""
    shown = full(style)
    pages, fonts = built(shown, size, chain)
    foot = pages.surround.foot
    assert foot is not None
    assert " – ".join(foot.lines) == f"{AREA} – Đến 11:13 ngày 23/11"
    assert all(fonts.face(foot.kind).width(line) <= foot.box.width for line in foot.lines)
    assert pages.layout.main.height >= 0.6 * size[1]
    boxes = (pages.layout.main, pages.surround.band_box, pages.surround.foot_box, *pages.surround.border.boxes)
    assert sum(box.width * box.height for box in boxes) == size[0] * size[1]
    assert contrast(foot.colour, foot.ground) >= 7


@pytest.mark.parametrize("size", [COLUMN, (128, 64), STRIP, SMALL])
def test_a_small_panel_says_it_on_a_page(chain: FontChain, size: tuple[int, int]) -> None:
    """Where a foot has no room there are pages for it, after those of the first language."""
    with_it, _ = built(full("actual"), size, chain)
    without, _ = built(full("actual", area="", until_us=0), size, chain)
    assert with_it.surround.foot is None
    assert len(with_it.recipes) > len(without.recipes)
    only_end, _ = built(full("actual", area=""), size, chain)
    assert only_end.surround.foot or len(only_end.recipes) > len(without.recipes)


def test_the_first_page_is_not_delayed_by_it(chain: FontChain) -> None:
    """The first page of an alert is the same with and without area and end on a panel without a foot."""
    frames = []
    for shown in (full("actual"), full("actual", area="", until_us=0)):
        bench = Bench(chain, SMALL)
        bench.show.take(Order("main", shown))
        bench.show.frame(bench.clock.now())
        frames.append(bench.frames.presented[-1])
    assert frames[0] == frames[1]


@pytest.mark.parametrize("size", [HD, COLUMN, LED])
def test_styles_differ_without_colours(chain: FontChain, size: tuple[int, int]) -> None:
    """In black and white the borders of an alert, a drill and a cancel are three shapes: whole, dashed, corners."""
    shapes: dict[Style, Image.Image] = {}
    for style in ALERTS:
        bench = Bench(chain, size)
        bench.show.take(Order("main", full(style)))
        bench.show.frame(bench.clock.now())
        frame = picture(bench.frames.presented[-1], size)
        (pages, _) = built(full(style), size, chain)
        above = pages.surround.border.boxes[0]
        row = frame.crop((above.x, above.y + above.height // 2, above.right, above.y + above.height // 2 + 1))
        look = NOTICE_LOOKS[style]
        ground = Image.new("RGB", row.size, look.page.ground)
        shapes[style] = ImageChops.difference(row, ground).convert("L").point(lambda level: 255 if level else 0)
    lit = {style: shape.histogram()[255] / size[0] for style, shape in shapes.items()}
    assert lit["actual"] == 1
    assert 0.4 < lit["drill"] < 0.7
    assert 0.3 < lit["cancel"] < 0.5
    changes = {style: sum(one != next_ for one, next_ in pairwise(shapes[style].tobytes())) for style in ALERTS}
    assert (changes["actual"], changes["cancel"]) == (0, 2)
    assert changes["drill"] >= 6
    for one, other in combinations(ALERTS, 2):
        assert shapes[one].tobytes() != shapes[other].tobytes()


@pytest.mark.parametrize("length", [9, 40, 1000])
@pytest.mark.parametrize("across", [3, 9])
def test_gaps_stay_inside_their_border(length: int, across: int) -> None:
    """Dashes begin and end with a piece that is there; no gap leaves the part of the border that it is in."""
    for box in (Box(5, 7, length, across), Box(5, 7, across, max(length, across + 1))):
        gaps = border_gaps((box,), "dashed")
        assert gaps
        for gap in (*gaps, *border_gaps((box,), "corners")):
            assert box.x <= gap.x <= gap.right <= box.right
            assert box.y <= gap.y <= gap.bottom <= box.bottom
            assert gap[:2] != box[:2]
            assert (gap.right, gap.bottom) != (box.right, box.bottom)


@pytest.mark.parametrize("size", [LED, SMALL])
@pytest.mark.parametrize("style", ALERTS)
def test_nothing_flashes_more_than_three_times_a_second(chain: FontChain, size: tuple[int, int], style: Style) -> None:
    """By the light of each part of the panel over twelve seconds: no part goes up and down more than twice a second.

    WCAG 2.3.1 counts pairs of opposing changes of relative luminance by a tenth or more, and allows three a second.
    """
    bench = Bench(chain, size)
    bench.order(Order("main", item(1, start_us=T, text=NOTICE)))
    bench.order(Order("main", full(style)))
    moments = [(T, light(bench.frames.presented[-1], size))]
    while (due_us := bench.show.next_frame()) < T + 12 * SECOND:
        bench.run_to(due_us)
        moments.append((due_us, light(bench.frames.presented[-1], size)))
    for place in range(len(moments[0][1])):
        turns = opposing([(at_us, levels[place]) for at_us, levels in moments])
        assert all(sum(at_us <= other < at_us + SECOND for other in turns) <= 4 for at_us in turns)


def light(frame: bytes, size: tuple[int, int]) -> bytes:
    """Return how light each of 16×8 parts of a frame is, 0 to 255."""
    return picture(frame, size).convert("L").resize((16, 8), Image.Resampling.BOX).tobytes()


def opposing(levels: list[tuple[int, int]]) -> list[int]:
    """Return the instants at which a level goes the other way than before, by a tenth of the whole or more."""
    turns: list[int] = []
    low = high = levels[0][1]
    rising: bool | None = None
    for at_us, level in levels:
        low, high = min(low, level), max(high, level)
        if rising is not True and level - low >= 25:
            rising, high = True, level
            turns.append(at_us)
        elif rising is not False and high - level >= 25:
            rising, low = False, level
            turns.append(at_us)
    return turns


def test_the_meter_of_flashes_counts() -> None:
    """Five flashes a second are ten opposing changes; a slow rise is one; a tremble is none."""
    assert len(opposing([(n, 255 * (n % 2)) for n in range(11)])) == 10
    assert len(opposing([(n, 20 * n) for n in range(12)])) == 1
    assert opposing([(n, 100 + 10 * (n % 2)) for n in range(20)]) == []


def test_it_is_over_a_running_text(chain: FontChain) -> None:
    """A text that runs upwards is covered at once, and not a pixel of it comes through while the alert is on."""
    alone, bench = Bench(chain, LED), Bench(chain, LED)
    bench.order(Order("main", item(1, start_us=T, seconds=600, text=NOTICE * 4, flow="scroll")))
    for board in (alone, bench):
        board.order(Order("main", full("drill")))
        board.run_to(T + 5 * SECOND)
    assert bench.frames.presented[-1] == alone.frames.presented[-1]
