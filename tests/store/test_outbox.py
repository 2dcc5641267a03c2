"""What the source must learn waits on the disk in its order; what the box was told is there after a restart."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from firmware_py.core.entries import Control, InboxRow, Mark, Matter
from firmware_py.core.records import Result
from firmware_py.core.reports import AlertAnswer, AlertState, CommandAnswer, CommandState
from firmware_py.core.units import DAY
from firmware_py.store import tables
from firmware_py.store.journal import Journal
from tests.store.samples import START_US, fault, record

ANSWER = CommandAnswer("c1", CommandState.SUCCEEDED, START_US)
ALERT = AlertAnswer("flood", 7, AlertState.DONE, START_US)
ROW = InboxRow("c1", Matter.COMMAND, "d" * 64, "succeeded", START_US, START_US + DAY, payload=b"\x00\xff")


@pytest.fixture(name="journal")
def _journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path / "journal.db", reports=True) as opened:
        yield opened


def test_what_is_over_becomes_an_event_in_its_order(journal: Journal) -> None:
    """A play when it is over, a fault, an answer: numbered in one row; a play that is on air is none yet."""
    journal.write(record(1), fault(5))
    journal.write(record(1, Result.COMPLETE), ANSWER, ALERT)
    events = journal.outbox(0, 10)
    assert [event.no for event in events] == [1, 2, 3, 4]
    assert [event.fault for event in events] == [fault(5), None, None, None]
    assert [event.play for event in events] == [None, record(1, Result.COMPLETE), None, None]
    assert (events[2].command, events[3].alert) == (ANSWER, ALERT)
    assert journal.outbox_bounds() == (1, 4)
    assert journal.outbox(2, 1) == events[2:3]


def test_events_go_by_word_and_numbers_are_never_used_again(tmp_path: Path) -> None:
    """What is let go is gone after a restart too, and the next event has a higher number."""
    with Journal.open(tmp_path / "journal.db", reports=True) as journal:
        journal.write(fault(1), fault(2), fault(3))
        journal.forget(2)
        assert journal.outbox_bounds() == (3, 3)
        journal.forget(3)
        assert journal.outbox_bounds() == (0, 0)
    with Journal.open(tmp_path / "journal.db", reports=True) as journal:
        journal.write(fault(4))
        assert journal.outbox_bounds() == (4, 4)


def test_a_box_without_a_source_gathers_no_events(tmp_path: Path) -> None:
    """With a folder as the only source nobody would ever take them."""
    with Journal.open(tmp_path / "journal.db") as journal:
        journal.write(record(1, Result.COMPLETE), fault(1))
        assert journal.outbox_bounds() == (0, 0)
        assert list(journal.records()) == [record(1, Result.COMPLETE)]


def test_what_was_told_is_remembered(tmp_path: Path) -> None:
    """Rows with their bytes, marks and settings; the newest of each name."""
    with Journal.open(tmp_path / "journal.db") as journal:
        journal.write(replace(ROW, state="accepted"), Mark("m", 1), Control("volume_pct", 10))
        journal.write(ROW, Mark("m", 2), Mark("n", 3), Control("volume_pct", 20))
    with Journal.open(tmp_path / "journal.db") as journal:
        found = journal.remembered(START_US)
    assert found.rows == (ROW,)
    assert sorted(found.marks, key=lambda mark: mark.name) == [Mark("m", 2), Mark("n", 3)]
    assert found.controls == (Control("volume_pct", 20),)


def test_rows_go_a_day_after_their_document(journal: Journal) -> None:
    """As long as a document may come again its row is there; the pointer and the keyring stay."""
    desired = replace(ROW, name="desired", matter=Matter.DESIRED)
    journal.write(ROW, desired)
    assert journal.remembered(START_US + 2 * DAY - 1).rows == (ROW, desired)
    assert journal.remembered(START_US + 2 * DAY + 1).rows == (desired,)


def test_a_row_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    """Damage in one row costs that row."""
    with Journal.open(tmp_path / "journal.db", reports=True) as journal:
        journal.write(ROW, replace(ROW, name="c2"), fault(1), ANSWER, fault(2))
    with sqlite3.connect(tmp_path / "journal.db") as db:
        db.execute("UPDATE inbox SET entry = '{' WHERE name = 'c1'")
        db.execute("UPDATE events SET body = '{' WHERE no = 2")
    db.close()
    with Journal.open(tmp_path / "journal.db", reports=True) as journal:
        assert [row.name for row in journal.remembered(START_US).rows] == ["c2"]
        assert [event.no for event in journal.outbox(0, 10)] == [1, 3]
        journal.forget(1)
        assert journal.outbox_bounds() == (3, 3)


def test_a_journal_of_the_first_form_is_taken_over(tmp_path: Path) -> None:
    """A box that is updated keeps its records and goes on with them."""
    path = tmp_path / "journal.db"
    with Journal.open(path) as journal:
        journal.write(record(1, Result.COMPLETE))
        epoch = journal.epoch
    with sqlite3.connect(path) as db:
        for table in ("events", "inbox", "marks", "controls"):
            db.execute(f"DROP TABLE {table}")
        db.execute("PRAGMA user_version = 1")
    db.close()
    with Journal.open(path, reports=True) as journal:
        assert (journal.epoch, journal.was_corrupt) == (epoch, "")
        assert list(journal.records()) == [record(1, Result.COMPLETE)]
        journal.write(fault(1))
        assert journal.outbox_bounds() == (1, 1)


def test_an_outbox_that_nobody_empties_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that is never heard of costs no more disk than the bound; the oldest events go."""
    monkeypatch.setattr(tables, "MAX_EVENTS", 10)
    path = tmp_path / "journal.db"
    with Journal.open(path, reports=True) as journal:
        journal.write(*(fault(number) for number in range(30)))
    with Journal.open(path, reports=True) as journal:
        assert journal.outbox_bounds() == (21, 30)
