"""The notice page: the whole panel at once, in the colours of its style, read from afar, and gone when it is over."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PIL import Image

from firmware_py.board.glyphs import FontChain
from firmware_py.board.layout import LEGIBLE_PX, Box, lay_out
from firmware_py.board.look import NOTICE_LOOKS, Look, contrast
from firmware_py.board.notice import words_of
from firmware_py.board.sdl import Colour
from firmware_py.board.steps import finish
from firmware_py.core.errors import Code
from firmware_py.core.messages import Ended, Failed, Item, Next, NoticeText, Progress, Started, Style
from firmware_py.core.messages import Now as Order
from firmware_py.core.units import MS, SECOND
from tests.board.bench import Bench, Rotation, T
from tests.board.board_process import item
from tests.board.notices import (
    ADVICE,
    BAHNAR,
    STYLES,
    VIETNAMESE,
    built,
    notice,
    notice_item,
    picture,
    shares,
    shows,
)
from tests.board.samples import NOTICE, SIZES, inside

PLAIN = Look()
SMALL = (64, 32)
LED = (384, 192)
TICKER = item(9, start_us=T, seconds=600, channel="ticker", text="Gió mùa đông bắc mạnh")
PANELS = [*SIZES, (192, 96), (128, 64), (160, 320), (96, 48), (64, 128), (64, 16), (16, 64)]


def on_air(bench: Bench, shown: Item) -> bytes:
    """Put a notice on air and return the frame that the order brings, before anything is prepared."""
    bench.show.take(Order("main", shown))
    bench.show.frame(bench.clock.now())
    return bench.frames.presented[-1]


@pytest.mark.parametrize("style", STYLES)
def test_letters_stand_out(style: Style) -> None:
    """Every letter of every style has a contrast of 7:1 or more against its ground."""
    look = NOTICE_LOOKS[style]
    pairs = [(look.page.title, look.page.ground), (look.page.body, look.page.ground), (look.band, look.band_ground)]
    assert all(contrast(*pair) >= 7 for pair in pairs)


def test_only_the_real_thing_is_red_and_flashes() -> None:
    """No other style has the ground of an alert or a border of two colours; all grounds differ."""
    assert [style for style in STYLES if NOTICE_LOOKS[style].border != NOTICE_LOOKS[style].border_dark] == ["actual"]
    grounds = [look.page.ground for look in NOTICE_LOOKS.values()]
    assert len(set(grounds)) == len(STYLES)
    red, green, blue = NOTICE_LOOKS["actual"].page.ground
    assert red > 10 * max(green, blue)


@pytest.mark.parametrize("size", PANELS)
@pytest.mark.parametrize("style", STYLES)
def test_it_has_the_whole_panel(chain: FontChain, size: tuple[int, int], style: Style) -> None:
    """Nothing of header, ticker, or the page before is left, and its ground and its letters are there."""
    bench = Bench(chain, size)
    bench.order(Order("ticker", TICKER))
    bench.order(Order("main", item(1, start_us=T, text=NOTICE)))
    found = shares(on_air(bench, notice_item(2, notice(style), T)))
    look = NOTICE_LOOKS[style]
    strange = {PLAIN.header_ground, PLAIN.ground, PLAIN.ticker_ground} - {look.page.ground}
    assert not strange & found.keys()
    assert found[look.page.ground] > 0.3
    assert found.get(look.page.title, 0) + found.get(look.page.body, 0) > 0.005
    bench.run_to(T + SECOND // 4)
    assert not strange & shares(bench.frames.presented[-1]).keys()


@pytest.mark.parametrize("size", PANELS)
@pytest.mark.parametrize("style", STYLES)
def test_all_words_are_on_its_pages(chain: FontChain, size: tuple[int, int], style: Style) -> None:
    """Each page is drawn inside what border and band leave; no line is wider, and no type below what can be read."""
    shown = notice_item(2, notice(style), T)
    pages, _ = built(shown, size, chain)
    for recipe in pages.recipes:
        drawn = finish(recipe())
        boxes = [Box(part.x, part.y, *part.surface.get_size()) for part in drawn.parts]
        assert boxes
        if min(size) >= 32:
            assert all(inside(box, pages.layout.main) for box in boxes)
    taken = (pages.layout.main, pages.surround.band_box, *pages.surround.border.boxes)
    assert sum(box.width * box.height for box in taken) == size[0] * size[1]
    assert pages.surround.band is None or pages.surround.band.kind.px >= LEGIBLE_PX


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("style", ["drill", "cancel"])
def test_what_it_is_stands_on_every_page(chain: FontChain, size: tuple[int, int], style: Style) -> None:
    """«DIỄN TẬP» and «ĐÃ HỦY» can be seen, letter by letter, on each page of every language."""
    bench, shown = Bench(chain, size), notice_item(2, notice(style), T)
    pages, fonts = built(shown, size, chain)
    band = pages.surround.band
    assert band is not None
    assert " ".join(band.lines).startswith({"drill": "DIỄN TẬP", "cancel": "ĐÃ HỦY"}[style])
    words = [fonts.face(band.kind).draw(line, band.colour, band.ground) for line in band.lines]
    on_air(bench, shown)
    bench.prepare()
    seen = set()
    for number in range(min(6, len(pages.recipes))):
        bench.run_to(T + number * 8 * SECOND)
        seen.add(bench.frames.presented[-1])
        assert all(shows(bench.frames.presented[-1], size, line) for line in words)
    assert len(seen) == min(6, len(pages.recipes))


def test_a_panel_without_room_for_a_band_says_it_before_each_page(chain: FontChain) -> None:
    """On one row of letters every second page of a drill is «DIỄN TẬP» alone."""
    bench, shown = Bench(chain, (64, 16)), notice_item(2, notice("drill"), T)
    frames = [on_air(bench, shown)]
    bench.prepare()
    for number in range(1, 8):
        bench.run_to(T + number * 8 * SECOND)
        frames.append(bench.frames.presented[-1])
    assert len(set(frames[::2])) == 1
    assert len(set(frames[1::2])) == 4
    assert frames[0] not in frames[1::2]


@pytest.mark.parametrize("size", [LED, (160, 32), SMALL])
def test_the_border_flashes_once_a_second_and_nothing_else(chain: FontChain, size: tuple[int, int]) -> None:
    """By the frames of five seconds: lit and dark in turn, half a second each; the rest of the panel stands still."""
    bench, shown = Bench(chain, size), notice_item(2, notice(), T)
    first = on_air(bench, shown)
    bench.prepare()
    boxes = built(shown, size, chain)[0].surround.border.boxes
    changes = [(T, colour(first, size, boxes[0]))]
    rest = without(first, size, boxes)
    while (due_us := bench.show.next_frame()) < T + 5 * SECOND:
        bench.run_to(due_us)
        frame = bench.frames.presented[-1]
        assert without(frame, size, boxes) == rest
        assert len({colour(frame, size, box) for box in boxes}) == 1
        if colour(frame, size, boxes[0]) != changes[-1][1]:
            changes.append((due_us, colour(frame, size, boxes[0])))
    assert len(changes) == 10
    assert {later - earlier for (earlier, _), (later, _) in pairwise(changes)} == {SECOND // 2}
    assert len({seen for _, seen in changes}) == 2
    assert sum(box.width * box.height for box in boxes) < size[0] * size[1] / 5


def colour(frame: bytes, size: tuple[int, int], box: Box) -> Colour:
    """Return the one colour of a box."""
    found = picture(frame, size).crop((box.x, box.y, box.right, box.bottom)).getcolors()
    assert found is not None
    assert len(found) == 1
    red, green, blue = found[0][1]  # type: ignore[misc]  # an RGB picture has three
    return red, green, blue


def without(frame: bytes, size: tuple[int, int], boxes: tuple[Box, ...]) -> bytes:
    """Return a frame with some boxes blackened."""
    image = picture(frame, size)
    for box in boxes:
        image.paste((0, 0, 0), (box.x, box.y, box.right, box.bottom))
    return image.tobytes()


@pytest.mark.parametrize("style", [style for style in STYLES if style != "actual"])
def test_other_notices_stand_still(chain: FontChain, style: Style) -> None:
    """Between two turns of the page not a pixel of a drill, cancel, identify or tone page changes."""
    bench = Bench(chain, LED)
    on_air(bench, notice_item(2, notice(style), T))
    bench.prepare()
    shown = len(bench.frames.presented)
    bench.run_to(T + 7 * SECOND)
    assert set(bench.frames.presented[shown:]) == {bench.frames.presented[shown - 1]}


@pytest.mark.parametrize("size", [LED, SMALL])
def test_it_waits_for_nothing(chain: FontChain, size: tuple[int, int]) -> None:
    """The order's own frame shows it, though a picture is being decoded and long pages are prepared."""
    bench = Bench(chain, size)
    bench.order(Order("ticker", TICKER))
    bench.order(Order("main", item(1, start_us=T, text=NOTICE * 5)))
    bench.order(Next("main", item(3, start_us=T + 9 * SECOND, kind="image", path="/nowhere/poster.png")))
    on_air(bench, notice_item(2, notice(), T))
    assert [report.no for report in bench.said if isinstance(report, Started)][-1] == 2
    assert (1, "replaced") in [(report.no, report.reason) for report in bench.said if isinstance(report, Ended)]


