"""Every format of video with every damage: checked, and put on a real board, whatever the check has said.

A file may become bad on the card after its check. Meanwhile the board shows what it shows without the film; what is
counted is how long it waits until it knows. Some 110 files take two to three minutes.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.report import Report, Row, machine
from firmware_py.board.agent import PROBE_MEMORY_MB, PROBES
from firmware_py.core.content import Facts, Flaw
from firmware_py.core.errors import Code
from firmware_py.core.messages import Failed, Item, Now, Started
from firmware_py.runtime.probe import ProbeRunner
from tests.board.board_process import BoardProcess, board, item, setup, wall_us
from tests.board.films import FORMATS, make_film
from tests.speaker.damaged import DAMAGES
from tests.waiting import until

CHECK_LIMIT_S, WAIT_LIMIT_S = 30.0, 40.0
FILES, LONGEST_S = 100, 2.0
FRAMES, RATE = 75, 25


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a file, and how long the board waited for it."""

    name: str
    verdict: Facts | Flaw
    end: Started | Failed | None
    waited_s: float

    @property
    def harmless(self) -> bool:
        """Whether it was refused by name or is known in length, and on air was seen or failed by name."""
        checked = isinstance(self.verdict, Facts) or self.name in self.verdict.detail
        return checked and (isinstance(self.end, Started) or (self.end is not None and self.name in self.end.detail))


def run() -> Report:
    """Return how many files did harm; each that did is named on a line of its own."""
    with tempfile.TemporaryDirectory() as directory, board(setup(layout="full")) as running:
        files = _damaged(Path(directory))
        tried = [_tried(path, number, running) for number, path in enumerate(files, 1)]
        running.send(Now("main", item(len(tried) + 1, start_us=wall_us())))
        is_alive = until(lambda: any(each.no == len(tried) + 1 for each in running.all(Started)), WAIT_LIMIT_S)
    return {"name": "films", "machine": machine(), "rows": list(_rows(tried, lost=not is_alive))}


def _damaged(directory: Path) -> Iterator[Path]:
    """Yield damaged films, one after the other; each is removed when the next is wanted."""
    for name, options in FORMATS.items():
        good = make_film(directory / name, frames=FRAMES, rate=RATE, gop=12, tone_hz=440, options=options).read_bytes()
        for what, damage in DAMAGES.items():
            path = directory / f"{what} - {name}"
            path.write_bytes(damage(good, Random(path.name)))
            yield path
            path.unlink()


def _tried(path: Path, no: int, running: BoardProcess) -> Tried:
    verdict = ProbeRunner(PROBES, CHECK_LIMIT_S, PROBE_MEMORY_MB).probe("video", path, "")
    begin_s = time.monotonic()
    film = item(no, start_us=wall_us(), kind="video", path=str(path))
    running.send(Now("main", film))
    end = until(lambda: _end(running, film), WAIT_LIMIT_S)
    return Tried(path.name, verdict, end, round(time.monotonic() - begin_s, 2))


def _end(running: BoardProcess, film: Item) -> Started | Failed | None:
    ends: list[Started | Failed] = [*running.all(Failed), *running.all(Started)]
    return next((message for message in ends if message.no == film.no), None)


def _rows(tried: list[Tried], *, lost: bool) -> Iterator[Row]:
    refused = sum(isinstance(each.verdict, Flaw) for each in tried)
    broken = sum(isinstance(each.end, Failed) and each.end.code == Code.DECODER_FAILED for each in tried)
    harmful = [each for each in tried if not each.harmless]
    what = f"damaged videos, all put on a board ({refused} of them were refused by the check)"
    yield _row(what, "", len(tried), FILES, ok=len(tried) >= FILES)
    yield _row("decoders that broke", "", broken, None, ok=None)
    yield _row("videos that did harm", "", len(harmful), 0, ok=not harmful)
    for each in harmful:
        yield _row(f"{each.name!r}: {each.verdict}, {each.end}; waited", "s", each.waited_s, None, ok=False)
    yield _row("boards lost", "", int(lost), 0, ok=not lost)
    longest_s = max(each.waited_s for each in tried)
    yield _row("longest that a board waited for one", "s", longest_s, LONGEST_S, ok=longest_s <= LONGEST_S)


def _row(what: str, unit: str, ours: float, target: float | None, *, ok: bool | None) -> Row:
    return Row(what=what, unit=unit, ours=ours, peer_name="", peer=None, ratio=None, target=target, ok=ok)
