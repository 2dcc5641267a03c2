"""Two boards that were started at different times show the same at the same instant: their screens are compared.

Two real agents with outputs of their own, each on an X server in memory, the second started seven seconds after the
first, with the same schedule: texts in several languages and pages, a picture, an animation, a document, a film, a side
zone and a running line. Several times a second both screens are looked at for a few frames, and each zone must have
looked on one board as it did on the other at the same instant, or at most a frame earlier or later.
`TTCS_PAIR_SECONDS` is how long they are compared.

When the machine stands still a board cannot draw: timers that come before all else tell when it did, and what differed
just then stands in a row of its own.
"""

from __future__ import annotations

import os
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from benchmarks.boards import box
from benchmarks.boards import programme as programmes
from benchmarks.boards.glass import Glass, Sample, screen
from benchmarks.report import Report, Row, machine
from firmware_py.board.layout import Box
from tests.metronome import Metronome

SIZE, FILM_PX = (1280, 720), (640, 360)
APART_S = 7.0
START_S, ALIKE_S = 90.0, 5.0
"""So long it may take until both boards have everything on air, and so long they must then have been alike."""

LOOK_S = 0.1
GLANCES = 14
FILM_FRAME_S = 1 / 30
PAINT_S = 0.008
"""So long it may take from the beginning of a frame's painting to its end, on both screens."""

BORNE_S = FILM_FRAME_S + PAINT_S

_CHANGES = (f"screen.page_s={programmes.PAGE_S}",)


class Glance(NamedTuple):
    """What a zone looked like at a second of the monotonic clock."""

    at_s: float
    seen: Sample


@dataclass(frozen=True, slots=True)
class Instant:
    """A zone of both boards around an instant; `shown` is what was on air in the main zone, `seen` stands for it.

    `apart_s` is how far apart in time both showed the same, at best; infinite when they did not.
    """

    at_s: float
    zone: str
    shown: str
    seen: int
    apart_s: float


def run() -> Report:
    """Compare two boards for a minute."""
    seconds = float(os.environ.get("TTCS_PAIR_SECONDS", "60"))
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        work = Path(directory)
        programme = programmes.make(work / "media", SIZE, FILM_PX)
        eyes: list[Glass] = []
        for number in range(2):
            time.sleep(APART_S * number)
            place = work / str(number)
            _furnish(place, work / "media", programme.document)
            display, glass = stack.enter_context(screen(*SIZE, work / f"x{number}"))
            stack.enter_context(box.board(place, display, _CHANGES))
            eyes.append(glass)
        _until_alike(programme, eyes)
        with Metronome() as metronome:
            instants = list(_compared(programme, eyes, seconds))
    return {"name": "pair", "machine": machine(), "rows": list(_rows(instants, metronome))}


def _furnish(place: Path, media: Path, document: box.Json) -> None:
    box.furnish(place, document)
    for file in media.iterdir():
        (place / "feed" / file.name).write_bytes(file.read_bytes())


def _until_alike(programme: programmes.Programme, eyes: Sequence[Glass]) -> None:
    """Wait until the second board, too, has checked all its files and shows what is due."""
    alike_s = time.monotonic()
    end_s = alike_s + START_S
    while time.monotonic() < alike_s + ALIKE_S:
        if any(each.apart_s > BORNE_S for each in _compared(programme, eyes, LOOK_S)):
            alike_s = time.monotonic()
        if alike_s > end_s:
            raise TimeoutError("the boards do not become alike")


def _compared(programme: programmes.Programme, eyes: Sequence[Glass], seconds: float) -> Iterator[Instant]:
    """Yield every zone around each instant at which both screens are looked at."""
    layout, begin_s = programme.layout, time.monotonic()
    zones = {"header": layout.header, "main": layout.main, "side": layout.side, "line": layout.ticker}
    next_s = begin_s
    while next_s < begin_s + seconds:
        shown = programme.main.at(time.time_ns() // 1000).part.name
        rounds = [_both(eyes, zones) for _ in range(GLANCES)]
        for name in zones:
            ones, others = ([each[number][name] for each in rounds] for number in range(2))
            yield Instant(next_s, name, shown, zlib.crc32(ones[0].seen), _apart_s(ones, others))
        next_s = max(next_s + LOOK_S, time.monotonic())
        time.sleep(max(0.0, next_s - time.monotonic()))


def _both(eyes: Sequence[Glass], zones: dict[str, Box]) -> list[dict[str, Glance]]:
    """Look at both screens, one right after the other."""
    return [{name: Glance(time.monotonic(), eye.sample(zone)) for name, zone in zones.items()} for eye in eyes]


def _apart_s(ones: Sequence[Glance], others: Sequence[Glance]) -> float:
    gaps = (abs(one.at_s - other.at_s) for one in ones for other in others if one.seen == other.seen)
    return min(gaps, default=float("inf"))


def _rows(instants: Sequence[Instant], metronome: Metronome) -> Iterator[Row]:
    """Return how many instants were compared, and at how many a zone differed."""
    apart = [each for each in instants if each.apart_s > BORNE_S]
    calm = [each for each in apart if not metronome.stood_ms(each.at_s - 2 * LOOK_S, each.at_s + 2 * LOOK_S)]
    yield _row("instants compared", len(instants) // len({each.zone for each in instants}))
    yield _row("zones compared", len(instants))
    yield _row("pictures seen, in all zones", len({(each.zone, each.seen) for each in instants}))
    yield _row("zones that differed by more than a frame, in all", len(apart))
    yield _row("zones that differed by more than a frame while the machine ran", len(calm), 0)
    for zone, count in Counter(each.zone for each in instants).items():
        yield _row(f"differed, of {count}: {zone}", sum(each.zone == zone for each in apart))
    shown = Counter(each.shown for each in instants if each.zone == "main")
    for name, count in shown.items():
        wrong = sum(each.zone == "main" and each.shown == name for each in apart)
        yield _row(f"differed, of {count}: main zone with {name}", wrong)
    milliseconds = round(metronome.longest_ms, 1)
    yield {**_row("the machine stood still meanwhile, at most", milliseconds), "unit": "ms"}


def _row(what: str, ours: float, target: float | None = None) -> Row:
    ok = None if target is None else ours <= target
    return Row(what=what, unit="", ours=ours, peer_name="", peer=None, ratio=None, target=target, ok=ok)
