"""The board's output process as the agent starts it, and items for it. Also an X server for one test."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from firmware_py.core.codec import decode_message, encode_message
from firmware_py.core.messages import BoardSetup, Item, Message
from firmware_py.core.settings import Screen
from firmware_py.core.units import SECOND
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
NAME = "Bảng tin điện tử xã Đăk Tô"
M = TypeVar("M")


def wall_us() -> int:
    """Return the wall clock as the board reads it."""
    return time.time_ns() // 1_000


def setup(**screen: object) -> BoardSetup:
    """Return a setup of an off-screen board, other settings by name."""
    settings = {"driver": "offscreen", "width": 384, "height": 192} | screen
    return BoardSetup(Screen(**settings), NAME, "Asia/Ho_Chi_Minh")  # type: ignore[arg-type]  # names are the fields


def item(no: int, *, start_us: int, seconds: float = 60.0, channel: str = "main", **fields: object) -> Item:
    """Return an item; a text unless it is told to be something else."""
    values = {"kind": "text", "title": f"Tin {no}", "text": "Bà con chú ý"} | fields
    duration_us = round(seconds * SECOND)
    return Item(no, channel, f"b{no}", start_us=start_us, start_mono_us=0, duration_us=duration_us, **values)  # type: ignore[arg-type]


class BoardProcess:
    """A running output process; what it says is kept in `heard`, with the monotonic second of its arrival."""

    def __init__(self, first: BoardSetup, environment: dict[str, str], connectors: Path | None = None) -> None:
        """Start it and send the first line; `connectors` are in place of the machine's own."""
        orders_in, self._orders = os.pipe()
        reports, reports_out = os.pipe()
        fds = (orders_in, reports_out)
        command = [sys.executable, "-m", "firmware_py.board.output", "--in", str(fds[0]), "--out", str(fds[1])]
        command += ["--connectors", str(connectors)] if connectors else []
        self.started_s = time.monotonic()
        self.process = subprocess.Popen(command, cwd=ROOT, pass_fds=fds, env=os.environ | environment)
        for fd in fds:
            os.close(fd)
        self.heard: list[tuple[float, Message]] = []
        self._reader = threading.Thread(target=self._listen, args=(reports,))
        self._reader.start()
        self.send(first)

    def send(self, message: Message) -> None:
        """Send one message."""
        os.write(self._orders, encode_message(message))

    def hang_up(self) -> None:
        """Close the line of orders; once or more often."""
        if self._orders >= 0:
            os.close(self._orders)
            self._orders = -1

    def all(self, kind: type[M]) -> list[M]:
        """Return all messages of a kind so far."""
        return [message for _, message in list(self.heard) if isinstance(message, kind)]

    def wait_for(self, kind: type[M], count: int = 1, timeout_s: float = 10.0) -> list[M]:
        """Return the messages of a kind, when there are so many."""
        return until(lambda: found if len(found := self.all(kind)) >= count else [], timeout_s)

    def end(self) -> int:
        """Hang up, wait for the process and return its status."""
        self.hang_up()
        status = self.process.wait(10)
        self._reader.join()
        return status

    def _listen(self, descriptor: int) -> None:
        with os.fdopen(descriptor, "rb") as lines:
            for line in lines:
                self.heard.append((time.monotonic(), decode_message(line)))


@contextmanager
def board(first: BoardSetup, connectors: Path | None = None, **environment: str) -> Iterator[BoardProcess]:
    """Run an output process; it is ended with the block."""
    running = BoardProcess(first, environment, connectors)
    try:
        yield running
    finally:
        running.hang_up()
        try:
            running.process.wait(5)
        except subprocess.TimeoutExpired:
            running.process.kill()
        running.end()


class XServer:
    """An X server without a screen, whose pixels can be read from its memory (a file in the format of xwd)."""

    def __init__(self, display: str, memory: Path) -> None:
        """Take its name and the file."""
        self.display = display
        self._memory = memory

    def pixel(self, x: int, y: int) -> tuple[int, int, int]:
        """Return the colour that the server shows at a place."""
        content = self._memory.read_bytes()
        head = struct.unpack_from(">20L", content)
        bytes_a_pixel, bytes_a_line = head[11] // 8, head[12]
        place = head[0] + 12 * head[19] + y * bytes_a_line + x * bytes_a_pixel
        blue, green, red = content[place : place + 3]
        return red, green, blue


@contextmanager
def x_server(width: int, height: int, directory: Path, display: str = "") -> Iterator[XServer]:
    """Run an X server on a free display number, or on this one, its memory in a file of `directory`."""
    reading, writing = os.pipe()
    screen = ("-screen", "0", f"{width}x{height}x24", "-fbdir", str(directory))
    command = ("Xvfb", *filter(None, [display]), "-displayfd", str(writing), *screen, "-nolisten", "tcp")
    server = subprocess.Popen(command, pass_fds=(writing,), stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as numbers:
            yield XServer(f":{numbers.readline().strip()}", directory / "Xvfb_screen0")
    finally:
        server.terminate()
        server.wait(10)
