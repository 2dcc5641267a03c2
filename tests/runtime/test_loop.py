"""The loop: journal first, then act; what fails beside it does not stop it, what dies ends it."""

from __future__ import annotations

import pytest

from firmware_py.core import events as ev
from firmware_py.core import messages as msg
from firmware_py.core.codec import from_json
from firmware_py.core.errors import Code, Malformed, Problem, Refused
from firmware_py.core.model import Schedule
from firmware_py.core.records import LastWord, Result
from firmware_py.core.units import SECOND
from firmware_py.core.wire import Alert
from firmware_py.runtime.loop import (
    LOOK_US,
    UNSAFE_LIMIT,
    UNWRITTEN_LIMIT,
    WORKER_LIMIT_US,
    DeadPart,
    Died,
)
from firmware_py.runtime.status import read_status
from tests.core.builders import at, schedule, slot, text
from tests.runtime.fakes import FULL
from tests.runtime.rig import PLAN, Rig

OTHER: Schedule = schedule([text("a", 3600), text("b", 3600)], [slot("s", "b", start="06:00")], version=2)
REFUSED = ev.ScheduleRefused(Refused("schedule.json", (Problem("slots[0]", "is bad"), Problem("slots[1]", "too"))))


def test_a_play_has_a_record_before_it_is_ordered(rig: Rig) -> None:
    """When the order goes to the output, the journal has been written."""
    rig.on_air()
    assert [type(order) for order in rig.output.orders] == [msg.Now]
    assert rig.output.journalled == [1]
    assert rig.journal.records[0].result is Result.ON_AIR


def test_what_cannot_be_written_waits_and_the_air_does_not(rig: Rig) -> None:
    """A full disk: plays change and orders go out; then all is written, in its order, with the fault of the disk."""
    rig.journal.full = True
    rig.on_air()
    rig.happen(ev.ScheduleArrived(OTHER))
    assert [order.item.bulletin_id for order in rig.output.orders if isinstance(order, msg.Now) and order.item] == [
        "a",
        "b",
    ]
    assert rig.journal.entries == []
    rig.journal.full = False
    rig.clock.pass_(LOOK_US)
    rig.happen(ev.Tick())
    assert [(record.bulletin_id, record.result) for record in rig.journal.records] == [
        ("a", Result.ON_AIR),
        ("b", Result.ON_AIR),
    ]
    (fault,) = rig.journal.faults
    assert (fault.code, fault.subject, fault.detail) == (Code.DISK_FULL, "journal", FULL.detail)
    rig.happen(ev.Tick())
    assert len(rig.journal.entries) == 3


