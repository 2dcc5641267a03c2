"""When something breaks: outputs that die, hang and fail, bad files, three strikes, what is known after a restart."""

from __future__ import annotations

from dataclasses import replace

from firmware_py.core import messages as msg
from firmware_py.core.content import Flaw
from firmware_py.core.errors import Code
from firmware_py.core.events import Reported
from firmware_py.core.ledger import STRIKES
from firmware_py.core.records import Result
from firmware_py.core.units import MINUTE, MS, SECOND
from tests.core.builders import at, audio, facts, schedule, seconds, slot
from tests.core.output import Manners
from tests.core.world import RESTART_US, World

NEWS, SONG = audio("news", 60), audio("song", 120)
SONGS = schedule([SONG], [slot("songs", SONG, start="05:30")])
BOTH = schedule([NEWS, SONG], [slot("both", NEWS, SONG, start="05:30", end="06:00", repeat=True)])
FLAW = Flaw(Code.CONTENT_UNREADABLE, "news.mp3: is no sound; make it anew")


def test_an_output_that_dies_is_joined_where_the_clock_is() -> None:
    """After the restart the same bulletin goes on at its place; both records are there, the second names the first."""
    world = World(SONGS)
    world.run_to("05:30:40")
    world.progress()
    world.kill_output()
    world.run_to("05:33")
    first, rest = world.heard
    gap_us = RESTART_US + world.manners.boot_us + world.manners.begin_us + world.manners.report_us
    assert rest.start_us - first.end_us == gap_us
    assert rest.offset_us == rest.start_us - at("05:30")
    assert world.results() == [("song", Result.FAILED), ("song", Result.COMPLETE)]
    assert world.record("song").resumes == first.no


def test_the_record_of_a_dead_output_has_what_was_heard_last() -> None:
    """The newest progress is the proof: seconds and levels up to it, and the code of the death."""
    world = World(SONGS)
    world.run_to("05:30:40")
    world.progress()
    world.kill_output()
    (record,) = [history[-1] for history in world.records.values()]
    assert (record.result, record.code) == (Result.FAILED, Code.OUTPUT_DIED)
    assert (record.played_us, record.mean_dbfs, record.peak_dbfs) == (seconds(40), -20.0, -3.0)
    assert record.actual_start_us == at("05:30")


def test_nothing_is_ordered_while_the_output_is_away() -> None:
    """Between the death of an output and its `Ready` no order goes out; the world would not take one."""
    world = World(BOTH)
    world.run_to("05:30:59")
    world.kill_output()
    told = len(world.told)
    world.run_for(RESTART_US + world.manners.boot_us - MS)
    assert len(world.told) == told
    world.run_for(SECOND)
    assert world.on_air() == "song"


def test_an_output_that_hangs_is_given_up() -> None:
    """Its play is closed as failed with the code of the hang, and goes on in the next output."""
    world = World(SONGS)
    world.run_to("05:30:30")
    world.hang_output()
    world.run_to("05:33")
    assert world.results() == [("song", Result.FAILED), ("song", Result.COMPLETE)]
    assert world.codes() == [Code.OUTPUT_HUNG]


def test_a_bulletin_that_fails_is_tried_three_times_and_then_passed_over() -> None:
    """After three strikes it is in quarantine, a person is told, and the next one plays; it is tried no more."""
    world = World(BOTH, manners=Manners(broken=frozenset({"news"})))
    world.run_to("05:40")
    failed = [name for name, result in world.results() if result is Result.FAILED]
    assert failed == ["news"] * STRIKES
    assert world.names_heard()[0] == "song"
    assert "news" not in world.names_heard()
    assert world.codes().count(Code.QUARANTINED) == 1


def test_a_bulletin_that_kills_the_output_three_times_is_passed_over() -> None:
    """The bulletin that began last is the likeliest cause of an output's death."""
    world = World(BOTH)
    for _ in range(STRIKES):
        world.run_to(max(world.now.wall_us + 2 * SECOND, at("05:30:02")))
        assert world.on_air() == "news"
        world.kill_output()
    world.run_for(5 * SECOND)
    assert world.on_air() == "song"
    assert world.record("news").code == Code.QUARANTINED


def test_a_success_in_between_takes_the_strikes_away() -> None:
    """Two failures and a play to the end leave nothing behind: it needs three in a row."""
    world = World(schedule([NEWS], [slot("s", NEWS, start="05:30", end="06:00", repeat=True)]))
    for minute in (30, 31, 33, 34):
        world.run_to(f"05:{minute}:10")
        world.kill_output()
        world.run_to(f"05:{minute}:50")
        assert world.on_air() == "news"
    assert Code.QUARANTINED not in world.codes()


def test_a_new_schedule_releases_from_quarantine() -> None:
    """What was in quarantine is tried again when a new schedule comes."""
    world = World(BOTH, manners=Manners(broken=frozenset({"news"})))
    world.run_to("05:32")
    world.make_unplayable("news")  # for a second time: it plays again
    world.receive(schedule(BOTH.bulletins, BOTH.slots, version=2))
    world.run_to("05:36:30")
    assert "news" in world.names_heard()


