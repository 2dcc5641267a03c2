"""Surroundings of the worker and the loop, made by hand: a source, a shelf, stores that can be told to fail."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from typing import Any

from firmware_py.core.content import Facts, Flaw
from firmware_py.core.entries import Control, Entry, InboxRow, Mark
from firmware_py.core.errors import Code, Unavailable, Unplayable
from firmware_py.core.events import Publish
from firmware_py.core.model import Content
from firmware_py.core.news import DocumentArrived, News
from firmware_py.core.records import Fault, LastWord, PlayRecord
from firmware_py.core.reports import Body, event
from firmware_py.core.reports import Event as Reportable
from firmware_py.core.units import SECOND, MonoUs
from firmware_py.core.wire import Desired

FULL = Unavailable(Code.DISK_FULL, "state: the disk is full; delete files")


def document(*names: str, version: int = 1, title: str = "") -> bytes:
    """Return a schedule with an audio bulletin for each name, from the file `NAME.wav`."""
    bulletins: list[dict[str, Any]] = [
        {"id": name, "kind": "audio", "title": title, "content": [{"path": f"{name}.wav"}]} for name in names
    ]
    head = {"format": "ttcs-schedule/1", "version": version}
    return json.dumps(head | {"bulletins": bulletins, "slots": []}).encode()


def content(name: str) -> Content:
    """Return the content entry that `document` gives a bulletin."""
    return Content(f"{name}.wav")


@dataclass(slots=True)
class FakeSource:
    """A source whose next news and changed files a test sets; `changed` keeps what the worker asks for."""

    news: list[News] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)
    coming: set[str] = field(default_factory=set)
    polls: int = 0

    def publish(self, raw: bytes) -> None:
        """Have the next look find a document."""
        self.news.append(DocumentArrived(raw))

    def poll(self) -> News | None:
        """Give the oldest news."""
        self.polls += 1
        return self.news.pop(0) if self.news else None

    def files_changed(self, paths: Iterable[str]) -> frozenset[str]:
        """Give what a test has said has changed, once."""
        found, self.changed = self.changed, set()
        return frozenset(found) & frozenset(paths)

    def fetch(self, content: Content) -> Path | None:
        """Give a path that is not used, or none for what is on its way."""
        return None if content.path in self.coming else Path("/feed") / content.path


@dataclass(slots=True)
class FakeShelf:
    """A shelf that takes everything, but for what `refusals` says; the hash is the file's name."""

    refusals: dict[str, Unplayable | Unavailable] = field(default_factory=dict)
    known: dict[str, Facts | Flaw] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)
    kept: list[frozenset[str]] = field(default_factory=list)
    room_bytes: list[int] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    full: bool = False

    def ingest(self, source: Path, expected: Content) -> str:
        """Take a file."""
        self.taken.append(source.name)
        if source.name in self.refusals:
            raise self.refusals[source.name]
        return expected.path

    def path(self, sha256: str) -> Path:
        """Say where it lies."""
        return Path("/content") / sha256

    def facts(self, sha256: str) -> Facts | Flaw | None:
        """Say what is remembered."""
        return self.known.get(sha256)

    def remember(self, sha256: str, outcome: Facts | Flaw) -> None:
        """Remember, unless the disk is full."""
        if self.full:
            raise FULL
        self.known[sha256] = outcome

    def name(self, content: Content, sha256: str) -> None:
        """Note a name."""
        self.names[content.path] = sha256

    def save_names(self) -> None:
        """Keep the names, unless the disk is full."""
        if self.full:
            raise FULL

    def former(self, content: Content) -> Facts | None:
        """Say what a path had before."""
        found = self.known.get(self.names.get(content.path, ""))
        return found if isinstance(found, Facts) else None

    def evict(self, keep: frozenset[str], room_bytes: int) -> tuple[str, ...]:
        """Note what is to be kept, and for what room is to be made."""
        self.kept.append(keep)
        self.room_bytes.append(room_bytes)
        return ()