def test_a_disk_that_stays_full_is_told_once(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """One fault for as long as it lasts; when it comes back later, another."""
    rig.journal.full = True
    rig.on_air()
    for _ in range(5):
        rig.clock.pass_(LOOK_US)
        rig.happen(ev.Tick())
    assert 5 <= rig.journal.attempts <= 7
    assert len([line for line in caplog.messages if "the disk is full" in line]) == 1
    for full in (False, True, False):
        rig.journal.full = full
        rig.clock.pass_(LOOK_US)
        rig.happen(REFUSED)
    assert [fault.code for fault in rig.journal.faults].count(Code.DISK_FULL) == 2


def test_records_in_memory_are_bounded(rig: Rig) -> None:
    """A disk that never takes anything again does not fill the memory: the newest records are kept."""
    rig.journal.full = True
    rig.on_air()
    rig.happen(*(ev.Noticed(Code.DEVICE_LOST, f"{number}", "") for number in range(UNWRITTEN_LIMIT + 100)))
    rig.journal.full = False
    rig.clock.pass_(LOOK_US)
    rig.happen(ev.Noticed(Code.DEVICE_LOST, "last", ""))
    assert len(rig.journal.entries) == UNWRITTEN_LIMIT
    assert rig.journal.faults[-1].subject == "last"


def test_the_newest_progress_is_kept_with_both_clocks(rig: Rig) -> None:
    """What a start after `kill -9` closes the records with."""
    rig.on_air()
    rig.clock.pass_(7 * SECOND)
    rig.report(msg.Progress(1, 6 * SECOND))
    word = rig.words.words[1]
    assert (word.at_us, word.at_mono_us, word.progress.played_us) == (at("06:00:07"), 57 * SECOND, 6 * SECOND)


def test_progress_that_cannot_be_kept_is_told_once_and_stops_nothing(rig: Rig) -> None:
    """A card that has become read-only: the play goes on, one fault is noted and not one each second."""
    rig.on_air()
    rig.words.full = True
    for number in range(20):
        rig.clock.pass_(LOOK_US)
        rig.report(msg.Progress(1, SECOND, frames=number))
    assert [(fault.code, fault.subject) for fault in rig.journal.faults] == [(Code.DISK_FULL, "progress")]
    rig.words.full = False
    rig.report(msg.Progress(1, 30 * SECOND, frames=30))
    assert rig.words.words[1].progress.played_us == 30 * SECOND


def test_faults_are_logged_and_counted(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """Every fault of a refused document is a line of the log, an entry of the journal and one in the status."""
    rig.happen(REFUSED)
    assert [str(fault.detail) for fault in rig.journal.faults] == ["slots[0]: is bad", "slots[1]: too"]
    assert len([line for line in caplog.messages if "schedule_refused: schedule.json: slots" in line]) == 2
    status = read_status(rig.status)
    assert status is not None
    assert status.faults == 2


def test_a_part_that_died_ends_the_loop(rig: Rig) -> None:
    """What a part died of is what the process ends with."""
    cause = Malformed("mad")
    rig.inbox.put(ev.Tick())
    rig.inbox.put(Died("the worker", cause))
    with pytest.raises(DeadPart, match="the worker died; the agent ends, to be started again") as raised:
        rig.loop.run()
    assert raised.value.__cause__ is cause


def test_a_worker_that_hangs_ends_the_loop(rig: Rig) -> None:
    """Five minutes without a sign of life, and not a moment sooner; the watchdog is not fed any more."""
    rig.clock.pass_(WORKER_LIMIT_US)
    rig.happen(ev.Tick())
    fed = len(rig.systemd.words)
    rig.clock.pass_(LOOK_US)
    with pytest.raises(DeadPart, match="the worker hangs"):
        rig.happen(ev.Tick())
    assert len(rig.systemd.words) == fed


def test_systemd_hears_ready_once_and_then_that_all_is_well(rig: Rig) -> None:
    """Ready at once when the output is open, alive once a second, each time with what is on air."""
    rig.happen(ev.Tick())
    assert rig.systemd.words == ["alive: nothing on air"]
    rig.on_air()
    assert rig.systemd.words[1:] == ["ready: a", "alive: a"]
    for _ in range(3):
        rig.clock.pass_(LOOK_US // 2)
        rig.happen(ev.Tick())
    assert rig.systemd.words[3:] == ["alive: a"]


def test_wishes_go_to_the_worker_and_signs_of_life_to_the_output(rig: Rig) -> None:
    """The loop passes on what concerns its parts, and looks after the output at every turn."""
    report = msg.Progress(0)
    rig.report(report)
    assert rig.output.heard_of == [report]
    assert rig.output.tended == 1
    rig.happen(ev.ScheduleArrived(PLAN))
    assert rig.worker.wishes == []


def test_a_clock_that_is_set_has_everything_ordered_anew(rig: Rig) -> None:
    """An hour forwards: the loop notices at its next look, and the output is told of what is due at that time."""
    plan = schedule([text("a", 60), text("b", 60)], [slot("s", "a", start="06:00"), slot("t", "b", start="07:00")])
    rig.happen(ev.ScheduleArrived(plan), ev.Reported(msg.Ready(77, "offscreen")))
    rig.output.orders.clear()
    rig.clock.pass_(LOOK_US, stepped_us=3600 * SECOND)
    rig.happen(ev.Tick())
    rig.happen(*rig.loop._take())
    items = [order.item for order in rig.output.orders if isinstance(order, msg.Now) and order.item]
    assert {item.bulletin_id for item in items} == {"b"}
    assert items[-1].start_mono_us == rig.clock.at.mono_us - SECOND


def test_an_agent_that_is_asked_to_end_ends_when_its_output_has(rig: Rig) -> None:
    """Quit, the output's last word, its end: then the loop returns and everything is written."""
    rig.on_air()
    rig.inbox.put(ev.StopAsked())
    ended = msg.Ended(1, "stopped", at("06:00:09"), 59 * SECOND, 9 * SECOND)
    rig.inbox.put(ev.Reported(ended))
    rig.inbox.put(ev.OutputLost(Code.OUTPUT_DIED, "ended with status 0"))
    rig.loop.run()
    assert rig.output.orders[-1] == msg.Quit()
    record = rig.journal.records[-1]
    assert (record.result, record.played_us) == (Result.STOPPED, 9 * SECOND)
    assert rig.journal.faults == []
    assert "stopping" in rig.systemd.words


def test_an_agent_without_an_output_ends_at_once(rig: Rig) -> None:
    """Between two lives of the output there is nobody to wait for."""
    rig.output.pid = 0
    rig.inbox.put(ev.StopAsked())
    rig.loop.run()
    assert rig.systemd.words[-1] == "stopping"


def test_an_output_that_only_starts_is_told_to_quit_too(rig: Rig) -> None:
    """Asked to end before the output is ready, the loop does not wait for one that nobody ends."""
    rig.happen(ev.StopAsked())
    assert rig.output.orders == [msg.Quit()]
    rig.inbox.put(ev.Reported(msg.Ready(77, "offscreen")))
    rig.inbox.put(ev.OutputLost(Code.OUTPUT_DIED, "ended with status 0"))
    rig.loop.run()
    assert rig.output.pid == 0


def test_a_restart_by_command_ends_an_output_that_only_starts(rig: Rig) -> None:
    """The core orders nothing from an output that is not ready; it must still be told to go, or nothing ever ends."""
    rig.loop._carry_out([ev.Stop()])
    assert rig.output.orders == [msg.Quit()]
    assert rig.systemd.words[-1] == "stopping"


def test_the_loop_sleeps_until_the_next_thing_is_due(rig: Rig) -> None:
    """A second at most; sooner when the plan or the output asks for it; never less than a millisecond."""
    plan = schedule([text("a", 60)], [slot("s", "a", start="06:00:15")])
    rig.happen(ev.ScheduleArrived(plan), ev.Reported(msg.Ready(77, "offscreen")))
    assert rig.loop._wait_s() == LOOK_US / SECOND
    rig.clock.pass_(5 * SECOND - SECOND // 4)
    rig.happen(ev.Tick())
    assert rig.loop._wait_s() == 0.25
    rig.output.due_us = rig.clock.at.mono_us + SECOND // 8
    assert rig.loop._wait_s() == 0.125
    rig.output.due_us = 0
    assert rig.loop._wait_s() == 0.001


def test_an_output_with_nothing_on_air_costs_the_card_nothing(rig: Rig) -> None:
    """Five times a second it says that it lives: only the first time, and while something plays, is that written."""
    rig.report(msg.Ready(1, "nothing"))
    written = []
    for _ in range(5):
        rig.words.words = {7: LastWord(0, 0, msg.Progress(7))}  # to see whether it is replaced
        rig.report(msg.Progress(0))
        written.append(not rig.words.words)
    assert written == [True, False, False, False, False]


def test_the_broker_hears_that_a_message_is_safe_only_when_it_is(rig: Rig) -> None:
    """No receipt while the journal takes nothing; it goes out with the first write that works."""
    rig.journal.full = True
    rig.happen(ev.Noticed(Code.LINK_DOWN, "link", "x"), ev.Arrived(Alert, b"{}", ticket=7))
    assert rig.link.acknowledged == []
    rig.journal.full = False
    rig.clock.pass_(2 * LOOK_US)
    rig.happen(ev.Tick())
    assert rig.link.acknowledged == [7]


def test_a_full_disk_does_not_keep_alerts_out(rig: Rig) -> None:
    """Before the broker would stop sending, messages are confirmed though they are not written."""
    rig.journal.full = True
    rig.happen(ev.Noticed(Code.LINK_DOWN, "link", "x"))
    for ticket in range(1, 20):
        rig.happen(ev.Arrived(Alert, b"{}", ticket=ticket))
    assert len(rig.link.acknowledged) >= 19 - UNSAFE_LIMIT


def test_the_heartbeat_counts_what_was_noted(rig: Rig) -> None:
    """The faults since the agent began and the events that wait are in it, as they were when it was due."""
    rig.happen(ev.LinkUp(1), ev.Noticed(Code.DEVICE_LOST, "output", "x"), ev.Noticed(Code.DEVICE_LOST, "output", "y"))
    noted, waiting = len(rig.journal.faults), len(rig.journal.events)
    rig.pass_(301 * SECOND)
    rig.happen(rig.happened())
    beat = from_json(next(each.body for each in rig.link.published if each.topic is ev.Topic.HEARTBEAT))
    assert (beat["faults"], beat["outbox"]) == (noted, waiting)
    assert noted == 2