def test_new_content_releases_from_quarantine() -> None:
    """What was in quarantine is tried again when its file is another."""
    world = World(BOTH, manners=Manners(broken=frozenset({"news"})))
    world.run_to("05:32")
    world.make_unplayable("news")  # for a second time: it plays again
    world.replace_file(NEWS, facts(NEWS, version=2))
    world.run_to("05:36:30")
    assert "news" in world.names_heard()


def test_a_recheck_that_fails_keeps_the_good_file() -> None:
    """A file overwritten with rubbish while it plays: the good one, already taken, plays on, and a person is told."""
    world = World(BOTH)
    world.run_to("05:30:30")
    told = len(world.told)
    world.replace_file(NEWS, FLAW)
    assert (world.on_air(), len(world.told)) == ("news", told)
    assert world.codes() == [Code.CONTENT_UNREADABLE]
    world.run_to("05:33:30")
    assert world.names_heard() == ["news", "song"]
    assert world.on_air() == "news"


def test_the_same_flaw_is_told_once() -> None:
    """A file that is checked again and again and is still bad gives one note, not one for each check."""
    world = World(BOTH, store={"news.mp3": FLAW})
    for _ in range(5):
        world.replace_file(NEWS, FLAW)
    assert world.codes() == [Code.CONTENT_UNREADABLE]


def test_a_better_file_takes_the_place_of_the_one_on_air() -> None:
    """A new content of the bulletin on air is another play: it takes over where the clock is."""
    world = World(SONGS)
    world.run_to("05:30:30")
    world.replace_file(SONG, facts(SONG, version=2))
    world.run_to("05:33")
    first, second = world.heard
    assert (first.name, second.name) == ("song", "song")
    assert second.offset_us >= seconds(30)
    assert world.results() == [("song", Result.PREEMPTED), ("song", Result.COMPLETE)]


def test_a_restart_of_the_agent_goes_on_with_higher_numbers_and_names_what_was_cut() -> None:
    """The play that a crash cut is continued under a new number that refers to the old one's."""
    before = World(SONGS)
    before.run_to("05:30:30")
    cut = before.record("song")
    after = World(SONGS, start="05:30:45", last_no=cut.no, unfinished={cut.key: cut.no})
    after.run_to("05:33")
    record = after.record("song")
    assert (record.resumes, record.no > cut.no) == (cut.no, True)
    assert record.offset_us >= seconds(45)


def test_what_was_taken_back_before_it_began_is_closed_by_the_next_progress() -> None:
    """An output need not say a word of a play that it never began: its record is closed when time has shown that."""
    manners = Manners(begin_us=200 * MS, silent_about_unbegun=True)
    world = World(schedule([SONG, NEWS], [slot("songs", SONG, start="05:30")]), manners=manners, start="05:30:10")
    world.run_for(400 * MS)
    world.receive(schedule([SONG, NEWS], [slot("news", NEWS, start="05:30")], version=2))
    world.run_for(10 * SECOND)
    assert world.results() == [("song", Result.ON_AIR), ("news", Result.ON_AIR)]
    world.progress()
    assert world.results() == [("song", Result.PREEMPTED), ("news", Result.ON_AIR)]
    assert world.record("song").played_us == 0


def test_reports_of_an_output_that_was_given_up_change_nothing() -> None:
    """A late word of a play that is closed is ignored."""
    world = World(SONGS)
    world.run_to("05:30:30")
    output = world.output
    assert output
    world.kill_output()
    records = {no: list(history) for no, history in world.records.items()}
    output.progress(world.now)
    world.run_for(MINUTE // 60)
    assert {no: history for no, history in world.records.items() if no in records} == records


def test_a_file_that_was_cut_goes_out_and_is_named() -> None:
    """A file whose end is missing is played for what is there; its author is told once what is wrong and what to do."""
    cut = replace(facts(NEWS), remark="ends after 60.0 s, but it speaks of 90.0 s: it was cut")
    world = World(BOTH, store={"news.mp3": cut})
    world.run_to("05:31:30")
    assert world.names_heard() == ["news"]
    (fault,) = world.faults
    assert (fault.code, fault.subject) == (Code.CONTENT_CUT, "news.mp3")
    assert fault.detail.startswith("news.mp3: ends after 60.0 s")
    assert "send the whole file" in fault.detail


def test_a_play_that_ends_by_itself_too_early_is_not_complete() -> None:
    """An output that calls a play complete half a minute before its end has failed; the record says so."""
    world = World(BOTH)
    world.run_to("05:30:30")
    no, now = world.record("news").no, world.now
    world.send(Reported(msg.Ended(no, "complete", now.wall_us, now.mono_us, played_us=seconds(30))))
    assert (world.record("news").result, world.record("news").code) == (Result.FAILED, Code.DECODER_FAILED)
