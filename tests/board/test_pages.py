"""Pages and ticker as functions of the wall clock."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from firmware_py.board.pages import LEAST_US, Round, frame_after, frame_at, ticker_offset
from firmware_py.core.units import SECOND

START = 1_795_400_000 * SECOND + 123_457

starts = st.integers(START, START + 10**9)
durations = st.integers(SECOND, 3600 * SECOND)
counts = st.integers(1, 40)


def test_pages_follow_one_another_and_begin_again() -> None:
    """Three pages of eight seconds in a minute: the first, second, third, and the first again."""
    turns = Round.of(START, 60 * SECOND, [8 * SECOND] * 3)
    shown = [turns.turn(START + s * SECOND) for s in (0, 7, 8, 23, 24, 59)]
    assert [turn.page for turn in shown] == [0, 0, 1, 2, 0, 1]
    assert shown[0].until_us == START + 8 * SECOND


def test_pages_share_a_duration_that_is_too_short() -> None:
    """Three pages in nine seconds get three seconds each, whatever the settings say."""
    turns = Round.of(START, 9 * SECOND, [8 * SECOND] * 3)
    assert [turns.turn(START + s * SECOND).page for s in range(9)] == [0, 0, 0, 1, 1, 1, 2, 2, 2]


@given(starts, durations, counts, st.integers(0, 3600 * SECOND))
def test_a_page_stays_until_it_says(start: int, duration: int, count: int, passed: int) -> None:
    """The page of an instant is the page up to `until`, and at `until` it is another one (or there is only one)."""
    now = start + passed % duration
    shown = Round.of(start, duration, [8 * SECOND] * count)
    turn = shown.turn(now)
    assert 0 <= turn.page < count
    assert turn.until_us > now
    assert shown.turn(turn.until_us - 1).page == turn.page
    if count > 1 and turn.until_us < start + duration:
        assert shown.turn(turn.until_us).page == (turn.page + 1) % count


@given(starts, durations, counts)
def test_every_page_is_seen(start: int, duration: int, count: int) -> None:
    """Within the item's duration every page has its turn, as long as that is half a second for each."""
    count = max(1, min(count, duration // LEAST_US))
    now, seen = start, set[int]()
    while now < start + duration and len(seen) < count:
        turn = Round.of(start, duration, [8 * SECOND] * count).turn(now)
        seen.add(turn.page)
        now = turn.until_us
    assert len(seen) == count


@given(starts, st.integers(1, 120))
def test_frames_stand_on_a_grid_that_boards_share(now: int, fps: int) -> None:
    """The frame of an instant is at most a period old, the next one later, and whole seconds are frames."""
    before, after = frame_at(now, fps), frame_after(now, fps)
    assert before <= now < after
    assert after - before <= SECOND // fps + 1
    assert frame_at(after, fps) == after
    assert frame_at(now - now % SECOND, fps) == now - now % SECOND


def test_ticker_moves_by_equal_steps() -> None:
    """At 180 pixels a second and 60 frames every frame moves it by three pixels, around the end too."""
    moment, offsets = frame_at(START, 60), []
    for _ in range(600):
        offsets.append(ticker_offset(moment, START - 7, 180, 1000))
        moment = frame_after(moment, 60)
    assert {(new - old) % 1000 for old, new in pairwise(offsets)} == {3}
    assert max(offsets) < 1000


def test_ticker_begins_with_its_first_letter() -> None:
    """At its start the line stands at the left edge."""
    assert ticker_offset(START, START, 180, 1000) == 0
