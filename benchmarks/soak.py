"""Ten minutes of the demo's programme, looped: memory that grows, frames that are late, samples that are lost.

Runs `ttcs demo` as a user does and reads the memory of its four processes every two seconds: what is theirs alone
(anonymous, from /proc), because shares of libraries change with what else runs on the machine.
`TTCS_SOAK_SECONDS` shortens or lengthens the run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from benchmarks.report import Report, Row, machine
from firmware_py.runtime.status import read_status
from tests.metronome import Metronome

ROOT = Path(__file__).resolve().parents[1]
WARM_UP_S = 60
PERIOD_S = 2.0


def run() -> Report:
    """Run the demo and return growth by process, late frames and lost sound."""
    seconds = int(os.environ.get("TTCS_SOAK_SECONDS", "600"))
    with tempfile.TemporaryDirectory() as out:
        command = [
            sys.executable,
            "-P",
            "-m",
            "firmware_py.field.main",
            "demo",
            "--seconds",
            str(seconds),
            "--out",
            out,
        ]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT) as demo, Metronome() as metronome:
            samples = _samples(demo, Path(out) / "work")
        plays = [json.loads(line) for line in (Path(out) / "plays.jsonl").read_bytes().splitlines()]
    rows = [_growth(name, values, min(WARM_UP_S, seconds / 3)) for name, values in samples.items()]
    # A frame that is late is late on every channel of the board: the channel with most of them tells how many.
    late_by_channel: Counter[str] = Counter()
    for play in plays:
        late_by_channel[play["channel"]] += play["late_frames"]
    late = max(late_by_channel.values())
    lost_ms = sum(play["lost_us"] for play in plays) / 1000
    return {
        "name": "soak",
        "machine": machine(),
        "rows": [
            *rows,
            _beside("frames later than 50 ms", "frames", late, metronome.late),
            _beside("sound lost", "ms", lost_ms, metronome.stood_ms),
        ],
    }


def _samples(demo: subprocess.Popen[bytes], work: Path) -> dict[str, list[tuple[float, float]]]:
    """Return (seconds since start, anonymous MB) of each process while the demo runs."""
    found: dict[str, list[tuple[float, float]]] = {}
    begin_s = time.monotonic()
    while demo.poll() is None:
        for product in ("speaker", "board"):
            status = read_status(work / product / "run" / "status.json")
            pids = {"agent": status.pid, "output": status.output_pid} if status else {}
            for role, pid in pids.items():
                own_mb = _anonymous_mb(pid)
                if own_mb:
                    found.setdefault(f"{product} {role}", []).append((time.monotonic() - begin_s, own_mb))
        time.sleep(PERIOD_S)
    return found


def _anonymous_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss_Anon:")), 0.0)


def _growth(name: str, values: list[tuple[float, float]], warm_up_s: float) -> Row:
    """Return how much the process grew: the mean of the last tenth less the mean of the tenth after the warm-up."""
    after = [own_mb for at_s, own_mb in values if at_s >= warm_up_s]
    tenth = max(1, len(after) // 10)
    first, last = sum(after[:tenth]) / tenth, sum(after[-tenth:]) / tenth
    return Row(
        what=f"{name}: growth after the first minute (from {first:.1f} MB)",
        unit="MB",
        ours=round(last - first, 2),
        peer_name="",
        peer=None,
        ratio=None,
        target=2.0,
        ok=last - first <= 2.0,
    )


def _beside(what: str, unit: str, ours: float, metronome: float) -> Row:
    """Hold a figure against a process that only waits: where that is held up, the machine stands still."""
    return Row(
        what=what,
        unit=unit,
        ours=ours,
        peer_name="a bare 60 Hz timer on each core",
        peer=metronome,
        ratio=ours / metronome if metronome else None,
        target=float(metronome),
        ok=ours <= metronome,
    )
