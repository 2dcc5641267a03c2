"""What is on air and cannot be heard is told within ten seconds, and mended where that is possible."""

from __future__ import annotations

from math import log10

import pytest

from firmware_py.core import events as ev
from firmware_py.core import messages as msg
from firmware_py.core.errors import Code
from firmware_py.core.hearing import SILENT_DBFS, SILENT_US, STUCK_US, Ear, first, heard, loud_enough_dbfs
from firmware_py.core.model import Schedule
from firmware_py.core.units import MS, SECOND, SILENCE_DBFS
from firmware_py.speaker.level import gain_of
from tests.core.builders import audio, schedule, slot
from tests.core.world import World

PERIOD_US = 200 * MS
NEWS = audio("news", 600)
PLAN = schedule([NEWS], [slot("s", NEWS, start="05:30")])


def findings(*reports: msg.Progress, volume_pct: int = 100) -> list[tuple[int, str]]:
    """Return what is said of reports that come five times a second, and after how many of them."""
    ear = first(reports[0], 0)
    said: list[tuple[int, str]] = []
    for number, report in enumerate(reports[1:], 1):
        ear, finding = heard(ear, report, volume_pct, number * PERIOD_US)
        said += [(number * PERIOD_US, finding)] if finding else []
    return said


def moving(seconds: float, mean_dbfs: float, since_s: float = 0.0) -> list[msg.Progress]:
    """Return the reports of a play that goes on as time does."""
    ticks = range(round(since_s * 5), round((since_s + seconds) * 5))
    return [msg.Progress(1, tick * PERIOD_US, mean_dbfs) for tick in ticks]


def test_a_play_that_is_heard_is_nothing_to_speak_of() -> None:
    """Neither sound, nor pauses shorter than the limit between sounds, are told."""
    assert findings(*moving(60, -20.0)) == []
    paused = [*moving(5, -20), *moving(7.8, -70, 5), *moving(1, -20, 12.8), *moving(7.8, -70, 13.8)]
    assert findings(*paused) == []


def test_silence_is_told_once() -> None:
    """After the limit, however long it lasts, and also when the play was loud before."""
    assert findings(*moving(60, -70.0)) == [(SILENT_US, "silent")]
    assert findings(*moving(10, -20.0), *moving(60, -70.0, 10.0)) == [(10 * SECOND - PERIOD_US + SILENT_US, "silent")]


def test_a_play_that_stands_still_is_told_once() -> None:
    """Whatever level is reported with it: what does not move is not heard, and its silence is not told as well."""
    for dbfs in (-20.0, -120.0):
        still = [msg.Progress(1, 3 * SECOND, dbfs)] * 300
        assert findings(*still) == [(STUCK_US, "stuck")]


def test_what_the_output_itself_counts_as_lost_is_its_own_to_tell() -> None:
    """A play without a card goes on in time: it neither stands still nor is its file silent."""
    lost = [msg.Progress(1, SECOND, SILENCE_DBFS, lost_us=tick * PERIOD_US) for tick in range(300)]
    assert findings(*lost) == []


def test_what_was_told_may_be_told_again_of_another_ear_only() -> None:
    """The finding is spent: an ear that has told goes on without a word."""
    ear, _ = heard(Ear(0, 0, 0, 0), msg.Progress(1, SECOND, -70.0), 100, SILENT_US)
    later = [heard(ear, msg.Progress(1, n * SECOND, -70.0), 100, n * SECOND)[1] for n in range(9, 30)]
    assert set(later) == {""}


@pytest.mark.parametrize("volume_pct", [5, 10, 25, 50, 70, 100])
def test_what_is_loud_enough_follows_the_volume(volume_pct: int) -> None:
    """A signal just above the limit at full volume is just above it at any other, as the output makes it softer."""
    sent = gain_of(volume_pct, SILENT_DBFS + 0.5)
    softer_dbfs = SILENT_DBFS + 0.5 + 20 * log10(gain_of(volume_pct, 0.0))
    assert sent > 0
    assert loud_enough_dbfs(volume_pct) == pytest.approx(max(softer_dbfs - 0.5, SILENCE_DBFS), abs=0.01)


def test_a_volume_of_none_is_no_silence() -> None:
    """Whoever turns the volume off expects to hear nothing."""
    assert findings(*moving(60, SILENCE_DBFS), volume_pct=0) == []


def playing(plan: Schedule = PLAN) -> World:
    """Return a box on which a bulletin has begun."""
    world = World(plan, start="05:29:59")
    world.run_to("05:30:01")
    return world


def report(world: World, seconds: int, mean_dbfs: float, *, moves: bool = True) -> None:
    """Let the output report once a second."""
    (no,) = world.state.plays
    before = world.state.progress.get(no, msg.Progress(no)).played_us
    for second in range(1, seconds + 1):
        world.run_for(SECOND)
        world.send(ev.Reported(msg.Progress(no, before + second * SECOND * moves, mean_dbfs)))


def test_a_silent_bulletin_is_told_within_ten_seconds() -> None:
    """The fault names the bulletin and says what to look at; the play goes on."""
    world = playing()
    report(world, 10, -80.0)
    (fault,) = world.faults
    assert (fault.code, fault.subject) == (Code.SILENT_ON_AIR, "news")
    assert "silent for 8 s (-80 dBFS are sent)" in fault.detail
    assert world.on_air() == "news"


def test_a_stuck_output_is_started_again_and_goes_on() -> None:
    """A play that does not move for four seconds costs the output its life; the next plays on where the clock is."""
    world = playing()
    report(world, 2, -20.0)
    report(world, 5, -20.0, moves=False)
    world.run_for(3 * SECOND)
    assert world.codes() == [Code.OUTPUT_HUNG]
    assert "stood still for 4 s" in world.faults[0].detail
    assert world.on_air() == "news"
    world.run_to("05:31")
    assert world.codes() == [Code.OUTPUT_HUNG]


def test_nothing_is_remembered_of_plays_that_are_over() -> None:
    """A box that runs for years does not collect ears."""
    short = audio("short", 2)
    world = World(schedule([short], [slot("s", short, start="05:30", end="05:40", repeat=True)]), start="05:29:59")
    for _ in range(20):
        world.run_for(SECOND)
        world.progress()
    assert len(world.state.ears) <= 2