def test_later_texts_do_not_delay_the_first_page(chain: FontChain) -> None:
    """Eight long texts: the first frame needs the pages of one; all others are there when their turn comes."""
    texts = [NoticeText(f"x{n}", f"{VIETNAMESE.title} {n}", ADVICE * 30) for n in range(8)]
    shown = notice_item(2, notice("actual", *texts), T, seconds=86_400)
    bench = Bench(chain, LED)
    on_air(bench, shown)
    scene = bench.show._scene
    assert scene is not None
    (pane,) = scene.panes
    early = len(pane.recipes)
    bench.prepare()
    assert early < len(pane.recipes) == len(built(shown, LED, chain)[0].recipes)


@pytest.mark.parametrize("size", [LED, (160, 32)])
def test_who_joins_late_sees_the_same_page(chain: FontChain, size: tuple[int, int]) -> None:
    """A board that hears of an alert after its start shows, at once, what the others show."""
    shown = notice_item(2, notice(), T)
    early = Bench(chain, size)
    on_air(early, shown)
    early.prepare()
    frames = []
    for passed_us in (9 * SECOND, 16 * SECOND + 600 * MS, 33 * SECOND):
        early.run_to(T + passed_us)
        late = Bench(chain, size)
        late.clock.wall_us = T + passed_us
        frames.append(on_air(late, shown))
        assert frames[-1] == early.frames.presented[-1]
    assert len(set(frames)) == 3


