"""What the box must not forget of what it was told: the inbox, the marks of replay protection, settings by command."""

from __future__ import annotations

import logging
import sqlite3

from firmware_py.core.codec import from_json_as, to_json
from firmware_py.core.entries import Control, InboxRow, Mark, Remembered
from firmware_py.core.errors import Malformed
from firmware_py.core.units import DAY, WallUs

_log = logging.getLogger(__name__)


def put(db: sqlite3.Connection, entry: InboxRow | Mark | Control) -> None:
    """Write an entry in place of what has its name, within the caller's transaction."""
    if isinstance(entry, InboxRow):
        db.execute(
            "INSERT INTO inbox VALUES (?, ?, ?) ON CONFLICT (name)"
            " DO UPDATE SET expires_us = excluded.expires_us, entry = excluded.entry",
            (entry.name, entry.expires_us, to_json(entry).decode()),
        )
        return
    table = "marks" if isinstance(entry, Mark) else "controls"
    statement = f"INSERT INTO {table} VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"  # noqa: S608 - names of ours
    db.execute(statement, (entry.name, entry.value))


def recall(db: sqlite3.Connection, certain_us: WallUs) -> Remembered:
    """Return all of it; the rows whose documents expired a day before `certain_us` are removed first."""
    db.execute("DELETE FROM inbox WHERE expires_us < ? AND name NOT IN ('desired', 'keyring')", (certain_us - DAY,))
    rows = db.execute("SELECT name, entry FROM inbox ORDER BY rowid").fetchall()
    found = (_row(name, raw) for name, raw in rows)
    return Remembered(
        tuple(row for row in found if row is not None),
        tuple(Mark(_text(name), value) for name, value in db.execute("SELECT name, value FROM marks")),
        tuple(Control(_text(name), value) for name, value in db.execute("SELECT name, value FROM controls")),
    )


def _row(name: bytes, raw: bytes) -> InboxRow | None:
    try:
        return from_json_as(InboxRow, raw)
    except Malformed as error:
        _log.error("journal: the inbox row %r cannot be read and is passed over: %s", name[:80], error)
        return None


def _text(raw: bytes) -> str:
    return str(raw, "utf-8", "replace")
