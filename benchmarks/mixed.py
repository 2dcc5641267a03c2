"""An hour of everything that a board can show, with alerts that cut in: every look at its screen is judged.

A real board on an X server in memory, linked to a real source: texts in four languages, pictures, an animation, a
notice in PDF, a film, a side zone and a running line go round, and every few minutes an alert or a drill takes the
panel and is cancelled. Twelve times a second the screen's memory is read, and what is seen is held against what is due
then, from the clock alone (`boards/verdict`): black, stale (over for more than 0.1 s), nothing known, or the board's
own page where something was due. At the end the output is stopped for half a second, to show that such a thing would
have been seen.

`TTCS_MIXED_SECONDS` is how long it lasts. When the machine itself stands still nobody draws: timers that come before
all else tell, and what is stale by no more than that stands in a row of its own.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks.alert import source
from benchmarks.boards import box
from benchmarks.boards import programme as programmes
from benchmarks.boards.glass import screen
from benchmarks.boards.likeness import UNKNOWN, learn
from benchmarks.boards.tree import ROOT, running
from benchmarks.boards.verdict import (
    CANCEL_SHOWN_US,
    PAINT_US,
    STALE_US,
    Alarm,
    Fault,
    Finding,
    Look,
    judged,
)
from benchmarks.boards.watch import STOP_S, Watch, wall_us
from benchmarks.report import Report, Row, machine
from benchmarks.soak import grown_mb
from firmware_py.core.codec import from_json_as
from firmware_py.core.records import PlayRecord
from firmware_py.core.units import MS, SECOND
from firmware_py.core.wire import AlertStatus, AlertText
from firmware_py.field.province.desk import Desk, Words
from firmware_py.field.province.place import Place
from tests.metronome import Metronome

SIZE, FILM_PX = (1920, 1080), (1280, 720)
FIRST_ALARM_S, ALARM_S, ALARM_EVERY_S = 10.0, 12.0, 180.0
WARM_UP_S = 120.0
GROWTH_MB = 5.0
TOLD = 10
_TTCS = (sys.executable, "-P", "-m", "firmware_py.field.main")
_CHANGES = ('screen.driver="screen"', f"screen.page_s={programmes.PAGE_S}", 'sound.sink="off"')


def run() -> Report:
    """Watch a board for an hour."""
    seconds = float(os.environ.get("TTCS_MIXED_SECONDS", "3600"))
    with tempfile.TemporaryDirectory() as directory:
        work = Path(directory)
        feed = work / "feed"
        programme = programmes.make(feed, SIZE, FILM_PX)
        eye = learn(programme, feed)
        (feed / "schedule.json").write_text(json.dumps(programme.document), encoding="utf-8")
        with source(work) as place, screen(*SIZE, work / "x") as (display, glass):
            with _board(work, display), Metronome() as metronome:
                watch = Watch(eye, glass, work / "board" / "run")
                watch.until_right()
                with _alarms(place, seconds) as alarms:
                    watch.look_for(seconds)
                hour = tuple(watch.looks)
                fault = watch.stop_output()
            plays = _plays(work / "board" / "state" / "journal.db")
        found = list(judged(hour, programme, alarms))
        caught = sum(finding.fault is Fault.STALE for finding in judged(fault, programme, alarms))
    rows = [*_seen(hour, found, metronome, alarms), _caught(caught), *_kept(watch, seconds), *_late(plays)]
    return {"name": "mixed", "machine": machine(), "rows": rows}


# The rig.


@contextmanager
def _board(work: Path, display: str) -> Iterator[None]:
    """Run a board of the province, with its programme."""
    province = str(work / "province")
    _ttcs("enrol", province, "board", "--out", str(work / "board"), "--id", "board", "--name", box.NAME)
    words = [word for change in _CHANGES for word in ("--set", change)]
    command = [*_TTCS, "run", "board", "--config", str(work / "board" / "board.toml"), *words]
    with running(command, {"DISPLAY": display, "SDL_VIDEODRIVER": "x11"}):
        _ttcs("send", "schedule", str(work / "feed" / "schedule.json"), "--province", province, "--device", "board")
        yield


def _ttcs(*words: str) -> None:
    subprocess.run([*_TTCS, *words], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def _alarms(place: Place, seconds: float) -> Iterator[list[Alarm]]:
    """Have alerts and drills cut in, by turns, as long as there is time for one to be over; give those that were."""
    alarms: list[Alarm] = []
    over = threading.Event()
    end_s = time.monotonic() + seconds - ALARM_S - CANCEL_SHOWN_US / SECOND - 5

    def herald() -> None:
        desk, pause_s = Desk(place), FIRST_ALARM_S
        with closing(desk):
            while not over.wait(pause_s) and time.monotonic() < end_s:
                status = AlertStatus.DRILL if len(alarms) % 2 else AlertStatus.ACTUAL
                alarms.append(_alarm(desk, status, over))
                pause_s = ALARM_EVERY_S - ALARM_S

    thread = threading.Thread(target=herald)
    thread.start()
    try:
        yield alarms
    finally:
        over.set()
        thread.join()


def _alarm(desk: Desk, status: AlertStatus, over: threading.Event) -> Alarm:
    """Send an alert, and its cancel when it has been seen for a while."""
    texts = (AlertText("vi", "Lũ quét", "Lên chỗ cao ngay."), AlertText("bdq", "Lũ quét", "Dêh char Kon Tum"))
    called_us = wall_us()
    (alert,) = desk.alert(["62"], status, Words("Lũ quét", texts, repeats=1, minutes=5.0))
    over.wait(ALARM_S)
    cancelled_us = wall_us()
    desk.cancel(alert.id, ())
    return Alarm("drill" if status is AlertStatus.DRILL else "actual", called_us, cancelled_us)


def _plays(journal: Path) -> list[PlayRecord]:
    """Return the play records of a board that has ended."""
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as database:
        return [from_json_as(PlayRecord, raw) for (raw,) in database.execute("SELECT record FROM plays")]


# Figures.


def _seen(
    looks: Sequence[Look], found: Sequence[Finding], metronome: Metronome, alarms: Sequence[Alarm]
) -> Iterator[Row]:
    by_fault = {fault: [finding for finding in found if finding.fault is fault] for fault in Fault}
    for finding in (each for group in by_fault.values() for each in group[:TOLD]):
        at = time.strftime("%H:%M:%S", time.localtime(finding.at_us / SECOND))
        age = f", for {finding.age_us // MS} ms" if finding.age_us else ""
        print(f"{at} {finding.fault}: {finding.what}{age}", file=sys.stderr)
    yield _row("looks at the screen", "", len(looks))
    yield _row("names that were seen", "", len({look.main.name for look in looks} - {UNKNOWN}))
    yield _row("alerts and drills that cut in", "", len(alarms))
    yield _row("looks a second", "", round(len(looks) * SECOND / (looks[-1].until_us - looks[0].since_us), 1))
    yield _row("black", "looks", len(by_fault[Fault.BLACK]), 0)
    stale = by_fault[Fault.STALE]
    yield _row("stale for more than 0.1 s, in all", "looks", len(stale))
    ahead_us = wall_us() - time.monotonic_ns() // 1000
    ours = [finding for finding in stale if not _excused(finding, metronome, ahead_us)]
    yield _row("stale for more than 0.1 s, that would be without standstills of the machine", "looks", len(ours), 0)
    yield _row("nothing known", "looks", len(by_fault[Fault.UNKNOWN]), 0)
    yield _row("the board's own page though something was due", "looks", len(by_fault[Fault.OWN]), 0)
    yield _row("the machine stood still meanwhile, at most", "ms", round(metronome.longest_ms, 1))


def _excused(finding: Finding, metronome: Metronome, ahead_us: int) -> bool:
    """Return whether the machine stood still for so long just then that without it nothing had been stale."""
    at_s = (finding.at_us - ahead_us) / SECOND
    stood_ms = metronome.stood_ms(at_s - finding.age_us / SECOND - STALE_US / SECOND, at_s)
    return stood_ms > 0 and finding.age_us / MS - stood_ms <= (STALE_US + PAINT_US) / MS


def _caught(count: int) -> Row:
    what = f"stale looks while the output was stopped for {STOP_S:g} s (one or more: such a thing is seen)"
    return {**_row(what, "looks", count), "ok": count > 0}


def _kept(watch: Watch, seconds: float) -> Iterator[Row]:
    for name, values in watch.held_mb.items():
        first, grown = grown_mb(values, min(WARM_UP_S, seconds / 3))
        yield _row(f"{name}: growth (from {first:.1f} MB)", "MB", round(grown, 2), GROWTH_MB)


def _late(plays: Sequence[PlayRecord]) -> Iterator[Row]:
    """Return the frames that came late: of the channel with most of them, for all see the same frames."""
    late: Counter[str] = Counter()
    for play in plays:
        late[play.channel] += play.late_frames
    frames: Counter[str] = Counter()
    for play in plays:
        frames[play.channel] += play.frames
    yield _row("frames", "", max(frames.values(), default=0))
    yield _row("frames later than 50 ms", "", max(late.values(), default=0))


def _row(what: str, unit: str, ours: float, target: float | None = None) -> Row:
    ok = None if target is None else ours <= target
    return Row(what=what, unit=unit, ours=ours, peer_name="", peer=None, ratio=None, target=target, ok=ok)
