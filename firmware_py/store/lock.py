"""One agent per state directory: a lock that the kernel gives back when its process dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from firmware_py.core.errors import Code, Unavailable
from firmware_py.store.durable import disk


class ProcessLock:
    """An exclusive lock on the file at `path`, held until `close` or the end of the process.

    Raises `Unavailable` when another process holds it. Child processes do not inherit it.
    """

    def __init__(self, path: Path) -> None:
        with disk(path):
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o640)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
            self.close()
            what = f"{path}: another agent (process {holder}) works here; end it, or give this one its own"
            raise Unavailable(Code.ALREADY_RUNNING, f"{what} device.state_dir") from error
        self._sign()

    def _sign(self) -> None:
        """Write who holds the lock, for the message to the next; of a fixed length, so that no longer one shows."""
        with disk(Path(f"/proc/self/fd/{self._descriptor}")):
            os.pwrite(self._descriptor, f"{os.getpid():<20}".encode(), 0)

    def close(self) -> None:
        """Give the lock back."""
        os.close(self._descriptor)
