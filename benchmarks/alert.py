"""From the word of the province to the first sound and the first pixel: signed, over TLS, verified, journalled.

A real source (`ttcs source`), a real loudspeaker agent on a real PulseAudio null sink whose monitor is recorded, and a
real board agent in a real X server whose frame buffer is mapped and watched. The time begins when the alert
is handed to the source, so its database and its broker are in it. Then the same while the loudspeaker has a relay on
air from a real Icecast server, soft enough to be told from a siren. `TTCS_ALERTS` sets how many alerts are sent.
"""

from __future__ import annotations

import json
import mmap
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles

from benchmarks.report import Report, Row, machine
from firmware_py.core.wire import AlertStatus, AlertText
from firmware_py.field.province.desk import Desk, Words
from firmware_py.field.province.place import Place
from firmware_py.runtime.status import read_status
from tests.speaker.pulse import Listener, PulseAudio
from tests.speaker.stations import Station

ROOT = Path(__file__).resolve().parents[1]
RULE_MS = 3000.0
"""A Chinese standard for emergency broadcasting by public address asks for so much from word to sound."""

LOUD = 1000
RELAY_HEIGHT, RELAY_LOUD = 0.02, 200
SIZE = (1920, 1080)
LIMIT_S = 10.0
START_LIMIT_S = 30.0
_FRAME_BYTES = 4
_BEHIND_BORDER = 60 * _FRAME_BYTES


def run() -> Report:
    """Send alerts one after the other; return how long each took to be heard and seen."""
    count = int(os.environ.get("TTCS_ALERTS", "30"))
    with tempfile.TemporaryDirectory() as directory:
        work = Path(directory)
        with source(work) as place:
            alone, over_a_relay = _measured(work, place, count)
    rule = "a Chinese public-address standard"
    return {
        "name": "alert",
        "machine": machine(),
        "rows": [
            _row("published to first sound, p50", median(alone.heard_ms), 60, rule),
            _row("published to first sound, p99", _p99(alone.heard_ms), 100, rule),
            _row("published to first sound over a relay, p50", median(over_a_relay.heard_ms), 60, rule),
            _row("published to first sound over a relay, p99", _p99(over_a_relay.heard_ms), 100, rule),
            _row("published to pixels, p50", median(alone.seen_ms), None, rule),
            _row("published to pixels, p99", _p99(alone.seen_ms), 100, rule),
        ],
    }


@dataclass(slots=True)
class Latency:
    """Milliseconds to the first sound and to the first changed pixel, an entry for each alert."""

    heard_ms: list[float] = field(default_factory=list)
    seen_ms: list[float] = field(default_factory=list)


def _measured(work: Path, place: Place, count: int) -> tuple[Latency, Latency]:
    """Return how long alerts took with nothing else on air, and with a relay."""
    boxes = {"speaker": _enrol(work, "speaker"), "board": _enrol(work, "board")}
    with (
        PulseAudio(work / "pulse") as pulse,
        _screen(work) as (display, pixels),
        Station(work, 440, RELAY_HEIGHT) as station,
    ):
        listener = Listener(pulse)
        origins = f'relay.origins=["{station.address.rpartition("/")[0]}"]'
        sink = 'sound.sink="portaudio"', 'sound.device="pulse"', origins
        speaker = _box("speaker", boxes["speaker"], {**os.environ, **pulse.env}, sink)
        board = _box("board", boxes["board"], {**os.environ, **display}, ('screen.driver="screen"',))
        try:
            _wait_until_ready(boxes)
            alone = _send_all(place, count, listener, pixels)
            _put_on_air(work, place, station, listener)
            return alone, _send_all(place, count, listener, pixels)
        finally:
            for process in (speaker, board):
                process.terminate()
                process.wait()
            listener.stop()


def _put_on_air(work: Path, place: Place, station: Station, listener: Listener) -> None:
    """Have the loudspeaker play a relay all day, and wait until it is heard."""
    relay = {"id": "relay", "kind": "relay", "title": "Tiếp âm", "duration_s": 86_400, "sources": [station.address]}
    slot = {
        "id": "all-day",
        "days": [f"{day:%Y-%m-%d}" for day in _around_today()],
        "start": "00:00",
        "playlist": ["relay"],
    }
    document = {"format": "ttcs-schedule/1", "version": 1, "bulletins": [relay], "slots": [slot]}
    path = work / "relay.json"
    path.write_text(json.dumps(document))
    command = [*_TTCS, "send", "schedule", str(path), "--province", str(place.root), "--device", "speaker"]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    until_s = time.monotonic() + START_LIMIT_S
    while _first_loud(_last_second(listener), RELAY_LOUD) is None:
        if time.monotonic() > until_s:
            raise TimeoutError("the relay is not heard")
        time.sleep(0.1)


def _around_today() -> list[datetime]:
    """Return yesterday, today and tomorrow: which of them it is in the province does not matter here."""
    return [datetime.now(UTC) + timedelta(days=days) for days in (-1, 0, 1)]


def _send_all(place: Place, count: int, listener: Listener, pixels: Callable[[], bytes]) -> Latency:
    desk, found = Desk(place), Latency()
    for number in range(count):
        ear, eye = _Ear(listener), _Eye(pixels)
        sent_us = _mono_us()
        (alert,) = desk.alert(["62"], AlertStatus.ACTUAL, _words(number))
        found.heard_ms.append((ear.first_sound_us() - sent_us) / 1000)
        found.seen_ms.append((eye.first_change_us() - sent_us) / 1000)
        desk.cancel(alert.id, ())
        _quiet(listener)
    desk.close()
    return found


