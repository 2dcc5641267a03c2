"""Ten minutes of the demo's programme, looped: memory that grows, frames that are late, samples that are lost.

Runs `ttcs demo` as a user does and reads the memory of its four processes every two seconds: what is theirs alone
(anonymous, from /proc), because shares of libraries change with what else runs on the machine.

A shared machine takes its cores away for tenths of a second, and then nobody draws or plays. So timers that come
before all else run beside the demo, one on each core, and each late frame and each hole in the sound that the agents
log is held against them: it is the product's fault unless the timers stood still just then, and for so long that
without the standstill the frame had been in time and the hole had not been. What the records count and the log does
not tell is the product's fault too. `TTCS_SOAK_SECONDS` shortens or lengthens the run.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benchmarks.report import Report, Row, machine
from firmware_py.board.plays import LATE_US
from firmware_py.core.codec import from_json_as
from firmware_py.core.records import PlayRecord
from firmware_py.core.units import MS
from firmware_py.field.demo import PRODUCTS
from firmware_py.runtime.status import read_status
from tests.metronome import Metronome

ROOT = Path(__file__).resolve().parents[1]
WARM_UP_S = 60
PERIOD_S = 2.0
LATE_MS = LATE_US / MS
TOLD_WITHIN_S = 1.0
"""Outputs report five times a second, agents log what they hear, and the machine may stand still in between."""

TIMER_MS = 4.0
"""How much longer than what a timer sees a standstill may have been."""

_LINE = re.compile(
    r"^(?P<at>\S+ \S+) WARNING output: play (?P<no>\d+): "
    r"(?:(?P<lost>\d+) ms of sound lost|(?P<frames>\d+) frames late, the worst by (?P<worst>\d+) ms)$"
)


@dataclass(frozen=True, slots=True)
class Slip:
    """What an agent logged at a second of the monotonic clock: a hole of `ms` in the sound, or `frames` late ones.

    Of late frames `ms` is how late the worst was.
    """

    product: str
    at_s: float
    no: int
    ms: float
    frames: int

    @property
    def borne_ms(self) -> float:
        """Return what would be no slip."""
        return LATE_MS if self.frames else 0.0

    def excess_ms(self, machine_: Metronome) -> float:
        """Return for how long it was not the machine that stood still, beyond what would be no slip."""
        stood_ms = machine_.stood_ms(self.at_s - self.ms / 1000 - TOLD_WITHIN_S, self.at_s)
        return max(0.0, self.ms - self.borne_ms - TIMER_MS - stood_ms)


def run() -> Report:
    """Run the demo and return growth by process, late frames and lost sound."""
    seconds = int(os.environ.get("TTCS_SOAK_SECONDS", "600"))
    with tempfile.TemporaryDirectory() as directory:
        out = Path(directory)
        command = [sys.executable, "-P", "-m", "firmware_py.field.main", "demo"]
        command += ["--seconds", str(seconds), "--out", str(out)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT) as demo, Metronome() as metronome:
            samples = _samples(demo, out / "work")
        plays = [from_json_as(PlayRecord, line) for line in (out / "plays.jsonl").read_bytes().splitlines()]
        slips = [
            slip for product in PRODUCTS for slip in slips_of(product, (out / "work" / product / "log.txt").read_text())
        ]
    rows = [_growth(name, values, min(WARM_UP_S, seconds / 3)) for name, values in samples.items()]
    return {"name": "soak", "machine": machine(), "rows": [*rows, *_in_time(plays, slips, metronome)]}


def _in_time(plays: list[PlayRecord], slips: list[Slip], metronome: Metronome) -> list[Row]:
    """Return what was not in time: in all, and what of it is not the machine's doing."""
    # A frame that is late is late on every channel of the board: the channel with most of them tells how many.
    late_by_channel: Counter[str] = Counter()
    for play in plays:
        late_by_channel[play.channel] += play.late_frames
    lost_ms = sum(play.lost_us for play in plays) / MS
    stood_ms = sum(end - begin for begin, end in metronome.stood) * 1000
    ours = [slip for slip in slips if slip.excess_ms(metronome)]
    return [
        _fact("the machine stood still, in all", "ms", stood_ms),
        _fact("the machine stood still, at most", "ms", metronome.longest_ms),
        _fact("frames later than 50 ms, in all", "frames", max(late_by_channel.values())),
        _fact("sound lost, in all", "ms", lost_ms),
        _none("frames later than 50 ms that would be without standstills", sum(slip.frames for slip in ours)),
        _none("holes in the sound that would be without standstills", sum(not slip.frames for slip in ours)),
        _none("plays with late frames or lost sound that no log tells", len(_untold(plays, slips))),
    ]


