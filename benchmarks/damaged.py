"""Every format of sound with every damage, and files that are strange in their own way: checked, and put on air.

Put on air whatever the check has said, for a file may become bad on the card. Several real outputs take turns, so that
some 300 files take two to three minutes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from benchmarks.report import Report, Row, machine
from firmware_py.core.content import Flaw
from firmware_py.core.units import SECOND
from tests.speaker.damaged import damaged, peculiar
from tests.speaker.samples import make_formats
from tests.speaker.trial import Tried, all_tried, outputs, plays_on

OUTPUTS = 4
FILES = 200


def run() -> Report:
    """Return how many files did harm; each that did is named on a line of its own."""
    with tempfile.TemporaryDirectory() as directory, outputs(OUTPUTS) as started:
        media, bad = Path(directory, "media"), Path(directory, "bad")
        media.mkdir()
        bad.mkdir()
        make_formats(media)
        results = list(all_tried(chain(damaged(media, bad), peculiar(media, bad)), started))
        sound = sum(plays_on(output, media / "cbr.mp3") for output in started)
    return {"name": "damaged", "machine": machine(), "rows": [*_rows(results), _none("outputs lost", OUTPUTS - sound)]}


def _rows(results: list[Tried]) -> Iterator[Row]:
    refused = sum(isinstance(result.verdict, Flaw) for result in results)
    harmful = [result for result in results if not result.harmless]
    what = f"damaged files, all put on air ({refused} of them were refused by the check)"
    yield _row(what, "", len(results), FILES, ok=len(results) >= FILES)
    yield _none("files that did harm", len(harmful))
    for result in harmful:
        what = f"{result.name!r}: {result.verdict}, {result.end}; held"
        yield _row(what, "s", _held_s(result), 2, ok=False)
    longest_s = max(map(_held_s, results))
    yield _row("longest that a file had the air and was not heard", "s", longest_s, 2, ok=longest_s <= 2)


def _held_s(result: Tried) -> float:
    return round(result.held_us / SECOND, 2)


def _none(what: str, ours: int) -> Row:
    return _row(what, "", ours, 0, ok=ours == 0)


def _row(what: str, unit: str, ours: float, target: float, *, ok: bool) -> Row:
    return Row(what=what, unit=unit, ours=ours, peer_name="", peer=None, ratio=None, target=target, ok=ok)
