"""A day of an agent, told in small scenes: what is on air, what is recorded, what a schedule or a clock changes."""

from __future__ import annotations

import pytest

from firmware_py.core import messages as msg
from firmware_py.core.content import Flaw
from firmware_py.core.errors import Code
from firmware_py.core.events import Check, ScheduleArrived
from firmware_py.core.model import EMPTY_SCHEDULE
from firmware_py.core.records import ClockState, Result
from firmware_py.core.reduce import start, step
from firmware_py.core.settle import LEAD_US
from firmware_py.core.timeline import MAIN, TICKER
from firmware_py.core.units import HOUR, MS, SECOND, Now
from tests.core.builders import at, audio, facts, hours, schedule, seconds, slot, text, urgent, ways
from tests.core.output import Manners
from tests.core.world import World

NEWS, SONG, CHIME = audio("news", 60), audio("song", 120), audio("chime", 10)
FLOOD = urgent("flood", 30)
SONGS = schedule([SONG, FLOOD], [slot("songs", SONG, start="05:30"), slot("flood", FLOOD, start="05:31")])
MORNING = schedule([CHIME, NEWS], [slot("morning", CHIME, NEWS, CHIME, start="05:30")])


def nexts(world: World) -> list[tuple[int, str | None]]:
    """Return when which play was prepared; None where one was withdrawn."""
    return [
        (when, order.item.bulletin_id if order.item else None)
        for when, order in world.told
        if isinstance(order, msg.Next)
    ]


def nows(world: World) -> list[tuple[int, str | None]]:
    """Return when which play was put on air at once; None where there was to be silence."""
    return [
        (when, order.item.bulletin_id if order.item else None)
        for when, order in world.told
        if isinstance(order, msg.Now)
    ]


def test_a_slot_plays_its_playlist_once_and_gapless() -> None:
    """A slot without end plays each bulletin for its whole length, one joined to the other, then there is silence."""
    world = World(MORNING)
    world.run_to("06:00")
    assert [(heard.name, heard.start_us, heard.end_us) for heard in world.heard] == [
        ("chime", at("05:30"), at("05:30:10")),
        ("news", at("05:30:10"), at("05:31:10")),
        ("chime", at("05:31:10"), at("05:31:20")),
    ]
    assert world.results() == [("chime", Result.COMPLETE), ("news", Result.COMPLETE), ("chime", Result.COMPLETE)]


def test_what_follows_is_prepared_ten_seconds_before_and_nothing_is_ordered_at_the_joint() -> None:
    """`Next` goes out `LEAD_US` before the first play and before each joint; no `Now` is needed at all."""
    world = World(schedule([SONG, NEWS], [slot("morning", NEWS, SONG, start="05:30")]))
    world.run_to("06:00")
    assert nexts(world) == [(at("05:30") - LEAD_US, "news"), (at("05:31") - LEAD_US, "song")]
    assert nows(world) == []


def test_a_bulletin_shorter_than_the_lead_is_not_replaced_before_it_begins() -> None:
    """While the output may still be about to go over to a short bulletin, the one after it is not prepared."""
    world = World(MORNING, manners=Manners(joint_us=200 * MS))
    world.run_to("06:00")
    assert world.names_heard() == ["chime", "news", "chime"]
    assert nexts(world)[1] == (at("05:30") + 2 * MS, "news")


@pytest.mark.parametrize("joint_us", [-250 * MS, -1, 0, 1, 250 * MS])
def test_a_joint_that_is_a_little_off_orders_nothing_twice(joint_us: int) -> None:
    """An output that goes over up to 250 ms early or late is taken at its word: three plays, each complete."""
    world = World(MORNING, manners=Manners(joint_us=joint_us))
    world.run_to("06:00")
    assert world.names_heard() == ["chime", "news", "chime"]
    assert nows(world) == []
    assert [result for _, result in world.results()] == [Result.COMPLETE] * 3


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
    world = World(SONGS)
    world.run_to("05:33")
    first, flood, rest = world.heard
    assert [heard.name for heard in world.heard] == ["song", "flood", "song"]
    assert (first.end_us, flood.start_us, flood.end_us) == (at("05:31"), at("05:31"), at("05:31:30"))
    assert (rest.offset_us, rest.end_us) == (rest.start_us - at("05:30"), at("05:32"))
    assert world.record("song").resumes == first.no
    assert world.results() == [("song", Result.PREEMPTED), ("flood", Result.COMPLETE), ("song", Result.COMPLETE)]


