"""A process with all below it: what they cost, and their end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from benchmarks.soak import held_mb

ROOT = Path(__file__).resolve().parents[2]
LOG = sys.stderr.fileno() if os.environ.get("TTCS_LOG") else subprocess.DEVNULL
"""Where the processes write what they have to say: nowhere, unless somebody wants to read it."""

_TICKS = os.sysconf("SC_CLK_TCK")
_END_S = 20.0


class Cost(NamedTuple):
    """Share of a core, memory with its share of what is common (PSS), and from when until when that was measured."""

    cpu_pct: float
    pss_mb: float
    since_s: float
    until_s: float


def measured(pid: int, seconds: float) -> Cost:
    """Return what a tree of processes costs for so long from now on."""
    since_s, before_s = time.monotonic(), _cpu_s(pid)
    time.sleep(seconds)
    spent_s, until_s = _cpu_s(pid) - before_s, time.monotonic()
    pss_mb = sum(held_mb(each, "Pss:") for each in tree(pid))
    return Cost(100 * spent_s / (until_s - since_s), pss_mb, since_s, until_s)


def tree(pid: int) -> list[int]:
    """Return a process and all below it."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            with suppress(OSError):
                found += [int(child) for child in task.read_text().split()]
    return found


def _cpu_s(pid: int) -> float:
    """Return the seconds of processor time that a tree has taken, those of its ended children included."""
    total = 0
    for each in tree(pid):
        with suppress(OSError):
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
            total += sum(int(fields[n]) for n in (11, 12, 13, 14))
    return total / _TICKS


@contextmanager
def running(command: list[str], environment: Mapping[str, str], log: int = LOG) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command in a group of its own, in the root of the checkout; the whole group ends with the block."""
    surroundings = {**os.environ, **environment}
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    process = subprocess.Popen(command, cwd=ROOT, env=surroundings, stderr=log, start_new_session=True, **quiet)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        _end(process)
        if process.stderr:
            process.stderr.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask a process to end, and make an end of what is left of its group."""
    process.send_signal(signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_END_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
