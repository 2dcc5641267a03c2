"""What waits for the source system: plays that are over, faults and answers, in the order in which they happened.

An event gets its number in the transaction that writes what it is about. It goes when the source's own word covers it,
and not before: a broker's receipt proves nothing.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator

from firmware_py.core.codec import from_json_as, to_json
from firmware_py.core.errors import Malformed
from firmware_py.core.records import Fault, PlayRecord, Result
from firmware_py.core.reports import AlertAnswer, Body, CommandAnswer, Event, event

_KINDS: dict[str, type[Body]] = {
    "play": PlayRecord,
    "fault": Fault,
    "command": CommandAnswer,
    "alert": AlertAnswer,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}
_QUERY = """
    SELECT events.no, kind, coalesce(body, record, fault) FROM events
    LEFT JOIN plays ON kind = 'play' AND plays.no = ref
    LEFT JOIN faults ON kind = 'fault' AND faults.no = ref
    WHERE events.no > ? ORDER BY events.no LIMIT ?
"""
_log = logging.getLogger(__name__)


def put(db: sqlite3.Connection, body: Body, ref: int = 0) -> None:
    """Add an event within the caller's transaction; `ref` is the number of a play or a fault that is written."""
    if isinstance(body, PlayRecord) and body.result is Result.ON_AIR:
        return
    raw = None if ref else to_json(body).decode()
    db.execute("INSERT INTO events (kind, ref, body) VALUES (?, ?, ?)", (_NAMES[type(body)], ref or None, raw))


def waiting(db: sqlite3.Connection, after_no: int, limit: int) -> tuple[Event, ...]:
    """Return events by rising number; one whose record is gone or damaged is passed over and goes."""
    rows = db.execute(_QUERY, (after_no, limit)).fetchall()
    events = tuple(_events(rows))
    if len(events) < len(rows):
        _drop(db, {no for no, _, _ in rows} - {event.no for event in events})
    return events


def read(db: sqlite3.Connection, after_no: int, limit: int) -> tuple[Event, ...]:
    """Return events by rising number and change nothing; what cannot be read is passed over."""
    return tuple(_events(db.execute(_QUERY, (after_no, limit)).fetchall()))


def _drop(db: sqlite3.Connection, lost: set[int]) -> None:
    """Remove events that cannot be sent: a source that waits for them in order would wait for ever."""
    try:
        db.executemany("DELETE FROM events WHERE no = ?", [(no,) for no in lost])
    except sqlite3.Error as error:
        _log.error("journal: events that cannot be read stay where they are: %s", error)


def bounds(db: sqlite3.Connection) -> tuple[int, int]:
    """Return the numbers of the first and the last event that waits; 0 and 0 when none does."""
    first, last = db.execute("SELECT min(no), max(no) FROM events").fetchone()
    return int(first or 0), int(last or 0)


def forget(db: sqlite3.Connection, through: int) -> None:
    """Remove the events up to a number, within the caller's transaction."""
    db.execute("DELETE FROM events WHERE no <= ?", (through,))


def _events(rows: list[tuple[int, bytes, bytes | None]]) -> Iterator[Event]:
    for no, kind, raw in rows:
        if raw is None:
            continue
        try:
            yield event(no, from_json_as(_KINDS[str(kind, "ascii", "replace")], raw))
        except (Malformed, KeyError) as error:
            _log.error("journal: event %d cannot be read and is passed over: %s", no, error)
