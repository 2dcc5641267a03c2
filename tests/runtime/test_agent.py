"""The start of an agent is recovery: what the stores hold decides what it begins with."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from firmware_py.core.decide import Volumes
from firmware_py.core.entries import Remembered
from firmware_py.core.errors import Code, Unavailable, Unplayable
from firmware_py.core.messages import BoardSetup
from firmware_py.core.records import Result
from firmware_py.core.settings import Clock, Device, Hours, Mains, Modem, Screen
from firmware_py.core.state import nobody
from firmware_py.core.timeline import MAIN, SOUND
from firmware_py.core.units import SECOND
from firmware_py.runtime.agent import Plan, run
from firmware_py.runtime.clock import SystemClock
from firmware_py.runtime.loop import DeadPart
from firmware_py.runtime.ports import NoLink, Reach
from tests.runtime.fakes import FakeDocuments, FakeJournal, FakeProber, FakeShelf, FakeSource, FakeWords, document
from tests.waiting import until

OUTPUT = Path(__file__).resolve().parents[1] / "system" / "scripted_output.py"
ALWAYS = b"""{"format": "ttcs-schedule/1", "version": 1,
  "bulletins": [{"id": "a", "kind": "text", "title": "A", "duration_s": 3600}],
  "slots": [{"id": "s", "days": "always", "playlist": ["a"]}]}"""


class Box:
    """The plan of a board's agent in which the stores are hand-made."""

    def __init__(self, directory: Path) -> None:
        """Build it; nothing runs yet."""
        self.source, self.documents, self.journal = FakeSource(), FakeDocuments(), FakeJournal()
        self.shelf = FakeShelf()
        device = Device("box", "Bảng tin", state_dir=str(directory), run_dir=str(directory / "run"))
        self.plan = Plan(
            device=device,
            clock_settings=Clock(source="assume-trusted"),
            hours=Hours(),
            volumes=Volumes(),
            channels=(MAIN,),
            output_command=(sys.executable, "-P", str(OUTPUT), "good"),
            output_setup=BoardSetup(Screen(), "Bảng tin", "Asia/Ho_Chi_Minh"),
            shelf=self.shelf,
            documents=self.documents,
            prober=FakeProber(),
            journal=self.journal,
            words=FakeWords(),
            poll_s=0.05,
            last_no=41,
            unfinished={},
            clock=SystemClock(),
            product="board",
            link="folder",
            open_link=lambda *_: Reach(NoLink(), self.source),
            remembered=Remembered(),
            keyring=None,
            check=nobody,
            heartbeat_s=300.0,
            modem=Modem(),
            mains=Mains(),
        )

    def run_until(self, *texts: str) -> int:
        """Run the agent until records or faults with these texts are in the journal; return its exit status."""
        return self.run_when(lambda: all(text in str(self.journal.entries) for text in texts))

    def run_when(self, is_enough: Callable[[], bool]) -> int:
        """Run the agent until something holds; return its exit status."""

        def ask_to_end() -> None:
            try:
                until(is_enough, 20)
            finally:
                os.kill(os.getpid(), signal.SIGTERM)

        asking = threading.Thread(target=ask_to_end)
        asking.start()
        try:
            return run(self.plan)
        finally:
            asking.join(20)


@pytest.fixture(name="box")
def _box(tmp_path: Path) -> Iterator[Box]:
    former = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    made = Box(tmp_path)
    yield made
    made.source.news.append("the end")  # type: ignore[arg-type]  # of the worker's thread
    for number, handler in former.items():
        signal.signal(number, handler)


def test_an_agent_begins_with_the_stored_schedule(box: Box) -> None:
    """The source is away: what was active when the process ended goes on air, under numbers that follow the last."""
    box.documents.raw = ALWAYS
    assert box.run_until("bulletin_id='a'") == 0
    first, last = box.journal.records[0], box.journal.records[-1]
    assert (first.no, first.bulletin_id, first.result) == (42, "a", Result.ON_AIR)
    assert (last.no, last.result) == (42, Result.STOPPED)
    assert box.journal.faults == []


def test_a_play_that_was_cut_is_named_by_the_one_that_goes_on(box: Box) -> None:
    """The records that recovery has closed are known by their keys: the continuation says which play it resumes."""
    box.documents.raw = ALWAYS
    box.run_until("bulletin_id='a'")
    key = box.journal.records[0].key
    box.journal.entries.clear()
    box.plan = replace(box.plan, last_no=50, unfinished={key: 42})
    box.run_until("bulletin_id='a'")
    record = box.journal.records[0]
    assert (record.no, record.resumes, record.key) == (51, 42, key)


def test_files_of_the_stored_schedule_are_watched_from_the_start(box: Box) -> None:
    """A file that its author mends while the agent runs is checked again, without a new schedule."""
    box.documents.raw = document("a")
    box.plan = replace(box.plan, channels=(SOUND,))
    box.shelf.refusals["a.wav"] = Unplayable(Code.CONTENT_EMPTY, "a.wav: is empty")

    def checked_again() -> bool:
        if len(box.shelf.taken) == 1:
            box.source.changed = {"a.wav"}
        return len(box.shelf.taken) > 1

    assert box.run_when(checked_again) == 0
    assert set(box.shelf.taken) == {"a.wav"}


def test_a_stored_schedule_with_faults_is_told_and_the_source_has_the_word(box: Box) -> None:
    """What a newer or damaged store holds is refused by name, and the source's document goes on air."""
    box.documents.raw = b'{"format": "ttcs-schedule/9"}'
    box.source.publish(ALWAYS)
    assert box.run_until("bulletin_id='a'") == 0
    fault = box.journal.faults[0]
    assert (fault.code, fault.subject) == (Code.SCHEDULE_REFUSED, "the stored schedule")
    assert box.documents.raw == ALWAYS


def test_a_worker_that_dies_takes_the_agent_down(box: Box) -> None:
    """An exception that nobody foresaw in the worker is what the process ends with."""
    box.source.news.append("no news")  # type: ignore[arg-type]
    box.plan = replace(box.plan, output_command=(sys.executable, "-c", ""))  # nothing that outlives the loop
    with pytest.raises(DeadPart, match="the worker died") as raised:
        run(box.plan)
    assert isinstance(raised.value.__cause__, AttributeError)


def test_a_run_directory_that_cannot_be_made_is_named(box: Box, tmp_path: Path) -> None:
    """The message says which directory, why, and which key of the config to mend."""
    (tmp_path / "run").write_text("a file")
    with pytest.raises(Unavailable, match=r"/run: cannot be made \(File exists\); mend device.run_dir") as raised:
        run(box.plan)
    assert raised.value.code is Code.FOLDER_UNREADABLE


def test_all_entries_have_the_clock_of_the_box(box: Box) -> None:
    """Records and faults carry the box's own wall clock, offset and all."""
    box.documents.raw = ALWAYS
    box.plan = replace(box.plan, clock=SystemClock(-86_400 * SECOND))
    box.source.publish(b"{")
    box.run_until("schedule_refused", "bulletin_id='a'")
    instants = [record.ordered_at_us for record in box.journal.records]
    instants += [fault.at_us for fault in box.journal.faults]
    assert len(instants) >= 2
    assert all(abs(box.plan.clock.now().wall_us - instant) < 60 * SECOND for instant in instants)