@pytest.mark.parametrize("rotation", [90, 180, 270])
@pytest.mark.parametrize("size", [LED, SMALL])
def test_it_is_turned_with_the_panel(chain: FontChain, size: tuple[int, int], rotation: Rotation) -> None:
    """In the framebuffer of a turned panel stands the same picture, turned, also after a flash."""
    upright, turned = Bench(chain, size), Bench(chain, size, rotation)
    for bench in (upright, turned):
        on_air(bench, notice_item(2, notice(), T))
        bench.run_to(T + 600 * MS)
    expected = picture(upright.frames.presented[-1], size).rotate(-rotation, expand=True)
    assert turned.frames.presented[-1] == expected.tobytes()


def test_after_its_end_the_board_is_back(chain: FontChain) -> None:
    """At the planned end comes what was ordered next, with header and the same ticker, which never ended."""
    bench, undisturbed = Bench(chain, LED), Bench(chain, LED)
    after = item(3, start_us=T + 5 * SECOND, text=NOTICE)
    for board in (bench, undisturbed):
        board.order(Order("ticker", TICKER))
    bench.order(Order("main", item(1, start_us=T)))
    on_air(bench, notice_item(2, notice(), T, seconds=5))
    bench.order(Next("main", after))
    undisturbed.order(Order("main", after))
    for board in (bench, undisturbed):
        board.run_to(T + 6 * SECOND + 10 * MS)
    assert bench.frames.presented[-1] == undisturbed.frames.presented[-1]
    ends = [(report.no, report.reason) for report in bench.said if isinstance(report, Ended)]
    assert ends == [(1, "replaced"), (2, "complete")]
    bench.show.progress()
    played = {report.no: report.played_us for report in bench.said if isinstance(report, Progress)}
    assert played[9] == SECOND + 10 * MS


