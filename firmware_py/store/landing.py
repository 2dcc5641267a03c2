"""Where downloads land: a file that grows as it comes, is gone on with after a power cut, and is written once.

Unfinished files lie in a directory of their own on the disk of the content store, as `HASH.part` and `HASH.etag` (what
the server called that version). A finished one is synced and renamed to its place in the store: it is never copied.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from firmware_py.store.content import MB, ContentStore
from firmware_py.store.durable import PART, disk, make_directory, write_all

ETAG = ".etag"
MAX_ETAG_BYTES = 1000
FORGOTTEN_S = 7 * 24 * 3600
"""An unfinished file that nobody has gone on with for a week goes; it goes sooner when the disk is full."""

_CHUNK_BYTES = 1024 * 1024


class Landing:
    """The unfinished files of one content store; one thread uses it, but for `find` and `check_size`.

    Raises `Unavailable` when `directory` cannot be made.
    """

    def __init__(self, store: ContentStore, directory: Path, wall_s: Callable[[], float] = time.time) -> None:
        self._store, self._directory = store, directory
        self._memo = Memo(Path(), 0)
        make_directory(directory)
        self._drop(lambda path: wall_s() - path.stat().st_mtime > FORGOTTEN_S)

    def find(self, sha256: str) -> Path | None:
        """Return where the content with this hash is, if it is here whole."""
        return self._store.path(sha256) if self._store.has(sha256) else None

    def check_size(self, name: str, size: int) -> None:
        """Raise `Unplayable` when a file of `size` bytes is never taken."""
        self._store.check_size(name, size)

    @contextmanager
    def open(self, name: str, sha256: str, size: int) -> Iterator[LandingPart]:
        """Give what has come so far of a file of `size` bytes; `name` is what messages call it.

        Raises `Unavailable` (DISK_FULL) when the rest of it does not fit, here and while it is written.
        """
        path = self._directory / f"{sha256}{PART}"
        with disk(path):
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o640)
        try:
            part = LandingPart(self._store, path, descriptor, name)
            part.recall(self._memo, size)
            self._store.check_room(name, size - part.kept)
            try:
                yield part
            finally:
                self._memo = part.memo()
        finally:
            os.close(descriptor)

    def drop_others(self, keep: frozenset[str]) -> bool:
        """Remove what has come of all files whose hash is not in `keep`; return whether that was anything."""
        return self._drop(lambda path: path.stem not in keep)

    def _drop(self, unwanted: Callable[[Path], bool]) -> bool:
        gone = 0
        for path in self._directory.glob(f"*{PART}"):
            with suppress(OSError):  # what the disk does not let go of now goes another time
                if unwanted(path):
                    path.with_suffix(ETAG).unlink(missing_ok=True)
                    path.unlink()
                    gone += 1
        return gone > 0


@dataclass(frozen=True, slots=True)
class Memo:
    """The hash of the first `kept` bytes of a file, so that one that is gone on with soon is not read again."""

    path: Path
    kept: int
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)


class LandingPart:
    """The first `kept` bytes of a file that is being fetched, and what the server called that version (`etag`).

    Every method raises `Unavailable` when the disk is full or does not take them.
    """

    def __init__(self, store: ContentStore, path: Path, descriptor: int, name: str) -> None:
        self._store, self._path, self._descriptor, self._name = store, path, descriptor, name
        self._digest = hashlib.sha256()
        self._unlooked = 0
        self._whole = True
        self.kept = 0
        self.etag = ""

    def recall(self, memo: Memo, size: int) -> None:
        """Take up what was kept, its hash too: by reading it, unless it is what `memo` is of."""
        with disk(self._path):
            length = os.fstat(self._descriptor).st_size
            if (self._path, length) == (memo.path, memo.kept):
                self.kept, self._digest = length, memo.digest.copy()
                os.lseek(self._descriptor, 0, os.SEEK_END)
            elif length <= size:
                self._read()
            else:
                os.ftruncate(self._descriptor, 0)
        self.etag = self._kept_etag() if self.kept else ""

    def memo(self) -> Memo:
        """Return what the next one that opens this file need not read."""
        return Memo(self._path, self.kept, self._digest) if self._whole else Memo(Path(), 0)

    def restart(self, etag: str) -> None:
        """Throw away what has come; what comes now is of this version."""
        beside = self._path.with_suffix(ETAG)
        with disk(self._path):
            beside.unlink(missing_ok=True)
            os.ftruncate(self._descriptor, 0)
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            if 0 < len(etag.encode()) <= MAX_ETAG_BYTES:
                beside.write_bytes(etag.encode())
        self._digest = hashlib.sha256()
        self.kept, self.etag = 0, etag

    def write(self, chunk: bytes) -> None:
        """Add bytes at the end."""
        self._unlooked += len(chunk)
        if self._unlooked >= MB:
            self._unlooked = 0
            self._store.check_room(self._name, len(chunk))
        self._whole = False
        with disk(self._path):
            write_all(self._descriptor, chunk)
        self._whole = True
        self._digest.update(chunk)
        self.kept += len(chunk)

    def finish(self) -> bool:
        """Put the file into the store, for good; return False, and throw it away, when its hash is another one."""
        sha256 = self._path.stem
        if self._digest.hexdigest() != sha256:
            self.restart("")
            return False
        with disk(self._path):
            os.fsync(self._descriptor)
            self._store.adopt(self._path, sha256)
            self._path.with_suffix(ETAG).unlink(missing_ok=True)
            self._path.unlink(missing_ok=True)
        return True

    def _read(self) -> None:
        while chunk := os.read(self._descriptor, _CHUNK_BYTES):
            self._digest.update(chunk)
            self.kept += len(chunk)

    def _kept_etag(self) -> str:
        try:
            return self._path.with_suffix(ETAG).read_bytes()[:MAX_ETAG_BYTES].decode()
        except (OSError, UnicodeDecodeError):
            return ""  # the hash decides in the end whether the bytes fit together
