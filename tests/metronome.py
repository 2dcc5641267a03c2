"""How still a shared machine stands: timers that do nothing but wake, to hold late sound and frames against."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Self, TypeVar

T = TypeVar("T")
BRIDGED_MS = 80
"""For so long a sound card with a buffer of 100 ms, as these tests have, plays on while the machine stands still."""
ATTEMPTS = 3


class Metronome:
    """Wakes 60 times a second on each core, for as long as a `with` block lasts: what it is late, the machine is.

    Then `late` is how often a core was late by more than 50 ms, and `stood_ms` how long these took together, where
    cores that were late at the same time count once; `longest_ms` is the longest of all. Each core is watched, because
    a shared machine often takes one of them away and leaves the other, and with it whatever ran there.
    """

    def __init__(self) -> None:
        """Start the process."""
        command = [sys.executable, "-P", "-c", _METRONOME]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.late = self.stood_ms = self.longest_ms = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.late, self.stood_ms, self.longest_ms = map(int, self._process.communicate(b"\n")[0].split())


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


_METRONOME = """
import os, select, sys, threading, time
stood, longest = [], {}
def tick(core):
    os.sched_setaffinity(0, {core})
    due = time.monotonic()
    while True:
        due += 1 / 60
        if select.select([sys.stdin], [], [], max(0, due - time.monotonic()))[0]:
            break
        now = time.monotonic()
        longest[core] = max(longest.get(core, 0.0), now - due)
        if now - due > 0.05:
            stood.append((due, now))
        due = max(due, now)
timers = [threading.Thread(target=tick, args=(core,)) for core in os.sched_getaffinity(0)]
for timer in timers: timer.start()
for timer in timers: timer.join()
late, total, until = 0, 0.0, 0.0
for begin, end in sorted(stood):
    late += begin >= until
    total += max(0.0, end - max(begin, until))
    until = max(until, end)
print(late, round(total * 1000), round(max(longest.values(), default=0.0) * 1000))
"""