def test_a_new_order_takes_its_place(chain: FontChain) -> None:
    """A cancel replaces an alert at once; without anything ordered the board's own page is there again."""
    bench = Bench(chain, LED)
    own = bench.frames.presented[0]
    on_air(bench, notice_item(2, notice(), T))
    cancelled = shares(on_air(bench, notice_item(3, notice("cancel"), T)))
    assert cancelled[NOTICE_LOOKS["cancel"].page.ground] > 0.5
    assert NOTICE_LOOKS["actual"].page.ground not in cancelled
    bench.order(Order("main", None))
    assert bench.frames.presented[-1] == own
    ends = [(report.no, report.reason) for report in bench.said if isinstance(report, Ended)]
    assert ends == [(2, "replaced"), (3, "stopped")]


def test_a_ticker_ordered_meanwhile_is_not_seen(chain: FontChain) -> None:
    """A ticker that comes and goes under a notice neither begins nor changes a pixel; its turn comes afterwards."""
    bench = Bench(chain, LED)
    shown = on_air(bench, notice_item(2, notice("drill"), T, seconds=5))
    bench.order(Order("ticker", TICKER))
    assert bench.frames.presented[-1] == shown
    assert bench.of(Started) == [2]
    bench.run_to(T + 6 * SECOND)
    assert bench.of(Started) == [2, 9]
    assert PLAIN.ticker_ground in shares(bench.frames.presented[-1])


def test_a_ticker_that_ends_meanwhile_is_told(chain: FontChain) -> None:
    """A ticker taken off the air under a notice has ended there and then, and was seen only before."""
    bench = Bench(chain, LED)
    bench.order(Order("ticker", TICKER))
    bench.run_to(T + 2 * SECOND)
    shown = on_air(bench, notice_item(2, notice("drill"), bench.clock.wall_us))
    bench.run_to(T + 5 * SECOND)
    bench.order(Order("ticker", None))
    (ended,) = [report for report in bench.said if isinstance(report, Ended)]
    assert (ended.no, ended.at_us, ended.played_us) == (9, T + 5 * SECOND, 2 * SECOND)
    assert bench.frames.presented[-1] == shown
    assert bench.of(Started) == [9, 2]


def test_the_event_is_said(chain: FontChain) -> None:
    """It stands in the band, or has the first page where the band or the title does not say it."""
    long_event = "Vỡ đập thủy điện thượng nguồn, nước dâng rất nhanh, " * 3
    for event, size, pages in (("Sạt lở đất", LED, 2), (long_event, LED, 3), ("Sạt lở đất", SMALL, None)):
        shown = notice_item(2, notice("actual", event=event), T)
        laid, _ = built(shown, size, chain)
        band = " ".join(laid.surround.band.lines) if laid.surround.band else ""
        assert (event in band) == (size == LED and event != long_event)
        assert pages is None or len(laid.recipes) == pages
        silent, _ = built(notice_item(2, notice("actual", event=""), T), size, chain)
        assert (len(laid.recipes) > len(silent.recipes)) == (event not in band)
    twice, _ = built(notice_item(2, notice("actual", event="lũ quét"), T), SMALL, chain)
    assert len(twice.recipes) == len(built(notice_item(2, notice("actual", event=""), T), SMALL, chain)[0].recipes)


