"""The tables of a province's database."""

from __future__ import annotations

import sqlite3

from firmware_py.store.database import Damaged

_VERSION = 2
_TABLES = """
CREATE TABLE numbers (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
CREATE TABLE boxes (id TEXT PRIMARY KEY, product TEXT NOT NULL, name TEXT NOT NULL, areas TEXT NOT NULL) STRICT;
CREATE TABLE said (
    device TEXT NOT NULL, topic TEXT NOT NULL, body TEXT NOT NULL, at_us INTEGER NOT NULL,
    PRIMARY KEY (device, topic)
) STRICT;
CREATE TABLE events (
    arrival INTEGER PRIMARY KEY AUTOINCREMENT, device TEXT NOT NULL, epoch TEXT NOT NULL, no INTEGER NOT NULL,
    kind TEXT NOT NULL, body TEXT NOT NULL, at_us INTEGER NOT NULL,
    UNIQUE (device, epoch, no)
) STRICT;
CREATE TABLE acks (
    device TEXT NOT NULL, epoch TEXT NOT NULL, through INTEGER NOT NULL,
    PRIMARY KEY (device, epoch)
) STRICT;
CREATE TABLE answers (
    arrival INTEGER PRIMARY KEY AUTOINCREMENT, device TEXT NOT NULL, id TEXT NOT NULL, seq INTEGER NOT NULL,
    state TEXT NOT NULL, at_us INTEGER NOT NULL, code TEXT NOT NULL, detail TEXT NOT NULL,
    UNIQUE (device, id, seq, state)
) STRICT;
CREATE TABLE alerts (
    id TEXT NOT NULL, area TEXT NOT NULL, status TEXT NOT NULL, event TEXT NOT NULL, expires_us INTEGER NOT NULL,
    PRIMARY KEY (id, area)
) STRICT;
CREATE TABLE outgoing (
    no INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, body BLOB NOT NULL, retain INTEGER NOT NULL,
    expires_us INTEGER NOT NULL, name TEXT NOT NULL, outcome TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE retained (topic TEXT PRIMARY KEY, body BLOB NOT NULL, expires_us INTEGER NOT NULL) STRICT
"""


def prepare(db: sqlite3.Connection) -> None:
    """Make the tables in a new file; raise `Damaged` when a file is not what this program writes."""
    db.execute("BEGIN IMMEDIATE")
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version == 0:
        for statement in _TABLES.split(";"):
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {_VERSION}")
    elif version != _VERSION:
        raise Damaged(f"has the form {version}, this program writes {_VERSION}")
    db.execute("COMMIT")
