"""The board beside a Chromium kiosk that shows the same: what they cost, and how evenly their frames come.

Both under the same X server without a graphics card, one after the other: a running line with a clock on 1920×1080, a
fade from picture to picture every two seconds, a film in H.264 (1920×1080, 30 frames a second) over a running line, and
an LED panel of 384×192. What counts is the whole tree of processes: agent, output and decoders here, browser, renderer
and helpers there. Chromium's frames are those that it asks the page for; a film's frames carry their number, and how
many are seen is read off the screen for both. A frame is late that comes half a sixtieth of a second after its time.
`TTCS_BOARD_SECONDS` is how long is measured, after ten seconds in which everything settles. Without the Debian
package chromium there is no peer.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from pathlib import Path

from PIL import Image

from benchmarks.boards import box, films, kiosk
from benchmarks.boards.glass import Glass, screen
from benchmarks.boards.timed_output import FRAMES
from benchmarks.boards.tree import Cost, measured
from benchmarks.report import Report, Row, machine
from firmware_py.board.layout import Box, lay_out, ticker_speed_px_s

SETTLE_S = 10.0
TICKER = "Ủy ban nhân dân xã thông báo: sáng thứ Ba tiêm phòng dại cho chó, mèo tại nhà rông thôn Kon Tu. " * 3
TEXT = "Đề nghị bà con đưa vật nuôi đến đúng giờ. Mang theo sổ tiêm."
HD, LED = (1920, 1080), (384, 192)
FILM_FRAMES = 600
RATE_HZ, LINE_PX_S = 60, 180
PERIOD_MS, FADE_PERIOD_MS = 1000 / RATE_HZ, 1000 / 30
RESTS_MS = 400.0
"""So long nothing moves between two fades, but for the clock; what is longer is no interval of frames."""

LOOK_S, NEAR_S = 0.004, 0.015


@dataclass(frozen=True, slots=True)
class Scene:
    """What is shown on a panel, and what it may cost: processor and memory as shares of the peer's."""

    name: str
    size: tuple[int, int]
    pictures: int = 0
    film: bool = False
    seconds: float = 2.0
    cpu_share: float = 0.1
    pss_share: float = 0.2

    @property
    def period_ms(self) -> float:
        """How far apart the board's frames may be: a line that goes slowly does not move by a pixel in each."""
        return FADE_PERIOD_MS if self.pictures else PERIOD_MS * ceil(RATE_HZ / self.line_px_s)

    @property
    def line_px_s(self) -> int:
        """How fast the running line goes."""
        return ticker_speed_px_s(LINE_PX_S, lay_out(*self.size, main=True, ticker=True).ticker_px)

    @property
    def zone(self) -> Box:
        """Where on the panel the pictures or the film stand."""
        return lay_out(*self.size, main=True, ticker=not self.pictures).main


