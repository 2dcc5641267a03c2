"""Opens all that a box keeps on disk, and closes what a process that died has left open."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from firmware_py.core import settings
from firmware_py.core.errors import Code
from firmware_py.core.records import Fault
from firmware_py.core.units import WallUs
from firmware_py.store.content import ContentStore
from firmware_py.store.documents import DocumentStore
from firmware_py.store.journal import Journal
from firmware_py.store.progress import ProgressFile
from firmware_py.store.recovery import close_open

JOURNAL = "journal.db"
_log = logging.getLogger("store")


@dataclass(frozen=True, slots=True)
class Stores:
    """What is kept below the state directory. `unfinished` maps the key of a play that was cut to its number."""

    content: ContentStore
    documents: DocumentStore
    journal: Journal
    words: ProgressFile
    unfinished: dict[str, int]


def open_stores(state_dir: Path, limits: settings.Store, now_us: WallUs, *, reports: bool = False) -> Stores:
    """Open the stores below `state_dir`; raise `Unavailable` when another process has them, or the disk refuses.

    With `reports` what is journalled waits for a source system too.
    """
    # First, because it holds the lock: the stores clear away what a process that died has left half written.
    journal = Journal.open(state_dir / JOURNAL, reports=reports)
    content = ContentStore(state_dir / "content", limits)
    documents = DocumentStore(state_dir / "schedule")
    words = ProgressFile(state_dir / "progress", journal.epoch)
    if journal.was_corrupt:
        _log.error("journal: %s", journal.was_corrupt)
        journal.write(Fault(now_us, Code.JOURNAL_CORRUPT, "journal", journal.was_corrupt))
    closed = close_open(journal.open_records(), words.read())
    journal.write(*closed)
    words.clear()  # their numbers may be used again by a play that was ordered and not journalled
    return Stores(content, documents, journal, words, {record.key: record.no for record in closed})
