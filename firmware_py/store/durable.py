"""Files that survive a power cut: written beside their place, synced, renamed into it, and the directory synced."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from firmware_py.core.errors import Code, Unavailable

PART = ".part"
"""How the name of an unfinished file ends; whatever is called so at a start is left over and goes."""

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def disk(path: Path) -> Iterator[None]:
    """Turn an error of the operating system while `path` is written into `Unavailable`, by DISK_FULL or DISK_FAILED."""
    try:
        yield
    except OSError as error:
        code = Code.DISK_FULL if error.errno in _FULL else Code.DISK_FAILED
        raise Unavailable(code, _explain(path, error)) from error


def _explain(path: Path, error: OSError) -> str:
    if error.errno in _FULL:
        return f"{path}: the disk is full ({error.strerror}); delete files, or lower store.quota_mb"
    return f"{path}: cannot be written ({error.strerror}); check the disk and who owns the directory"


def make_directory(path: Path) -> None:
    """Make a directory that is there after a power cut; its parents are made too. Raises `Unavailable`."""
    with disk(path):
        if not path.is_dir():
            path.mkdir(parents=True, exist_ok=True)
            sync_directory(path.parent)


def remove_parts(directory: Path) -> None:
    """Remove the unfinished files that a process left which died while it wrote."""
    for part in directory.glob(f"*{PART}"):
        part.unlink(missing_ok=True)


@contextmanager
def new_file(path: Path) -> Iterator[int]:
    """Give a descriptor to write to. Leaving the block syncs the file; leaving it by an error removes the file."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
    try:
        yield descriptor
        os.fsync(descriptor)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)


def write_all(descriptor: int, data: bytes) -> None:
    """Write all bytes, however many calls that takes."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def move(source: Path, target: Path) -> None:
    """Give a synced file its final name, in place of what has that name, and make that last."""
    source.replace(target)
    sync_directory(target.parent)


def sync_directory(path: Path) -> None:
    """Make the names in a directory last."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
