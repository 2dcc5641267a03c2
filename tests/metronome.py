"""How still a shared machine stands: a process that does nothing but wake, to hold late sound and frames against."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Self, TypeVar

T = TypeVar("T")
STILL_MS = 80
"""As long as the sound cards of the tests hold sound in store: a machine that stands longer breaks any player's."""
ATTEMPTS = 3


class Metronome:
    """Wakes 60 times a second, for as long as a `with` block lasts: what it is late, the machine is.

    Then `late` is how often that was more than 50 ms, and `stood_ms` how long these took together.
    """

    def __init__(self) -> None:
        """Start the process."""
        command = [sys.executable, "-P", "-c", _METRONOME]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.late = self.stood_ms = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        late, stood_ms = self._process.communicate(b"\n")[0].split()
        self.late, self.stood_ms = int(late), int(stood_ms)


def while_the_machine_runs(measure: Callable[[], T]) -> T:
    """Return what `measure` found while the machine did not stand still: what nobody could have played proves nothing.

    After three attempts the last is returned as it is, so that what is asserted about it may fail.
    """
    for _ in range(ATTEMPTS):
        with Metronome() as metronome:
            found = measure()
        if metronome.stood_ms < STILL_MS:
            break
    return found


_METRONOME = """
import select, sys, time
due, late, stood = time.monotonic(), 0, 0.0
while True:
    due += 1 / 60
    if select.select([sys.stdin], [], [], max(0, due - time.monotonic()))[0]:
        break
    behind = time.monotonic() - due
    late += behind > 0.05
    stood += behind * (behind > 0.05)
    due += max(0, behind)
print(late, round(stood * 1000))
"""
