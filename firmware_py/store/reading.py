"""Reading a journal beside the agent that writes it: nothing is locked, nothing is changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from firmware_py.core.codec import from_json_as
from firmware_py.core.errors import Code, Malformed, Unavailable
from firmware_py.core.records import Fault, PlayRecord, Result
from firmware_py.core.reports import Event, event
from firmware_py.store import outbox, tables

_PAGE = 500


class Reader:
    """A journal that is only read; `epoch` names its numbering."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.epoch = tables.epoch(db)

    def waiting(self) -> Iterator[Event]:
        """Yield the events that wait for the source system."""
        after = 0
        while page := outbox.read(self._db, after, _PAGE):
            yield from page
            after = page[-1].no

    def everything(self) -> Iterator[Event]:
        """Yield all plays that are over and all faults, numbered anew: for a box that has no source system."""
        numbers = count(1)
        for (raw,) in self._db.execute(
            "SELECT record FROM plays WHERE result <> ? ORDER BY no", (Result.ON_AIR.value,)
        ):
            yield from _event(numbers, PlayRecord, raw)
        for (raw,) in self._db.execute("SELECT fault FROM faults ORDER BY no"):
            yield from _event(numbers, Fault, raw)


def _event(numbers: Iterator[int], kind: type[PlayRecord | Fault], raw: bytes) -> Iterator[Event]:
    try:
        yield event(next(numbers), from_json_as(kind, raw))
    except Malformed:
        return  # one damaged row must not keep the others from being read


@contextmanager
def read_journal(path: Path) -> Iterator[Reader]:
    """Give a journal to read; raise `Unavailable` when there is none, or it is damaged."""
    try:
        db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)
        db.text_factory = bytes
        try:
            yield Reader(db)
        finally:
            db.close()
    except sqlite3.Error as error:
        what = f"{path}: cannot be read ({error}); name the config of a box that has run"
        raise Unavailable(Code.JOURNAL_CORRUPT, what) from error
