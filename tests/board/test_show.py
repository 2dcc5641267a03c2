"""What is seen at a change: no black and no foreign frame, honest counts, and reports in their order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware_py.board.decoder import Decoded
from firmware_py.board.glyphs import FontChain
from firmware_py.board.layout import lay_out
from firmware_py.board.plays import LATE_US
from firmware_py.core.errors import Code, Unplayable
from firmware_py.core.messages import Ended, Failed, Item, Next, Progress, Started
from firmware_py.core.messages import Now as Order
from firmware_py.core.units import MS, SECOND, Now
from tests.board.bench import PURPLE, Bench, T
from tests.board.board_process import item
from tests.board.notices import notice, notice_item
from tests.board.samples import NOTICE


@pytest.fixture(params=[(384, 192), (160, 32)], ids=["384x192", "160x32"])
def bench(request: pytest.FixtureRequest, chain: FontChain) -> Bench:
    """Return a board of each kind of panel."""
    return Bench(chain, request.param)


def main_zone(frame: bytes, size: tuple[int, int]) -> bytes:
    """Return the rows of a frame in which an item stands."""
    zone = lay_out(*size, main=True, ticker=False).main
    return frame[3 * size[0] * zone.y : 3 * size[0] * zone.bottom]


def image(no: int, start_us: int, seconds: float = 10) -> Item:
    """Return an item that is a picture."""
    return item(no, start_us=start_us, seconds=seconds, kind="image", path="/nowhere/poster.png")


def test_the_first_frame_is_the_boards_own_page(bench: Bench) -> None:
    """Before any order there is a picture, and it is not black."""
    assert len(bench.frames.presented) == 1
    assert 0 not in bench.frames.presented[0]
    assert max(bench.frames.presented[0]) > 200
    assert bench.said == []


def test_between_two_items_there_is_no_other_frame(bench: Bench) -> None:
    """A text followed by a picture: every frame shows one or the other, and the change is at the instant."""
    bench.order(Order("main", item(1, start_us=T, seconds=5, text="Chú ý")))
    bench.order(Next("main", image(2, T + 5 * SECOND)))
    bench.picture_comes()
    text = main_zone(bench.frames.presented[-1], bench.size)
    begun = len(bench.frames.presented)
    bench.run_to(T + 8 * SECOND)
    zones = [main_zone(frame, bench.size) for frame in bench.frames.presented[begun:]]
    picture = PURPLE * (len(text) // 3)
    assert set(zones) <= {text, picture}
    assert zones.index(picture) == zones.count(text)
    started = [report for report in bench.said if isinstance(report, Started)]
    assert [(report.no, report.at_us) for report in started] == [(1, T), (2, T + 5 * SECOND)]
    assert bench.of(Ended) == [1]


def test_what_is_there_stays_until_its_end_and_then_the_own_page_comes(bench: Bench) -> None:
    """While the next picture is not decoded the old item stays, after its end the board's own page, never black."""
    own = bench.frames.presented[0]
    bench.order(Order("main", item(1, start_us=T, seconds=5)))
    text = main_zone(bench.frames.presented[-1], bench.size)
    bench.order(Order("main", image(2, T)))
    bench.run_to(T + 5 * SECOND - 1)
    assert {main_zone(frame, bench.size) for frame in bench.frames.presented[2:]} <= {text}
    bench.run_to(T + 6 * SECOND)
    assert bench.of(Started) == [1]
    assert bench.frames.presented[-1] != own or bench.size == (160, 32)
    bench.picture_comes()
    assert bench.of(Started) == [1, 2]
    assert main_zone(bench.frames.presented[-1], bench.size).count(PURPLE) > 100


def test_an_item_ends_at_its_instant(bench: Bench) -> None:
    """Without a next item the board's own page comes when the item is over."""
    bench.order(Order("main", item(1, start_us=T, seconds=3.5)))
    bench.run_to(T + 4 * SECOND)
    (ended,) = [report for report in bench.said if isinstance(report, Ended)]
    assert (ended.no, ended.reason, ended.at_us, ended.played_us) == (1, "complete", T + 3_500_000, 3_500_000)


