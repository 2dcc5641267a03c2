"""The journal (nhật ký) of what was really played and of what went wrong: what is written is on disk on return."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

from firmware_py.core.codec import from_json_as, to_json
from firmware_py.core.entries import Control, Entry, InboxRow, Mark, Remembered
from firmware_py.core.errors import Malformed
from firmware_py.core.records import Fault, PlayRecord
from firmware_py.core.reports import Body, Event
from firmware_py.core.units import WallUs
from firmware_py.store import memory, outbox
from firmware_py.store.database import open_database, transaction
from firmware_py.store.durable import make_directory
from firmware_py.store.lock import ProcessLock
from firmware_py.store.tables import epoch, last_play, prepare, prune

MAX_RECORDS = 100_000
"""About 100 MB: five years of fifty plays a day."""
PRUNE_EVERY = 1000
ALL = 2**62

_PAGE = 500

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Journal:
    """An SQLite database with the plays by number and the faults in their order, used by the thread that opened it.

    `epoch` is a random name that changes when numbering begins anew, because the former file was damaged:
    `was_corrupt` then says what was wrong with it and where it is kept, else it is "".
    """

    def __init__(self, path: Path, lock: ProcessLock, max_records: int, *, reports: bool) -> None:
        self._path = path
        self._reports = reports
        self._lock = lock
        self._max_records = max_records
        self._db, self.was_corrupt = open_database(path, partial(prepare, max_records=max_records))
        self.epoch: str = epoch(self._db)

    @classmethod
    def open(cls, path: Path, max_records: int = MAX_RECORDS, *, reports: bool = False) -> Self:
        """Return the journal at `path`, made if need be, with at most `max_records` plays kept.

        With `reports` what is written is also an event that waits for a source system. A damaged file is set
        aside. Raises `Unavailable` when another process has it open, or the disk is full.
        """
        make_directory(path.parent)
        lock = ProcessLock(path.with_name(path.name + ".lock"))
        try:
            return cls(path, lock, max_records, reports=reports)
        except BaseException:
            lock.close()
            raise

    def write(self, *entries: Entry) -> None:
        """Write entries, each in place of what has its number or name, in one commit: all or none.

        Raises `Unavailable` (DISK_FULL).
        """
        with transaction(self._db, self._path):
            numbers = [self._put(entry) for entry in entries]
            if any(number and number % PRUNE_EVERY == 0 for number in numbers):
                prune(self._db, self._max_records)

    def outbox(self, after_no: int, limit: int) -> tuple[Event, ...]:
        """Return events that wait for the source system, from the first after `after_no`, at most `limit`."""
        return outbox.waiting(self._db, after_no, limit)

    def outbox_bounds(self) -> tuple[int, int]:
        """Return the numbers of the first and the last event that waits; 0 and 0 when none does."""
        return outbox.bounds(self._db)

    def forget(self, through: int) -> None:
        """Remove the events up to a number: the source has them. Raises `Unavailable`."""
        with transaction(self._db, self._path):
            outbox.forget(self._db, through)

    def remembered(self, certain_us: WallUs) -> Remembered:
        """Return what commands and documents have left; rows that expired a day before `certain_us` go."""
        return memory.recall(self._db, certain_us)

    def _put(self, entry: Entry) -> int:
        """Write one entry; return its number, 0 when it has none."""
        if isinstance(entry, InboxRow | Mark | Control):
            memory.put(self._db, entry)
            return 0
        no = self._put_body(entry)
        if self._reports:
            outbox.put(self._db, entry, no)
        return no

    def _put_body(self, body: Body) -> int:
        if isinstance(body, Fault):
            row = self._db.execute("INSERT INTO faults (fault) VALUES (?)", (to_json(body).decode(),))
            return row.lastrowid or 0
        if isinstance(body, PlayRecord):
            self._db.execute(
                "INSERT INTO plays (no, result, record) VALUES (?, ?, ?) ON CONFLICT (no)"
                " DO UPDATE SET result = excluded.result, record = excluded.record",
                (body.no, body.result.value, to_json(body).decode()),
            )
            return body.no
        return 0

    def last_no(self) -> int:
        """Return the highest number that a play has; 0 when there is none."""
        return last_play(self._db)

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


def _decoded(kind: type[T], rows: list[tuple[int, bytes]]) -> Iterator[tuple[int, T]]:
    for no, raw in rows:
        try:
            yield no, from_json_as(kind, raw)
        except Malformed as error:
            # One damaged row must not keep the agent from starting, nor the others from being reported.
            _log.error("journal: %s %d cannot be read and is passed over: %s", kind.__name__, no, error)
