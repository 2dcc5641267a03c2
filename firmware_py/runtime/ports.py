"""What the agent needs from its surroundings, as the few calls that it makes; the composition root fills them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

from firmware_py.core.content import Facts, Flaw
from firmware_py.core.entries import Entry
from firmware_py.core.events import Event, Publish
from firmware_py.core.model import Content
from firmware_py.core.news import News
from firmware_py.core.records import LastWord
from firmware_py.core.reports import Event as Reportable
from firmware_py.core.units import MonoUs
from firmware_py.core.wire import Desired


class Source(Protocol):
    """Where documents and content come from."""

    def poll(self) -> News | None:
        """Return what is new, or None."""

    def files_changed(self, paths: Iterable[str]) -> frozenset[str]:
        """Return those content files that are not what they were when last asked."""

    def fetch(self, content: Content) -> Path | None:
        """Return the file of a content entry; None while it is on its way, after which `files_changed` names its path.

        Raises `Unplayable` when it can never come, `Unavailable` while it does not.
        """


class Shelf(Protocol):
    """Where verified content is kept by its hash, with what a check found."""

    def ingest(self, source: Path, expected: Content) -> str:
        """Return the hash of a file that is now on the shelf; raise `Unplayable` or `Unavailable`."""

    def path(self, sha256: str) -> Path:
        """Return where the content lies."""

    def facts(self, sha256: str) -> Facts | Flaw | None:
        """Return what the last check found, if it is remembered."""

    def remember(self, sha256: str, outcome: Facts | Flaw) -> None:
        """Remember what a check found."""

    def name(self, content: Content, sha256: str) -> None:
        """Note that the path of `content` had this content, and that it was good."""

    def save_names(self) -> None:
        """Keep what was noted by `name`; raise `Unavailable`."""

    def former(self, content: Content) -> Facts | None:
        """Return the good content that this path had before, if it may stand for `content`."""

    def evict(self, keep: frozenset[str], room_bytes: int) -> tuple[str, ...]:
        """Remove what is over quota and not in `keep`, so that `room_bytes` more fit in; return what was removed."""


class Prober(Protocol):
    """Checks that a file can be played or shown, in a process of its own."""

    def probe(self, kind: str, path: Path, sha256: str) -> Facts | Flaw:
        """Return what the file is, or why it cannot be used."""


class Documents(Protocol):
    """The active schedule document and the one before."""

    def put(self, raw: bytes) -> None:
        """Make a document the active one, durably."""

    def active(self) -> bytes | None:
        """Return the active document."""


class Journal(Protocol):
    """Where everything that must outlive a power cut is kept, durably; `epoch` names the numbering of events."""

    epoch: str

    def outbox(self, after_no: int, limit: int) -> tuple[Reportable, ...]:
        """Return events that wait for the source by rising number, at most `limit`."""

    def outbox_bounds(self) -> tuple[int, int]:
        """Return the numbers of the first and the last one, 0 and 0 for none."""

    def forget(self, through: int) -> None:
        """Remove those up to a number; raise `Unavailable`."""

    def write(self, *entries: Entry) -> None:
        """Write entries in one transaction; raise `Unavailable` when the disk is full."""


class Link(Protocol):
    """The way to the source system. Nothing here waits; results come as events."""

    def start(self) -> None:
        """Begin to connect."""

    def publish(self, message: Publish) -> None:
        """Hand a message over, if there is a connection."""

    def acknowledge(self, ticket: int) -> None:
        """Say that what came with this ticket is safe."""

    def want(self, pointer: Desired) -> None:
        """Have a schedule come."""

    def upload(self, name: str, path: str) -> None:
        """Bring a file of this box to the source."""

    def backlog(self, body: bytes) -> None:
        """Bring a large batch of events to the source; `Uploaded` of `events` tells the end."""

    def hangs(self, now_us: MonoUs) -> str:
        """Return what of the link shows no sign of life any more, "" for none."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How a box reaches its source system: for messages, and for documents and content."""

    link: Link
    source: Source


Post: TypeAlias = Callable[[Event], None]
Died: TypeAlias = Callable[[str, BaseException], None]
"""Says which part of the process has ended, and of what."""


class OpenLink(Protocol):
    """Makes the way to the source system; `connection` is the number of the next connection of this run."""

    def __call__(self, post: Callable[[Event], None], died: Died, connection: int, boot_id: str, /) -> Reach:
        """Return both ways, not yet begun."""


class NoLink:
    """The link of a box that is fed by a folder."""

    def start(self) -> None:
        """Do nothing."""

    def publish(self, message: Publish) -> None:
        """Drop it."""

    def acknowledge(self, ticket: int) -> None:
        """Do nothing."""

    def want(self, pointer: Desired) -> None:
        """Do nothing."""

    def upload(self, name: str, path: str) -> None:
        """Do nothing."""

    def backlog(self, body: bytes) -> None:
        """Do nothing."""

    def hangs(self, now_us: MonoUs) -> str:  # noqa: ARG002 - the same for every link
        """Nothing ever hangs."""
        return ""


class LastWords(Protocol):
    """The newest progress of what is on air, kept without fsync."""

    def write(self, words: Mapping[int, LastWord]) -> None:
        """Replace all words."""