def test_an_item_waits_for_its_start(bench: Bench) -> None:
    """An item ordered ahead of time leaves what is on air alone until then."""
    bench.order(Order("main", item(1, start_us=T, seconds=60)))
    bench.order(Order("main", item(2, start_us=T + 2 * SECOND)))
    bench.run_to(T + 2 * SECOND - 1)
    assert bench.of(Started) == [1]
    bench.run_to(T + 3 * SECOND)
    ended = [(report.no, report.reason, report.at_us) for report in bench.said if isinstance(report, Ended)]
    assert (bench.of(Started), ended) == ([1, 2], [(1, "replaced", T + 2 * SECOND)])


def test_a_late_order_joins_at_the_place_of_the_clock(bench: Bench) -> None:
    """An item that began earlier starts at once, on the page that its time says, and tells how far in."""
    bench.order(Order("main", item(1, start_us=T - 20 * SECOND, seconds=600, text=NOTICE * 3)))
    joined = bench.frames.presented[-1]
    (started,) = [report for report in bench.said if isinstance(report, Started)]
    assert started.offset_us == 20 * SECOND
    other = Bench(FontChain(), bench.size)
    other.clock.wall_us = T - 20 * SECOND
    other.order(Order("main", item(1, start_us=T - 20 * SECOND, seconds=600, text=NOTICE * 3)))
    other.run_to(T)
    assert main_zone(other.frames.presented[-1], bench.size) == main_zone(joined, bench.size)


def test_stopping_an_item_says_so(bench: Bench) -> None:
    """`Now` with nothing ends the play at once."""
    bench.order(Order("main", item(1, start_us=T)))
    bench.clock.wall_us += 2 * SECOND
    bench.order(Order("main", None))
    (ended,) = [report for report in bench.said if isinstance(report, Ended)]
    assert (ended.no, ended.reason, ended.played_us) == (1, "stopped", 2 * SECOND)


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (item(2, start_us=T + SECOND, title="", text=""), Code.CONTENT_EMPTY),
        (item(2, start_us=T + SECOND, kind="audio"), Code.CONTENT_UNSUPPORTED),
        (item(2, start_us=T + SECOND, text="a " * 20_000), Code.CONTENT_TOO_LARGE),
    ],
    ids=["empty", "audio", "long"],
)
def test_an_item_that_cannot_be_shown_fails_alone(bench: Bench, bad: Item, code: Code) -> None:
    """It is told before its start, never begins, and what was on air goes on."""
    bench.order(Order("main", item(1, start_us=T)))
    bench.order(Next("main", bad))
    bench.run_to(T + 2 * SECOND)
    failed = [(report.no, report.code) for report in bench.said if isinstance(report, Failed)]
    assert (failed, bench.of(Started), bench.of(Ended)) == ([(2, code)], [1], [])


def test_a_picture_that_cannot_be_decoded_fails(bench: Bench) -> None:
    """The decoder's reason is handed on, once, and the board's own page stays."""
    bench.order(Order("main", image(1, T)))
    broken = Unplayable(Code.CONTENT_UNREADABLE, "poster.png: broken; save it anew")
    for wanted in list(bench.decoder.started):
        bench.show.receive(Decoded(wanted, broken))
    bench.prepare()
    bench.run_to(T + 3 * SECOND)
    failed = [(report.code, report.detail) for report in bench.said if isinstance(report, Failed)]
    assert failed == [(Code.CONTENT_UNREADABLE, "poster.png: broken; save it anew")]
    assert bench.of(Started) == bench.of(Ended) == []


def test_what_was_never_seen_ends_without_having_begun(bench: Bench) -> None:
    """A picture that left the air before it was decoded, and an item ordered after its end, were played for no time."""
    bench.order(Order("main", image(1, T)))
    bench.order(Order("main", item(2, start_us=T)))
    bench.order(Order("main", item(3, start_us=T - 60 * SECOND)))
    ends = [(report.no, report.played_us) for report in bench.said if isinstance(report, Ended)]
    assert ends == [(1, 0), (3, 0), (2, 0)]
    assert bench.of(Started) == [2]


