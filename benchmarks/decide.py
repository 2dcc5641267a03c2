"""How long a decision takes with many slots, beside a plain search through all of them."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from zoneinfo import ZoneInfo

from benchmarks.report import Report, Row, machine
from firmware_py.core.decide import decide
from firmware_py.core.model import Bulletin, Kind, Priority, Schedule, Slot
from firmware_py.core.recurrence import parse_rule
from firmware_py.core.settings import Hours
from firmware_py.core.timeline import Channel, build
from firmware_py.core.units import DAY, MINUTE, SECOND, WallUs, from_datetime
from firmware_py.core.windows import Playable, Skip, Window

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
TODAY = date(2026, 11, 23)
SIZES = (10, 100, 1_000, 10_000)
CALLS = 2_000
BUILDS = 3
TARGET_US = 50.0
BUILD_TARGET_MS = 1_000.0
CHANNEL = Channel("sound", frozenset({Kind.TEXT}), "main")


def run() -> Report:
    """Return the median time of a decision for each size, its growth, and the time to lay out a schedule."""
    rows: list[Row] = []
    ours: list[float] = []
    for size in SIZES:
        schedule, known = _plan(size)
        lay_out = partial(build, schedule, CHANNEL, known, Hours(), ZONE, TODAY)
        timeline, build_s = lay_out(), min(_seconds(lay_out) for _ in range(BUILDS))
        windows = [segment.window for segment in timeline.on_air if segment.window]
        instants = _instants(CALLS)
        ours.append(_median_us(partial(decide, timeline, ()), instants))
        peer_us = _median_us(partial(_search, windows), instants[: max(20, 200_000 // size)])
        rows.append(_row(f"decide, {size} slots", "µs", ours[-1], peer_us, TARGET_US))
        rows.append(_row(f"lay out {size} slots (best of {BUILDS})", "ms", build_s * 1000, None, BUILD_TARGET_MS))
    growth = ours[-1] / ours[0]
    rows.append(_row("growth of decide from 10 to 10,000 slots (log n: 4)", "times", growth, None, 4.0))
    return {"name": "decide", "machine": machine(), "rows": rows}


def _seconds(call: Callable[[], object]) -> float:
    begin_s = time.perf_counter()
    call()
    return time.perf_counter() - begin_s


def _row(what: str, unit: str, ours: float, peer: float | None, target: float | None) -> Row:
    return {
        "what": what,
        "unit": unit,
        "ours": round(ours, 2),
        "peer_name": "plain search" if peer else "",
        "peer": round(peer, 2) if peer else None,
        "ratio": round(ours / peer, 4) if peer else None,
        "target": target,
        "ok": None if target is None else ours <= target,
    }


def _plan(size: int) -> tuple[Schedule, dict[str, Playable | Skip]]:
    chance = random.Random(size)
    bulletins = tuple(Bulletin(f"b{n}", Kind.TEXT, title="x", duration_s=20, priority=_priority(n)) for n in range(50))
    known: dict[str, Playable | Skip] = {one.id: Playable(one, 20 * SECOND) for one in bulletins}
    rule = parse_rule("FREQ=DAILY")
    slots = tuple(_slot(n, chance, rule) for n in range(size))
    return Schedule("ttcs-schedule/1", 1, bulletins, slots), known


def _priority(number: int) -> Priority:
    return (Priority.NORMAL, Priority.NORMAL, Priority.PRIORITY)[number % 3]


def _slot(number: int, chance: random.Random, rule: object) -> Slot:
    start_us = chance.randrange(24 * 60) * MINUTE
    end_us = (start_us + chance.randrange(5, 240) * MINUTE) % DAY
    playlist = tuple(f"b{chance.randrange(50)}" for _ in range(8))
    return Slot(f"s{number}", playlist, rule, start=start_us, end=end_us, repeat=True)  # type: ignore[arg-type]  # a rule


def _instants(count: int) -> list[WallUs]:
    chance = random.Random(1)
    midnight_us = from_datetime(datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=ZONE))
    return [midnight_us + chance.randrange(DAY) for _ in range(count)]


def _search(windows: list[Window], at_us: WallUs) -> Window | None:
    holding = [window for window in windows if window.start_us <= at_us < window.end_us]
    return min(holding, key=lambda window: window.precedence, default=None)


def _median_us(call: Callable[[WallUs], object], instants: list[WallUs]) -> float:
    """Return the median time of a call in microseconds, each timed alone."""
    times = []
    for at_us in instants:
        begin_ns = time.perf_counter_ns()
        call(at_us)
        times.append(time.perf_counter_ns() - begin_ns)
    return statistics.median(times) / 1000
