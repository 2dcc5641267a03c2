"""Reading a file that somebody else put there: never a pipe or a device, never without end, never half of it."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from firmware_py.core.errors import AgentError, Code, Unavailable, Unplayable

CHUNK_BYTES = 1024 * 1024

_GONE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG})
_SPECIAL = frozenset({errno.ELOOP, errno.ENXIO})
_NOT_A_FILE = "is no regular file; put the file itself there, no link, directory, pipe or device"


@dataclass(frozen=True, slots=True)
class Source:
    """An open regular file, and what its size in bytes and its times were when it was opened."""

    path: Path
    descriptor: int
    size: int
    changed_ns: tuple[int, int]

    def chunks(self) -> Iterator[bytes]:
        """Yield the file's bytes; raise `Unavailable` when it is written to meanwhile or cannot be read."""
        left = self.size
        while chunk := self._read():
            left -= len(chunk)
            if left < 0:
                break
            yield chunk
        with reading(self.path):
            now = os.fstat(self.descriptor)
        if left or (now.st_mtime_ns, now.st_ctime_ns) != self.changed_ns:
            raise Unavailable(Code.CONTENT_PENDING, f"{self.path}: is being written; it is taken when that ends")

    def _read(self) -> bytes:
        with reading(self.path):
            return os.read(self.descriptor, CHUNK_BYTES)


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """Give the file at `path`, open; raise `Unplayable` when there is none, `Unavailable` when it may come yet."""
    with reading(path):
        # Not blocking, because opening a named pipe would wait for its writer; a regular file takes no notice.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    try:
        with reading(path):
            status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Unplayable(Code.CONTENT_UNREADABLE, f"{path}: {_NOT_A_FILE}")
        yield Source(path, descriptor, status.st_size, (status.st_mtime_ns, status.st_ctime_ns))
    finally:
        os.close(descriptor)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn an error of the operating system while `path` is read into one that says what to do next."""
    try:
        yield
    except OSError as error:
        raise _sorted(path, error) from error


def _sorted(path: Path, error: OSError) -> AgentError:
    if error.errno in _GONE:
        return Unplayable(Code.CONTENT_MISSING, f"{path}: is not there; copy it there, or mend its path")
    if error.errno in _SPECIAL:
        return Unplayable(Code.CONTENT_UNREADABLE, f"{path}: {_NOT_A_FILE}")
    what = f"{path}: cannot be read ({error.strerror}); give the agent's user the right to read it"
    return Unavailable(Code.FOLDER_UNREADABLE, what)