def _words(number: int) -> Words:
    return Words("Lũ quét", (AlertText("vi", f"Lũ quét {number}", "Lên chỗ cao ngay."),), repeats=1, minutes=5.0)


class _Ear:
    """Hears when the monitor is loud for the first time from now on."""

    def __init__(self, listener: Listener) -> None:
        self._listener, self._seen = listener, len(listener.chunks)

    def first_sound_us(self) -> int:
        """Return when the first loud sample was recorded."""
        until_s = time.monotonic() + LIMIT_S
        while time.monotonic() < until_s:
            for at_us, chunk in self._listener.chunks[self._seen :]:
                self._seen += 1
                found = _first_loud(chunk)
                if found is not None:
                    return at_us - (len(chunk) // 4 - found) * 1_000_000 // 48_000
            time.sleep(0.001)
        raise TimeoutError("no sound")


def _first_loud(chunk: bytes, loud: int = LOUD) -> int | None:
    samples = memoryview(chunk[: len(chunk) // 4 * 4]).cast("h")
    return next((place // 2 for place, value in enumerate(samples) if abs(value) > loud), None)


class _Eye:
    """Sees when the screen gets the red of an alert; looks from a thread, so that listening does not hold it up."""

    def __init__(self, pixels: Callable[[], bytes]) -> None:
        self._pixels = pixels
        if _is_red(pixels()):
            raise RuntimeError("the screen is red before the alert")
        self._changed_us = 0
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def first_change_us(self) -> int:
        """Return when the pixels were others for the first time."""
        self._thread.join(LIMIT_S)
        if not self._changed_us:
            raise TimeoutError("no change on the screen")
        return self._changed_us

    def _look(self) -> None:
        until_s = time.monotonic() + LIMIT_S
        while time.monotonic() < until_s:
            if _is_red(self._pixels()):
                self._changed_us = _mono_us()
                return
            time.sleep(0.001)


def _is_red(line: bytes) -> bool:
    """Return whether the line of pixels begins in an alert's ground, behind the border."""
    blue, green, red = line[_BEHIND_BORDER : _BEHIND_BORDER + 3]
    return red > 120 and green < 40 and blue < 40


def _quiet(listener: Listener) -> None:
    """Wait until the cancel has been heard and a second of silence after it."""
    time.sleep(1.0)
    while _first_loud(_last_second(listener)) is not None:
        time.sleep(0.1)


def _last_second(listener: Listener) -> bytes:
    begin_us = _mono_us() - 1_000_000
    return b"".join(chunk for at_us, chunk in listener.chunks[-2000:] if at_us > begin_us)


@contextmanager
def source(work: Path) -> Iterator[Place]:
    """Run a source on free ports in a directory, as a technician does."""
    command = [*_TTCS, "source", str(work / "province"), "--mqtt-port", "0", "--https-port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None  # noqa: S101 - it was asked for
        for line in process.stdout:
            if "Ctrl-C" in line:
                break
        threading.Thread(target=process.stdout.read, daemon=True).start()
        try:
            yield Place(work / "province")
        finally:
            process.terminate()


@contextmanager
def _screen(work: Path) -> Iterator[tuple[dict[str, str], Callable[[], bytes]]]:
    """Give an X server's environment, and a function that returns a line of pixels through its middle."""
    read, write = os.pipe()
    size = f"{SIZE[0]}x{SIZE[1]}x24"
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", size, "-fbdir", str(work), "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=(write,), stderr=subprocess.DEVNULL) as server:
        os.close(write)
        with os.fdopen(read) as numbers:
            display = numbers.readline().strip()
        with (work / "Xvfb_screen0").open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as frame:
            line = SIZE[0] * _FRAME_BYTES
            start = len(frame) - line * (SIZE[1] // 4)
            yield {"DISPLAY": f":{display}", "SDL_VIDEODRIVER": "x11"}, lambda: frame[start : start + line]
        server.terminate()


def _enrol(work: Path, product: str) -> Path:
    out = work / product
    command = [*_TTCS, "enrol", str(work / "province"), product, "--out", str(out), "--id", product]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return out / f"{product}.toml"


def _box(product: str, config: Path, environment: dict[str, str], changes: tuple[str, ...]) -> subprocess.Popen[bytes]:
    words = [word for change in changes for word in ("--set", change)]
    command = [*_TTCS, "run", product, "--config", str(config), *words, "--log", os.environ.get("TTCS_LOG", "ERROR")]
    return subprocess.Popen(command, cwd=ROOT, env=environment)


def _wait_until_ready(boxes: dict[str, Path]) -> None:
    """Wait until both outputs are ready, and then a little: a connection takes a tenth of that."""
    until_s = time.monotonic() + START_LIMIT_S
    while not all(_is_ready(config) for config in boxes.values()):
        if time.monotonic() > until_s:
            raise TimeoutError("the boxes do not come up")
        time.sleep(0.1)
    time.sleep(3.0)


def _is_ready(config: Path) -> bool:
    status = read_status(config.parent / "run" / "status.json")
    return status is not None and status.output == "ready"


def _row(what: str, ours: float, target: float | None, peer_name: str) -> Row:
    return Row(
        what=what,
        unit="ms",
        ours=round(ours, 1),
        peer_name=peer_name,
        peer=RULE_MS,
        ratio=round(ours / RULE_MS, 4),
        target=target,
        ok=None if target is None else ours <= target,
    )


def _p99(values: list[float]) -> float:
    return quantiles(values, n=100, method="inclusive")[98] if len(values) > 1 else values[0]


def _mono_us() -> int:
    return time.monotonic_ns() // 1000


_TTCS = (sys.executable, "-P", "-m", "firmware_py.field.main")
