"""Plays that a dead process left open are closed with what is known of them."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from firmware_py.core.records import Result
from firmware_py.core.units import SECOND
from firmware_py.store.recovery import close_open
from tests.store.samples import START_US, record, word

STARTED = replace(record(4), actual_start_us=START_US, start_mono_us=500 * SECOND, offset_us=3 * SECOND)


def test_a_play_ends_with_its_last_word() -> None:
    """Time, length, levels and frames are those that were reported last; what was known before stays."""
    (closed,) = close_open([STARTED], {4: word(4)})
    assert (closed.result, closed.code) == (Result.INTERRUPTED, "agent_died")
    assert (closed.actual_start_us, closed.actual_end_us) == (START_US, START_US + 12 * SECOND)
    assert (closed.start_mono_us, closed.end_mono_us) == (500 * SECOND, 512 * SECOND)
    assert (closed.played_us, closed.offset_us) == (12 * SECOND, 3 * SECOND)
    assert (closed.mean_dbfs, closed.peak_dbfs, closed.frames) == (-20.5, -3.25, 7)
    assert (closed.no, closed.key, closed.title) == (4, STARTED.key, STARTED.title)


def test_a_start_that_was_not_written_is_reckoned_back() -> None:
    """A play that was heard and has no start yet began as long before its last word as it had been heard."""
    (closed,) = close_open([record(4)], {4: word(4)})
    assert (closed.actual_start_us, closed.start_mono_us) == (START_US, 500 * SECOND)
    assert closed.offset_us == max(0, START_US - record(4).planned_start_us)
    assert close_open([record(4)], {4: word(4, played_us=0)})[0].actual_start_us == 0


def test_a_start_reckoned_back_tells_how_late_it_was() -> None:
    """A play that was joined two seconds into its content and died unwritten began at that offset."""
    late = replace(record(4), planned_start_us=START_US - 2 * SECOND)
    assert close_open([late], {4: word(4)})[0].offset_us == 2 * SECOND


def test_without_a_word_nothing_is_made_up() -> None:
    """A play of which nobody spoke is interrupted with nothing played and an unknown end."""
    for words in ({}, {5: word(5)}, {4: word(5)}):
        (closed,) = close_open([STARTED], words)
        assert closed == replace(STARTED, result=Result.INTERRUPTED, code="agent_died", detail=closed.detail)
        assert "not known" in closed.detail


@given(st.lists(st.sampled_from(Result), max_size=8), st.sets(st.integers(1, 8)))
def test_each_open_play_is_closed_once_and_no_other(results: list[Result], spoken: set[int]) -> None:
    """What comes back are the open plays, in their order, none of them open any more."""
    records = [record(no, result) for no, result in enumerate(results, 1)]
    closed = close_open(records, {no: word(no) for no in spoken})
    assert [play.no for play in closed] == [play.no for play in records if play.result is Result.ON_AIR]
    assert all(play.result is Result.INTERRUPTED for play in closed)
    assert close_open(closed, {}) == ()
