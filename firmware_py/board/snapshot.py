"""What the board shows, as a PNG file: after every change of page and from time to time, never at a frame's expense.

The picture is packed in slices between frames; only the file is written by a thread of its own, because a memory
card can take seconds. The file is replaced whole, so that a reader never sees half of one.
"""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from firmware_py.board import sdl
from firmware_py.board.png import pack_png
from firmware_py.board.sdl import Surface
from firmware_py.board.steps import Job
from firmware_py.core.errors import Code
from firmware_py.core.units import SECOND, DurationUs, MonoUs

_SHORTEST_US: DurationUs = SECOND
_MOST_WAITING = 2
_REMEDY = "make room, or set screen.snapshot_to to a directory that this user may write to"


class Snapshots:
    """Packs snapshots of one panel and hands the files to a writer."""

    def __init__(self, panel: Surface, period_us: DurationUs, write: Callable[[bytes], None]) -> None:
        """Take the panel, the longest time between two snapshots, and where the files go."""
        self._panel = panel
        self._period_us = period_us
        self._write = write
        self._job: Job[bytes] | None = None
        self._begun_mono_us: MonoUs | None = None
        self._stale = True

    def page_changed(self) -> None:
        """Note that the last snapshot does not show what is shown now; one that is half packed begins anew."""
        self._stale = True
        self._job = None

    def due_mono_us(self) -> MonoUs:
        """Return when the next snapshot is due."""
        if self._begun_mono_us is None:
            return 0
        return self._begun_mono_us + (_SHORTEST_US if self._stale else self._period_us)

    def work(self, mono_us: MonoUs, in_time: Callable[[], bool]) -> None:
        """Go on with a snapshot, or begin one that is due, as long as there is time."""
        if self._job is None and mono_us >= self.due_mono_us():
            self._job = Job(pack_png(*self._panel.get_size(), lambda box: sdl.to_rgb(self._panel, box)))
            self._begun_mono_us = mono_us
            self._stale = False
        png = None if self._job is None else self._job.run(in_time)
        if png is not None:
            self._write(png)
            self._job = None

    @property
    def busy(self) -> bool:
        """Return whether a snapshot is half packed."""
        return self._job is not None


class NoSnapshots:
    """The same without a file to write."""

    busy = False

    def page_changed(self) -> None:
        """Do nothing."""

    def due_mono_us(self) -> MonoUs:
        """Return an instant that never comes."""
        return 1 << 62

    def work(self, mono_us: MonoUs, in_time: Callable[[], bool]) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class SnapshotFailed:
    """A snapshot could not be written; `code` and `detail` are for the report."""

    code: Code
    detail: str


class FileWriter:
    """Replaces one file with the newest bytes, in a thread; trouble goes to `post`, once until it is over."""

    def __init__(self, path: str, post: Callable[[SnapshotFailed], None]) -> None:
        """Start the thread. `post` must be safe to call from it."""
        self._path = Path(path)
        self._post = post
        self._queue: SimpleQueue[bytes] = SimpleQueue()
        threading.Thread(target=self._run, name="snapshot", daemon=True).start()

    def write(self, content: bytes) -> None:
        """Have the file replaced; returns at once. While the disk is slow, snapshots are left out."""
        if self._queue.qsize() < _MOST_WAITING:
            self._queue.put(content)

    def _run(self) -> None:
        well = True
        while True:
            try:
                replace_file(self._path, self._queue.get())
                well = True
            except OSError as error:
                if well:
                    self._post(SnapshotFailed(_code(error), f"snapshot {self._path}: {error}; {_REMEDY}"))
                well = False


def _code(error: OSError) -> Code:
    return Code.DISK_FULL if error.errno in {errno.ENOSPC, errno.EDQUOT} else Code.FOLDER_UNREADABLE


def replace_file(path: Path, content: bytes) -> None:
    """Write a file under another name beside it, then put it in place; it is not forced to the disk."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
