"""Documents, configs and envelopes with faults, more than the suite has time for: `python -m benchmarks.fuzz`."""

from __future__ import annotations

import argparse
import time

from benchmarks.report import Report, Row, machine, show
from firmware_py.core.wire import Alert
from tests.core.forgeries import Verdicts, forge
from tests.core.forging import alert, judged, sealed
from tests.core.fuzzing import Tally, fuzz_configs, fuzz_schedules

INPUTS = 10_000
ENVELOPES = 100_000
SLOWEST_S = 2.0
SEED = 20_261_123
ALERTS = 2_000


def run(inputs: int = INPUTS, envelopes: int = ENVELOPES, seed: int = SEED) -> Report:
    """Return how long the slowest inputs took and how many forgeries came through; any fault of a parser ends it."""
    rows: list[Row] = []
    for what, fuzz in (("schedules", fuzz_schedules), ("configs", fuzz_configs)):
        begin_s = time.perf_counter()
        tally = fuzz(inputs, seed)
        rows += _rows(what, tally, time.perf_counter() - begin_s)
    rows += [*_forgeries(envelopes, seed), *_alert()]
    return {"name": "fuzz", "machine": machine(), "rows": rows}


def _rows(what: str, tally: Tally, took_s: float) -> list[Row]:
    slowest = f"slowest of {tally.inputs} {what}, read, laid out and decided"
    return [
        _row(slowest, "s", round(tally.slowest_s, 4), SLOWEST_S),
        _row(f"{what} with faults, of which {tally.taken} are taken", "per second", round(tally.inputs / took_s), None),
    ]


def _forgeries(count: int, seed: int) -> list[Row]:
    begin_s = time.perf_counter()
    verdicts = forge(count, seed)
    took_s = time.perf_counter() - begin_s
    came = f"forged envelopes of {count} that are obeyed ({_refused(verdicts)})"
    return [
        _row(came, "envelopes", len(verdicts.accepted), 0),
        _row("forged envelopes, each made, and offered to two boxes", "s", round(took_s, 1), None),
        _row("slowest of them", "s", round(verdicts.slowest_s, 4), SLOWEST_S),
    ]


def _refused(verdicts: Verdicts) -> str:
    codes = ", ".join(f"{code} {count}" for code, count in verdicts.refused.most_common())
    return f"{codes}, genuine in other clothes {verdicts.genuine}"


def _alert() -> list[Row]:
    """Measure what stands between an alert's arrival and the decision to obey it."""
    raw, took_s = sealed(alert()), []
    for _ in range(ALERTS):
        begin_s = time.perf_counter()
        judged(raw, Alert)
        took_s.append(time.perf_counter() - begin_s)
    took_s.sort()
    middle_us, late_us = (round(took_s[int(ALERTS * share)] * 1e6) for share in (0.5, 0.99))
    what = f"an alert of {len(raw)} bytes verified and admitted"
    return [_row(f"{what}, p50", "µs", middle_us, None), _row(f"{what}, p99", "µs", late_us, None)]


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
    parser.add_argument("--inputs", type=int, default=INPUTS, help="how many documents, and configs (%(default)s)")
    parser.add_argument("--envelopes", type=int, default=ENVELOPES, help="how many forgeries (%(default)s)")
    parser.add_argument("--seed", type=int, default=SEED, help="another seed gives other inputs")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    show([run(options.inputs, options.envelopes, options.seed)], as_json=options.json)


if __name__ == "__main__":
    main()
