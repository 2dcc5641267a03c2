"""The vocabulary of the system tests: a box with its agent as a real process, and the folder that feeds it.

Every box believes that it was made at 10:00:00 on Monday 23 November 2026 in Viet Nam, so that the day of the
test does not matter. `Box.clock` turns seconds after that into a time of day for a slot.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import struct
import subprocess
import sys
import time
import wave
import zlib
from array import array
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import pi, sin
from pathlib import Path
from threading import Thread
from typing import IO, Any, TypeVar
from zoneinfo import ZoneInfo

import pytest

from firmware_py.core.codec import from_json_as
from firmware_py.core.overview import OnAir, Status
from firmware_py.core.records import Fault, PlayRecord, Result
from firmware_py.core.units import SECOND, DurationUs, WallUs, from_datetime
from firmware_py.runtime.status import read_status
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
BEGIN = datetime(2026, 11, 23, 10, tzinfo=ZONE)
DAY = "2026-11-23"
CHANNEL = {"board": "main", "speaker": "sound"}
OWN_SETTINGS = {
    "board": '[screen]\ndriver = "offscreen"\nwidth = 160\nheight = 96\n',
    "speaker": '[sound]\nsink = "null"\n',
}
PATIENCE_S = 40.0
"""How long a test waits for what takes a second or two on a machine that does nothing else.

The check of a file yields to all other work (`nice`), and has to wait for its turn beside a busy suite.
"""

TONE_RATE_HZ = 8000

T = TypeVar("T")
Json = dict[str, Any]


def clock(seconds: float) -> str:
    """Return the time of day so many whole seconds after the boxes' beginning, as a slot says it."""
    return (BEGIN + timedelta(seconds=seconds)).strftime("%H:%M:%S")


def slot(name: str, *playlist: Json, start: str = "09:59:50", end: str | None = None, **more: Any) -> Json:  # noqa: ANN401
    """Return a slot of the boxes' day; without a start it began ten seconds before the boxes did."""
    names = [bulletin["id"] for bulletin in playlist]
    timing = {"start": start} if end is None else {"start": start, "end": end}
    return {"id": name, "days": [DAY], "playlist": names} | timing | more


def text(name: str, seconds: float = 600, **more: Any) -> Json:  # noqa: ANN401 - the fields of a bulletin
    """Return a text bulletin."""
    return {"id": name, "kind": "text", "title": f"Tin {name}", "text": "Bà con chú ý", "duration_s": seconds} | more


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return one chunk of a PNG file."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, shade: int = 200) -> bytes:
    """Return a grey picture of 8 bits a pixel."""
    packer = zlib.compressobj(1)
    row = b"\0" + bytes([shade]) * width
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def write_tone(path: Path, seconds: float, hz: float = 440.0) -> None:
    """Write a tone as a WAV file."""
    period = [round(8000 * sin(2 * pi * hz * n / TONE_RATE_HZ)) for n in range(TONE_RATE_HZ)]
    samples = array("h", (period * (int(seconds) + 1))[: round(seconds * TONE_RATE_HZ)])
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(TONE_RATE_HZ)
        file.writeframes(samples.tobytes())


@dataclass(slots=True)
class Feed:
    """The folder with schedule.json and media."""

    folder: Path
    version: int = 0

    def file(self, name: str, raw: bytes) -> Path:
        """Put a file into the folder, whole."""
        path = self.folder / name
        part = path.with_name(path.name + ".part")
        part.write_bytes(raw)
        return part.replace(path)

    def document(self, *bulletins: Json, slots: tuple[Json, ...], **more: Any) -> Json:  # noqa: ANN401
        """Return a schedule document of the next version."""
        self.version += 1
        head = {"format": "ttcs-schedule/1", "version": self.version}
        return {**head, "bulletins": list(bulletins), "slots": list(slots), **more}

    def publish(self, *bulletins: Json, slots: tuple[Json, ...], **more: Any) -> None:  # noqa: ANN401
        """Put a schedule into the folder."""
        self.file("schedule.json", json.dumps(self.document(*bulletins, slots=slots, **more)).encode())

    def image(self, name: str, seconds: float = 600, raw: bytes | None = None) -> Json:
        """Return an image bulletin; its file is `NAME.png`, a small picture unless told otherwise."""
        self.file(f"{name}.png", png(48, 32) if raw is None else raw)
        content = [{"path": f"{name}.png"}]
        return {"id": name, "kind": "image", "title": f"Ảnh {name}", "duration_s": seconds, "content": content}

    def tone(self, name: str, seconds: float = 60) -> Json:
        """Return an audio bulletin; its file is `NAME.wav`."""
        write_tone(self.folder / f"{name}.wav", seconds)
        return {"id": name, "kind": "audio", "title": f"Âm {name}", "content": [{"path": f"{name}.wav"}]}

    def item(self, product: str, name: str, seconds: float = 60) -> Json:
        """Return a bulletin that a product can present: a text for the board, a tone for the speaker."""
        return text(name, seconds) if product == "board" else self.tone(name, seconds)


