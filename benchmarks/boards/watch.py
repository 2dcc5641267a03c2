"""Somebody who looks at a board's screen twelve times a second, and now and then at the memory of its processes."""

from __future__ import annotations

import os
import signal
import time
import zlib
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.boards.glass import Glass
from benchmarks.boards.likeness import UNKNOWN, Likeness
from benchmarks.boards.programme import WHOLE
from benchmarks.boards.verdict import Look, judged
from benchmarks.soak import anonymous_mb
from firmware_py.core.overview import Status
from firmware_py.core.units import SECOND, WallUs
from firmware_py.runtime.status import read_status
from tests.waiting import until

LOOK_S, MEMORY_S = 1 / 12, 2.0
START_S = 120.0
RIGHT_LOOKS = 24
"""So many looks in a row must be right before it counts."""

STOP_S = 0.5


@dataclass(slots=True)
class Watch:
    """Looks at the screen, and at what agent and output hold in memory."""

    eye: Likeness
    glass: Glass
    run_dir: Path
    looks: list[Look] = field(default_factory=list)
    held_mb: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def until_right(self) -> None:
        """Wait until everything that is due is seen."""
        right = 0
        end_s = time.monotonic() + START_S
        while right < RIGHT_LOOKS:
            if time.monotonic() > end_s:
                raise TimeoutError(f"the programme is not seen; the last look: {self.looks[-1]}")
            self.look_for(LOOK_S)
            wrong = next(judged(self.looks[-2:], self.eye.programme, ()), None)
            right = 0 if wrong else right + 1
        self.looks.clear()

    def look_for(self, seconds: float) -> None:
        """Look for so long, at a steady pace."""
        begin_s = time.monotonic()
        next_s = held_s = begin_s
        while (now_s := time.monotonic()) < begin_s + seconds:
            self.looks.append(self._look())
            if now_s >= held_s and seconds > MEMORY_S:
                self._weigh(now_s - begin_s)
                held_s = now_s + MEMORY_S
            next_s = max(next_s + LOOK_S, now_s)
            time.sleep(max(0.0, next_s - time.monotonic()))

    def stop_output(self) -> tuple[Look, ...]:
        """Stop the output for half a second while nothing has the panel to itself; return what was seen meanwhile."""
        until(lambda: not self._is_near(WHOLE), 60)
        pid = self._status().output_pid
        count = len(self.looks)
        os.kill(pid, signal.SIGSTOP)
        try:
            self.look_for(STOP_S)
        finally:
            os.kill(pid, signal.SIGCONT)
        self.look_for(STOP_S)
        return tuple(self.looks[count:])

    def _is_near(self, name: str) -> bool:
        now_us = wall_us()
        return any(self.eye.programme.main.at(now_us + ahead * SECOND).part.name == name for ahead in range(-1, 3))

    def _look(self) -> Look:
        """Look; once more when the picture was just being painted."""
        look = self._glance()
        for _ in range(3):
            beside = look.side if look.main.name in self.eye.with_side else ""
            if UNKNOWN not in {look.main.name, beside}:
                break
            time.sleep(0.005)
            look = self._glance()
        return look

    def _glance(self) -> Look:
        layout, since_us = self.eye.programme.layout, wall_us()
        main, side = self.eye.in_main(self.glass), self.eye.in_side(self.glass)
        line, header = self.glass.sample(layout.ticker), self.glass.sample(layout.header)
        gap = max(line) < 8 or max(header) < 8
        return Look(since_us, wall_us(), main, side, zlib.crc32(line), gap)

    def _weigh(self, at_s: float) -> None:
        status = self._status()
        for name, pid in (("agent", status.pid), ("output", status.output_pid)):
            self.held_mb.setdefault(name, []).append((at_s, anonymous_mb(pid)))

    def _status(self) -> Status:
        return until(lambda: read_status(self.run_dir / "status.json"))  # type: ignore[return-value]  # what is true is no None


def wall_us() -> WallUs:
    """Return the wall clock, by which boards go."""
    return time.time_ns() // 1000
