"""The tables of the journal: made, held against what this program expects, and kept in bounds."""

from __future__ import annotations

import secrets
import sqlite3

from firmware_py.core.codec import from_json_as
from firmware_py.core.errors import Malformed
from firmware_py.core.records import PlayRecord, Result
from firmware_py.store.database import Damaged

MAX_FAULTS = 10_000
MAX_EVENTS = 200_000
"""What waits for a source that has not been heard of for years; the oldest go first."""

_VERSION = 2
# No index of the open plays: it would double what each commit writes, to save a moment at the start.
_FIRST = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    "CREATE TABLE plays (no INTEGER PRIMARY KEY, result TEXT NOT NULL, record TEXT NOT NULL) STRICT",
    "CREATE TABLE faults (no INTEGER PRIMARY KEY AUTOINCREMENT, fault TEXT NOT NULL) STRICT",
)
# An event is a play (`ref` is its number), a fault (the same) or an answer (`body`): nothing is written twice.
_SECOND = (
    "CREATE TABLE events (no INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, ref INTEGER, body TEXT) STRICT",
    "CREATE TABLE inbox (name TEXT PRIMARY KEY, expires_us INTEGER NOT NULL, entry TEXT NOT NULL) STRICT",
    "CREATE TABLE marks (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT",
    "CREATE TABLE controls (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT",
    f"PRAGMA user_version = {_VERSION}",
)


def prepare(db: sqlite3.Connection, max_records: int) -> None:
    """Make the tables in a new file, check those of an old one, and remove what is over its bounds.

    Raises `Damaged` when the file is not what this program writes; errors of SQLite are the caller's to sort.
    """
    db.execute("BEGIN IMMEDIATE")
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version == 0:
        _make(db)
    if version in {0, 1}:
        _run(db, _SECOND)
    elif version != _VERSION:
        raise Damaged(f"has the form {version}, this program writes {_VERSION}")
    _check(db)
    prune(db, max_records)
    db.execute("COMMIT")


def epoch(db: sqlite3.Connection) -> str:
    """Return the random name of this numbering; raise `Damaged` when it has none."""
    row = db.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()
    if row is None:
        raise Damaged("has no epoch")
    return str(row[0], "ascii", "replace")


def last_play(db: sqlite3.Connection) -> int:
    """Return the highest number of a play, 0 when there is none."""
    return int(db.execute("SELECT coalesce(max(no), 0) FROM plays").fetchone()[0])


def prune(db: sqlite3.Connection, max_records: int) -> None:
    """Remove the oldest plays beyond `max_records`, but none that is open, and the oldest faults."""
    gone = (last_play(db) - max_records, Result.ON_AIR.value)
    db.execute("DELETE FROM plays WHERE no <= ? AND result <> ?", gone)
    db.execute("DELETE FROM faults WHERE no <= (SELECT max(no) FROM faults) - ?", (MAX_FAULTS,))
    db.execute("DELETE FROM events WHERE no <= (SELECT max(no) FROM events) - ?", (MAX_EVENTS,))


def _make(db: sqlite3.Connection) -> None:
    _run(db, _FIRST)
    db.execute("INSERT INTO meta VALUES ('epoch', ?)", (secrets.token_hex(8),))


def _run(db: sqlite3.Connection, statements: tuple[str, ...]) -> None:
    for statement in statements:
        db.execute(statement)


def _check(db: sqlite3.Connection) -> None:
    """Find here, and not in the middle of a programme, that tables are missing or numbering has gone wrong."""
    epoch(db)
    for columns in ("no, fault FROM faults", "no, kind, ref, body FROM events", "name, value FROM marks"):
        db.execute(f"SELECT {columns} LIMIT 0")
    for columns in ("name, expires_us, entry FROM inbox", "name, value FROM controls"):
        db.execute(f"SELECT {columns} LIMIT 0")
    row = db.execute("SELECT no, record FROM plays ORDER BY no DESC LIMIT 1").fetchone()
    if row is not None and _number_in(row[1]) not in (row[0], None):
        # A changed bit here would have all other plays removed as too old.
        raise Damaged(f"has play {row[0]} where its record says {_number_in(row[1])}")


def _number_in(raw: bytes) -> int | None:
    try:
        return from_json_as(PlayRecord, raw).no
    except Malformed:
        return None