def test_severity_chooses_the_words() -> None:
    """Only what is extreme or severe is called urgent."""
    said = {severity: words_of(notice(severity=severity))[0] for severity in ("extreme", "severe", "minor", "unknown")}
    assert said == {
        "extreme": "CẢNH BÁO KHẨN CẤP",
        "severe": "CẢNH BÁO KHẨN CẤP",
        "minor": "CẢNH BÁO",
        "unknown": "CẢNH BÁO",
    }


@pytest.mark.parametrize("size", [LED, SMALL])
def test_an_alert_without_words_is_shown_by_its_event(chain: FontChain, size: tuple[int, int]) -> None:
    """No text, no event, letters that no font has: there is always a page, in the colours of the style."""
    for shown in (
        notice("actual", NoticeText("vi", "", "\u200b")),
        notice("actual", NoticeText("vi", ""), event=""),
        notice("actual", NoticeText("x", "\U000e1000\ue000", "\U0001fbff\ue001")),
        notice("tone", NoticeText("vi", ""), event=""),
    ):
        bench = Bench(chain, size)
        found = shares(on_air(bench, notice_item(2, shown, T)))
        assert bench.of(Started) == [2]
        look = NOTICE_LOOKS[shown.style].page
        assert found[look.ground] > 0.3
        assert found.get(look.title, 0) > 0.001


def test_a_text_that_is_too_long_hides_no_other(chain: FontChain) -> None:
    """A language with far too many letters is left out; a notice with nothing else fails, and the board goes on."""
    endless = NoticeText("vi", "Lũ", "nước lên " * 3_000)
    bench = Bench(chain, LED)
    with_other, _ = built(notice_item(2, notice("actual", endless, BAHNAR), T), LED, chain)
    alone, _ = built(notice_item(2, notice("actual", BAHNAR), T), LED, chain)
    assert len(with_other.recipes) == len(alone.recipes)
    bench.order(Order("main", item(1, start_us=T)))
    bench.order(Next("main", notice_item(2, notice("actual", endless), T + SECOND)))
    bench.order(Order("main", notice_item(3, None, T)))
    bench.run_to(T + 2 * SECOND)
    failed = {report.no: report.code for report in bench.said if isinstance(report, Failed)}
    assert failed == {2: Code.CONTENT_TOO_LARGE, 3: Code.CONTENT_EMPTY}
    assert set(shares(bench.frames.presented[-1])) & {PLAIN.ground}


def test_no_ticker_is_a_notice(chain: FontChain) -> None:
    """A notice in the ticker's channel is refused and changes nothing."""
    bench = Bench(chain, LED)
    bench.order(Order("ticker", notice_item(2, notice(), T)))
    assert [(report.no, report.code) for report in bench.said if isinstance(report, Failed)] == [
        (2, Code.CONTENT_UNSUPPORTED)
    ]
    assert lay_out(*LED, main=False, ticker=False).main.visible
    assert NOTICE_LOOKS["actual"].page.ground not in shares(bench.frames.presented[-1])


def test_letters_fill_the_panel(chain: FontChain) -> None:
    """A short alert on a 1080p screen is set in very large type: its text takes most of the panel's width."""
    short = notice("actual", NoticeText("vi", "Lũ quét", "Lên nhà rông ngay"))
    frame = on_air(Bench(chain, (1920, 1080)), notice_item(2, short, T))
    pages, _ = built(notice_item(2, short, T), (1920, 1080), chain)
    zone = pages.layout.main
    part = picture(frame, (1920, 1080)).crop((zone.x, zone.y, zone.right, zone.bottom))
    ground = Image.new("RGB", part.size, NOTICE_LOOKS["actual"].page.ground)
    left, top, right, bottom = ink_of(part, ground)
    assert right - left > 0.75 * zone.width
    assert bottom - top > 0.4 * zone.height


def ink_of(part: Image.Image, ground: Image.Image) -> tuple[int, int, int, int]:
    """Return the smallest box around all that is not ground."""
    raw = bytes(int(a != b) for a, b in zip(part.tobytes(), ground.tobytes(), strict=True))
    found = Image.frombytes("RGB", part.size, raw).getbbox()
    assert found is not None
    return found
