"""A named pipe that wakes the source: other commands ring when they have put something out for it to carry."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import Self

from firmware_py.core.errors import Code, Unavailable
from firmware_py.store.durable import disk

_READ_BYTES = 4096


class Bell:
    """The receiving end, held open by the source while it runs; wait on `fileno` and then `quieten` it."""

    def __init__(self, path: Path) -> None:
        with disk(path):
            with suppress(FileExistsError):
                os.mkfifo(path, 0o600)
            # For writing too, so that the pipe never reads as closed when a command has rung and gone.
            self._descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK)

    def fileno(self) -> int:
        """Return what to wait on."""
        return self._descriptor

    def ring(self) -> None:
        """Wake the source from another thread of its own."""
        with suppress(BlockingIOError):  # full of rings: it will wake
            os.write(self._descriptor, b".")

    def quieten(self) -> None:
        """Take note of all rings so far."""
        with suppress(BlockingIOError):
            os.read(self._descriptor, _READ_BYTES)

    def close(self) -> None:
        """Let go of the pipe."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def is_heard(path: Path) -> bool:
    """Ring; return whether a source hears it."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        if error.errno in (errno.ENXIO, errno.ENOENT):
            return False
        raise Unavailable(Code.DISK_FAILED, f"{path}: cannot be opened ({error.strerror})") from error
    try:
        with suppress(BlockingIOError):
            os.write(descriptor, b".")
    finally:
        os.close(descriptor)
    return True