def test_an_emergency_that_nobody_knew_of_interrupts_at_once() -> None:
    """A schedule that arrives in the middle of a bulletin with something more urgent takes the air from it."""
    world = World(schedule([SONG], [slot("songs", SONG, start="05:30")]))
    world.run_to("05:30:40")
    more = [slot("songs", SONG, start="05:30"), slot("flood", FLOOD, start="05:30:40")]
    world.receive(schedule([SONG, FLOOD], more, version=2))
    world.run_to("05:33")
    assert world.names_heard() == ["song", "flood", "song"]
    assert world.results()[0] == ("song", Result.PREEMPTED)
    assert world.heard[1].start_us == at("05:30:40") + world.manners.begin_us


def test_a_bulletin_goes_on_when_what_was_to_cut_it_is_taken_from_the_schedule() -> None:
    """The output was told of an end that does not hold any more: it is told anew, and there is no silence."""
    world = World(SONGS)
    world.run_to("05:30:30")
    world.receive(schedule([SONG], [slot("songs", SONG, start="05:30")], version=2))
    world.run_to("05:33")
    first, rest = world.heard
    assert rest.start_us - first.end_us == 0
    assert rest.end_us == at("05:32")
    assert world.record("song").resumes == first.no


def test_what_was_prepared_and_is_not_wanted_any_more_is_withdrawn() -> None:
    """A slot taken away seconds before its start is not heard, though the output had it ready."""
    world = World(MORNING)
    world.run_to("05:29:55")
    world.receive(EMPTY_SCHEDULE)
    world.run_to("05:40")
    assert nexts(world)[-1] == (at("05:29:55"), None)
    assert world.heard == []


def test_taken_away_at_its_very_start_it_is_not_heard_either() -> None:
    """A play that is on air by plan while the output has yet to go over to it is withdrawn, not only replaced."""
    world = World(MORNING, manners=Manners(joint_us=250 * MS, now_forgets_next=False))
    world.run_to("05:30:10.100")
    world.receive(EMPTY_SCHEDULE)
    world.run_to("05:40")
    assert world.names_heard() == ["chime"]


def test_nothing_is_ordered_at_the_end_of_the_last_bulletin() -> None:
    """The last play ends by itself, to its last sample: an order for silence at its end might cut that."""
    world = World(MORNING, manners=Manners(joint_us=100 * MS))
    world.run_to("05:40")
    assert nows(world) == []
    assert world.results()[-1] == ("chime", Result.COMPLETE)


def test_the_newest_schedule_rules_and_the_same_play_goes_on() -> None:
    """A new version with the same slot orders nothing: same slot, same start, same content is the same play."""
    world = World(MORNING)
    world.run_to("05:30:30")
    before = len(world.told)
    world.receive(schedule([CHIME, NEWS], MORNING.slots, version=2))
    assert len(world.told) == before
    world.run_to("05:40")
    assert world.names_heard() == ["chime", "news", "chime"]


def test_a_new_schedule_waits_for_the_check_of_what_it_wants_now() -> None:
    """What is on air goes on until the file that takes its place has been checked: no second of silence."""
    world = World(MORNING, store={"song.mp3": None})
    world.run_to("05:30:30")
    world.receive(schedule([SONG], [slot("songs", SONG, start="05:30")], version=2))
    world.run_to("05:30:33")
    assert world.on_air() == "news"
    world.replace_file(SONG, facts(SONG))
    world.run_to("05:30:34")
    assert world.on_air() == "song"
    assert [heard.end_us for heard in world.heard][-1] == pytest.approx(at("05:30:33"), abs=100 * MS)


def test_a_new_schedule_waits_no_longer_than_the_limit() -> None:
    """A schedule may come because something must not be said any more: after ten seconds it rules, checked or not."""
    world = World(MORNING, store={"song.mp3": None})
    world.run_to("05:30:30")
    world.receive(schedule([SONG], [slot("songs", SONG, start="05:30")], version=2))
    world.run_to("05:30:39")
    assert world.on_air() == "news"
    world.run_to("05:30:41")
    assert world.on_air() is None
    assert world.state.incoming is None


def test_a_new_schedule_that_wants_nothing_unknown_rules_at_once() -> None:
    """Files that are not due now are no reason to wait, nor is silence; what is due now is checked first."""
    world = World(MORNING, store={"song.mp3": None})
    world.run_to("05:30:30")
    world.receive(schedule([SONG, NEWS], [slot("later", SONG, start="06:30")], version=2))
    assert (world.state.incoming, world.on_air()) == (None, None)
    world.receive(schedule([SONG], [slot("songs", SONG, start="05:30")], version=3))
    assert world.state.incoming is None


