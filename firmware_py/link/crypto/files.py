"""Key files: written whole or not at all, readable by their owner only, and refused when others may read them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from firmware_py.core.errors import Code, Unavailable

PART = ".part"
PRIVATE, PUBLIC = 0o600, 0o644
MAX_PEM_BYTES = 64 * 1024
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def write(path: Path, data: bytes, mode: int = PUBLIC) -> None:
    """Write a file beside its place, sync it and rename it into it; raise `Unavailable` when that fails."""
    part = path.with_name(path.name + PART)
    try:
        part.unlink(missing_ok=True)  # what a process left that was cut off: it could have another mode
        _write_new(part, data, mode)
        part.replace(path)
        _sync(path.parent)
    except OSError as error:
        what = f"{path}: cannot be written ({error.strerror}); check the disk and who owns the directory"
        raise Unavailable(Code.DISK_FAILED, what) from error
    finally:
        part.unlink(missing_ok=True)


def read(path: Path, *, private: bool) -> bytes:
    """Return a PEM file; raise `Unavailable` when it is not there, too large, or private and open to others."""
    try:
        with path.open("rb") as file:
            if private:
                _check_mode(path, os.fstat(file.fileno()).st_mode)
            raw = file.read(MAX_PEM_BYTES + 1)
    except OSError as error:
        what = f"{path}: cannot be read ({error.strerror}); check the name and the permissions"
        raise Unavailable(Code.KEY_UNUSABLE, what) from error
    if len(raw) > MAX_PEM_BYTES:
        raise Unavailable(Code.KEY_UNUSABLE, f"{path}: is larger than any key; name a PEM file")
    return raw


def make_directory(path: Path) -> None:
    """Make a directory that its owner alone may enter; raise `Unavailable` when that fails."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        what = f"{path}: cannot be made ({error.strerror}); name a directory that you may write to"
        raise Unavailable(Code.DISK_FAILED, what) from error


def _check_mode(path: Path, mode: int) -> None:
    if mode & _OTHERS:
        what = f"{path}: others may read this private key (mode {stat.S_IMODE(mode):04o}); chmod 600 {path}"
        raise Unavailable(Code.KEY_UNUSABLE, f"{what}, and rotate it if it was ever copied")


def _write_new(path: Path, data: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
