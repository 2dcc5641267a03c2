"""What the four processes of the demo hold in memory: each with its share of the libraries (PSS, from /proc).

Measured while a bulletin and pages of text and pictures are on air, `TTCS_MEMORY_SECONDS` after the start: the board at
1920×1080. The targets are those of the smallest box.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.report import Report, Row, machine
from benchmarks.soak import held_mb
from firmware_py.runtime.status import read_status

ROOT = Path(__file__).resolve().parents[1]
TARGETS_MB = {"speaker agent": 40, "speaker output": 60, "board agent": 40, "board output": 60}
PERIOD_S = 1.0


def run() -> Report:
    """Run the demo; return the most that each process held."""
    seconds = int(os.environ.get("TTCS_MEMORY_SECONDS", "60"))
    most_mb = dict.fromkeys(TARGETS_MB, 0.0)
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
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT) as demo:
            while demo.poll() is None:
                for name, pss_mb in _held_mb(Path(out, "work")).items():
                    most_mb[name] = max(most_mb[name], pss_mb)
                time.sleep(PERIOD_S)
    return {"name": "memory", "machine": machine(), "rows": [_row(name, held) for name, held in most_mb.items()]}


def _held_mb(work: Path) -> dict[str, float]:
    held: dict[str, float] = {}
    for product in ("speaker", "board"):
        status = read_status(work / product / "run" / "status.json")
        if status and status.output_pid:
            held[f"{product} agent"] = held_mb(status.pid, "Pss:")
            held[f"{product} output"] = held_mb(status.output_pid, "Pss:")
    return held


def _row(name: str, held_mb: float) -> Row:
    target = TARGETS_MB[name]
    return Row(
        what=f"{name}, at most",
        unit="MB",
        ours=round(held_mb, 1),
        peer_name="",
        peer=None,
        ratio=None,
        target=target,
        ok=0 < held_mb <= target,
    )
