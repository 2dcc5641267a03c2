"""What agent and output hold in memory: each with its share of what processes have in common (PSS, from /proc).

Each box by itself, as in the field, on the morning programme of the demo from a few seconds before it begins: an
audio bulletin and pages of text and pictures are on air meanwhile, on the board at 1920×1080. `TTCS_MEMORY_SECONDS`
sets for how long. A box that may relay has loaded what speaks HTTP. The targets are those of the smallest box.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.report import Report, Row, machine
from benchmarks.soak import held_mb
from firmware_py.runtime.status import read_status

ROOT = Path(__file__).resolve().parents[1]
TARGETS_MB = {"agent": 40, "output": 60}
BOXES = {
    "speaker": (),
    "speaker that may relay": ('relay.origins=["https://stream.example"]',),
    "board": ('screen.driver="offscreen"', "screen.width=1920", "screen.height=1080"),
}
MORNING = datetime(2026, 11, 23, 5, 29, 50, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
PERIOD_S = 1.0


def run() -> Report:
    """Run each product; return the most that its processes held."""
    seconds = int(os.environ.get("TTCS_MEMORY_SECONDS", "60"))
    rows = [row for box in BOXES for row in _box(box, seconds)]
    return {"name": "memory", "machine": machine(), "rows": rows}


def _box(box: str, seconds: int) -> Iterator[Row]:
    most_mb = dict.fromkeys(TARGETS_MB, 0.0)
    with (
        tempfile.TemporaryDirectory() as directory,
        subprocess.Popen(_command(box, Path(directory)), cwd=ROOT) as agent,
    ):
        for _ in range(round(seconds / PERIOD_S)):
            time.sleep(PERIOD_S)
            for name, pss_mb in _held_mb(Path(directory)).items():
                most_mb[name] = max(most_mb[name], pss_mb)
        agent.send_signal(signal.SIGTERM)
    return (_row(f"{box}: {name}", held, TARGETS_MB[name]) for name, held in most_mb.items())


def _command(box: str, place: Path) -> list[str]:
    product = box.split(maxsplit=1)[0]
    changes = (f'device.state_dir="{place}/state"', f'device.run_dir="{place}/run"', *BOXES[box])
    words = [word for change in changes for word in ("--set", change)]
    agent = [sys.executable, "-P", "-m", "firmware_py.field.main", "run", product, "--log", "ERROR"]
    offset_s = MORNING.timestamp() - time.time()
    return [*agent, "--config", f"config/demo/{product}.toml", "--clock-offset", str(offset_s), *words]


def _held_mb(place: Path) -> dict[str, float]:
    status = read_status(place / "run" / "status.json")
    pids = {"agent": status.pid, "output": status.output_pid} if status else {}
    return {name: held_mb(pid, "Pss:") for name, pid in pids.items()}


def _row(name: str, held_mb: float, target: float) -> Row:
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
