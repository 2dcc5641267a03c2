"""Snapshots that were ordered (ảnh chụp màn hình): the panel as it was at the order, as a PNG at the path asked for.

The picture is copied at once, packed in slices between frames, and written by a thread of its own. Each order gets one
answer; what cannot be done is said, never half done.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue

from firmware_py.board import sdl
from firmware_py.board.png import pack_png
from firmware_py.board.sdl import Surface
from firmware_py.board.snapshot import replace_file
from firmware_py.board.steps import Job
from firmware_py.core.messages import SnapshotTaken

MOST_WAITING = 3
"""Each that waits holds a copy of the panel: 8 MB at 1920×1080."""

_REMEDY = "make room, or name a directory that this user may write to"


class Shots:
    """Takes pictures of one panel; `answer` must be safe to call from any thread."""

    def __init__(self, panel: Surface, answer: Callable[[SnapshotTaken], None]) -> None:
        """Take the panel and the place where answers go, and start the thread that writes."""
        self._panel = panel
        self._answer = answer
        self._packing: deque[tuple[str, Job[bytes]]] = deque()
        self._files: SimpleQueue[tuple[str, bytes]] = SimpleQueue()
        threading.Thread(target=self._write, name="shots", daemon=True).start()

    def take(self, path: str) -> None:
        """Take a picture of what the panel shows now, or answer that too many wait."""
        if len(self._packing) + self._files.qsize() >= MOST_WAITING:
            self._answer(SnapshotTaken(path, f"{MOST_WAITING} snapshots wait to be written; ask again later"))
            return
        picture = self._panel.copy()
        job = Job(pack_png(*picture.get_size(), lambda box: sdl.to_rgb(picture, box)))
        self._packing.append((path, job))

    def work(self, in_time: Callable[[], bool]) -> None:
        """Go on with the pictures, the oldest first, as long as there is time."""
        while self._packing and in_time():
            path, job = self._packing[0]
            png = job.run(in_time)
            if png is not None:
                self._packing.popleft()
                self._files.put((path, png))

    def _write(self) -> None:
        while True:
            path, png = self._files.get()
            self._answer(SnapshotTaken(path, _written(path, png)))


def _written(path: str, png: bytes) -> str:
    """Write one file; return "" or why it is not there."""
    try:
        replace_file(Path(path), png)
    except (OSError, ValueError) as error:  # ValueError: what can be no file name at all
        return f"snapshot {path!r}: {error}; {_REMEDY}"
    return ""
