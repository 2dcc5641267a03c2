"""Many more schedules and configs with faults than the suite has time for: `python -m benchmarks.fuzz --inputs N`."""

from __future__ import annotations

import argparse
import time

from benchmarks.report import Report, Row, machine, show
from tests.core.fuzzing import Tally, fuzz_configs, fuzz_schedules

INPUTS = 10_000
SLOWEST_S = 2.0
SEED = 20_261_123


def run(inputs: int = INPUTS, seed: int = SEED) -> Report:
    """Return how long the slowest of so many schedules and configs took; any fault of a parser ends the run."""
    rows: list[Row] = []
    for what, fuzz in (("schedules", fuzz_schedules), ("configs", fuzz_configs)):
        begin_s = time.perf_counter()
        tally = fuzz(inputs, seed)
        rows += _rows(what, tally, time.perf_counter() - begin_s)
    return {"name": "fuzz", "machine": machine(), "rows": rows}


def _rows(what: str, tally: Tally, took_s: float) -> list[Row]:
    slowest = f"slowest of {tally.inputs} {what}, read, laid out and decided"
    return [
        _row(slowest, "s", round(tally.slowest_s, 4), SLOWEST_S),
        _row(f"{what} with faults, of which {tally.taken} are taken", "per second", round(tally.inputs / took_s), None),
    ]


def _row(what: str, unit: str, ours: float, target: float | None) -> Row:
    return {
        "what": what,
        "unit": unit,
        "ours": ours,
        "peer_name": "",
        "peer": None,
        "ratio": None,
        "target": target,
        "ok": None if target is None else ours <= target,
    }


def main() -> None:
    """Fuzz as long as asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=INPUTS, help="how many of each kind (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=SEED, help="another seed gives other inputs")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    show([run(options.inputs, options.seed)], as_json=options.json)


if __name__ == "__main__":
    main()
