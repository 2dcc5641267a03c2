"""What a box says that it does and why: on air, held back, coming."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from firmware_py.core import events as ev
from firmware_py.core import messages as msg
from firmware_py.core.model import Bulletin, Slot
from firmware_py.core.overview import CLOCK_UNCERTAIN, Instead, Process, Status, status_of
from firmware_py.core.records import ClockState
from firmware_py.core.reduce import start, step
from firmware_py.core.settings import Hours
from firmware_py.core.timeline import MAIN, SOUND, Channel
from firmware_py.core.units import SECOND, Now
from tests.core.builders import at, audio, facts, hours, schedule, slot, text, ways

HERE = Process(7, 8, 9)


def told(
    bulletins: Sequence[Bulletin],
    slots: Sequence[Slot],
    clock: str,
    channel: Channel = MAIN,
    *,
    state: ClockState = ClockState.TRUSTED,
    limits: Hours | None = None,
) -> Status:
    """Return what a box says at a time of day that has had this schedule for a moment."""
    now = Now(at(clock), 50 * SECOND)
    box = start(ways(channel, limits=limits), now, last_no=4, clock=state, unfinished={})
    events: tuple[ev.Event, ...] = (
        ev.ScheduleArrived(schedule(bulletins, slots)),
        ev.Checked(tuple((each.content[0], facts(each)) for each in bulletins if each.content)),
        ev.Reported(msg.Ready(77, "offscreen")),
    )
    for event in events:
        box, _ = step(box, event, now)
    return status_of(box, now, HERE, "folder")


def test_what_comes_is_what_the_schedule_brings_in_order() -> None:
    """The next item of the playlist, then the next slot; what is on air already is not coming."""
    bulletins = [text("a", 15), text("b", 15), text("c", 600)]
    said = told(bulletins, [slot("s", "a", "b", start="06:00"), slot("t", "c", start="07:00")], "06:00:05")
    (main,) = said.on_air
    assert (main.title, main.rank) == ("a", "normal")
    assert [(next_.title, next_.slot_id, next_.start_us) for next_ in main.coming] == [
        ("b", "s", at("06:00:15")),
        ("c", "t", at("07:00")),
    ]
    assert main.instead == ()
    assert (said.pid, said.output_pid, said.faults, said.link.kind) == (7, 8, 9, "folder")


def test_quiet_hours_are_named_with_their_end() -> None:
    """A slot that they hold back is there, with the reason and until when."""
    said = told([audio("a", 600)], [slot("s", "a", start="03:15")], "03:16", SOUND, limits=hours(["21:30-05:00"]))
    (sound,) = said.on_air
    assert sound.title == ""
    assert [(each.what, each.why) for each in sound.instead] == [("s", "quiet_hours")]
    assert sound.instead[0].until_us > at("03:16")


def test_a_clock_that_is_not_certain_is_the_reason_for_nothing() -> None:
    """Nothing of the schedule goes out then, and that is said first."""
    said = told([text("a", 15)], [slot("s", "a", start="06:00")], "06:00:05", state=ClockState.UNTRUSTED)
    assert said.on_air[0].instead[:1] == (Instead("*", CLOCK_UNCERTAIN),)


@pytest.mark.parametrize("clock", ["00:00", "12:00", "23:59:59"])
def test_an_empty_schedule_has_nothing_to_say(clock: str) -> None:
    """Nothing on air, nothing held back, nothing coming."""
    (main,) = told([], [], clock).on_air
    assert (main.title, main.instead, main.coming) == ("", (), ())
