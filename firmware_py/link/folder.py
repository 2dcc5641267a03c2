"""A directory as the source system: `schedule.json` and the media that it names, watched by looking again."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

from firmware_py.core.errors import Code, Unplayable
from firmware_py.core.model import MAX_DOCUMENT_BYTES, Content
from firmware_py.core.news import DocumentArrived, News, SourceTrouble

DOCUMENT = "schedule.json"
COARSE_NS = 3_000_000_000
"""File systems of memory sticks keep times in steps of 2 s: a file this young may change and look the same."""

_Signature: TypeAlias = tuple[int, ...]


class Folder:
    """The folder at `path`. It has no thread and blocks for no more than reading a file takes; poll it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._trouble: SourceTrouble | None = None
        self._signature: _Signature = ()
        self._digest = b""
        self._young = False
        self._content: dict[str, _Signature] = {}

    def poll(self) -> News | None:
        """Return what has changed since the last call: a document, or why there is none; None when nothing has."""
        try:
            return self._look()
        except Unplayable as error:
            return self._say(SourceTrouble(error.code, error.detail))
        except OSError as error:
            return self._say(SourceTrouble(Code.FOLDER_UNREADABLE, self._explain(error)))

    def files_changed(self, paths: Iterable[str]) -> frozenset[str]:
        """Return those of the relative paths whose file changed, came or went since the last call.

        A path that the last call did not name counts as changed. Raises nothing: what is wrong with a file is
        found by whoever takes it.
        """
        former, self._content = self._content, {path: self._signature_of(path) for path in paths}
        return frozenset(path for path, now in self._content.items() if former.get(path) != now)

    def fetch(self, content: Content) -> Path:
        """Return the file that a content entry means; raise `Unplayable` when it lies outside."""
        return self.resolve(content.path)

    def resolve(self, relative: str) -> Path:
        """Return the file that a relative path means, links followed; raise `Unplayable` when it lies outside."""
        path = Path(os.path.realpath(self._path / relative))
        if not path.is_relative_to(os.path.realpath(self._path)):
            what = f"{self._path / relative}: leads out of the folder; copy the file itself into the folder"
            raise Unplayable(Code.CONTENT_UNREADABLE, what)
        return path

    def _look(self) -> News | None:
        # Not blocking, because opening a named pipe would wait for its writer.
        descriptor = os.open(self.resolve(DOCUMENT), os.O_RDONLY | os.O_NONBLOCK)
        try:
            return self._read(descriptor)
        finally:
            os.close(descriptor)

    def _read(self, descriptor: int) -> News | None:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            raise OSError(errno.EINVAL, "is no regular file")
        signature = _signature(before)
        if signature == self._signature and not self._young and self._trouble is None:
            return None
        raw = _read_some(descriptor, MAX_DOCUMENT_BYTES + 1)
        if _signature(os.fstat(descriptor)) != signature:
            return None  # is being written; the next poll looks again
        return self._hand_over(raw, signature, time.time_ns() - before.st_mtime_ns)

    def _hand_over(self, raw: bytes, signature: _Signature, age_ns: int) -> News | None:
        digest = hashlib.sha256(raw).digest()
        known = (signature, digest) == (self._signature, self._digest) and self._trouble is None
        self._signature, self._digest, self._trouble = signature, digest, None
        self._young = abs(age_ns) < COARSE_NS
        return None if known else DocumentArrived(raw)

    def _say(self, trouble: SourceTrouble) -> News | None:
        if trouble == self._trouble:
            return None
        self._trouble = trouble
        return trouble

    def _explain(self, error: OSError) -> str:
        if error.errno == errno.ENOENT and not self._path.is_dir():
            return f"{self._path}: is not there; make or mount that directory, or mend link.path"
        if error.errno == errno.ENOENT:
            return f"{self._path}: has no {DOCUMENT}; copy the schedule there under this name"
        if error.errno in (errno.EACCES, errno.EPERM):
            return f"{self._path}: {DOCUMENT} may not be read; give the agent's user the right to read the folder"
        return f"{self._path}: {DOCUMENT} cannot be read ({error.strerror}); copy it there again"

    def _signature_of(self, relative: str) -> _Signature:
        try:
            return _signature((self._path / relative).stat())
        except OSError as error:
            return (-(error.errno or 0),)


def _signature(status: os.stat_result) -> _Signature:
    """Return what differs when a file was replaced or written; the change time also when a right was given."""
    return (status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size)


def _read_some(descriptor: int, limit: int) -> bytes:
    """Return the file's first `limit` bytes, or all of it."""
    raw = bytearray()
    while len(raw) < limit and (chunk := os.read(descriptor, limit - len(raw))):
        raw += chunk
    return bytes(raw)