@dataclass(slots=True)
class Box:
    """One box: its agent runs from `start` until `stop` or `kill`, and may be started again.

    `program` is what is run in place of `ttcs run`; `settings` are added to the config file.
    """

    directory: Path
    product: str
    program: tuple[str, ...] = ("-P", "-m", "firmware_py.field.main", "run")
    settings: str = ""
    wrapper: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    offset_us: DurationUs = field(init=False)
    feed: Feed = field(init=False)
    process: subprocess.Popen[bytes] | None = None
    _log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the config and the folder; nothing runs yet."""
        self.offset_us = from_datetime(BEGIN) - time.time_ns() // 1000
        self.feed = Feed(self.directory / "feed")
        self.feed.folder.mkdir()
        base = f'[device]\nid = "box"\nname = "{self.product}"\nstate_dir = "state"\nrun_dir = "run"\n'
        link = '[link]\nkind = "folder"\npath = "feed"\ntrust = "unsigned"\npoll_s = 0.2\n'
        trust = '[clock]\nsource = "assume-trusted"\n'
        text = base + link + trust + OWN_SETTINGS[self.product] + self.settings
        self.config.write_text(text, encoding="utf-8")

    @property
    def channel(self) -> str:
        """The name of the product's main channel."""
        return CHANNEL[self.product]

    @property
    def options(self) -> tuple[str, ...]:
        """What is added to the command line."""
        return self.extra

    @property
    def config(self) -> Path:
        """The config file."""
        return self.directory / "box.toml"

    @property
    def log(self) -> str:
        """What the agent has written to standard error, in all its lives."""
        return "".join(self._log)

    def now_us(self) -> WallUs:
        """Return what the clock of the box says."""
        return time.time_ns() // 1000 + self.offset_us

    def soon_s(self, after_s: int = 2) -> int:
        """Return a whole second, counted from the boxes' beginning, that lies so many seconds ahead."""
        return -((from_datetime(BEGIN) - self.now_us()) // SECOND) + after_s

    def start(self) -> None:
        """Start the agent."""
        words = (self.product, "--config", str(self.config), "--clock-offset", str(self.offset_us / SECOND))
        command = (*self.wrapper, sys.executable, *self.program, *words, *self.options)
        self.process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        Thread(target=self._listen, args=(self.process.stderr,), daemon=True).start()

    def _listen(self, lines: IO[bytes]) -> None:
        """Keep the log here: a file would be subject to what a test does to the agent's disk."""
        with lines:
            self._log.extend(line.decode() for line in lines)

    def stop(self, timeout_s: float = 10.0) -> int:
        """Ask the agent to end; return its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout_s)

    def kill(self) -> None:
        """End the agent with SIGKILL."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def kill_output(self, number: signal.Signals = signal.SIGKILL) -> int:
        """Send the output process a signal; return its process id."""
        pid = self.until(lambda: self.status().output_pid)
        os.kill(pid, number)
        return pid

    def status(self) -> Status:
        """Return what the agent that runs now says of itself, when it does."""
        return self.until(self._own_status)

    def _own_status(self) -> Status | None:
        status = read_status(self.directory / "run" / "status.json")
        return status if status and self.process and status.pid == self.process.pid else None

    def ready(self) -> None:
        """Wait until the output is open."""
        self.until(lambda: self.status().output == "ready")

    def on_air(self) -> OnAir:
        """Return the main channel of the status."""
        return next(each for each in self.status().on_air if each.channel == self.channel)

    def play(self, bulletin: Json, seconds: float = 0.0) -> OnAir:
        """Wait until a bulletin is on air and has been played for some seconds in the present play."""
        return self.until(lambda: self._plays(bulletin, seconds))

    def _plays(self, bulletin: Json, seconds: float) -> OnAir | None:
        on_air = self.on_air()
        fits = on_air.bulletin_id == bulletin["id"] and on_air.played_us > seconds * SECOND
        return on_air if fits else None

    def records(self, **fields: Any) -> list[PlayRecord]:  # noqa: ANN401 - the fields of PlayRecord
        """Return the play records whose fields have these values, read while the agent may be writing."""
        found = self._read("SELECT record FROM plays ORDER BY no", PlayRecord)
        return [each for each in found if all(getattr(each, name) == value for name, value in fields.items())]

    def closed(self, bulletin: Json, count: int = 1) -> list[PlayRecord]:
        """Wait until so many plays of a bulletin are over; return them."""

        def over() -> list[PlayRecord]:
            mine = self.records(bulletin_id=bulletin["id"])
            found = [each for each in mine if each.result is not Result.ON_AIR]
            return found if len(found) >= count else []

        return self.until(over)

    def faults(self, **fields: Any) -> list[Fault]:  # noqa: ANN401 - the fields of Fault
        """Return the faults whose fields have these values."""
        found = self._read("SELECT fault FROM faults ORDER BY no", Fault)
        return [each for each in found if all(getattr(each, name) == value for name, value in fields.items())]

    def fault(self, **fields: Any) -> Fault:  # noqa: ANN401 - the fields of Fault
        """Wait for a fault with these values and return the first."""
        return self.until(lambda: self.faults(**fields))[0]

    def until(self, condition: Callable[[], T | None], timeout_s: float = PATIENCE_S) -> T:
        """Wait for a true value; when it does not come, the agent's log is part of the failure."""
        try:
            return until(condition, timeout_s)  # type: ignore[return-value]  # what is true is no None
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self._scene()}\nthe agent's log:\n{self.log}") from error

    def _scene(self) -> str:
        """Return what the box says of itself, and what its processes are waiting for."""
        pids = [self.process.pid] if self.process else []
        for pid in pids:  # it grows while we walk: children of children
            pids += [
                int(child) for path in Path(f"/proc/{pid}/task").glob("*/children") for child in _read(path).split()
            ]
        waits = (
            f"{pid} {_read(Path(f'/proc/{pid}/cmdline'))[:200]!r}: "
            + ", ".join(f"{_read(task / 'wchan')} {_read(task / 'syscall')[:12]}" for task in _tasks(pid))
            for pid in pids
        )
        return "\n".join((str(read_status(self.directory / "run" / "status.json")), *waits))

    def _read(self, query: str, kind: type[T]) -> list[T]:
        path = self.directory / "state" / "journal.db"
        try:
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
                return [from_json_as(kind, raw) for (raw,) in db.execute(query)]
        except sqlite3.OperationalError:
            return []  # it is just being made

    def end(self) -> None:
        """Leave nothing running, however the test went."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
        status = read_status(self.directory / "run" / "status.json")
        if status is not None and status.output_pid:
            with suppress(ProcessLookupError):
                os.kill(status.output_pid, signal.SIGCONT)  # one that a test has stopped sees only now that it is alone


def _tasks(pid: int) -> list[Path]:
    return sorted(Path(f"/proc/{pid}/task").glob("*"))


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""


@contextmanager
def box(directory: Path, product: str, **options: Any) -> Iterator[Box]:  # noqa: ANN401 - the fields of Box
    """Give a box whose agent is not started yet; at the end nothing of it runs."""
    made = Box(directory, product, **options)
    try:
        yield made
    finally:
        made.end()


def under_permissions() -> tuple[str, ...]:
    """Return what is put before a command so that permissions bind it, as they do not bind root; else skip the test."""
    if os.geteuid() != 0:
        return ()
    wrapper = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
    if subprocess.run((*wrapper, "true"), check=False, capture_output=True).returncode:
        pytest.skip("this root may not give up its right to pass over permissions")
    return wrapper


def is_alive(pid: int) -> bool:
    """Return whether a process runs: neither gone nor dead and not yet fetched."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
