"""The vocabulary of the linked system tests: a province that runs, and its boxes; each of them is a real process.

Boxes live at the time of this machine, because what the province says is of that time. Schedules begin so many
seconds from now.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from threading import Thread
from typing import IO, Any, TypeVar

from firmware_py.core.units import MINUTE, SECOND, WallUs, to_datetime
from firmware_py.field.province.bell import is_heard
from firmware_py.field.province.book import Book
from firmware_py.field.province.desk import Desk
from firmware_py.field.province.manifest import publish_schedule
from firmware_py.field.province.place import Place
from firmware_py.field.province.post import Letter, Post
from tests.system.world import ROOT, ZONE, Box, Feed, Json
from tests.waiting import until

TTCS = (sys.executable, "-P", "-m", "firmware_py.field.main")
PATIENCE_S = 30.0
PANEL = (160, 96)
CHANGES = {
    "board": ('screen.driver="offscreen"', f"screen.width={PANEL[0]}", f"screen.height={PANEL[1]}"),
    "speaker": ('sound.sink="null"',),
}
AREAS = ("62", "23500")

T = TypeVar("T")


def wall_us() -> WallUs:
    """Return the wall clock of this machine, which is that of the boxes too."""
    return time.time_ns() // 1000


def slot_from(name: str, start_us: WallUs, *playlist: Json, **more: Any) -> Json:  # noqa: ANN401 - the fields of a slot
    """Return a slot that begins at an instant, to the second."""
    at = to_datetime(start_us).astimezone(ZONE)
    timing = {"days": [at.date().isoformat()], "start": at.strftime("%H:%M:%S")}
    return {"id": name, "playlist": [bulletin["id"] for bulletin in playlist]} | timing | more


@dataclass(slots=True)
class LinkedBox(Box):
    """A box that `ttcs enrol` has made; `name` is its id, `changes` are values of its config that tests need."""

    name: str = ""
    changes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Take the box as it was enrolled; nothing runs yet."""
        self.offset_us = 0
        self.feed = Feed(self.directory)

    @property
    def config(self) -> Path:
        """The config file."""
        return self.directory / f"{self.product}.toml"

    @property
    def options(self) -> tuple[str, ...]:
        """The changes of the config: what is heard and seen is recorded, looks and tries follow one another soon."""
        wav, png = json.dumps(str(self.recording)), json.dumps(str(self.picture))
        record = f"sound.record_to={wav}" if self.product == "speaker" else f"screen.snapshot_to={png}"
        usual = (*CHANGES[self.product], record, "link.broker.reconnect_max_s=1.0", "link.poll_s=0.2")
        return tuple(chain.from_iterable(("--set", change) for change in (*usual, *self.changes)))

    @property
    def recording(self) -> Path:
        """Everything that a loudspeaker has played since its output was started."""
        return self.directory / "heard.wav"

    @property
    def picture(self) -> Path:
        """What a board shows."""
        return self.directory / "shown.png"

    def notices(self) -> list[Json]:
        """Return the records of alerts and the like that this box has played, or has begun to play."""
        return [{"id": each.bulletin_id, "result": each.result.value} for each in self.records(kind="notice")]


