"""A board that presents nothing though it lives is found out, told, and started again."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from firmware_py.core import messages as msg
from firmware_py.core.errors import Code
from firmware_py.core.messages import STILL_US
from firmware_py.core.seeing import FROZEN_US, Eye, seen
from firmware_py.core.timeline import MAIN, TICKER
from firmware_py.core.units import SECOND
from tests.core.builders import schedule, slot, text, ways
from tests.core.output import Manners
from tests.core.world import World

PERIOD_US = msg.BOARD_PROGRESS_PERIOD_US
NEWS = text("news", 60)
PLAN = schedule([NEWS], [slot("morning", NEWS, start="05:30", end="06:00", repeat=True)])


def findings(reports: list[msg.Progress]) -> list[int]:
    """Return after how long a panel was found to be frozen."""
    eye: Eye | None = None
    found = []
    for report in reports:
        eye, frozen = seen(eye, report)
        if frozen:
            found.append(report.played_us)
    return found


def still(begin_us: int, seconds: int, frames: int) -> list[msg.Progress]:
    """Return the reports of a play that is seen and of which no further frame is presented."""
    ticks = range(begin_us, begin_us + seconds * SECOND, PERIOD_US)
    return [msg.Progress(1, played_us, frames=frames) for played_us in ticks]


def test_a_play_without_frames_is_found_once() -> None:
    """Six seconds after the last frame, however long it goes on."""
    assert findings(still(0, 60, 0)) == [FROZEN_US]
    assert findings([*still(0, 5, 3), *still(5 * SECOND, 60, 4)]) == [5 * SECOND + FROZEN_US]


@given(st.lists(st.integers(1, FROZEN_US - PERIOD_US), max_size=50))
def test_frames_that_come_in_time_are_no_fault(pauses: list[int]) -> None:
    """As long as no pause is too long nothing is found; a picture that stands still has one every two seconds."""
    moments = [sum(pauses[: n + 1]) for n in range(len(pauses))]
    reports = [msg.Progress(1, at_us, frames=n + 1) for n, at_us in enumerate(moments)]
    assert findings(reports) == []
    assert 2 * STILL_US < FROZEN_US


def test_what_is_hidden_is_not_waited_for() -> None:
    """Behind an alert neither the time nor the frames of a running line go on."""
    assert findings([msg.Progress(1, 3 * SECOND, frames=90)] * 300) == []


def watched(manners: Manners) -> World:
    """Return a board on which a text is on air, whose output reports every second for half a minute."""
    world = World(PLAN, start="05:29:59", setup=replace(ways(MAIN, TICKER)), manners=manners)
    world.run_to("05:30:01")
    for _ in range(30):
        world.progress()
        world.run_for(SECOND)
    return world


def test_a_frozen_board_is_started_again_within_ten_seconds() -> None:
    """Its loss names the play, and it is ended again only because the next one presents nothing either."""
    world = watched(Manners(frozen=True))
    first = world.faults[0]
    assert first.code == Code.OUTPUT_HUNG
    assert "'news', is on air and no frame of it was presented for 6 s" in first.detail
    assert first.at_us - world.record("news").planned_start_us <= 10 * SECOND


def test_a_board_that_presents_is_left_alone() -> None:
    """A picture that changes once a second is no fault, and nothing is remembered of plays that are over."""
    world = watched(Manners())
    assert world.codes() == []
    assert len(world.state.eyes) == 1
