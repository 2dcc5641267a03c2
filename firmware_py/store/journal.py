"""The journal (nhật ký) of what was really played and of what went wrong: what is written is on disk on return."""

from __future__ import annotations

import logging
import secrets
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Self, TypeVar

from firmware_py.core.codec import from_json_as, to_json
from firmware_py.core.errors import Malformed
from firmware_py.core.records import Fault, PlayRecord, Result
from firmware_py.store.database import Damaged, open_database, transaction
from firmware_py.store.durable import make_directory
from firmware_py.store.lock import ProcessLock

MAX_RECORDS = 100_000
"""About 100 MB: five years of fifty plays a day."""
MAX_FAULTS = 10_000
PRUNE_EVERY = 1000
ALL = 2**62

_VERSION = 1
_PAGE = 500

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Journal:
    """An SQLite database with the plays by number and the faults in their order, used by the thread that opened it.

    `epoch` is a random name that changes when numbering begins anew, because the former file was damaged:
    `was_corrupt` then says what was wrong with it and where it is kept, else it is "".
    """

    def __init__(self, path: Path, lock: ProcessLock, max_records: int) -> None:
        self._path = path
        self._lock = lock
        self._max_records = max_records
        self._db, self.was_corrupt = open_database(path, _prepare)
        self.epoch: str = self._value("SELECT value FROM meta WHERE key = 'epoch'").decode()
        self._prune_at_start()

    @classmethod
    def open(cls, path: Path, max_records: int = MAX_RECORDS) -> Self:
        """Return the journal at `path`, made if need be, with at most `max_records` plays kept.

        A damaged file is set aside. Raises `Unavailable` when another process has it open, or the disk is full.
        """
        make_directory(path.parent)
        lock = ProcessLock(path.with_name(path.name + ".lock"))
        try:
            return cls(path, lock, max_records)
        except BaseException:
            lock.close()
            raise

    def write(self, *records: PlayRecord) -> None:
        """Write records, each in place of what has its number, in one commit: all or none.

        Raises `Unavailable` (DISK_FULL).
        """
        rows = [(record.no, record.result.value, to_json(record).decode()) for record in records]
        with transaction(self._db, self._path):
            self._db.executemany(
                "INSERT INTO plays (no, result, record) VALUES (?, ?, ?) ON CONFLICT (no)"
                " DO UPDATE SET result = excluded.result, record = excluded.record",
                rows,
            )
            if any(record.no % PRUNE_EVERY == 0 for record in records):
                self._prune()

    def fault(self, fault: Fault) -> None:
        """Write that something went wrong, in one commit. Raises `Unavailable` (DISK_FULL)."""
        with transaction(self._db, self._path):
            row = self._db.execute("INSERT INTO faults (fault) VALUES (?)", (to_json(fault).decode(),))
            if (row.lastrowid or 0) % PRUNE_EVERY == 0:
                self._prune()

    def last_no(self) -> int:
        """Return the highest number that a play has; 0 when there is none."""
        return self._last("plays")

    def open_records(self) -> tuple[PlayRecord, ...]:
        """Return the plays that are written as on air: at a start, those of a process that died."""
        query = "SELECT no, record FROM plays WHERE result = 'on_air' ORDER BY no"
        return tuple(record for _, record in _decoded(PlayRecord, self._db.execute(query).fetchall()))

    def records(self, after_no: int = 0, limit: int = ALL) -> Iterator[PlayRecord]:
        """Yield plays by number, from the first after `after_no`, at most `limit`."""
        query = "SELECT no, record FROM plays WHERE no > ? ORDER BY no LIMIT ?"
        return (record for _, record in self._pages(PlayRecord, query, after_no, limit))

    def faults(self, after_no: int = 0, limit: int = ALL) -> Iterator[tuple[int, Fault]]:
        """Yield faults with the number of each, oldest first, from the first after `after_no`, at most `limit`."""
        query = "SELECT no, fault FROM faults WHERE no > ? ORDER BY no LIMIT ?"
        return self._pages(Fault, query, after_no, limit)

    def close(self) -> None:
        """Close the file and give the lock back."""
        self._db.close()
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _pages(self, kind: type[T], query: str, after_no: int, limit: int) -> Iterator[tuple[int, T]]:
        """Read page by page: an open query would keep the write-ahead log from being cut."""
        while limit > 0 and (rows := self._db.execute(query, (after_no, min(limit, _PAGE))).fetchall()):
            yield from _decoded(kind, rows)
            after_no, limit = rows[-1][0], limit - len(rows)

    def _prune_at_start(self) -> None:
        with transaction(self._db, self._path):
            self._prune()

    def _prune(self) -> None:
        oldest = self._last("plays") - self._max_records
        self._db.execute("DELETE FROM plays WHERE no <= ? AND result <> ?", (oldest, Result.ON_AIR.value))
        self._db.execute("DELETE FROM faults WHERE no <= ?", (self._last("faults") - MAX_FAULTS,))

    def _last(self, table: str) -> int:
        return int(self._value(f"SELECT coalesce(max(no), 0) FROM {table}"))  # noqa: S608 - a name of ours

    def _value(self, query: str) -> bytes:
        (value,) = self._db.execute(query).fetchone()
        return value  # type: ignore[no-any-return]  # a row of the database has no type


def _prepare(db: sqlite3.Connection) -> None:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version == 0:
        _make(db)
    elif version != _VERSION:
        raise Damaged(f"has the form {version}, this program writes {_VERSION}")
    # What has the right version and not the right tables is found here, not in the middle of a programme.
    db.execute("SELECT no, result, record FROM plays LIMIT 0")
    db.execute("SELECT no, fault FROM faults LIMIT 0")
    if db.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone() is None:
        raise Damaged("has no epoch")


def _make(db: sqlite3.Connection) -> None:
    db.execute("BEGIN IMMEDIATE")
    db.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT")
    db.execute("CREATE TABLE plays (no INTEGER PRIMARY KEY, result TEXT NOT NULL, record TEXT NOT NULL) STRICT")
    db.execute("CREATE INDEX plays_on_air ON plays (no) WHERE result = 'on_air'")
    db.execute("CREATE TABLE faults (no INTEGER PRIMARY KEY AUTOINCREMENT, fault TEXT NOT NULL) STRICT")
    db.execute("INSERT INTO meta VALUES ('epoch', ?)", (secrets.token_hex(8),))
    db.execute(f"PRAGMA user_version = {_VERSION}")
    db.execute("COMMIT")


def _decoded(kind: type[T], rows: list[tuple[int, bytes]]) -> Iterator[tuple[int, T]]:
    for no, raw in rows:
        try:
            yield no, from_json_as(kind, raw)
        except (Malformed, RecursionError) as error:
            # One damaged row must not keep the agent from starting, nor the others from being reported.
            _log.error("journal: %s %d cannot be read and is passed over: %s", kind.__name__, no, error)