def slips_of(product: str, log: str) -> Iterator[Slip]:
    """Yield what an agent's log says of late frames and lost sound, by the monotonic clock."""
    ahead_s = time.time() - time.monotonic()
    for line in log.splitlines():
        if match := _LINE.match(line):
            at_s = datetime.strptime(match["at"], "%Y-%m-%d %H:%M:%S,%f").timestamp() - ahead_s  # noqa: DTZ007 - local
            ms, frames = float(match["lost"] or match["worst"]), int(match["frames"] or 0)
            yield Slip(product, at_s, int(match["no"]), ms, frames)


def _untold(plays: list[PlayRecord], slips: list[Slip]) -> list[PlayRecord]:
    """Return the plays whose records count other slips than the log tells. The log leaves parts of a ms out."""
    return [play for play in plays if not _told(play, [slip for slip in slips if _is_of(slip, play)])]


def _is_of(slip: Slip, play: PlayRecord) -> bool:
    return slip.no == play.no and (slip.product == "speaker") == (play.channel == "sound")


def _told(play: PlayRecord, slips: list[Slip]) -> bool:
    frames = sum(slip.frames for slip in slips)
    lost_ms = sum(slip.ms for slip in slips if not slip.frames)
    return frames == play.late_frames and 0 <= play.lost_us / MS - lost_ms <= len(slips)


def _samples(demo: subprocess.Popen[bytes], work: Path) -> dict[str, list[tuple[float, float]]]:
    """Return (seconds since start, anonymous MB) of each process while the demo runs."""
    found: dict[str, list[tuple[float, float]]] = {}
    begin_s = time.monotonic()
    while demo.poll() is None:
        for product in ("speaker", "board"):
            status = read_status(work / product / "run" / "status.json")
            pids = {"agent": status.pid, "output": status.output_pid} if status else {}
            for role, pid in pids.items():
                own_mb = anonymous_mb(pid)
                if own_mb:
                    found.setdefault(f"{product} {role}", []).append((time.monotonic() - begin_s, own_mb))
        time.sleep(PERIOD_S)
    return found


def anonymous_mb(pid: int) -> float:
    """Return the memory that is a process's own, 0 when it is gone."""
    return held_mb(pid, "Pss_Anon:")


def held_mb(pid: int, kind: str) -> float:
    """Return a process's memory of a kind, as the kernel names it, 0 when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(kind)), 0.0)


def grown_mb(values: list[tuple[float, float]], warm_up_s: float) -> tuple[float, float]:
    """Return what a process had after the warm-up, and how much it grew since: means of a tenth of the time each."""
    after = [own_mb for at_s, own_mb in values if at_s >= warm_up_s and own_mb]
    tenth = max(1, len(after) // 10)
    first, last = sum(after[:tenth]) / tenth, sum(after[-tenth:]) / tenth
    return first, last - first


def _growth(name: str, values: list[tuple[float, float]], warm_up_s: float) -> Row:
    first, grown = grown_mb(values, warm_up_s)
    return Row(
        what=f"{name}: growth after the first minute (from {first:.1f} MB)",
        unit="MB",
        ours=round(grown, 2),
        peer_name="",
        peer=None,
        ratio=None,
        target=2.0,
        ok=grown <= 2.0,
    )


def _fact(what: str, unit: str, ours: float) -> Row:
    """Return a figure that tells about the run, and is nothing to be judged."""
    return Row(what=what, unit=unit, ours=ours, peer_name="", peer=None, ratio=None, target=None, ok=None)


def _none(what: str, ours: int) -> Row:
    """Return a count of what must not be."""
    return Row(what=what, unit="", ours=ours, peer_name="", peer=None, ratio=None, target=0.0, ok=ours == 0)