@dataclass(slots=True)
class FakeProber:
    """Finds that every file lasts a minute; waits for `go` before each check, so that a test can look meanwhile."""

    flaws: dict[str, Flaw] = field(default_factory=dict)
    failure: Exception | None = None
    probed: list[str] = field(default_factory=list)
    go: Event = field(default_factory=Event)

    def probe(self, kind: str, path: Path, sha256: str) -> Facts | Flaw:
        """Check a file."""
        self.go.wait(10)
        self.probed.append(f"{kind} {path.name}")
        if self.failure:
            raise self.failure
        facts = Facts(sha256, str(path), duration_us=60 * SECOND)
        flaw = self.flaws.get(path.name)
        return replace(flaw, detail=f"{path}: {flaw.detail}") if flaw else facts


@dataclass(slots=True)
class FakeDocuments:
    """Keeps the active document, unless the disk is full."""

    raw: bytes | None = None
    full: bool = False

    def put(self, raw: bytes) -> None:
        """Keep a document."""
        if self.full:
            raise FULL
        self.raw = raw

    def active(self) -> bytes | None:
        """Give it back."""
        return self.raw


@dataclass(slots=True)
class FakeJournal:
    """Keeps records and faults in the order in which they were written, unless the disk is full."""

    entries: list[Entry] = field(default_factory=list)
    full: bool = False
    attempts: int = 0
    epoch: str = "epoch"
    events: list[Reportable] = field(default_factory=list)

    def write(self, *entries: Entry) -> None:
        """Keep entries; what the source is to know becomes an event."""
        self.attempts += 1
        if self.full:
            raise FULL
        self.entries.extend(entries)
        for entry in entries:
            if not isinstance(entry, InboxRow | Mark | Control):
                self.add(entry)

    def add(self, body: Body) -> None:
        """Keep an event."""
        last = self.events[-1].no if self.events else 0
        self.events.append(event(last + 1, body))

    def outbox(self, after_no: int, limit: int) -> tuple[Reportable, ...]:
        """Give events."""
        return tuple(each for each in self.events if each.no > after_no)[:limit]

    def outbox_bounds(self) -> tuple[int, int]:
        """Give the first and last number."""
        return (self.events[0].no, self.events[-1].no) if self.events else (0, 0)

    def forget(self, through: int) -> None:
        """Drop events, unless the disk is full."""
        if self.full:
            raise FULL
        self.events = [each for each in self.events if each.no > through]

    @property
    def records(self) -> list[PlayRecord]:
        """The records alone."""
        return [entry for entry in self.entries if isinstance(entry, PlayRecord)]

    @property
    def faults(self) -> list[Fault]:
        """The faults alone."""
        return [entry for entry in self.entries if isinstance(entry, Fault)]


@dataclass(slots=True)
class FakeLink:
    """A link of which only the calls are kept."""

    published: list[Publish] = field(default_factory=list)
    acknowledged: list[int] = field(default_factory=list)
    wanted: list[Desired] = field(default_factory=list)
    uploaded: list[tuple[str, str]] = field(default_factory=list)
    backlogs: list[bytes] = field(default_factory=list)
    started: bool = False
    hanging: str = ""

    def start(self) -> None:
        """Note it."""
        self.started = True

    def publish(self, message: Publish) -> None:
        """Note a message."""
        self.published.append(message)

    def acknowledge(self, ticket: int) -> None:
        """Note a ticket."""
        self.acknowledged.append(ticket)

    def want(self, pointer: Desired) -> None:
        """Note a pointer."""
        self.wanted.append(pointer)

    def upload(self, name: str, path: str) -> None:
        """Note a file."""
        self.uploaded.append((name, path))

    def backlog(self, body: bytes) -> None:
        """Note a backlog."""
        self.backlogs.append(body)

    def hangs(self, _now_us: MonoUs) -> str:
        """Say what the test wants."""
        return self.hanging


@dataclass(slots=True)
class FakeWords:
    """Keeps the newest words, unless the disk fails."""

    words: Mapping[int, LastWord] = field(default_factory=dict)
    full: bool = False

    def write(self, words: Mapping[int, LastWord]) -> None:
        """Keep words."""
        if self.full:
            raise FULL
        self.words = words
