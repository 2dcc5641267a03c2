"""Small files for the output process and for uploads, in the run directory: memory, emptied by each boot."""

from __future__ import annotations

import logging
from pathlib import Path

KEPT_FILES = 32
LOG = "recent.log"

_log = logging.getLogger("spool")


class Spool:
    """The directory `path`, made when it is not there; the oldest of more than `KEPT_FILES` files go."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.mkdir(parents=True, exist_ok=True)

    @property
    def log(self) -> str:
        """Where the newest lines of the log are kept."""
        return str(self._path / LOG)

    def put(self, name: str, content: bytes) -> None:
        """Write a file, whole or not at all; where that cannot be, the notice goes on without its voice."""
        part = self._path / f"{name}.part"
        try:
            part.write_bytes(content)
            part.replace(self._path / name)
            self._tidy()
        except OSError as error:
            _log.error("%s: cannot be written (%s); check device.run_dir", part, error.strerror)

    def _tidy(self) -> None:
        files = sorted(self._path.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        for path in files[:-KEPT_FILES]:
            path.unlink(missing_ok=True)
