"""The board beside a Chromium kiosk that shows the same: what they cost, and how evenly their frames come.

Both under the same X server without a graphics card, one after the other: a running line with a clock on 1920×1080,
a fade from picture to picture every two seconds, and an LED panel of 384×192. What counts is the whole tree of
processes: agent and output here, browser, renderer and helpers there. Chromium's frames are those that it asks the
page for. `TTCS_BOARD_SECONDS` is how long is measured, after ten seconds in which everything settles.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from queue import SimpleQueue
from urllib.parse import quote

from PIL import Image

from benchmarks.report import Report, Row, machine
from benchmarks.soak import held_mb
from benchmarks.timed_output import FRAMES
from firmware_py.board.layout import lay_out, ticker_speed_px_s
from firmware_py.runtime.status import read_status
from tests.board.board_process import x_server
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[1]
SETTLE_S = 10.0
TICKER = "Ủy ban nhân dân xã thông báo: sáng thứ Ba tiêm phòng dại cho chó, mèo tại nhà rông thôn Kon Tu. " * 3
TEXT = "Đề nghị bà con đưa vật nuôi đến đúng giờ. Mang theo sổ tiêm."
CHROMIUM = [
    "chromium",
    "--no-sandbox",
    "--kiosk",
    "--no-first-run",
    "--noerrdialogs",
    "--disable-infobars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--window-position=0,0",
]
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Scene:
    """What is shown on a panel; pictures change every `seconds`."""

    name: str
    size: tuple[int, int]
    pictures: int = 0
    seconds: float = 2.0


SCENES = (
    Scene("ticker and clock, 1920×1080", (1920, 1080)),
    Scene("fade every 2 s, 1920×1080", (1920, 1080), pictures=2),
    Scene("ticker and clock, LED 384×192", (384, 192)),
)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a way to show a scene takes: share of a core, memory with its share of what is common, frame intervals."""

    cpu_pct: float
    pss_mb: float
    intervals_ms: tuple[float, ...]

    def interval_ms(self, share: float) -> float:
        """Return the interval that this share of all does not exceed."""
        return self.intervals_ms[min(len(self.intervals_ms) - 1, int(share * len(self.intervals_ms)))]


def run() -> Report:
    """Show each scene in both ways."""
    seconds = float(os.environ.get("TTCS_BOARD_SECONDS", "30"))
    rows = [row for scene in SCENES for row in _scene(scene, seconds)]
    return {"name": "board", "machine": machine(), "rows": rows}


def _scene(scene: Scene, seconds: float) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as directory:
        work = Path(directory)
        for number in range(scene.pictures):
            _picture(work / f"{number}.png", scene.size, number)
        with x_server(*scene.size, work) as server:
            ours = _ours(scene, work, server.display, seconds)
            theirs = _theirs(scene, work, server.display, seconds)
    yield _row(f"{scene.name}: processor", "% of a core", ours.cpu_pct, theirs.cpu_pct, ratio_target=0.1)
    yield _row(f"{scene.name}: memory (PSS)", "MB", ours.pss_mb, theirs.pss_mb, ratio_target=0.2)
    yield _row(f"{scene.name}: frame interval, p50", "ms", ours.interval_ms(0.5), theirs.interval_ms(0.5))
    limit_ms = None if scene.pictures else 17.5
    yield _row(f"{scene.name}: frame interval, p99", "ms", ours.interval_ms(0.99), theirs.interval_ms(0.99), limit_ms)


def _picture(path: Path, size: tuple[int, int], number: int) -> None:
    """Write a picture that no encoder makes small: a photograph has no even ground either."""
    noise = Image.effect_noise(size, 60)
    tint = Image.new("L", size, 60 + 120 * number)
    Image.merge("RGB", (noise, tint, noise)).save(path)


def _ours(scene: Scene, work: Path, display: str, seconds: float) -> Cost:
    frames = work / "frames"
    agent = subprocess.Popen(_agent(scene, work), cwd=ROOT, env={**os.environ, "DISPLAY": display, FRAMES: str(frames)})
    try:
        until(lambda: _is_up(work), 30)
        time.sleep(SETTLE_S)
        cpu_pct, pss_mb, since_s = _measured(agent.pid, seconds)
    finally:
        agent.send_signal(signal.SIGTERM)
        agent.wait(20)
    instants = array("d", frames.read_bytes())
    return Cost(cpu_pct, pss_mb, _intervals([at for at in instants if since_s <= at < since_s + seconds], 1000))


def _is_up(work: Path) -> bool:
    status = read_status(work / "run" / "status.json")
    return status is not None and any(each.bulletin_id for each in status.on_air)


