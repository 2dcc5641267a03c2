"""The record of what could be seen."""

from __future__ import annotations

from firmware_py.board.plays import LATE_US, Plays
from firmware_py.core.messages import Progress
from firmware_py.core.units import MS, SECOND, Now
from tests.board.board_process import item

T = 1_795_400_000 * SECOND
A = item(1, start_us=T, seconds=10)
TICKER = item(9, start_us=T, seconds=100, channel="ticker")


def at(seconds: float) -> Now:
    """Return both clocks so many seconds after the start."""
    return Now(T + round(seconds * SECOND), 5 * SECOND + round(seconds * SECOND))


def test_a_play_begins_once_and_says_how_far_in() -> None:
    """The first frame with an item is its start, with the time that passed since it should have begun."""
    plays = Plays()
    (started,) = plays.seen([A], at(2.5))
    assert (started.no, started.at_us, started.offset_us) == (1, T + 2_500_000, 2_500_000)
    assert plays.seen([A], at(3)) == []


def test_played_is_the_time_that_it_could_be_seen() -> None:
    """A play that shares the panel with another counts only its own turns."""
    plays = Plays()
    plays.seen([A], at(0))
    plays.seen([TICKER], at(2))
    plays.seen([A], at(5))
    (ended,) = plays.leave([TICKER], (), at(6))
    assert (ended.no, ended.played_us) == (1, 3 * SECOND)
    assert [report.played_us for report in plays.progress(at(7))] == [3 * SECOND]


def test_reasons_of_an_end() -> None:
    """Over is complete; before that it was replaced in its channel, or stopped."""
    reasons = []
    for second, channels in ((10, {"main"}), (9, {"main"}), (9, {"ticker"}), (9, set[str]())):
        plays = Plays()
        plays.seen([A], at(0))
        reasons.append(plays.leave((), channels, at(second))[0].reason)
    assert reasons == ["complete", "replaced", "stopped", "stopped"]


def test_late_frames_are_counted_for_what_is_seen() -> None:
    """A frame later than the limit counts as late for every play that can be seen; the worst is told once."""
    plays = Plays()
    plays.seen([A, TICKER], at(0))
    for late_us in (0, LATE_US, LATE_US + 1, 80 * MS):
        plays.frame(late_us)
    plays.seen([TICKER], at(1))
    plays.frame(0)
    reports = {
        report.no: (report.frames, report.late_frames, report.worst_frame_us) for report in plays.progress(at(2))
    }
    assert reports == {1: (4, 2, 80 * MS), 9: (5, 2, 80 * MS)}
    plays.frame(LATE_US + 2)
    (ended,) = plays.leave([TICKER], (), at(3))
    (progress,) = plays.progress(at(3))
    assert (ended.late_frames, ended.worst_frame_us) == (2, 0)
    assert (progress.late_frames, progress.worst_frame_us) == (3, LATE_US + 2)


def test_nothing_on_air_is_a_sign_of_life_too() -> None:
    """Without a play there is one report, of play 0."""
    assert Plays().progress(at(0)) == [Progress(0)]
