"""SQLite as the journal needs it: every commit on the card, damage seen at the start and set aside, errors sorted.

WAL with synchronous=FULL costs 1.2 syncs and 5.4 KB a commit; it is the durable choice and wears a card least.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from firmware_py.core.errors import AgentError, Code, Unavailable

KEPT_ASIDE = 2
"""So many damaged files are kept for whoever wants to look; a card that damages files must not fill up with them."""

_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "wal_autocheckpoint = 200",
    "journal_size_limit = 1048576",
    "cell_size_check = ON",
    "trusted_schema = OFF",
)

# The disk's or another process's fault: the file may be good. All else that SQLite reports at a start is damage.
_TRANSIENT = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PROTOCOL,
    }
)
# A damaged file can put bytes into an error's message that are no text; then that is the error.
_ERRORS = (sqlite3.Error, UnicodeDecodeError)
# Sectors that cannot be read will not come back; a new file gets others.
_LOST = frozenset({sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR_CORRUPTFS})


class Damaged(AgentError):
    """A database file that cannot be relied on."""


def open_database(path: Path, prepare: Callable[[sqlite3.Connection], None]) -> tuple[sqlite3.Connection, str]:
    """Return a checked connection and "", or one to a new file and what was wrong with the one that stood there.

    `prepare` makes the tables that are not there yet. Text comes back as bytes, because damage need not be UTF-8.
    Raises `Unavailable` when the disk is full or the file cannot be opened or written.
    """
    try:
        return _open(path, prepare), ""
    except Damaged as error:
        aside = _set_aside(path)
        return _open(path, prepare), f"{path}: {error}; kept as {aside.name}, a new journal begins"


@contextmanager
def transaction(db: sqlite3.Connection, path: Path) -> Iterator[None]:
    """Commit on leaving the block, so that all of it is on disk or none. Raises `Unavailable` when the disk is full."""
    try:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("COMMIT")
    except BaseException as error:
        with suppress(sqlite3.Error):  # SQLite itself rolls back after some errors
            db.execute("ROLLBACK")
        if isinstance(error, _ERRORS):
            raise _sorted(path, error) from error
        raise


def _open(path: Path, prepare: Callable[[sqlite3.Connection], None]) -> sqlite3.Connection:
    db = None
    try:
        db = sqlite3.connect(path, isolation_level=None)
        db.text_factory = bytes
        _check(db)
        prepare(db)
    except BaseException as error:
        if db is not None:
            db.close()
        if isinstance(error, _ERRORS):
            raise _sorted(path, error) from error
        raise
    return db


def _check(db: sqlite3.Connection) -> None:
    for pragma in _PRAGMAS:
        db.execute(f"PRAGMA {pragma}")
    # Not quick_check: measured on 100,000 records this takes as long, and it holds indexes against their tables.
    (verdict,) = db.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != b"ok":
        raise Damaged(f"is damaged ({verdict.decode('utf-8', 'replace')})")


def _sorted(path: Path, error: Exception) -> AgentError:
    extended = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    if extended & 0xFF not in _TRANSIENT or extended in _LOST:
        return Damaged(f"is damaged ({error})")
    full = extended == sqlite3.SQLITE_FULL
    state = "the disk is full" if full else "cannot be written"
    what = f"{path}: {state} ({error}); delete files, check the disk and who owns the directory"
    return Unavailable(Code.DISK_FULL if full else Code.DISK_FAILED, what)


def _set_aside(path: Path) -> Path:
    """Rename a damaged file, its write-ahead log first: SQLite would replay a log that it finds beside a new file."""
    numbers = sorted(_numbers_aside(path))
    aside = _aside(path, numbers[-1] + 1 if numbers else 1)
    for tail in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            Path(f"{path}{tail}").replace(f"{aside}{tail}")
    for number in numbers[: max(0, len(numbers) + 1 - KEPT_ASIDE)]:
        for tail in ("-wal", "-shm", ""):
            Path(f"{_aside(path, number)}{tail}").unlink(missing_ok=True)
    return aside


def _aside(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.corrupt-{number}")


def _numbers_aside(path: Path) -> Iterator[int]:
    pattern = re.compile(re.escape(path.name) + r"\.corrupt-(\d{1,9})")
    for entry in path.parent.iterdir():
        if found := pattern.fullmatch(entry.name):
            yield int(found[1])
