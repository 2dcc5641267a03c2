"""The worker takes documents, checks content piece by piece, and tries again what the box was short of."""

from __future__ import annotations

import threading

import pytest

from firmware_py.core import events as ev
from firmware_py.core.content import Facts, Flaw
from firmware_py.core.errors import Code, Unavailable, Unplayable
from firmware_py.core.model import Bulletin, Kind, read_schedule
from firmware_py.core.news import SourceTrouble
from firmware_py.core.units import SECOND
from firmware_py.runtime import worker as module
from firmware_py.runtime.worker import LONGEST_WAIT_S, Tools, Worker, deadly
from tests.runtime.fakes import FULL, FakeDocuments, FakeProber, FakeShelf, FakeSource, content, document
from tests.waiting import until


class Desk:
    """A worker with its surroundings; `turn` lets it do one piece of work, as its thread would."""

    def __init__(self, active: bytes | None = None, poll_s: float = 0.0) -> None:
        """Begin with a document in the store, or none."""
        self.source, self.shelf, self.prober = FakeSource(), FakeShelf(), FakeProber()
        self.prober.go.set()
        self.documents = FakeDocuments(active)
        self.posted: list[ev.Event] = []
        tools = Tools(self.source, self.shelf, self.documents, self.prober)
        self.worker = Worker(tools, self.posted.append, poll_s)
        if active is not None:
            self.worker.watch(read_schedule(active, "stored"))

    def turn(self, count: int = 1) -> list[ev.Event]:
        """Let the worker do some pieces of work; return what it posted meanwhile."""
        for _ in range(count):
            self.worker.turn(0)
        posted, self.posted[:] = self.posted[:], []
        return posted

    def publish(self, *names: str, version: int = 1, title: str = "") -> ev.Check:
        """Let the worker take a document; return the wish by which the loop would answer."""
        raw = document(*names, version=version, title=title)
        self.source.publish(raw)
        schedule = read_schedule(raw, "test")
        assert self.turn()[0] == ev.ScheduleArrived(schedule)
        return ev.Check(schedule.bulletins)

    def check(self, *names: str) -> list[ev.Event]:
        """Publish bulletins, wish for them, and let the worker check all of them."""
        self.worker.check(self.publish(*names))
        return self.turn(len(names))


@pytest.fixture(name="desk")
def _desk() -> Desk:
    return Desk()


def facts(name: str) -> Facts:
    """Return what a check finds of the good file of a bulletin."""
    return Facts(f"{name}.wav", f"/content/{name}.wav", duration_us=60 * SECOND)


def test_a_document_is_stored_before_it_is_told(desk: Desk) -> None:
    """A schedule that arrives is what a start after a power cut would begin with."""
    desk.publish("a")
    assert desk.documents.raw == document("a")


def test_a_document_with_faults_is_told_and_not_stored(desk: Desk) -> None:
    """The one before stays the active one."""
    desk.publish("a")
    desk.source.publish(b'{"format": 1}')
    (refused,) = desk.turn()
    assert isinstance(refused, ev.ScheduleRefused)
    assert refused.refusal.source == "schedule.json"
    assert desk.documents.raw == document("a")


def test_the_document_that_is_active_already_is_no_news() -> None:
    """The folder of a box that starts again holds what the box has: nothing is told, strikes are not forgiven."""
    desk = Desk(document("a"))
    desk.source.publish(document("a"))
    assert desk.turn() == []


def test_a_folder_that_was_away_brings_nothing_new(desk: Desk) -> None:
    """A memory stick that is pulled out and put back with the same document: no news, strikes are not forgiven."""
    desk.publish("a")
    desk.source.news.append(SourceTrouble(Code.FOLDER_UNREADABLE, "feed: is not there"))
    desk.source.publish(document("a"))
    assert desk.turn(2) == [ev.Noticed(Code.FOLDER_UNREADABLE, "source", "feed: is not there")]


def test_a_document_that_could_not_be_stored_is_used_and_can_be_taken_back(desk: Desk) -> None:
    """A full disk: told, and the schedule is used; the one in the store is news again when the author goes back."""
    desk.publish("a")
    desk.documents.full = True
    desk.source.publish(document("b"))
    told, arrived = desk.turn()
    assert told == ev.Noticed(FULL.code, "schedule.json", FULL.detail)
    assert isinstance(arrived, ev.ScheduleArrived)
    desk.source.publish(document("a"))
    *_, arrived = desk.turn()
    assert isinstance(arrived, ev.ScheduleArrived)
    assert arrived.schedule.bulletins[0].id == "a"


