"""A schedule with faults is refused as a whole, each of them named with place and remedy; the old one stays on air."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from firmware_py.core.errors import Code
from firmware_py.core.records import Fault, Result
from tests.system.world import Box, box, slot, text, under_permissions

Change = Callable[[dict[str, Any]], None]


def change(of: str, index: int, **fields: Any) -> Change:  # noqa: ANN401 - whatever the document is to say
    """Return what changes fields of one bulletin or slot of a document."""
    return lambda document: document[of][index].update(fields)


# What is wrong: what it does to the document, where it is then said to be, what is said, how to mend it.
FAULTS: dict[str, tuple[Change, str, str]] = {
    "wrong type": (
        change("bulletins", 0, duration_s="long"),
        "bulletins[0].duration_s: is 'long', must be number",
        "",
    ),
    "unknown key": (
        change("slots", 0, volum=20),
        "slots[0].volum: is not a known key",
        "did you mean 'volume'?",
    ),
    "impossible date": (
        change("slots", 0, days=["2026-02-30"]),
        "slots[0].days[0]: '2026-02-30' is no date of the calendar",
        "write YYYY-MM-DD",
    ),
    "ends when it starts": (
        change("slots", 0, end="09:59:50"),
        "slots[0]: ends when it starts",
        "give a later end",
    ),
    "ends before it starts": (
        change("bulletins", 1, valid_from="2026-11-23T10:00:00+07:00", valid_until="2026-11-23T09:00:00+07:00"),
        "bulletins[1]: is never valid",
        "valid_until must be later than valid_from",
    ),
    "reference to nothing": (
        change("slots", 0, playlist=["kept", "gone"]),
        "slots[0].playlist[1]: names 'gone', which is no bulletin of this document",
        "",
    ),
    "id twice": (
        change("bulletins", 1, id="kept"),
        "bulletins: has the id 'kept' 2 times",
        "give each its own id",
    ),
    "path that leaves the folder": (
        change("bulletins", 1, kind="image", content=[{"path": "../passwd"}]),
        "bulletins[1].content[0].path: '../passwd' leaves or repeats a folder",
        "write it without . and ..",
    ),
}

NESTED = b'{"format": ' + b"[" * 1_000_000
RAW: dict[str, tuple[bytes, str, str]] = {
    "10 MB of nested brackets": (b"[" * 10_000_000, "document: has 8388609 bytes, the limit is 8388608", "split it"),
    "1 MB of nested brackets": (NESTED, "document: is not JSON", "mend the JSON at that byte"),
    "cut off": (b'{"format": "ttcs-sch', "document: is not JSON", "mend the JSON at that byte"),
    "empty": (b"", "document: is not JSON", "mend the JSON at that byte"),
    "not text": (bytes(range(128, 256)), "document: is not JSON", "mend the JSON at that byte"),
    "a list": (b"[]", "document: is a list, must be a table of keys and values", ""),
}


def later_faults(running: Box, known: int) -> list[Fault]:
    """Return the faults after the first so many."""
    return running.faults()[known:]


@pytest.fixture(name="running")
def _running(board: Box) -> Box:
    """A board with a schedule on air."""
    kept = text("kept")
    board.feed.publish(kept, text("more"), slots=(slot("s", kept),))
    board.start()
    board.play(kept)
    return board


def test_each_fault_is_named_with_its_place_and_remedy_and_the_old_schedule_stays(running: Box) -> None:
    """One bad document after the other, then one with all faults at once: the play on air is never touched."""
    good = running.feed.document(text("kept"), text("more"), slots=(slot("s", text("kept")),))
    documents = {name: raw for name, (raw, _, _) in RAW.items()}
    for name, (spoil, _, _) in FAULTS.items():
        bad = json.loads(json.dumps(good))
        spoil(bad)
        documents[name] = json.dumps(bad).encode()
    expected = {name: (what, remedy) for name, (_, what, remedy) in (RAW | FAULTS).items()}
    for name, raw in documents.items():
        known = len(running.faults())
        running.feed.file("schedule.json", raw)
        (fault,) = running.until(partial(later_faults, running, known))
        assert (fault.code, fault.subject) == (Code.SCHEDULE_REFUSED, "schedule.json"), name
        assert all(part in fault.detail for part in expected[name]), fault
    assert running.status().version == 1
    assert running.stop() == 0
    assert [record.result for record in running.records()] == [Result.STOPPED]


def test_all_faults_of_a_document_are_named_at_once_and_the_mended_one_is_taken(running: Box) -> None:
    """Four faults in one document give four faults; the same document without them is on air soon after."""
    named = ("wrong type", "unknown key", "impossible date", "ends before it starts")
    bad = running.feed.document(text("kept"), text("more"), slots=(slot("s", text("more")),))
    mended = json.dumps(bad).encode()
    for name in named:
        FAULTS[name][0](bad)
    running.feed.file("schedule.json", json.dumps(bad).encode())
    running.until(lambda: len(running.faults()) == len(named))
    for name in named:
        assert any(FAULTS[name][1] in fault.detail for fault in running.faults()), name
    running.feed.file("schedule.json", mended)
    running.play(text("more"))
    assert running.status().version == 2
    assert running.stop() == 0


def test_a_stored_schedule_that_is_damaged_is_told_and_the_folder_has_the_cure(board: Box) -> None:
    """The copy in the state directory is no schedule any more: that is a fault; the folder's is taken and played."""
    kept = text("kept")
    board.feed.publish(kept, slots=(slot("s", kept),))
    board.start()
    board.play(kept)
    board.stop()
    (board.directory / "state" / "schedule" / "active.json").write_bytes(b'{"format": 3')
    board.start()
    board.play(kept, 0.2)
    (fault,) = board.faults()
    assert (fault.code, fault.subject) == (Code.SCHEDULE_REFUSED, "the stored schedule")
    assert board.stop() == 0


def test_a_journal_that_is_damaged_is_set_aside_and_told(board: Box) -> None:
    """The agent starts with a new journal, says so in it, keeps the old one, and plays."""
    kept = text("kept")
    board.feed.publish(kept, slots=(slot("s", kept),))
    board.start()
    board.play(kept)
    board.kill()
    state = board.directory / "state"
    (state / "journal.db").write_bytes(b"This is no database.\n" * 500)
    (state / "journal.db-wal").unlink()
    board.start()
    board.play(kept, 0.2)
    assert board.stop() == 0
    (fault,) = board.faults()
    assert fault.code == Code.JOURNAL_CORRUPT
    assert f"{state / 'journal.db'}: " in fault.detail
    assert list(state.glob("journal.db.corrupt-*"))
    assert [record.result for record in board.records()] == [Result.STOPPED]


def test_a_state_directory_without_permission_is_named(tmp_path: Path) -> None:
    """An agent that cannot keep records does not start: status 1, and the message says where and how to mend it."""
    with box(tmp_path, "board", wrapper=under_permissions()) as board:
        state = tmp_path / "state"
        state.mkdir()
        state.chmod(0o500)
        board.start()
        assert board.process is not None
        assert board.process.wait(10) == 1
        assert "cannot be written (Permission denied); check the disk and who owns the directory" in board.log
        assert "Traceback" not in board.log
        state.chmod(0o700)