def test_late_frames_are_those_long_after_they_were_due(chain: FontChain) -> None:
    """A frame presented more than 50 ms after its instant counts as late; one in time does not."""
    bench = Bench(chain, (384, 192))
    bench.order(Order("main", item(1, start_us=T)))
    due = bench.show.next_frame()
    for late_us in (10 * MS, LATE_US + 10 * MS):
        bench.clock.wall_us = due + late_us
        bench.show.frame(Now(due, due - T + SECOND))
        due = bench.show.next_frame()
    bench.show.progress()
    (progress,) = [report for report in bench.said if isinstance(report, Progress)]
    assert (progress.frames, progress.late_frames, progress.worst_frame_us) == (3, 1, LATE_US + 10 * MS)


def test_two_boards_show_the_same(chain: FontChain) -> None:
    """A board that started later shows the same pixels: header, page and ticker are functions of the clock."""
    orders = (
        Order("main", item(1, start_us=T, seconds=600, text=NOTICE * 3)),
        Order("ticker", item(9, start_us=T, seconds=600, channel="ticker", text="Gió mùa đông bắc mạnh")),
    )
    frames = []
    for joined_us in (T + SECOND, T + 17 * SECOND + 123_456):
        board = Bench(chain, (384, 192))
        board.clock.wall_us = joined_us
        for order in orders:
            board.order(order)
        board.run_to(T + 20 * SECOND + 7 * MS)
        frames.append(board.frames.presented[-1])
    assert frames[0] == frames[1]


def test_a_ticker_on_a_strip_takes_its_turn_with_the_pages(chain: FontChain) -> None:
    """Where there is no room for a ticker's zone its text comes as the last page, and is seen only then."""
    board = Bench(chain, (160, 32))
    board.order(Order("ticker", item(9, start_us=T, seconds=600, channel="ticker", text="Gió mạnh")))
    assert board.of(Started) == [9]
    board.order(Order("main", item(1, start_us=T, seconds=600, title="", text="Chú ý")))
    board.run_to(T + 16 * SECOND)
    board.show.progress()
    played = {report.no: report.played_us for report in board.said if isinstance(report, Progress)}
    assert played == {1: 8 * SECOND, 9: 8 * SECOND}


def test_the_ticker_moves_without_a_jump(chain: FontChain) -> None:
    """After hundreds of frames the line stands where a board stands that has just begun, around its end too."""
    moved, anew = Bench(chain, (384, 192)), Bench(chain, (384, 192))
    order = Order("ticker", item(9, start_us=T, seconds=600, channel="ticker", text="Ê̆ Ặ gió"))
    moved.order(order)
    moved.run_to(T + 11 * SECOND)
    anew.clock.wall_us = T + 11 * SECOND
    anew.order(order)
    assert len(moved.frames.presented) > 500
    assert moved.frames.presented[-1] == anew.frames.presented[-1]


def test_pages_are_drawn_before_their_turn(chain: FontChain) -> None:
    """Shortly before each page the next one is ready, so that its frame is not held up by drawing letters."""
    bench = Bench(chain, (384, 192))
    bench.order(Order("main", item(1, start_us=T, seconds=600, text=NOTICE * 4)))
    for turn_us in range(T + 8 * SECOND, T + 80 * SECOND, 8 * SECOND):
        bench.run_to(turn_us - 1)
        scene = bench.show._scene
        assert scene is not None
        assert scene.is_ready(turn_us)


def test_what_goes_on_after_a_notice_is_there_at_once(bench: Bench) -> None:
    """A picture that is on air again from a notice's end is ready by then: no own page is seen in between."""
    bench.order(Order("main", notice_item(1, notice(), T, 20)))
    bench.order(Next("main", replace(image(2, T - 30 * SECOND, seconds=300), from_us=T + 20 * SECOND)))
    bench.picture_comes()
    bench.run_to(T + 20 * SECOND - MS)
    before = bench.frames.presented[-1]
    begun = len(bench.frames.presented)
    bench.run_to(T + 22 * SECOND)
    after = [main_zone(frame, bench.size) for frame in bench.frames.presented[begun:]]
    assert PURPLE * 20 not in before
    assert set(after) == {PURPLE * (len(after[0]) // 3)}
    started = [report for report in bench.said if isinstance(report, Started)]
    assert [(report.no, report.at_us) for report in started] == [(1, T), (2, T + 20 * SECOND)]
    assert started[1].offset_us == 50 * SECOND