def test_a_document_that_could_not_be_stored_is_stored_later(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the disk takes something again the schedule in use is kept for the next start, and told only once."""
    monkeypatch.setattr(module, "RETRY_US", 0)
    desk.documents.full = True
    desk.source.publish(document("a"))
    told, arrived = desk.turn()
    assert isinstance(told, ev.Noticed)
    assert isinstance(arrived, ev.ScheduleArrived)
    assert desk.turn() == []
    desk.documents.full = False
    assert desk.turn() == []
    assert desk.documents.active() == document("a")


def test_trouble_with_the_source_is_passed_on(desk: Desk) -> None:
    """A folder that cannot be read is told in the source's own words."""
    desk.source.news.append(SourceTrouble(Code.FOLDER_UNREADABLE, "feed: is not there"))
    assert desk.turn() == [ev.Noticed(Code.FOLDER_UNREADABLE, "source", "feed: is not there")]


def test_results_go_to_the_loop_together(desk: Desk) -> None:
    """Three files that take no time give one event, so that the playlist is laid out anew once."""
    (checked,) = desk.check("a", "b", "c")
    assert checked == ev.Checked(tuple((content(name), facts(name)) for name in "abc"))
    assert desk.prober.probed == ["audio a.wav", "audio b.wav", "audio c.wav"]


def test_results_wait_for_no_longer_than_a_second(desk: Desk) -> None:
    """When checks take their time, what is known goes to the loop meanwhile."""
    desk.worker.check(desk.publish("a", "b", "c"))
    assert desk.turn() == []
    desk.worker._results_since_us -= 2 * module.FLUSH_US
    (first,) = desk.turn()
    assert first == ev.Checked(((content("a"), facts("a")), (content("b"), facts("b"))))
    assert desk.turn() == [ev.Checked(((content("c"), facts("c")),))]


def test_what_is_known_of_a_file_is_not_found_out_again(desk: Desk) -> None:
    """A restart plays at once: a check that is remembered is not run."""
    flaw = Flaw(Code.CONTENT_SILENT, "a.wav: is silent")
    desk.shelf.known = {"a.wav": flaw, "b.wav": facts("b")}
    (checked,) = desk.check("a", "b")
    assert checked == ev.Checked(((content("a"), flaw), (content("b"), facts("b"))))
    assert desk.prober.probed == []


def test_a_flaw_names_the_file_as_the_author_knows_it(desk: Desk) -> None:
    """The check sees the copy in the store; the author put `a.wav` into the folder."""
    desk.prober.flaws["a.wav"] = Flaw(Code.CONTENT_SILENT, "is silent")
    (checked,) = desk.check("a")
    assert checked == ev.Checked(((content("a"), Flaw(Code.CONTENT_SILENT, "a.wav: is silent")),))


def test_a_file_that_cannot_be_played_is_told_and_not_tried_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What its author must replace is checked when it was replaced."""
    monkeypatch.setattr(module, "RETRY_US", 0)
    desk.shelf.refusals["a.wav"] = Unplayable(Code.CONTENT_EMPTY, "a.wav: is empty; copy it there again")
    (checked,) = desk.check("a")
    assert checked == ev.Checked(((content("a"), Flaw(Code.CONTENT_EMPTY, "a.wav: is empty; copy it there again")),))
    assert desk.turn(5) == []
    assert desk.shelf.taken == ["a.wav"]


@pytest.mark.parametrize("code", [Code.DISK_FULL, Code.FOLDER_UNREADABLE, Code.CONTENT_PENDING])
def test_what_the_box_was_short_of_is_told_once_and_tried_again(
    desk: Desk, code: Code, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk or a missing right: a flaw once, an attempt from time to time, and the facts when it is over."""
    monkeypatch.setattr(module, "RETRY_US", 0)
    desk.shelf.refusals["a.wav"] = Unavailable(code, "no")
    (checked,) = desk.check("a")
    assert checked == ev.Checked(((content("a"), Flaw(code, "no")),))
    desk.shelf.refusals["a.wav"] = Unavailable(code, "still no, with other figures")
    assert desk.turn(4) == []
    assert len(desk.shelf.taken) > 2
    desk.shelf.refusals.clear()
    assert desk.turn(2) == [ev.Checked(((content("a"), facts("a")),))]
    assert desk.turn(3) == []


def test_the_next_attempt_waits_for_its_time(desk: Desk) -> None:
    """A full disk is not hammered: nothing is tried before half a minute is over."""
    desk.shelf.refusals["a.wav"] = FULL
    desk.check("a")
    desk.turn(5)
    assert desk.shelf.taken == ["a.wav"]
    desk.worker._retry_at_us -= module.RETRY_US
    desk.turn(1)
    assert desk.shelf.taken == ["a.wav", "a.wav"]


def test_a_check_that_could_not_be_run_is_tried_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """No process could be started: that says nothing of the file, which is checked later."""
    monkeypatch.setattr(module, "RETRY_US", 0)
    desk.prober.failure = Unavailable(Code.DECODER_FAILED, "no check can be started")
    (checked,) = desk.check("a")
    assert checked == ev.Checked(((content("a"), Flaw(Code.DECODER_FAILED, "no check can be started")),))
    desk.prober.failure = None
    assert desk.turn(2) == [ev.Checked(((content("a"), facts("a")),))]


def test_a_finding_that_cannot_be_noted_is_still_a_finding(desk: Desk) -> None:
    """What was found of a file is used, also when the disk has no room to remember it."""
    desk.shelf.full = True
    assert desk.check("a") == [ev.Checked(((content("a"), facts("a")),))]


def test_what_was_good_before_stays_when_its_file_is_gone(desk: Desk) -> None:
    """A start without the source: the copy from before is used, and somebody is told that the file is not there."""
    desk.check("a")
    desk.shelf.refusals["a.wav"] = Unplayable(Code.CONTENT_MISSING, "a.wav: is not there")
    desk.source.changed = {"a.wav"}
    desk.worker.check(desk.publish("a", version=2))
    told, checked = (event for event in desk.turn() if not isinstance(event, ev.FilesChanged))
    assert told == ev.Noticed(Code.CONTENT_MISSING, "a.wav", "a.wav: is not there; what was there before stays")
    assert checked == ev.Checked(((content("a"), facts("a")),))


def test_what_was_good_before_stays_while_its_file_cannot_be_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without permission at a start: the copy from before is used, told once, and the file tried again."""
    monkeypatch.setattr(module, "RETRY_US", 0)
    desk.check("a")
    desk.shelf.refusals["a.wav"] = Unavailable(Code.FOLDER_UNREADABLE, "a.wav: cannot be read")
    desk.worker.check(desk.publish("a", version=2))
    assert desk.turn(3) == [
        ev.Noticed(Code.FOLDER_UNREADABLE, "a.wav", "a.wav: cannot be read; what was there before stays"),
        ev.Checked(((content("a"), facts("a")),)),
    ]
    assert len(desk.shelf.taken) > 2


def test_a_new_schedule_drops_what_it_does_not_name(desk: Desk) -> None:
    """Checks and attempts of a schedule that is gone are not made, and those of the new one are."""
    desk.shelf.refusals["a.wav"] = FULL
    desk.check("a")
    desk.worker.check(desk.publish("b", "c", version=2))
    desk.worker.check(desk.publish("c", "d", version=3))
    desk.worker._retry_at_us = 0
    desk.turn(6)
    assert "a.wav" not in desk.shelf.taken[1:]
    assert desk.worker._pending == {}
    assert set(desk.prober.probed) >= {"audio c.wav", "audio d.wav"}


def test_a_new_schedule_keeps_the_checks_that_it_names_too(desk: Desk) -> None:
    """A bulletin whose title alone has changed is still tried again when the disk has room."""
    desk.shelf.refusals["a.wav"] = FULL
    desk.check("a")
    desk.publish("a", version=2, title="Khác")
    desk.shelf.refusals.clear()
    desk.worker._retry_at_us = 0
    assert desk.turn(2) == [ev.Checked(((content("a"), facts("a")),))]


def test_changed_files_are_told(desk: Desk) -> None:
    """Only files that the schedule names count."""
    desk.publish("a", "b")
    desk.source.changed = {"a.wav", "notes.txt"}
    assert desk.turn() == [ev.FilesChanged(frozenset({"a.wav"}))]


def test_files_that_change_together_with_the_schedule_are_told(desk: Desk) -> None:
    """A new schedule and a new file under an old name, copied in one go: the file is checked again."""
    desk.publish("a", "b")
    desk.source.changed = {"a.wav", "c.wav"}
    desk.source.publish(document("a", "c", version=2))
    arrived, changed = desk.turn()
    assert isinstance(arrived, ev.ScheduleArrived)
    assert changed == ev.FilesChanged(frozenset({"a.wav"}))


def test_what_this_and_the_former_schedule_need_is_not_evicted(desk: Desk) -> None:
    """Room is made from what neither names; it is made when all checks are through, and not before."""
    desk.check("a", "b")
    desk.worker.check(desk.publish("b", "c", version=2))
    desk.turn(2)
    assert desk.shelf.kept == [frozenset({"a.wav", "b.wav"}), frozenset({"a.wav", "b.wav", "c.wav"})]
    desk.worker.check(desk.publish("c", version=3))
    desk.turn(2)
    assert desk.shelf.kept[-1] == frozenset({"b.wav", "c.wav"})


def test_the_source_is_looked_at_while_checks_are_waiting(desk: Desk) -> None:
    """A hundred files to check do not keep a new schedule waiting until they are through."""
    desk.worker.check(desk.publish(*(f"n{number}" for number in range(100))))
    desk.turn(3)
    desk.source.publish(document("urgent", version=2))
    (arrived,) = (event for event in desk.turn() if isinstance(event, ev.ScheduleArrived))
    assert arrived.schedule.version == 2
    assert len(desk.prober.probed) == 3


@pytest.mark.parametrize(("poll_s", "wait_s"), [(2.0, 2.0), (3600.0, LONGEST_WAIT_S)])
def test_a_worker_shows_that_it_lives_however_seldom_it_looks(poll_s: float, wait_s: float) -> None:
    """With an hour between looks at the source it wakes every minute all the same, or it would pass for dead."""
    desk = Desk(poll_s=poll_s)
    desk.turn()
    assert desk.source.polls == 1
    assert desk.worker._wait_s() == pytest.approx(wait_s, abs=1)


def test_each_step_of_a_check_is_a_sign_of_life(desk: Desk) -> None:
    """Copying a large file and checking it may take minutes each: the worker is seen to live in between."""
    desk.prober.go.clear()
    desk.worker.check(desk.publish("a"))
    before_us = desk.worker.ticked_us
    thread = threading.Thread(target=desk.worker.turn, args=(0,))
    thread.start()
    until(lambda: desk.shelf.taken and desk.worker.ticked_us > before_us)
    desk.prober.go.set()
    thread.join(10)
    assert desk.prober.probed == ["audio a.wav"]


def test_an_exception_of_the_worker_is_handed_on() -> None:
    """A worker that dies says so to whoever started it; it does not just stop."""
    desk, died = Desk(poll_s=0.01), list[BaseException]()
    desk.prober.failure = ZeroDivisionError("mad")
    thread = threading.Thread(target=deadly(desk.worker.run, died.append))
    thread.start()
    desk.worker.check(ev.Check(read_schedule(document("a"), "test").bulletins))
    thread.join(10)
    assert not thread.is_alive()
    assert [str(error) for error in died] == ["mad"]


def test_a_wish_is_taken_up_at_once() -> None:
    """A worker that waits for its next look at the source begins with a check as soon as it is asked to."""
    desk, died = Desk(poll_s=30), list[BaseException]()
    desk.prober.failure = ZeroDivisionError("end")
    thread = threading.Thread(target=deadly(desk.worker.run, died.append))
    thread.start()
    desk.worker.check(ev.Check(read_schedule(document("a"), "test").bulletins))
    thread.join(10)
    assert died


def test_the_voice_of_an_alert_is_checked_though_no_schedule_names_it(desk: Desk) -> None:
    """It is waited for, checked and kept beside the schedule's files, also when a new schedule comes meanwhile."""
    voice = Bulletin("alert:flood", Kind.AUDIO, content=(content("voice"),))
    desk.publish("a")
    desk.worker.check(ev.Check((voice,), guests=True))
    (checked,) = desk.turn()
    assert isinstance(checked, ev.Checked)
    assert [each.path for each, _ in checked.results] == ["voice.wav"]
    desk.publish("b", version=2)
    desk.turn()
    assert any(
        "voice" in sha256 or desk.worker._hashes.get(content("voice")) == sha256 for sha256 in desk.shelf.kept[-1]
    )