SCENES = (
    Scene("ticker and clock, 1920×1080", HD),
    Scene("fade every 2 s, 1920×1080", HD, pictures=2),
    # To decode takes the same of both, so a tenth of it cannot be asked for.
    Scene("film of 30 frames/s over a ticker, 1920×1080", HD, film=True, cpu_share=1.0, pss_share=0.5),
    Scene("ticker and clock, LED 384×192", LED),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a way to show a scene takes, the intervals of its frames (sorted), and the share of a film left out."""

    cost: Cost
    intervals_ms: tuple[float, ...]
    period_ms: float
    unseen_pct: float = 0.0

    def interval_ms(self, share: float) -> float:
        """Return the interval that this share of all does not exceed."""
        if not self.intervals_ms:
            return 0.0
        return self.intervals_ms[min(len(self.intervals_ms) - 1, int(share * len(self.intervals_ms)))]

    @property
    def late_pct(self) -> float:
        """Return the share of intervals in which a frame is missing."""
        late = sum(each > self.period_ms + PERIOD_MS / 2 for each in self.intervals_ms)
        return 100 * late / max(1, len(self.intervals_ms))


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
        if scene.film:
            films.make_film(work / "film.mp4", scene.size, FILM_FRAMES)
        with screen(*scene.size, work) as (display, glass):
            ours = _ours(scene, work, display, glass, seconds)
            theirs = _theirs(scene, work, display, glass, seconds) if kiosk.is_here() else None
    yield from _rows(scene, ours, theirs)


def _picture(path: Path, size: tuple[int, int], number: int) -> None:
    """Write a picture that no encoder makes small: a photograph has no even ground either."""
    noise = Image.effect_noise(size, 60)
    tint = Image.new("L", size, 60 + 120 * number)
    Image.merge("RGB", (noise, tint, noise)).save(path)


def _ours(scene: Scene, work: Path, display: str, glass: Glass, seconds: float) -> Shown:
    frames, place = work / "frames", work / "board"
    box.furnish(place, _schedule(scene))
    for name in _files(scene):
        shutil.copy(work / name, place / "feed")
    noted = {FRAMES: str(frames)}
    with box.board(place, display, ('screen.transition="fade"',), module=box.TIMED, more=noted) as agent:
        cost, unseen_pct = _watched(scene, glass, lambda: measured(agent.pid, seconds))
    instants = array("d", frames.read_bytes())
    intervals_ms = _intervals([1000 * at for at in instants if cost.since_s <= at < cost.until_s])
    moving_ms = tuple(each for each in intervals_ms if not scene.pictures or each < RESTS_MS)
    return Shown(cost, moving_ms, scene.period_ms, unseen_pct)


def _files(scene: Scene) -> list[str]:
    return ["film.mp4"] if scene.film else [f"{number}.png" for number in range(scene.pictures)]


def _schedule(scene: Scene) -> box.Json:
    main = [box.text("b0", TEXT, 3600)]
    if scene.film:
        main = [box.film("b0", "film.mp4")]
    elif scene.pictures:
        main = [box.file(f"b{n}", name, scene.seconds, fit="cover") for n, name in enumerate(_files(scene))]
    line = [] if scene.pictures else [box.text("line", TICKER, 3600)]
    slots = [box.always(zone, *shown) for zone, shown in (("main", main), ("ticker", line)) if shown]
    return box.document([*main, *line], slots)


def _theirs(scene: Scene, work: Path, display: str, glass: Glass, seconds: float) -> Shown:
    told: dict[str, object] = {
        "text": TEXT,
        "ticker": TICKER,
        "wait": SETTLE_S + seconds,
        "frames": round(seconds * 60),
    }
    told |= {"speed": scene.line_px_s}
    if scene.pictures:
        told |= {"pictures": _files(scene), "seconds": scene.seconds, "ticker": ""}
    if scene.film:
        told |= {"film": "film.mp4", "zone": scene.zone}
    with kiosk.kiosk(work, display, scene.size, told) as (browser, said):
        cost, unseen_pct = _watched(scene, glass, lambda: measured(browser.pid, seconds))
        frames_ms = said.frames_ms()
    return Shown(cost, _intervals(frames_ms), PERIOD_MS, unseen_pct)


def _watched(scene: Scene, glass: Glass, measure: Callable[[], Cost]) -> tuple[Cost, float]:
    """Let everything settle, then measure; return also how much of the film was not seen meanwhile."""
    time.sleep(SETTLE_S)
    if not scene.film:
        return measure(), 0.0
    with _counting(glass, films.place_of(scene.size, scene.zone)) as looks:
        cost = measure()
    return cost, unseen_pct(looks)


def unseen_pct(looks: Sequence[tuple[float, int]]) -> float:
    """Return the share of a film's frames that were left out, from the seconds of looks and the numbers that were seen.

    Where the eye itself came late nothing is known.
    """
    near = ((one, other) for (was_s, one), (at_s, other) in pairwise(looks) if at_s - was_s < NEAR_S)
    steps = [step for one, other in near if 0 < (step := (other - one) % FILM_FRAMES) < films.RATE_HZ]
    return 100 * (1 - len(steps) / max(1, sum(steps))) if steps else 100.0


@contextmanager
def _counting(glass: Glass, film: Box) -> Iterator[list[tuple[float, int]]]:
    """Read the number off the film that is shown, all the time, into a list."""
    looks: list[tuple[float, int]] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(LOOK_S):
            looks.append((time.monotonic(), glass.number(film)))

    eye = threading.Thread(target=look)
    eye.start()
    try:
        yield looks
    finally:
        over.set()
        eye.join()


def _intervals(instants_ms: Iterable[float]) -> tuple[float, ...]:
    """Return the time between neighbouring frames, sorted."""
    return tuple(sorted(later - earlier for earlier, later in pairwise(instants_ms)))


def _rows(scene: Scene, ours: Shown, theirs: Shown | None) -> Iterator[Row]:
    def row(what: str, unit: str, of: Callable[[Shown], float], limit: float | None = None) -> Row:
        return _row(f"{scene.name}: {what}", unit, of(ours), None if theirs is None else of(theirs), limit)

    def share_of(of: Callable[[Shown], float], share: float) -> float | None:
        return None if theirs is None else round(of(theirs) * share, 2)

    def cpu_pct(shown: Shown) -> float:
        return shown.cost.cpu_pct

    def pss_mb(shown: Shown) -> float:
        return shown.cost.pss_mb

    yield row("processor", "% of a core", cpu_pct, share_of(cpu_pct, scene.cpu_share))
    yield row("memory (PSS)", "MB", pss_mb, share_of(pss_mb, scene.pss_share))
    yield row("frame interval, p50", "ms", lambda shown: shown.interval_ms(0.5))
    yield row("frame interval, p99", "ms", lambda shown: shown.interval_ms(0.99), round(1.05 * scene.period_ms, 1))
    yield row("late frames", "%", lambda shown: shown.late_pct)
    if scene.film:
        yield row("frames of the film that are not seen", "%", lambda shown: shown.unseen_pct, 1.0)


def _row(what: str, unit: str, ours: float, theirs: float | None, limit: float | None) -> Row:
    return Row(
        what=what,
        unit=unit,
        ours=round(ours, 2),
        peer_name="" if theirs is None else "Chromium kiosk",
        peer=None if theirs is None else round(theirs, 2),
        ratio=round(ours / theirs, 4) if theirs else None,
        target=limit,
        ok=None if limit is None else ours <= limit,
    )
