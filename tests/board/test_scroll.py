"""A text that runs upwards: whole, evenly, at the pace of reading, the same on every board."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_py.board import sdl
from firmware_py.board.deck import text_recipes
from firmware_py.board.fit import TextPage, fit_text
from firmware_py.board.glyphs import FontChain
from firmware_py.board.layout import Layout, is_smooth, lay_out
from firmware_py.board.look import Look
from firmware_py.board.pages import Pace, Span, frame_after
from firmware_py.board.scroll import Run, Scroll, run_of
from firmware_py.board.steps import finish
from firmware_py.board.text import Fonts
from firmware_py.core.messages import NoticeText, Started
from firmware_py.core.messages import Now as Order
from firmware_py.core.units import SECOND
from tests.board.bench import Bench, T
from tests.board.board_process import item
from tests.board.samples import BA_NA, NOTICE, SIZES, ink, inside

LED = (384, 192)
LONG = NOTICE * 4
LOOK = Look()


def running(size: tuple[int, int], text: str, chain: FontChain) -> tuple[Scroll, TextPage, Layout]:
    """Return a running text on a panel, with the page that it is made of and the layout."""
    layout, fonts = lay_out(*size, main=True, ticker=False), Fonts(chain, smooth=is_smooth(*size))
    pages = finish(fit_text("Tin", text, layout.text, layout.menu, fonts, "scroll"))
    (recipe,) = text_recipes(1, pages, layout, LOOK, fonts)
    film = finish(recipe(Span(T, recipe.least_us, recipe.least_us))).film
    assert isinstance(film, Scroll)
    return film, pages[0], layout


@pytest.mark.parametrize("size", SIZES)
def test_every_row_comes_into_sight_whole(size: tuple[int, int], chain: FontChain) -> None:
    """At some offset each row of the text is all in the zone; nothing is drawn outside of it."""
    film, page, layout = running(size, LONG, chain)
    assert film.lines[0].top_px == 0
    last = film.lines[-1]
    assert last.top_px + last.height_px - film.run.distance_px <= film.box.height
    assert all(line.height_px <= film.box.height for line in film.lines)
    assert len(film.lines) >= len([row for row in page.rows if row.role == "body" and row.text])
    panel = sdl.new_surface(*size)
    for offset_px in range(0, film.run.distance_px + 1, max(1, film.run.distance_px // 7)):
        panel.fill((1, 2, 3))
        film.paint(panel, offset_px)
        assert inside(ink(panel, layout.panel, (1, 2, 3)), film.box)
        assert ink(panel, film.box, LOOK.ground).visible


def test_it_moves_by_equal_whole_steps(chain: FontChain) -> None:
    """Between its rests each step is one pixel, and as many frames lie between two as between any others."""
    film, _, _ = running(LED, LONG, chain)
    moment_us, seen = T, [(0, film.at(T))]
    for number in range(1, 60 * 60):
        moment_us = frame_after(moment_us, 60)
        if film.at(moment_us) != seen[-1][1]:
            seen.append((number, film.at(moment_us)))
    assert {later[1] - earlier[1] for earlier, later in pairwise(seen)} == {film.run.step_px}
    assert {later[0] - earlier[0] for earlier, later in pairwise(seen[1:])} == {film.run.frames}
    assert seen[1][0] >= 60


runs = st.builds(
    run_of,
    st.integers(200, 60_000),
    st.integers(32, 2000),
    st.integers(10, 20_000),
    st.builds(Pace, st.just(8 * SECOND), st.floats(1, 100), st.integers(1, 120)),
)


@given(runs, st.integers(0, 10**12))
def test_it_is_seen_from_top_to_end_in_its_turn(run: Run, lasts_us: int) -> None:
    """At the beginning of a turn it stands at its top, at its end at its end, in between it never goes back."""
    lasts_us = max(SECOND, lasts_us % (2 * run.lasts_us))
    offsets = [run.offset_px(lasts_us * n // 40, lasts_us) for n in range(41)]
    assert offsets[0] == 0
    assert offsets[-1] == run.distance_px
    assert offsets == sorted(offsets)


@given(st.integers(200, 60_000), st.integers(32, 190), st.integers(10, 20_000), st.floats(1, 100))
def test_it_is_no_faster_than_people_read(height_px: int, zone_px: int, letters: int, read_cps: float) -> None:
    """The whole of it takes as long as its letters do, or longer, but for a seventh to keep its steps even."""
    pace = Pace(2 * SECOND, read_cps)
    assert run_of(height_px, zone_px, letters, pace).lasts_us >= 0.85 * letters * SECOND / read_cps


def test_a_short_text_stands_still(chain: FontChain) -> None:
    """What fits on one page is shown as it would be without running."""
    frames = []
    for flow in ("pages", "scroll"):
        bench = Bench(chain, LED)
        bench.order(Order("main", item(1, start_us=T, seconds=600, flow=flow)))
        frames.append(bench.frames.presented[-1])
    assert frames[0] == frames[1]


def test_a_late_board_stands_at_the_same_pixel(chain: FontChain) -> None:
    """Two boards that came on at different times show the same frame, in the middle of the second language too."""
    shown = item(
        1, start_us=T, seconds=600, text=LONG, flow="scroll", translations=(NoticeText("bdq", "Tơbăt", BA_NA * 4),)
    )
    early = Bench(chain, LED)
    early.order(Order("main", shown))
    assert early.of(Started) == [1]
    seen = set()
    for second in (3, 20, 41):
        early.run_to(T + second * SECOND)
        late = Bench(chain, LED)
        late.clock.wall_us = T + second * SECOND
        late.order(Order("main", shown))
        assert late.frames.presented[-1] == early.frames.presented[-1]
        seen.add(early.frames.presented[-1])
    assert len(seen) == 3


def test_its_end_comes_before_the_bulletins(chain: FontChain) -> None:
    """A bulletin that is too short for its text runs faster: in its last second the last row stands there."""
    frames = []
    for seconds in (10, 3000):
        bench = Bench(chain, LED, pace=Pace(8 * SECOND, 12.0))
        bench.order(Order("main", item(1, start_us=T, seconds=seconds, text=LONG, flow="scroll")))
        scene = bench.show._scene
        assert scene is not None
        (film,) = [page.film for page in scene.pages(T)]
        assert isinstance(film, Scroll)
        frames.append(film.at(T + 9_990_000))
        assert film.at(film.span.since_us + film.span.lasts_us - 1000) == film.run.distance_px
    assert frames[0] > frames[1]