class Source:
    """`ttcs source` in a directory: it runs from `start` until `stop`, or until its broker is killed."""

    def __init__(self, root: Path) -> None:
        self.place = Place(root)
        self.process: subprocess.Popen[str] | None = None
        self.boxes: list[LinkedBox] = []
        self._lines: list[str] = []
        self._book: Book | None = None

    @property
    def _is_ready(self) -> bool:
        return "Ctrl-C ends all." in self.told

    @property
    def told(self) -> str:
        """What the source has printed in its present life."""
        return "".join(self._lines)

    @property
    def book(self) -> Book:
        """The province's database, held open by the test."""
        self._book = self._book or Book(self.place.book)
        return self._book

    def start(self) -> None:
        """Start the source and wait until it is ready."""
        lines: list[str] = []
        self._lines = lines
        command = (*TTCS, "source", str(self.place.root), "--mqtt-port", "0", "--https-port", "0")
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True
        )
        Thread(target=_listen, args=(self.process.stdout, lines), daemon=True).start()
        self.until(lambda: self._is_ready or self.process.poll() is not None)  # type: ignore[union-attr]
        assert self._is_ready, self.told

    def stop(self) -> None:
        """Ask the source to end; its broker saves what it holds."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE_S) == 0, self.told

    def kill_broker(self) -> None:
        """Kill the broker; the source then ends by itself, for whoever watches over it to start it again."""
        assert self.process is not None
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        (broker,) = (int(child) for child in children if "mosquitto" in Path(f"/proc/{child}/cmdline").read_text())
        os.kill(broker, signal.SIGKILL)
        assert self.process.wait(PATIENCE_S) == 1, self.told

    def empty_broker(self) -> None:
        """Take away what the broker has saved; it must not run."""
        for stored in self.place.broker.glob("*.db*"):
            stored.unlink()

    def end(self) -> None:
        """Leave nothing running, however the test went."""
        for box in self.boxes:
            box.end()
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()  # its broker ends with it
            self.process.wait(PATIENCE_S)
        if self._book is not None:
            self._book.close()

    def enrol(self, product: str, name: str, *areas: str, changes: tuple[str, ...] = (), **options: Any) -> LinkedBox:  # noqa: ANN401 - the fields of Box
        """Make a box by the one command that a technician uses."""
        directory = self.place.root.parent / name
        chosen = chain.from_iterable(("--area", area) for area in areas or AREAS)
        command = (*TTCS, "enrol", str(self.place.root), product, "--out", str(directory), "--id", name, *chosen)
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        box = LinkedBox(directory, product, name=name, changes=changes, **options)
        self.boxes.append(box)
        return box

    def sending(self, *words: str) -> subprocess.Popen[str]:
        """Start `ttcs send …`; the caller waits for its end."""
        what, *rest = words
        command = (*TTCS, "send", what, "--province", str(self.place.root), *rest)
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def send(self, *words: str, status: int = 0) -> str:
        """Run `ttcs send …`, which must end with this status; return what it printed."""
        with self.sending(*words) as sent:
            said, _ = sent.communicate(timeout=PATIENCE_S)
        assert sent.returncode == status, f"{said}\n{self.told}"
        return said

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        """Give the desk of whoever sends, without a process for each word."""
        with closing(Desk(self.place)) as desk:
            yield desk

    def put_in_force(self, schedule: Path, *boxes: LinkedBox) -> None:
        """Publish a schedule to boxes and do not wait for them."""
        with self.desk() as desk:
            found, _ = publish_schedule(desk.place, schedule)
            desk.point_at(desk.boxes(box.name for box in boxes), found)

    def say(self, topic: str, raw: bytes, minutes: float = 10.0) -> None:
        """Have the source publish bytes, with all its rights at the broker, as if they held for so long."""
        Post(self.book).put(Letter(topic, raw, retain=False, expires_us=wall_us() + round(minutes * MINUTE)))
        assert is_heard(self.place.bell)

    def captured(self, topic: str) -> bytes:
        """Return the retained envelope of a topic, as the broker has it."""
        return next(each.body for each in Post(self.book).retained(0) if each.topic == topic)

    def plays(self, box: LinkedBox, **fields: object) -> list[Json]:
        """Return the play records that have come from a box, whose fields have these values."""
        return [body for body in self._events(box, "play") if fields.items() <= body.items()]

    def faults(self, box: LinkedBox, **fields: object) -> list[Json]:
        """Return the faults that have come from a box, whose fields have these values."""
        return [body for body in self._events(box, "fault") if fields.items() <= body.items()]

    def answers(self, box: LinkedBox, identifier: str) -> list[str]:
        """Return what a box has said to a command or alert."""
        return [each.state for each in self.book.answers(identifier) if each.device == box.name]

    def said_of_commands(self, box: LinkedBox) -> list[Json]:
        """Return the journalled answers to commands that have come from a box, in its batches."""
        return self._events(box, "command")

    def said(self, box: LinkedBox, topic: str) -> Json:
        """Return what a box said last on a topic."""
        return self.book.said(box.name, topic)

    def _events(self, box: LinkedBox, kind: str) -> list[Json]:
        return [row.body for row in self.book.events(device=box.name) if row.kind == kind]

    def until(self, condition: Callable[[], T | None], timeout_s: float = PATIENCE_S) -> T:
        """Wait for a true value; when it does not come, what source and boxes have told is part of the failure."""
        try:
            return until(condition, timeout_s)  # type: ignore[return-value]  # what is true is no None
        except AssertionError as error:
            logs = "\n".join(f"{box.name}:\n{box.log}" for box in self.boxes)
            raise AssertionError(f"{error}\nthe source:\n{self.told}\n{logs}") from error


def _listen(lines: IO[str], into: list[str]) -> None:
    with lines:
        into.extend(lines)


@contextmanager
def source(directory: Path) -> Iterator[Source]:
    """Give a province that runs; at the end nothing of it runs, nor of its boxes."""
    made = Source(directory / "province")
    try:
        made.start()
        yield made
    finally:
        made.end()


def seconds_from_now(seconds: int) -> WallUs:
    """Return the whole second that comes so many seconds from now."""
    return (wall_us() // SECOND + seconds) * SECOND
