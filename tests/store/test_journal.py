"""The journal keeps what was written, in bounds, through damage of its file, and for one process."""

from __future__ import annotations

import logging
import random
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_py.core.errors import Code, Unavailable
from firmware_py.core.records import Result
from firmware_py.store import tables
from firmware_py.store.database import _set_aside
from firmware_py.store.journal import Journal
from tests.store.samples import fault, record
from tests.store.surroundings import files_end_at, open_directory, without_privilege

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a journal may be made."""
    return tmp_path / "state" / "journal.db"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    """Give an empty journal."""
    with Journal.open(path) as opened:
        yield opened


def test_a_new_journal_is_empty(journal: Journal) -> None:
    """Nothing is in it, and nothing was wrong."""
    assert journal.last_no() == 0
    assert list(journal.records()) == []
    assert list(journal.faults()) == []
    assert journal.open_records() == ()
    assert journal.was_corrupt == ""


def test_what_is_written_comes_back(path: Path) -> None:
    """Records with all their fields, faults with their numbers, and the epoch are there in the next process."""
    with Journal.open(path) as journal:
        journal.write(record(1, Result.COMPLETE), record(2))
        journal.write(fault(5))
        journal.write(fault(6))
        epoch = journal.epoch
    with Journal.open(path) as journal:
        assert list(journal.records()) == [record(1, Result.COMPLETE), record(2)]
        assert list(journal.faults()) == [(1, fault(5)), (2, fault(6))]
        assert journal.last_no() == 2
        assert len(epoch) == 16
        assert journal.epoch == epoch


def test_a_record_takes_the_place_of_its_number(journal: Journal) -> None:
    """A play written twice is one play, with what was written last; it is open until it has a result."""
    journal.write(record(1), record(2))
    assert journal.open_records() == (record(1), record(2))
    journal.write(record(1, Result.PREEMPTED))
    assert list(journal.records()) == [record(1, Result.PREEMPTED), record(2)]
    assert journal.open_records() == (record(2),)


def test_pages_join(journal: Journal) -> None:
    """Reading goes over more than one page, from any number and with any limit, each play once."""
    journal.write(*(record(no, Result.COMPLETE) for no in range(1, 1203)))
    numbers = list(range(1, 1203))
    for after, limit in ((0, 10**9), (0, 1000), (1, 501), (700, 3), (1202, 5), (5, 0)):
        assert [play.no for play in journal.records(after, limit)] == numbers[after : after + limit]


def test_reading_does_not_hold_the_log(journal: Journal) -> None:
    """While a reader is half way, writing goes on and the reader sees the rest."""
    journal.write(*(record(no, Result.COMPLETE) for no in range(1, 700)))
    reader = journal.records()
    next(reader)
    journal.write(record(700))
    assert len(list(reader)) == 699


def test_one_write_is_one_commit(journal: Journal) -> None:
    """However many records, one write costs one commit, and so does a fault."""
    statements: list[str] = []
    journal._db.set_trace_callback(statements.append)
    journal.write(*map(record, range(1, 50)))
    assert [line for line in statements if line in ("COMMIT", "ROLLBACK")] == ["COMMIT"]
    journal.write(fault(1))
    assert [line for line in statements if line in ("COMMIT", "ROLLBACK")] == ["COMMIT", "COMMIT"]


def test_every_commit_is_synced(journal: Journal) -> None:
    """The settings that durability and the card's life rest on are in force."""
    found = [journal._db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    assert found == [b"wal", 2]
    assert journal._db.execute("PRAGMA wal_autocheckpoint").fetchone()[0] == 200


def test_the_log_does_not_grow_without_end(path: Path, journal: Journal) -> None:
    """After thousands of commits the write-ahead log is no longer than its limit."""
    for no in range(1, 2000):
        journal.write(record(no, Result.COMPLETE))
    assert Path(f"{path}-wal").stat().st_size < 2 * 1024 * 1024


def test_the_oldest_plays_go(path: Path) -> None:
    """No more than max_records are kept, the newest, but a play that is still open stays; numbers go on."""
    with Journal.open(path, max_records=300) as journal:
        journal.write(record(1), *(record(no, Result.COMPLETE) for no in range(2, 1000)))
        assert len(list(journal.records())) == 999
        journal.write(record(1000))
        assert [play.no for play in journal.records()] == [1, *range(701, 1001)]
    with Journal.open(path, max_records=10) as journal:
        assert [play.no for play in journal.records()] == [1, *range(991, 1001)]
        assert journal.last_no() == 1000


def test_the_oldest_faults_go(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Faults are bounded too, and their numbers are never used again."""
    monkeypatch.setattr(tables, "MAX_FAULTS", 3)
    with Journal.open(path) as journal:
        for number in range(1, 6):
            journal.write(fault(number))
    with Journal.open(path) as journal:
        assert list(journal.faults()) == [(number, fault(number)) for number in (3, 4, 5)]
        journal.write(fault(6))
        assert [number for number, _ in journal.faults(after_no=4)] == [5, 6]


def test_a_full_disk_writes_all_or_nothing(path: Path) -> None:
    """When the disk is full the write says so, nothing of it is there, and the next one works when there is space."""
    with Journal.open(path) as journal:
        with files_end_at(200_000), pytest.raises(Unavailable, match=r"journal\.db") as raised:
            _write_pairs(journal)
        assert raised.value.code is Code.DISK_FAILED  # SQLite calls a limit on file size an I/O error
        count = journal.last_no()
        assert count > 0
        assert count % 2 == 0
        journal.write(record(count + 1))
    with Journal.open(path) as journal:
        assert journal.was_corrupt == ""
        assert [play.no for play in journal.records()] == list(range(1, count + 2))


def _write_pairs(journal: Journal) -> None:
    for no in range(1, 100_000, 2):
        journal.write(record(no), record(no + 1))
        assert journal.last_no() == no + 1


def test_an_error_in_the_middle_writes_nothing(journal: Journal) -> None:
    """A write of which one record cannot be stored stores none, and the journal goes on."""
    journal.write(record(1))
    with pytest.raises(OverflowError):
        journal.write(record(2), record(2**70))
    assert list(journal.records()) == [record(1)]
    journal.write(record(2))
    assert journal.last_no() == 2


def test_a_disk_that_is_full_at_the_start_is_said(path: Path) -> None:
    """A journal that cannot be made is unavailable, and can be made when there is space."""
    path.parent.mkdir()
    with files_end_at(1000), pytest.raises(Unavailable) as raised:
        Journal.open(path)
    assert raised.value.code is Code.DISK_FAILED  # SQLite calls a limit on file size an I/O error
    Journal.open(path).close()


def test_a_directory_without_permission_is_named() -> None:
    """A state directory that the agent may not write to is named with the remedy."""
    with open_directory() as directory:
        directory.chmod(0o555)
        with without_privilege(), pytest.raises(Unavailable, match=r"journal\.db.*who owns the directory"):
            Journal.open(directory / "journal.db")


def test_one_process_at_a_time(path: Path) -> None:
    """A second process, and a second opening in this one, is told who has the journal; afterwards it may have it."""
    code = "import sys, pathlib, firmware_py.store.journal as j; j.Journal.open(pathlib.Path(sys.argv[1]))"
    command = (sys.executable, "-c", code, str(path))
    journal = Journal.open(path)
    other = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert other.returncode == 1
    assert "another agent (process" in other.stderr.splitlines()[-1]
    with pytest.raises(Unavailable, match="another agent"):
        Journal.open(path)
    journal.write(record(1))
    journal.close()
    Journal.open(path).close()
    assert subprocess.run(command, cwd=ROOT, timeout=30, check=False).returncode == 0


def test_children_do_not_keep_the_lock(path: Path) -> None:
    """A child process that outlives the agent does not keep the next agent out."""
    journal = Journal.open(path)
    with subprocess.Popen(("cat",), stdin=subprocess.PIPE, close_fds=False) as child:
        journal.close()
        Journal.open(path).close()
        assert child.poll() is None


def damaged_by_text(path: Path) -> None:
    """Write something else over the file."""
    path.write_text("không phải là cơ sở dữ liệu" * 1000, encoding="utf-8")


def damaged_at_random(path: Path) -> None:
    """Write noise over every page but the first."""
    raw = bytearray(path.read_bytes())
    chance = random.Random(5)
    for at in range(4096, len(raw), 1000):
        raw[at : at + 64] = chance.randbytes(64)
    path.write_bytes(raw)


def damaged_by_truncation(path: Path) -> None:
    """Cut the file in half."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def damaged_by_version(path: Path) -> None:
    """Make the file one of a later program."""
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()


def damaged_by_other_tables(path: Path) -> None:
    """Make the file a sound database of something else."""
    with sqlite3.connect(path) as db:
        db.execute("ALTER TABLE plays RENAME TO games")
    db.close()


def damaged_by_loss_of_epoch(path: Path) -> None:
    """Take the epoch away."""
    with sqlite3.connect(path) as db:
        db.execute("DELETE FROM meta")
    db.close()


def damaged_in_a_number(path: Path) -> None:
    """Give the last play a number far beyond the others, at which all of them would count as old."""
    with sqlite3.connect(path) as db:
        db.execute("UPDATE plays SET no = 1000199 WHERE no = 199")
    db.close()


def damaged_in_its_schema(path: Path) -> None:
    """Put bytes that are no text into the definition of a table."""
    raw = path.read_bytes()
    path.write_bytes(raw.replace(b"CREATE TABLE plays", b"CREATE \xc3\x80\x80\x80\x80 plays", 1))


def damaged_in_its_index(path: Path) -> None:
    """Let the page of an index lose an entry that its table has."""
    with sqlite3.connect(path) as db:
        db.execute("INSERT INTO meta VALUES ('a', 'b')")
        (page,) = db.execute("SELECT rootpage FROM sqlite_schema WHERE name LIKE 'sqlite_autoindex_meta_1'").fetchone()
        db.execute("PRAGMA journal_mode = DELETE")
    db.close()
    raw = bytearray(path.read_bytes())
    start = (page - 1) * 4096
    raw[start + 3 : start + 5] = b"\0\1"
    path.write_bytes(raw)


DAMAGES = [value for name, value in sorted(globals().items()) if name.startswith("damaged_")]


@pytest.mark.parametrize("damage", DAMAGES, ids=[damage.__name__ for damage in DAMAGES])
def test_a_damaged_file_is_set_aside(path: Path, damage: object) -> None:
    """A file that cannot be relied on is kept under another name, and a new epoch begins at number 0."""
    with Journal.open(path) as journal:
        journal.write(*map(record, range(1, 200)))
        epoch = journal.epoch
    assert callable(damage)
    damage(path)
    before = path.read_bytes()
    with Journal.open(path) as journal:
        assert "kept as journal.db.corrupt-1" in journal.was_corrupt
        assert str(path) in journal.was_corrupt
        assert (journal.last_no(), list(journal.records())) == (0, [])
        assert journal.epoch != epoch
        journal.write(record(1))
    assert path.with_name("journal.db.corrupt-1").read_bytes()[:4096] == before[:4096]
    with Journal.open(path) as journal:
        assert journal.was_corrupt == ""
        assert list(journal.records()) == [record(1)]


def test_the_log_of_a_damaged_file_goes_with_it(path: Path) -> None:
    """Log and index are set aside with their file, so that SQLite cannot replay them into the new one."""
    path.parent.mkdir()
    for tail in ("", "-wal", "-shm"):
        Path(f"{path}{tail}").write_text(tail, encoding="ascii")
    aside = _set_aside(path)
    assert {file.name: file.read_text(encoding="ascii") for file in path.parent.iterdir()} == {
        f"{aside.name}{tail}": tail for tail in ("", "-wal", "-shm")
    }


def test_a_file_damaged_under_its_log_is_set_aside(path: Path) -> None:
    """When a process was killed and the file was then damaged, nothing of the old plays comes into the new journal."""
    command = (sys.executable, "-m", "tests.store.writing", str(path))
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert [int(process.stdout.readline()) for _ in range(300)][-1] == 300
        process.kill()
    assert Path(f"{path}-wal").stat().st_size > 0
    damaged_by_text(path)
    with Journal.open(path) as journal:
        assert list(journal.records()) == []
        assert journal.was_corrupt


def test_few_damaged_files_are_kept(path: Path) -> None:
    """A card that damages files again and again does not fill up with them: the two newest stay."""
    for _ in range(4):
        Journal.open(path).close()
        damaged_by_text(path)
    with Journal.open(path) as journal:
        assert "corrupt-4" in journal.was_corrupt
    kept = {file.name for file in path.parent.iterdir() if "corrupt" in file.name}
    assert kept == {"journal.db.corrupt-3", "journal.db.corrupt-4"}


def test_a_row_that_cannot_be_read_is_passed_over(journal: Journal, caplog: pytest.LogCaptureFixture) -> None:
    """One damaged row keeps neither the others from being read nor the agent from starting; it is named in the log."""
    journal.write(record(1), record(2), record(3))
    journal._db.execute("UPDATE plays SET record = '[1' WHERE no = 2")
    with caplog.at_level(logging.ERROR):
        assert journal.open_records() == (record(1), record(3))
        assert [play.no for play in journal.records()] == [1, 3]
    assert "PlayRecord 2 cannot be read" in caplog.text


@cache
def sound_file() -> bytes:
    """Return the bytes of a journal with a few pages of everything."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "journal.db")
        with Journal.open(path) as journal:
            journal.write(*(record(no, Result.COMPLETE) for no in range(1, 30)), record(30))
            journal.write(fault(1))
        return path.read_bytes()


PLACES = st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=200)), max_size=5)


@settings(max_examples=80)
@given(places=PLACES, share=st.one_of(st.just(1.0), st.floats(0, 1)), log=st.binary(max_size=100))
def test_no_damage_keeps_a_journal_from_opening(places: list[tuple[float, bytes]], share: float, log: bytes) -> None:
    """Whatever bytes are changed or cut off, the journal opens, can be read, and keeps what is written from then on."""
    raw = bytearray(sound_file()[: int(len(sound_file()) * share)])
    for where, noise in places:
        at = int(where * len(raw))
        raw[at : at + len(noise)] = noise
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "journal.db")
        path.write_bytes(raw)
        Path(directory, "journal.db-wal").write_bytes(log)
        with Journal.open(path) as journal:
            no = journal.last_no() % 2**40 + 1
            assert len(list(journal.records())) + len(list(journal.faults())) <= 31
            journal.write(*journal.open_records(), record(no, Result.COMPLETE))
            journal.write(fault(2))
        with Journal.open(path) as journal:
            assert journal.was_corrupt == ""
            assert record(no, Result.COMPLETE) in list(journal.records(no - 1, 1))
