"""A process killed at any step leaves files that the next one goes on with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from firmware_py.core.content import Facts
from firmware_py.core.records import Result
from firmware_py.store.content import ContentStore
from firmware_py.store.documents import DocumentStore
from firmware_py.store.feeds import FeedStore
from firmware_py.store.journal import Journal
from tests.store.crashing import NAME, NEW, NEW_FEED, OLD, OLD_FEED
from tests.store.samples import LIMITS, put, record

ROOT = Path(__file__).resolve().parents[2]


def crash(operation: str, directory: Path) -> tuple[list[Path], list[str]]:
    """Return the directories of all crashes and of the run that ended, and what that one called."""
    command = (sys.executable, "-m", "tests.store.crashing", operation, str(directory))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return sorted(directory.iterdir(), key=lambda path: int(path.name)), done.stdout.splitlines()


def test_a_document_is_the_old_or_the_new_one_whole(tmp_path: Path) -> None:
    """At whichever step `put` dies, the active document is whole, nothing is left over, and `put` works again."""
    directories, _ = crash("documents", tmp_path)
    seen: list[bytes] = []
    for directory in directories:
        store = DocumentStore(directory)
        seen.append(store.active() or b"")
        assert seen[-1] in (OLD, NEW)
        assert store.previous() in (None, OLD)
        assert not list(directory.glob("*.part"))
        store.put(NEW)
        assert (store.active(), store.previous()) == (NEW, OLD)
    assert seen[0] == OLD
    assert seen[-1] == NEW
    assert seen == sorted(seen)
    assert len(seen) > 8


def test_a_document_is_on_disk_before_it_has_its_name(tmp_path: Path) -> None:
    """The file is synced before the rename, the directory after it."""
    directories, calls = crash("documents", tmp_path)
    order = ["write active.json.part", "fsync active.json.part", "replace active.json", f"fsync {directories[-1].name}"]
    assert [call for call in calls if call in order] == order


def test_what_a_feed_said_is_the_old_or_the_new_whole(tmp_path: Path) -> None:
    """At whichever step `put` dies, the box starts with one of the two, and nothing is left over."""
    directories, calls = crash("feeds", tmp_path)
    seen = []
    for directory in directories:
        seen.append(FeedStore(directory).get(OLD_FEED.source))
        assert not list(directory.glob("*.part"))
    turned = seen.index(NEW_FEED)
    assert seen == [OLD_FEED] * turned + [NEW_FEED] * (len(seen) - turned)
    assert 4 < turned < len(seen)
    (name,) = {call.split()[1] for call in calls if call.startswith("replace")}
    order = [f"write {name}.part", f"fsync {name}.part", f"replace {name}", f"fsync {directories[-1].name}"]
    assert [call for call in calls if call in order] == order


def test_content_is_whole_or_absent(tmp_path: Path) -> None:
    """At whichever step `ingest` dies, what the store has is whole, nothing is left over, and `ingest` works again."""
    directories, _ = crash("content", tmp_path)
    had = []
    for directory in directories:
        store = ContentStore(directory / "store", LIMITS)
        had.append(store.has(NAME))
        assert not list(directory.rglob("*.part"))
        assert store.facts(NAME) in (None, Facts(NAME, str(store.path(NAME)), duration_us=7))
        assert store.ingest(directory / "source", put(directory / "source", NEW)) == NAME
        assert store.verify(NAME)
    assert not had[0]
    assert had[-1]
    assert had == sorted(had)
    assert len(had) > 8


def test_content_is_on_disk_before_it_has_its_name(tmp_path: Path) -> None:
    """The file is synced before the rename, the directory after it."""
    _, calls = crash("content", tmp_path)
    order = ["write incoming.part", "fsync incoming.part", f"replace {NAME}", f"fsync {NAME[:2]}"]
    assert [call for call in calls if call in order] == order


def test_setting_a_damaged_journal_aside_can_be_cut_off(tmp_path: Path) -> None:
    """At whichever step that dies, the next start has an empty journal that works, and the damaged file is kept."""
    directories, _ = crash("aside", tmp_path)
    assert len(directories) > 3
    for directory in directories:
        with Journal.open(directory / "journal.db") as journal:
            assert list(journal.records()) == []
            journal.write(record(1))
            assert list(journal.records()) == [record(1)]
        assert list(directory.glob("journal.db.corrupt-?"))


@pytest.mark.parametrize("lines", [1, 40, 150])
def test_what_was_written_survives_kill_9(tmp_path: Path, lines: int) -> None:
    """Every play whose `write` has returned is in the journal after SIGKILL, once after another."""
    path = tmp_path / "journal.db"
    for _ in range(2):
        command = (sys.executable, "-m", "tests.store.writing", str(path))
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            said = [process.stdout.readline() for _ in range(lines)]
            process.kill()
            said += process.stdout.read().splitlines()
        _holds_all(path, int([line for line in said if line][-1]))


def _holds_all(path: Path, last: int) -> None:
    with Journal.open(path) as journal:
        assert journal.was_corrupt == ""
        kept = list(journal.records())
        assert [play.no for play in kept] == list(range(1, len(kept) + 1))
        assert last <= len(kept) <= last + 1
        assert all(play.result != "on_air" for play in kept[:last])
        assert len(list(journal.faults())) >= len(kept)
        assert journal.open_records() == tuple(play for play in kept if play.result == "on_air")
        journal.write(*(record(play.no, Result.INTERRUPTED) for play in journal.open_records()))
