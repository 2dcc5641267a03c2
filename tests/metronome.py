"""How still a shared machine stands: timers that do nothing but wake, to hold late sound and frames against."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Self, TypeAlias, TypeVar

T = TypeVar("T")
Stretch: TypeAlias = tuple[float, float]
"""Seconds of the monotonic clock: from, until."""

BRIDGED_MS = 80
"""For so long a sound card with a buffer of 100 ms, as these tests have, plays on while the machine stands still."""
ATTEMPTS = 3


class Metronome:
    """Wakes 250 times a second on each core, for as long as a `with` block lasts: what it is late, the machine is.

    Where it may, it comes before all else on its core, so that the work of others does not make it late. Each core is
    watched, because a shared machine often takes one of them away and leaves the other, and with it whatever ran there.
    """

    def __init__(self) -> None:
        """Start the process."""
        command = [sys.executable, "-P", "-c", _METRONOME]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.stood: list[Stretch] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stood = _joined(json.loads(self._process.communicate(b"\n")[0]))

    @property
    def longest_ms(self) -> float:
        """For how long the machine, or a core of it, stood still at most."""
        return 1000 * max((end - begin for begin, end in self.stood), default=0.0)

    def stood_ms(self, since_s: float, until_s: float) -> float:
        """Return how much of a stretch the machine, or a core of it, stood still."""
        return 1000 * sum(max(0.0, min(end, until_s) - max(begin, since_s)) for begin, end in self.stood)


def while_the_machine_runs(measure: Callable[[], T]) -> T:
    """Return what `measure` found while the machine did not stand still: what nobody could have played proves nothing.

    After three attempts the last is returned as it is, so that what is asserted about it may fail.
    """
    for _ in range(ATTEMPTS):
        with Metronome() as metronome:
            found = measure()
        if metronome.longest_ms < BRIDGED_MS:
            break
    return found


def _joined(stretches: list[Stretch]) -> list[Stretch]:
    """Return stretches in order, those that touch as one."""
    joined: list[Stretch] = []
    for begin, end in sorted(stretches):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


_METRONOME = """
import contextlib, json, os, select, sys, threading, time
stood = []
def tick(core):
    os.sched_setaffinity(0, {core})
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    due = time.monotonic()
    while True:
        due += 1 / 250
        if select.select([sys.stdin], [], [], max(0, due - time.monotonic()))[0]:
            break
        now = time.monotonic()
        if now - due > 0.005:
            stood.append((due, now))
        due = max(due, now)
timers = [threading.Thread(target=tick, args=(core,)) for core in os.sched_getaffinity(0)]
for timer in timers: timer.start()
for timer in timers: timer.join()
print(json.dumps(stood))
"""
