"""What the agent says of itself to whoever may read its run directory: a small JSON file, on a memory file system.

It opens no port: `ttcs status`, the demo and a technician read the file.
"""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

from firmware_py.core.codec import from_json_as, to_json
from firmware_py.core.errors import Malformed
from firmware_py.core.overview import Process, Status, status_of
from firmware_py.core.state import State
from firmware_py.core.units import Now

_log = logging.getLogger("status")

STALE_S = 10.0
"""The agent writes every second; what is older was written by one that hangs or is gone."""


class StatusFile:
    """Writes the status, whole or not at all; where it cannot be written, that is logged once and no more."""

    def __init__(self, path: Path, link: str = "folder") -> None:
        """Take where it lies, and what kind of link the agent has."""
        self._path, self._link = path, link
        self._part = path.with_suffix(".part")
        self._well = True

    def write(self, state: State, now: Now, output_pid: int, faults: int) -> None:
        """Replace the file with the present status."""
        process = Process(os.getpid(), output_pid, faults)
        self._put(to_json(status_of(state, now, process, self._link)))

    def _put(self, raw: bytes) -> None:
        try:
            self._part.write_bytes(raw)
            self._part.replace(self._path)
            self._well = True
        except OSError as error:
            if self._well:
                _log.warning("%s: cannot be written (%s); check device.run_dir", self._path, error.strerror)
            self._well = False


def is_fresh(path: Path) -> bool:
    """Return whether an agent that runs has written this; not by the time that it says, which may be a demo's."""
    try:
        return time.time() - path.stat().st_mtime <= STALE_S
    except OSError:
        return False


def read_status(path: Path) -> Status | None:
    """Return the status in a file; None when there is none."""
    try:
        return from_json_as(Status, path.read_bytes())
    except (FileNotFoundError, Malformed):
        return None
