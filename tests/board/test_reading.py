"""How large letters are for those who stand far away, and how long they have to read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_py.board.fit import fit_text
from firmware_py.board.glyphs import FontChain
from firmware_py.board.layout import LEGIBLE_PX, Type, is_smooth, lay_out
from firmware_py.board.pages import LEAST_US, Pace, Round
from firmware_py.board.reading import CAPITAL_SHARE, least_type
from firmware_py.board.steps import finish
from firmware_py.board.text import Fonts
from firmware_py.core.messages import Now as Order
from firmware_py.core.messages import Trouble
from firmware_py.core.settings import Screen
from firmware_py.core.units import SECOND
from tests.board.bench import Bench, T
from tests.board.board_process import board, item, setup
from tests.board.notices import built, notice, notice_item
from tests.board.samples import LANGUAGES, NOTICE, ink

LED, HD = (384, 192), (1920, 1080)


@pytest.mark.parametrize(
    ("pitch_mm", "distance_m", "px"),
    [(0, 20, 0), (10, 0, 0), (10, 30, LEGIBLE_PX), (4, 30, 32), (10, 100, 43), (0.63, 5, 34)],
)
def test_letters_are_three_millimetres_a_metre(pitch_mm: float, distance_m: float, px: int) -> None:
    """A capital of the least type is 3 mm high for each metre, and no type is smaller than marks need."""
    least = least_type(Screen(pitch_mm=pitch_mm, distance_m=distance_m), *HD)
    assert (least.px, least.trouble) == (px, "")
    if px > LEGIBLE_PX:
        assert px * CAPITAL_SHARE * pitch_mm == pytest.approx(3 * distance_m, rel=0.05)


def test_the_capital_is_as_high_as_the_rule_says(chain: FontChain) -> None:
    """A drawn H has the share of the type size that the rule reckons with."""
    face = Fonts(chain, smooth=True).face(Type("plain", 200))
    drawn = face.draw("H", (255, 255, 255), (0, 0, 0))
    assert ink(drawn, drawn.get_rect(), (0, 0, 0)).height == pytest.approx(200 * CAPITAL_SHARE, abs=2)  # type: ignore[arg-type]  # four numbers


def test_a_panel_without_room_takes_the_largest_and_says_so() -> None:
    """A strip that is read from a hundred metres has letters as large as it holds; how far they reach is told."""
    least = least_type(Screen(pitch_mm=10, distance_m=100), 64, 32)
    assert least.px == 16
    assert "has room for 16 px, read up to 38 m" in least.trouble
    assert "43 px" in least.trouble


@given(st.floats(0.1, 100), st.floats(0.1, 500), st.integers(16, 4096), st.integers(16, 4096))
def test_a_line_of_the_least_type_fits_any_panel(pitch: float, distance: float, width: int, height: int) -> None:
    """Whatever is asked for, the type can be shown, or it is the smallest that there is."""
    px, trouble = least_type(Screen(pitch_mm=pitch, distance_m=distance), width, height)
    assert px == LEGIBLE_PX or (px * 1.36 <= height and px * 4 <= width)
    assert (px * pitch * CAPITAL_SHARE >= 3 * distance - 1e-6) or trouble


@pytest.mark.parametrize("size", [HD, (1080, 1920), LED, (128, 64), (64, 32)])
@pytest.mark.parametrize("text", [*LANGUAGES, NOTICE])
def test_no_text_is_smaller_than_can_be_read(size: tuple[int, int], text: str, chain: FontChain) -> None:
    """On every page every row has the least type or a larger one, as far as a line of it fits the zone."""
    least_px = least_type(Screen(pitch_mm=4, distance_m=40), *size).px
    layout = lay_out(*size, main=True, ticker=False, least_px=least_px)
    fonts = Fonts(chain, smooth=is_smooth(*size))
    pages = finish(fit_text("Tin", text * 3, layout.text, layout.menu, fonts))
    room_px = int(layout.main.height / 1.362)
    assert min(row.kind.px for page in pages for row in page.rows) >= min(least_px, room_px)
    assert {row.kind.weight for page in pages for row in page.rows} <= {"plain", "strong"}


def test_ticker_and_alert_keep_the_least_type_too(chain: FontChain) -> None:
    """What runs below and what interrupts are read from as far away."""
    assert lay_out(*LED, main=True, ticker=True).ticker_px < 30
    assert lay_out(*LED, main=True, ticker=True, least_px=32).ticker_px >= 32
    pages, _ = built(notice_item(1, notice(), T), LED, chain, least_px=40)
    assert min(kind.px for kind in (*pages.layout.menu.single, pages.layout.menu.paged)) >= 40


def test_the_agent_is_told_of_a_panel_that_is_too_small() -> None:
    """The process says it once, when it starts, and shows what it can."""
    with board(setup(width=64, height=32, pitch_mm=10.0, distance_m=100.0)) as running:
        (trouble,) = running.wait_for(Trouble)
    assert trouble.code == "panel_too_small"
    assert "read up to" in trouble.detail


def test_a_page_stays_for_as_long_as_it_takes_to_read() -> None:
    """A hundred and twenty letters are ten seconds; few letters have the least time; a document's page counts twice."""
    pace = Pace(8 * SECOND, 12.0)
    assert [pace.stay_us(letters) for letters in (0, 96, 97, 120)] == [
        8 * SECOND,
        8 * SECOND,
        8_083_334,
        10 * SECOND,
    ]
    assert pace.stay_us(0, pages=2) == 16 * SECOND


def test_two_boards_turn_long_pages_together(chain: FontChain) -> None:
    """A board that comes on in the middle shows the page that the other one shows, at every second of two minutes."""
    shown = item(1, start_us=T, seconds=600, text=NOTICE * 3)
    pace = Pace(4 * SECOND, 12.0)
    first = Bench(chain, LED, pace=pace)
    first.order(Order("main", shown))
    turns = []
    for second in range(1, 121, 7):
        first.run_to(T + second * SECOND)
        late = Bench(chain, LED, pace=pace)
        late.clock.wall_us = T + second * SECOND
        late.order(Order("main", shown))
        assert late.frames.presented[-1] == first.frames.presented[-1]
        turns.append(first.frames.presented[-1][3 * 384 * 24 :])
    assert len(set(turns)) > 3


stays = st.lists(st.integers(SECOND // 2, 60 * SECOND), min_size=1, max_size=30)


@given(stays, st.integers(SECOND, 3600 * SECOND), st.integers(0, 3600 * SECOND))
def test_long_pages_have_more_of_the_time(stays_us: list[int], duration_us: int, passed_us: int) -> None:
    """At any instant the page is the one whose span holds it; when time is short all shrink by the same share."""
    now_us = T + passed_us % duration_us
    shown = Round.of(T, duration_us, stays_us)
    turn = shown.turn(now_us)
    span = shown.span(turn.page)
    since_us = (now_us - span.since_us) % span.every_us
    assert since_us < span.lasts_us
    assert turn.until_us == now_us - since_us + span.lasts_us
    seen_us = stays_us if sum(stays_us) <= duration_us else stays_us[: duration_us // LEAST_US]
    share = min(1, duration_us / sum(seen_us))
    assert span.lasts_us == pytest.approx(stays_us[turn.page] * share, abs=1)
    assert span.every_us <= duration_us