def test_what_is_due_now_is_checked_first() -> None:
    """Of the files of a new schedule those that should be on air are looked at before all others."""
    now = Now(at("05:30:05"), 0)
    state = start(ways(), now, last_no=0, clock=ClockState.TRUSTED, unfinished={})
    plan = schedule([NEWS, SONG, CHIME], [slot("a", NEWS, start="09:00"), slot("b", CHIME, start="05:30")])
    _, effects = step(state, ScheduleArrived(plan), now)
    assert [bulletin.id for effect in effects if isinstance(effect, Check) for bulletin in effect.bulletins] == [
        "chime",
        "news",
        "song",
    ]


def test_a_refused_schedule_changes_nothing_and_names_every_fault() -> None:
    """What is on air stays on air, and each fault of the document is noted with its place."""
    world = World(MORNING)
    world.run_to("05:30:30")
    told = len(world.told)
    world.refuse("ends when it starts", "names 'x', which is no bulletin of this document")
    assert (len(world.told), world.on_air()) == (told, "news")
    assert [(fault.code, fault.subject) for fault in world.faults] == [("schedule_refused", "schedule.json")] * 2
    assert "slots[0]: ends when it starts" in world.faults[0].detail


def test_volume_follows_the_cap_of_the_hour_while_a_bulletin_plays() -> None:
    """At the edge of a cap the volume of the play on air is changed; the play itself goes on."""
    setup = ways(limits=hours(caps={"05:31-06:00": 20}), usual_pct=70)
    world = World(schedule([SONG], [slot("songs", SONG, start="05:30")]), setup=setup)
    world.run_to("05:35")
    assert [(when, order) for when, order in world.told if isinstance(order, msg.Volume)] == [
        (at("05:31"), msg.Volume("sound", 20))
    ]
    assert world.names_heard() == ["song"]
    assert world.record("song").volume_pct == 70


def test_quiet_hours_withhold_a_slot_and_record_it_once() -> None:
    """A slot in quiet hours is not heard; one record says that it was skipped and why."""
    quiet = ways(limits=hours(quiet=("21:30-05:45",)))
    world = World(MORNING, setup=quiet, start="05:00")
    world.run_to("05:50")
    assert world.told == []
    assert world.results() == [("chime", Result.SKIPPED)]
    assert world.record("chime").code == Code.QUIET_HOURS


def test_a_slot_that_reaches_out_of_quiet_hours_is_joined_late() -> None:
    """What is left of a bulletin after quiet hours is played from the place where the clock is."""
    quiet = ways(limits=hours(quiet=("05:00-05:30:20",)))
    world = World(schedule([NEWS], [slot("morning", NEWS, start="05:30")]), setup=quiet)
    world.run_to("05:35")
    (heard,) = world.heard
    assert heard.offset_us >= seconds(20)
    assert heard.end_us == at("05:31")


def test_an_empty_place_that_is_kept_through_quiet_hours_is_no_trouble() -> None:
    """A slot that keeps its place with a fallback that does not exist may lie in quiet hours."""
    kept = slot("kept", NEWS, start="05:30", end="06:00", on_missing="fallback")
    setup = ways(limits=hours(quiet=("05:40-05:50",)))
    world = World(schedule([NEWS], [kept]), setup=setup, store={"news.mp3": None})
    world.run_to("06:10")
    assert world.told == []


def test_a_bulletin_that_is_missing_is_passed_over_and_recorded_once() -> None:
    """The next bulletin plays in its place; the record of the missing one has the code of the check."""
    store = {"news.mp3": Flaw(Code.CONTENT_MISSING, "news.mp3: is not there; copy it there")}
    world = World(MORNING, store={**store})
    world.run_to("05:40")
    assert world.names_heard() == ["chime", "chime"]
    assert (world.record("news").result, world.record("news").code) == (Result.SKIPPED, Code.CONTENT_MISSING)
    assert len([name for name, result in world.results() if result is Result.SKIPPED]) == 1


def test_what_is_still_being_checked_is_not_called_skipped() -> None:
    """A bulletin that waits for its check takes no time and gets no record; it may yet come."""
    world = World(MORNING, store={"news.mp3": None})
    world.run_to("05:30:15")
    assert world.names_heard() == ["chime"]
    assert Result.SKIPPED not in dict(world.results()).values()


