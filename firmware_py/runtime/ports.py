"""What the agent needs from its surroundings, as the few calls that it makes; the composition root fills them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from firmware_py.core.content import Facts, Flaw
from firmware_py.core.model import Content
from firmware_py.core.news import News
from firmware_py.core.records import Fault, LastWord, PlayRecord


class Source(Protocol):
    """Where documents and content come from."""

    def poll(self) -> News | None:
        """Return what is new, or None."""

    def files_changed(self, paths: Iterable[str]) -> frozenset[str]:
        """Return those content files that are not what they were when last asked."""

    def resolve(self, relative: str) -> Path:
        """Return the file of a content path; raise `Unplayable` when it lies outside the source."""


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

    def evict(self, keep: frozenset[str]) -> tuple[str, ...]:
        """Remove what is over quota and not in `keep`; return what was removed."""


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
    """Where play records and faults are kept, durably."""

    def write(self, *entries: PlayRecord | Fault) -> None:
        """Write records and faults in one transaction; raise `Unavailable` when the disk is full."""


class LastWords(Protocol):
    """The newest progress of what is on air, kept without fsync."""

    def write(self, words: Mapping[int, LastWord]) -> None:
        """Replace all words."""
