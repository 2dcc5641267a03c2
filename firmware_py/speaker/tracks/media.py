"""Reading of a media file by place: no shared position, so that any thread may read."""

from __future__ import annotations

import os
import stat
import weakref
from pathlib import Path

from firmware_py.core.errors import Code, Unplayable
from firmware_py.speaker.tracks.track import empty


class Media:
    """An open file. It stays readable when it is removed or replaced meanwhile."""

    def __init__(self, path: Path) -> None:
        """Open the file; raise `Unplayable` when it is missing, locked or empty."""
        self.name = path.name
        self._descriptor = _open(path)
        self._close = weakref.finalize(self, os.close, self._descriptor)
        self.size = os.fstat(self._descriptor).st_size
        if self.size == 0:
            self.close()
            raise empty(f"{path.name} is empty")

    def read(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from a place on, fewer at the end of the file."""
        return os.pread(self._descriptor, size, offset)

    def close(self) -> None:
        """Let go of the file, now rather than when nobody holds it any more."""
        self._close()


def _open(path: Path) -> int:
    try:
        if stat.S_ISREG(path.stat().st_mode):
            return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        reason = "is no file"
    except FileNotFoundError as error:
        raise Unplayable(Code.CONTENT_MISSING, f"{path} is not there; send it again") from error
    except OSError as error:
        reason = f"cannot be read ({error.strerror})"
    raise Unplayable(Code.CONTENT_UNREADABLE, f"{path} {reason}; check the disk and the file's rights")
