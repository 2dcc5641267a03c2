"""What the parts of fetching say to one another: wishes and outcomes, how long things may take, where bytes go."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

from firmware_py.core.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file of the source system: its relative path, and the signed hash and size that it must have."""

    path: str
    sha256: str
    size: int
    is_document: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """The paths that matter from now on; what is fetched for others is dropped."""

    paths: frozenset[str]


@dataclass(frozen=True, slots=True)
class Landed:
    """A file is here; `raw` are the bytes of a schedule document."""

    wanted: Wanted
    paths: frozenset[str]
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class Missing:
    """A file does not come; it is tried again."""

    wanted: Wanted
    paths: frozenset[str]
    error: Unavailable


Outcome: TypeAlias = Landed | Missing


@dataclass(frozen=True, slots=True)
class Pace:
    """What a server may take its time for.

    `connect_s` for the connection, `silence_s` without a byte, `slow_s` seconds with fewer than `slow_bytes_per_s`.
    """

    connect_s: float = 10.0
    silence_s: float = 30.0
    slow_s: float = 30.0
    slow_bytes_per_s: int = 1000


@dataclass(frozen=True, slots=True)
class Pauses:
    """Seconds between attempts at one file: by chance up to `first_s`, doubled each time, never above `longest_s`.

    With a full disk it is looked again after `full_s`.
    """

    first_s: float = 1.0
    longest_s: float = 300.0
    full_s: float = 30.0

    def pause_s(self, failures: int, chance: float) -> float:
        """Return the pause after so many failures in a row; `chance` is from 0 to 1 («full jitter»)."""
        return chance * min(self.longest_s, self.first_s * 2.0 ** min(failures, 30))


class Part(Protocol):
    """What has come so far of a file."""

    @property
    def kept(self) -> int:
        """How many bytes have come."""

    @property
    def etag(self) -> str:
        """What the server called the version that they are of, "" when it gave no name."""

    def restart(self, etag: str) -> None:
        """Throw away what has come; what comes now is of this version."""

    def write(self, chunk: bytes) -> None:
        """Add bytes at the end."""

    def finish(self) -> bool:
        """Put the file to its use; return False, and throw it away, when its hash is another one."""


class Landing(Protocol):
    """Where downloads land."""

    def find(self, sha256: str) -> Path | None:
        """Return where the content with this hash is, if it is here whole; from any thread."""

    def check_size(self, name: str, size: int) -> None:
        """Raise `Unplayable` when a file of `size` bytes is never taken; from any thread."""

    def open(self, name: str, sha256: str, size: int) -> AbstractContextManager[Part]:
        """Give what has come so far of a file; raise `Unavailable` when the rest does not fit."""

    def drop_others(self, keep: frozenset[str]) -> bool:
        """Remove what has come of all files whose hash is not in `keep`; return whether that was anything."""
