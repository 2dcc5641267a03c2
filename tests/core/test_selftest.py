"""The nightly self-test: when the tone comes, when it does not, and what is said when nobody hears it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware_py.core import events as ev
from firmware_py.core import messages as msg
from firmware_py.core.errors import Code
from firmware_py.core.records import ClockState
from firmware_py.core.settings import SelfTest
from firmware_py.core.state import Ways
from firmware_py.core.times import parse_time_of_day
from firmware_py.core.units import DAY, SECOND
from tests.core.builders import at, audio, hours, schedule, slot, ways
from tests.core.linked import NEWS, LinkedWorld
from tests.core.world import World

NIGHT_SONG = audio("song", 600)


def trying_itself() -> Ways:
    """Return a loudspeaker that tries itself at night, in its quiet hours."""
    return replace(
        ways(limits=hours(quiet=("22:00-05:00",))), self_test=SelfTest(at=parse_time_of_day("02:30"), volume_pct=15)
    )


def tones(world: World) -> list[tuple[int, int]]:
    """Return when a tone was ordered, and how loud."""
    orders = [(at_us, order.item) for at_us, order in world.told if isinstance(order, msg.Now) and order.item]
    return [(at_us, item.volume_pct) for at_us, item in orders if item.notice and item.notice.style == "tone"]


def hears(world: World, above_db: float, detail: str = "") -> None:
    """Let the microphone say what it has heard of the tone that is on air."""
    world.send(ev.Reported(msg.ToneHeard(max(world.state.plays), above_db, detail)))


def test_it_comes_every_night_softly_and_for_ten_seconds() -> None:
    """At its minute, in quiet hours, at its own volume; a tone that is heard is nothing to speak of."""
    world = World(start="02:00", setup=trying_itself())
    world.run_to("02:30:05")
    assert tones(world) == [(at("02:30"), 15)]
    assert world.on_air() == "self-test"
    hears(world, 25.0)
    world.run_to("02:30:11")
    assert world.on_air() is None
    world.run_for(DAY)
    assert [at_us for at_us, _ in tones(world)] == [at("02:30"), at("02:30") + DAY]
    assert world.faults == []


def test_a_box_without_a_time_for_it_never_does_it() -> None:
    """It is off unless the config asks for it."""
    world = World(start="02:00", setup=ways())
    world.run_for(2 * DAY)
    assert tones(world) == []


def test_a_box_that_does_not_know_the_time_does_not() -> None:
    """Or it would sound at noon."""
    world = World(start="02:29", setup=trying_itself(), clock=ClockState.UNTRUSTED)
    world.run_to("02:32")
    assert tones(world) == []


def test_a_busy_or_muted_box_waits_for_the_next_night() -> None:
    """What is on air goes on; and whoever muted the box wants silence."""
    plan = schedule([NIGHT_SONG], [slot("s", NIGHT_SONG, start="02:25")])
    busy = World(plan, start="02:20", setup=replace(trying_itself(), hours=hours()))
    busy.run_to("02:40")
    assert tones(busy) == []
    muted = World(start="02:20", setup=trying_itself())
    muted.send(ev.Muted(muted=True))
    muted.run_to("02:40")
    assert tones(muted) == []


def test_a_start_long_after_its_time_does_not_make_up_for_it() -> None:
    """Nobody wants to hear it in the morning because the power was off at night."""
    world = World(start="02:31:01", setup=trying_itself())
    world.run_to("12:00")
    assert tones(world) == []


@pytest.mark.parametrize(("above_db", "detail"), [(3.0, ""), (0.0, "no sound input 'usb'")])
def test_a_tone_that_is_not_heard_is_told(above_db: float, detail: str) -> None:
    """The fault says what was heard, or why nobody could listen, and what to look at."""
    world = World(start="02:29", setup=trying_itself())
    world.run_to("02:30:05")
    hears(world, above_db, detail)
    (fault,) = world.faults
    assert (fault.code, fault.subject) == (Code.TONE_UNHEARD, "sound")
    assert (detail or "stood out by 3 dB") in fault.detail
    assert "loudspeakers" in fault.detail


def test_a_command_for_a_tone_that_is_not_heard_has_failed() -> None:
    """Whoever asked for it learns that nobody could hear it."""
    plan = schedule([NEWS], [slot("news", NEWS, start="05:30")])
    world = LinkedWorld(plan, start="05:29", setup=trying_itself())
    world.sync()
    world.arrive("command", world.source.command("test_tone"))
    world.run_for(2 * SECOND)
    hears(world, 0.0)
    assert world.states("c1") == ["accepted", "in_progress", "failed"]
