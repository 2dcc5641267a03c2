"""The schedule documents that this box has taken: the active one, and the one before it to go back to."""

from __future__ import annotations

import os
from pathlib import Path

from firmware_py.store.durable import PART, disk, make_directory, move, new_file, remove_parts, write_all


class DocumentStore:
    """Two files below `root`. Whenever the power goes, the active one is a whole document, the old or the new.

    Raises `Unavailable` when `root` cannot be made.
    """

    def __init__(self, root: Path) -> None:
        self._active = root / "active.json"
        self._previous = root / "previous.json"
        make_directory(root)
        remove_parts(root)

    def active(self) -> bytes | None:
        """Return the document that counts; None before the first."""
        return _read(self._active)

    def previous(self) -> bytes | None:
        """Return the document that counted before the active one; None when there was none."""
        return _read(self._previous)

    def put(self, raw: bytes) -> None:
        """Make a document the active one; the same bytes again write nothing. Raises `Unavailable` (DISK_FULL)."""
        former = self.active()
        if raw == former:
            return
        with disk(self._active):
            part = self._write(raw)
            if former is not None:
                self._demote()
            move(part, self._active)

    def _write(self, raw: bytes) -> Path:
        part = self._active.with_name(self._active.name + PART)
        with new_file(part) as descriptor:
            write_all(descriptor, raw)
        return part

    def _demote(self) -> None:
        """Give the active document its second name; it keeps the first until the new one takes that over."""
        link = self._previous.with_name(self._previous.name + PART)
        link.unlink(missing_ok=True)
        os.link(self._active, link)
        link.replace(self._previous)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