def test_a_file_that_arrives_during_its_slot_is_played_where_the_clock_is() -> None:
    """When the check of a file comes out well in the middle of its slot, the playlist is laid out anew with it."""
    world = World(schedule([NEWS], [slot("morning", NEWS, start="05:30")]), store={"news.mp3": None})
    world.run_to("05:30:15")
    assert world.on_air() is None
    world.replace_file(NEWS, facts(NEWS))
    world.run_to("05:32")
    assert [heard.offset_us >= seconds(15) for heard in world.heard] == [True]


def test_what_is_always_on_air_and_missing_is_recorded() -> None:
    """An item that should always be on air and is not there is reported like any other."""
    world = World(
        schedule([NEWS], [slot("always", NEWS, days="always")]),
        store={"news.mp3": Flaw(Code.CONTENT_MISSING, "news.mp3: is not there; copy it there")},
    )
    world.run_to("05:10")
    assert world.results() == [("news", Result.SKIPPED)]


def test_a_file_without_sound_is_not_played() -> None:
    """A sound of no length would divide time by nothing: it counts as empty."""
    world = World(schedule([NEWS], [slot("s", NEWS, start="05:30", end="05:40", repeat=True)]), start="05:29")
    world.replace_file(NEWS, facts(audio("news", 0.0000001)))
    world.run_to("05:41")
    assert world.record("news").code == Code.CONTENT_EMPTY


def test_an_unknown_time_plays_only_what_needs_none() -> None:
    """With an untrusted clock the always-on item plays; when the clock is right, the programme does."""
    always = text("welcome", 30)
    plan = schedule([always, text("news", 60)], [slot("w", "welcome", days="always"), slot("n", "news", start="05:30")])
    world = World(plan, setup=ways(MAIN, TICKER), clock=ClockState.UNTRUSTED, start="05:29")
    world.run_to("05:30:20")
    assert world.on_air("main") == "welcome"
    world.trust_clock(ClockState.TRUSTED)
    world.run_for(SECOND)
    assert world.on_air("main") == "news"
    assert world.record("news").clock is ClockState.TRUSTED
    assert world.record("welcome").clock is ClockState.UNTRUSTED


def test_a_clock_set_forward_puts_the_right_bulletin_on_air_at_once() -> None:
    """After a step everything is ordered anew for the new time; what was on air is stopped and recorded."""
    world = World(schedule([SONG, NEWS], [slot("s", SONG, start="05:30"), slot("n", NEWS, start="06:30")]))
    world.run_to("05:30:30")
    world.step_clock(HOUR)
    world.run_for(5 * SECOND)
    assert world.on_air() == "news"
    assert world.record("song").result is Result.STOPPED
    world.run_to("06:40")
    assert world.heard[-1].end_us == at("06:31")


def test_a_clock_set_into_a_silence_silences() -> None:
    """When nothing is due at the new time, what was on air is taken off, and what was prepared is withdrawn."""
    world = World(MORNING)
    world.run_to("05:31:05")
    world.step_clock(-HOUR)
    world.run_for(20 * SECOND)
    assert world.on_air() is None
    assert world.names_heard() == ["chime", "news"]


def test_two_channels_of_a_board_do_not_disturb_each_other() -> None:
    """A ticker runs beside the pages; each channel has its own plays and records."""
    plan = schedule(
        [text("page", 60), text("line", 20)],
        [
            slot("p", "page", start="05:30"),
            slot("l", "line", start="05:30:10", end="05:31", repeat=True, zone="ticker"),
        ],
    )
    world = World(plan, setup=ways(MAIN, TICKER))
    world.run_to("05:30:30.5")
    assert (world.on_air("main"), world.on_air("ticker")) == ("page", "line")
    world.run_to("05:32")
    assert [(heard.name, heard.channel) for heard in world.heard if heard.channel == "main"] == [("page", "main")]
    assert world.names_heard().count("line") == 3


def test_asked_to_stop_it_closes_everything() -> None:
    """The output is told to end once; the record of what was on air says that it was stopped."""
    world = World(MORNING)
    world.run_to("05:30:30")
    world.stop()
    assert [order for _, order in world.told if isinstance(order, msg.Quit)] == [msg.Quit()]
    assert world.record("news").result is Result.STOPPED
    assert world.state.plays == {}
    assert world.faults == []


def test_over_midnight_nothing_is_ordered_anew() -> None:
    """The plan is laid out for the next day while a bulletin plays; the play goes on as the same one."""
    world = World(schedule([SONG], [slot("late", SONG, start="23:59")]), start="23:50")
    world.run_to(at("00:05") + 24 * HOUR)
    assert [heard.end_us - heard.start_us for heard in world.heard] == [seconds(120)]
    assert len(world.told) == 1