def _agent(scene: Scene, work: Path) -> list[str]:
    """Write config and schedule of a scene; return the command of the agent."""
    feed = work / "feed"
    feed.mkdir()
    bulletins: list[dict[str, object]] = []
    for number in range(scene.pictures):
        shutil.copy(work / f"{number}.png", feed)
        content = [{"path": f"{number}.png"}]
        kind = {"kind": "image", "content": content, "fit": "cover", "duration_s": scene.seconds}
        bulletins.append({"id": f"b{number}", **kind})
    bulletins = bulletins or [{"id": "b0", "kind": "text", "text": TEXT, "duration_s": 3600}]
    slots: list[dict[str, object]] = [{"id": "main", "days": "always", "playlist": [each["id"] for each in bulletins]}]
    if not scene.pictures:
        bulletins.append({"id": "line", "kind": "text", "text": TICKER, "duration_s": 3600})
        slots.append({"id": "line", "days": "always", "playlist": ["line"], "zone": "ticker"})
    schedule = {"format": "ttcs-schedule/1", "version": 1, "bulletins": bulletins, "slots": slots}
    (feed / "schedule.json").write_text(json.dumps(schedule), encoding="utf-8")
    (work / "board.toml").write_text(_CONFIG, encoding="utf-8")
    words = ("run", "board", "--config", str(work / "board.toml"), "--log", "ERROR")
    return [sys.executable, "-P", "-m", "benchmarks.timed_board", *words]


_CONFIG = """
[device]
id = "bench"
name = "Bảng tin xã"
state_dir = "state"
run_dir = "run"
[link]
kind = "folder"
path = "feed"
trust = "unsigned"
[clock]
source = "assume-trusted"
[screen]
driver = "screen"
transition = "fade"
"""


def _theirs(scene: Scene, work: Path, display: str, seconds: float) -> Cost:
    said: SimpleQueue[tuple[str, bytes]] = SimpleQueue()
    shutil.copy(ROOT / "benchmarks" / "board.html", work)
    with _server(work, said) as port:
        told = {"text": TEXT, "ticker": TICKER, "wait": SETTLE_S + seconds, "frames": round(seconds * 60)}
        told |= {"speed": ticker_speed_px_s(180, lay_out(*scene.size, main=True, ticker=True).ticker_px)}
        if scene.pictures:
            told |= {"pictures": [f"{n}.png" for n in range(scene.pictures)], "seconds": scene.seconds, "ticker": ""}
        address = f"http://127.0.0.1:{port}/board.html#{quote(json.dumps(told))}"
        size = f"--window-size={scene.size[0]},{scene.size[1]}"
        command = [*CHROMIUM, size, f"--user-data-dir={work}/profile", f"--app={address}"]
        browser = subprocess.Popen(
            command, env={**os.environ, "DISPLAY": display}, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            said.get(timeout=60)
            time.sleep(SETTLE_S)
            cpu_pct, pss_mb, _ = _measured(browser.pid, seconds)
            _, body = said.get(timeout=60)
        finally:
            os.killpg(browser.pid, signal.SIGTERM)
            browser.wait(20)
    return Cost(cpu_pct, pss_mb, _intervals(json.loads(body), 1))


@contextmanager
def _server(folder: Path, said: SimpleQueue[tuple[str, bytes]]) -> Iterator[int]:
    """Serve a folder on a port of this machine; what the page says is put into a queue."""

    class Handler(SimpleHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(204)
            self.end_headers()
            said.put((self.path, body))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            """Say nothing."""

    handler = partial(Handler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def _measured(pid: int, seconds: float) -> tuple[float, float, float]:
    """Return share of a core in percent, memory in MB, and the second of the monotonic clock when it began."""
    since_s, before = time.monotonic(), _cpu_s(pid)
    time.sleep(seconds)
    spent_s, passed_s = _cpu_s(pid) - before, time.monotonic() - since_s
    return 100 * spent_s / passed_s, sum(held_mb(each, "Pss:") for each in _tree(pid)), since_s


def _tree(pid: int) -> list[int]:
    """Return a process and all below it."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            found += [int(child) for child in task.read_text().split()]
    return found


def _cpu_s(pid: int) -> float:
    """Return the seconds of processor time that a tree has taken, those of its ended children included."""
    total = 0
    for each in _tree(pid):
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        total += sum(int(fields[n]) for n in (11, 12, 13, 14))
    return total / _TICKS


def _intervals(instants: list[float], per_ms: float) -> tuple[float, ...]:
    """Return the time between neighbouring frames in milliseconds, sorted."""
    return tuple(sorted((later - earlier) * per_ms for earlier, later in pairwise(instants)))


def _row(
    what: str, unit: str, ours: float, theirs: float, limit: float | None = None, ratio_target: float | None = None
) -> Row:
    target = limit if ratio_target is None else round(theirs * ratio_target, 2)
    return Row(
        what=what,
        unit=unit,
        ours=round(ours, 2),
        peer_name="Chromium kiosk",
        peer=round(theirs, 2),
        ratio=round(ours / theirs, 4) if theirs else None,
        target=target,
        ok=None if target is None else ours <= target,
    )
