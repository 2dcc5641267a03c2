"""A live address: put on air by a signed command, above the schedule, until it is over, stopped, or too long."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware_py.core import messages as msg
from firmware_py.core.errors import Code
from firmware_py.core.records import Result
from tests.core.builders import hours, schedule, slot, ways
from tests.core.linked import NEWS, LinkedWorld
from tests.core.output import Manners

MAYOR, STRANGER = "https://live.kontum.example/xa", "https://stranger.example/xa"


PINNED = frozenset({"https://live.kontum.example"})


def speaker(origins: frozenset[str] = PINNED, manners: Manners | None = None) -> LinkedWorld:
    """Return a box with news on air that may listen to one server."""
    plan = schedule([NEWS], [slot("news", NEWS, start="05:30", end="06:30", repeat=True)])
    world = LinkedWorld(plan, start="05:29", setup=replace(ways(), origins=origins), manners=manners)
    world.sync()
    world.pass_time("05:32")
    return world


def live(world: LinkedWorld) -> list[tuple[str, ...]]:
    """Return the sources of each live address that was ordered."""
    items = [order.item for _, order in world.told if isinstance(order, msg.Now | msg.Next) and order.item]
    return [item.sources for item in items if item.kind == "live"]


def test_it_takes_the_air_at_once_and_gives_it_back() -> None:
    """From pinned sources only, until its time is over; then the programme goes on where the clock is."""
    world = speaker()
    world.arrive("command", world.source.command("live", sources=[STRANGER, MAYOR], seconds=120.0))
    world.pass_time("05:32:01")
    assert live(world) == [(MAYOR,)]
    world.pass_time("05:33:59")
    assert world.on_air() == "c1"
    world.pass_time("05:34:01")
    assert world.on_air() == "news"
    assert world.states("c1") == ["accepted", "in_progress", "succeeded"]
    assert world.record("c1").result is Result.COMPLETE


def test_in_quiet_hours_it_is_refused_and_it_ends_where_they_begin() -> None:
    """A mistyped hour wakes nobody, and who talks into the evening is cut off: only an alert is heard at night."""
    plan = schedule([NEWS], [slot("news", NEWS, start="20:30")])
    setup = replace(ways(limits=hours(["21:00-05:00"])), origins=PINNED)
    world = LinkedWorld(plan, start="20:50", setup=setup)
    world.sync()
    world.arrive("command", world.source.command("live", "evening", sources=[MAYOR], seconds=3600.0))
    world.pass_time("20:59:59")
    assert world.on_air() == "evening"
    world.pass_time("21:00:01")
    assert world.on_air() is None
    assert world.states("evening")[-1] == "succeeded"
    world.arrive("command", world.source.command("live", "night", sources=[MAYOR]))
    assert world.states("night")[-1] == "rejected"
    assert len(live(world)) == 1


def test_next_is_not_for_whoever_speaks() -> None:
    """The command goes to a slot's next bulletin: of a live address there is none, and he goes on."""
    world = speaker()
    world.arrive("command", world.source.command("live", sources=[MAYOR], seconds=600.0))
    world.pass_time("05:33")
    world.arrive("command", world.source.command("next"))
    world.pass_time("05:33:10")
    assert world.on_air() == "c1"
    world.arrive("command", world.source.command("stop"))
    world.pass_time("05:33:11")
    assert world.on_air() == "news"


def test_stop_ends_it_and_nothing_else() -> None:
    """The command is cancelled, and the programme goes on."""
    world = speaker()
    world.arrive("command", world.source.command("live", sources=[MAYOR]))
    world.pass_time("05:33")
    world.arrive("command", world.source.command("stop"))
    world.pass_time("05:33:01")
    assert world.on_air() == "news"
    assert world.states("c1")[-1] == "cancelled"
    assert world.states("c2")[-1] == "succeeded"


def test_a_second_one_takes_the_place_of_the_first() -> None:
    """Two people do not speak at once."""
    world = speaker()
    world.arrive("command", world.source.command("live", sources=[MAYOR]))
    world.pass_time("05:33")
    world.arrive("command", world.source.command("live", sources=[f"{MAYOR}/2"]))
    world.pass_time("05:33:01")
    assert world.on_air() == "c2"
    assert world.states("c1")[-1] == "superseded"


def test_an_alert_is_above_it() -> None:
    """Also above whoever speaks live; he is heard again when it is over."""
    world = speaker()
    world.arrive("command", world.source.command("live", sources=[MAYOR]))
    world.pass_time("05:33")
    world.arrive("alert", world.source.alert())
    world.pass_time("05:33:05")
    assert world.on_air() == "flood"


@pytest.mark.parametrize(("origins", "sources"), [(frozenset[str](), [MAYOR]), (PINNED, [STRANGER])])
def test_who_is_not_pinned_is_not_heard(origins: frozenset[str], sources: list[str]) -> None:
    """The signed command of a province is not enough: the box's own config must name the server."""
    world = speaker(origins)
    world.arrive("command", world.source.command("live", sources=sources))
    world.pass_time("05:32:30")
    assert live(world) == []
    assert world.states("c1")[-1] == "rejected"
    assert world.answers[-1].code == Code.STREAM_REFUSED


def test_a_live_address_that_is_never_heard_fails_and_does_not_block_the_programme() -> None:
    """After three attempts it is given up and answered."""
    world = speaker(manners=Manners(broken=frozenset({"c1"})))
    world.arrive("command", world.source.command("live", sources=[MAYOR]))
    world.pass_time("05:33")
    assert world.states("c1")[-1] == "failed"
    assert world.on_air() == "news"


@pytest.mark.parametrize("sources", [["file:///etc/passwd"], [MAYOR] * 5])
def test_a_command_without_a_true_address_is_refused(sources: list[str]) -> None:
    """It needs one to four addresses of streams."""
    world = speaker()
    world.arrive("command", world.source.command("live", sources=sources))
    world.pass_time("05:32:10")
    assert world.on_air() == "news"
    assert live(world) == []
