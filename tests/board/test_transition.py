"""How one page gives way to the next: what is seen between them, and that nothing else is."""

from __future__ import annotations

from firmware_py.board.glyphs import FontChain
from firmware_py.board.layout import lay_out
from firmware_py.core.messages import Next
from firmware_py.core.messages import Now as Order
from firmware_py.core.settings import Screen
from firmware_py.core.units import MS, SECOND
from tests.board.bench import PURPLE, Bench, T
from tests.board.board_process import item
from tests.board.notices import notice, notice_item

LED = (384, 192)


def changing(chain: FontChain, settings: Screen) -> Bench:
    """Return a board that goes over from a text to a purple picture at five seconds."""
    bench = Bench(chain, LED, settings=settings)
    bench.order(Order("main", item(1, start_us=T, seconds=5)))
    bench.order(Next("main", item(2, start_us=T + 5 * SECOND, kind="image", path="/no/poster.png", fit="cover")))
    bench.picture_comes()
    return bench


def row(frame: bytes) -> bytes:
    """Return a row of pixels near the upper edge of the main zone, which text leaves free."""
    y = lay_out(*LED, main=True, ticker=False).main.y + 2
    return frame[3 * LED[0] * y : 3 * LED[0] * (y + 1)]


def test_a_fade_goes_evenly_from_one_to_the_other(chain: FontChain) -> None:
    """Each frame of a fade has more of the new picture than the one before; the last is the picture itself."""
    bench = changing(chain, Screen(transition="fade", transition_s=0.5))
    bench.run_to(T + 5 * SECOND - 1)
    ground = row(bench.frames.presented[-1])[0]
    before = len(bench.frames.presented)
    bench.run_to(T + 6 * SECOND - 1)
    reds = [row(frame)[0] for frame in bench.frames.presented[before:]]
    assert reds == sorted(reds)
    assert (reds[0], reds[-1]) == (ground, PURPLE[0])
    assert len(set(reds)) >= 12
    assert row(bench.frames.presented[-1]) == PURPLE * LED[0]


def test_a_slide_pushes_the_old_page_out(chain: FontChain) -> None:
    """In each frame of a slide the new picture stands right of the old page, wider every time."""
    bench = changing(chain, Screen(transition="slide", transition_s=0.5))
    before = len(bench.frames.presented)
    bench.run_to(T + 6 * SECOND - 1)
    widths = []
    for frame in bench.frames.presented[before:]:
        pixels = row(frame)
        width = sum(pixels[n : n + 3] == PURPLE for n in range(0, len(pixels), 3))
        assert pixels.endswith(PURPLE * width)
        widths.append(width)
    assert widths[-1] == LED[0]
    moving = widths[widths.index(next(filter(None, widths))) :]
    assert moving == sorted(moving)


def test_what_is_seen_between_two_pages_is_timed_by_the_clock(chain: FontChain) -> None:
    """Two boards whose frames fall on other instants show the same mixture at the same instant."""
    boards = [changing(chain, Screen(transition="fade", fps=fps)) for fps in (30, 60)]
    for bench in boards:
        bench.run_to(T + 5 * SECOND + 240 * MS)
    assert boards[0].frames.presented[-1] == boards[1].frames.presented[-1]


def test_a_notice_is_there_at_once(chain: FontChain) -> None:
    """An alert does not fade in, and what follows it does not fade either."""
    faded = Bench(chain, LED, settings=Screen(transition="fade"))
    cut = Bench(chain, LED)
    for bench in (faded, cut):
        bench.order(Order("main", item(1, start_us=T, seconds=600)))
        bench.run_to(T + 2 * SECOND)
        bench.order(Order("main", notice_item(2, notice(), T + 2 * SECOND, seconds=3)))
    assert faded.frames.presented[-1] == cut.frames.presented[-1]


def test_an_alert_in_the_middle_of_a_fade(chain: FontChain) -> None:
    """A fade that an alert cuts short leaves nothing behind."""
    bench = changing(chain, Screen(transition="fade", transition_s=2))
    bench.run_to(T + 6 * SECOND)
    bench.order(Order("main", notice_item(3, notice(), T + 6 * SECOND)))
    shown = bench.frames.presented[-1]
    alone = Bench(chain, LED)
    alone.clock.wall_us = T + 6 * SECOND
    alone.order(Order("main", notice_item(3, notice(), T + 6 * SECOND)))
    assert shown == alone.frames.presented[-1]
