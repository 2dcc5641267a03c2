"""A day of an agent: what is on air, what is recorded, and what happens when something breaks."""

from __future__ import annotations

from firmware_py.core import messages as msg
from firmware_py.core.records import Result
from tests.core.builders import at, audio, schedule, seconds, slot, urgent
from tests.core.world import World

NEWS, SONG, CHIME = audio("news", 60), audio("song", 120), audio("chime", 10)


def test_a_slot_plays_its_playlist_once_and_gapless() -> None:
    """A slot without end plays each bulletin for its whole length, one joined to the other, then there is silence."""
    world = World(schedule([CHIME, NEWS], [slot("morning", CHIME, NEWS, CHIME, start="05:30")]))
    world.run_to("06:00")
    assert [(heard.name, heard.start_us, heard.end_us) for heard in world.heard[1:]] == [
        ("news", at("05:30:10"), at("05:31:10")),
        ("chime", at("05:31:10"), at("05:31:20")),
    ]
    assert world.results() == [("chime", Result.COMPLETE), ("news", Result.COMPLETE), ("chime", Result.COMPLETE)]


def test_the_following_bulletin_is_prepared_ten_seconds_before() -> None:
    """`Next` goes out ten seconds before the joint; at the joint itself nothing is ordered."""
    world = World(schedule([CHIME, NEWS], [slot("morning", NEWS, CHIME, start="05:30")]))
    world.run_to("05:30:49.999999")
    assert [order.item.bulletin_id for _, order in world.told if isinstance(order, msg.Next) and order.item] == ["news"]
    world.run_to("05:31:05")
    assert [(when, type(order)) for when, order in world.told][-1] == (at("05:31:00"), msg.Next)
    assert world.told[-2][0] == at("05:30:50")


def test_who_starts_late_joins_where_the_clock_is() -> None:
    """An agent that starts in the middle of a bulletin has it sought to the second, and the record says from where."""
    world = World(schedule([NEWS], [slot("morning", NEWS, start="05:30")]), start="05:30:20")
    world.run_to("05:32")
    (heard,) = world.heard
    assert heard.offset_us == heard.start_us - at("05:30") > seconds(20)
    assert heard.end_us == at("05:31")
    record = world.record("news")
    assert (record.offset_us, record.planned_start_us) == (heard.offset_us, at("05:30"))


def test_an_emergency_interrupts_and_the_rest_resumes_where_the_clock_is() -> None:
    """What was interrupted goes on at the place where it would be by now, and its record names the first part's."""
    flood = urgent("flood", 30)
    plan = schedule([SONG, flood], [slot("songs", SONG, start="05:30"), slot("flood", flood, start="05:31")])
    world = World(plan)
    world.run_to("05:33")
    assert world.names_heard() == ["song", "flood", "song"]
    first, _, rest = world.heard
    assert (first.end_us, rest.offset_us) == (at("05:31") + world.manners.begin_us * 0, rest.start_us - at("05:30"))
    assert world.record("song").resumes == first.no
    assert world.results() == [("song", Result.PREEMPTED), ("flood", Result.COMPLETE), ("song", Result.COMPLETE)]
