"""What could not be heard or seen in time stands in the log at its time, and not too often."""

from __future__ import annotations

import pytest

from firmware_py.core.messages import Ended, Failed, Progress
from firmware_py.core.units import MS, SECOND
from firmware_py.runtime.slips import FREE_LINES, LINE_PERIOD_US, Slips


def test_what_was_lost_is_told_when_it_grows(caplog: pytest.LogCaptureFixture) -> None:
    """A line says what is new since the last one; a report with nothing new says nothing."""
    slips = Slips()
    for lost_ms in (0, 85, 85, 100):
        slips.heard(Progress(7, lost_us=lost_ms * MS), SECOND)
    slips.heard(Ended(7, "complete", 0, 0, SECOND, lost_us=140 * MS), SECOND)
    assert caplog.messages == [f"play 7: {ms} ms of sound lost" for ms in (85, 15, 40)]


def test_late_frames_are_told_with_the_worst(caplog: pytest.LogCaptureFixture) -> None:
    """Each play has counters of its own, and the end of a play has its last frames."""
    slips = Slips()
    slips.heard(Progress(1, late_frames=2, worst_frame_us=212 * MS), SECOND)
    slips.heard(Progress(2, late_frames=2, worst_frame_us=60 * MS), SECOND)
    slips.heard(Progress(1, late_frames=2, worst_frame_us=20 * MS), SECOND)
    slips.heard(Ended(1, "complete", 0, 0, SECOND, late_frames=3, worst_frame_us=51 * MS), SECOND)
    assert caplog.messages == [
        "play 1: 2 frames late, the worst by 212 ms",
        "play 2: 2 frames late, the worst by 60 ms",
        "play 1: 1 frames late, the worst by 51 ms",
    ]


def test_a_machine_that_is_always_late_is_told_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    """After the free lines one comes a minute, with all that came together meanwhile."""
    slips = Slips()
    for n in range(1, FREE_LINES + 10):
        slips.heard(Progress(1, late_frames=n, worst_frame_us=(500 - n) * MS), SECOND)
    assert len(caplog.messages) == FREE_LINES
    slips.heard(Progress(1, late_frames=100, worst_frame_us=99 * MS), SECOND + LINE_PERIOD_US)
    slips.heard(Progress(1, late_frames=101, worst_frame_us=99 * MS), SECOND + LINE_PERIOD_US)
    worst_ms = 500 - FREE_LINES - 1
    told = f"play 1: {100 - FREE_LINES} frames late, the worst by {worst_ms} ms"
    assert caplog.messages[FREE_LINES:] == [told]


def test_nothing_is_kept_of_plays_that_are_over(caplog: pytest.LogCaptureFixture) -> None:
    """After its end, its failure or the output's death a play's counters begin at nothing."""
    slips = Slips()
    slips.heard(Progress(1, lost_us=5 * MS), SECOND)
    slips.heard(Ended(1, "stopped", 0, 0, SECOND, lost_us=5 * MS), SECOND)
    slips.heard(Progress(2, lost_us=6 * MS), SECOND)
    slips.heard(Failed(2, "decoder_failed", "broken"), SECOND)
    slips.heard(Progress(3, lost_us=7 * MS), SECOND)
    slips.clear()
    for no in (1, 2, 3):
        slips.heard(Progress(no, lost_us=9 * MS), SECOND)
    assert [message.split(": ")[1].split()[0] for message in caplog.messages] == ["5", "6", "7", "9", "9", "9"]
