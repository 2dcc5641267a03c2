"""The two clocks of the box, and how far the wall clock can be believed.

A box without a real-time clock starts at some moment of the past. It is *trusted* once the time service says
that it is synchronised, *held* when it was trusted earlier in this boot (the oscillator goes on well enough),
else *untrusted*: then only alerts, always-on items and the fallback go out.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from pathlib import Path

from firmware_py.core.records import ClockState
from firmware_py.core.settings import Clock
from firmware_py.core.units import SECOND, DurationUs, Now

_log = logging.getLogger("clock")

STEP_LIMIT_US = 5 * SECOND
"""A wall clock that moves more than this against the monotonic one has been set; less is being steered."""


@dataclass(frozen=True, slots=True)
class SystemClock:
    """Reads both clocks; `offset_us` is added to the wall clock (a demo or a test at another time of day)."""

    offset_us: DurationUs = 0

    def now(self) -> Now:
        """Return both clocks, read one right after the other."""
        return Now(time.time_ns() // 1000 + self.offset_us, time.monotonic_ns() // 1000)


class ClockWatch:
    """Notices when the trust in the clock changes, and when the clock was stepped."""

    def __init__(self, settings: Clock, run_dir: Path, now: Now) -> None:
        self._settings = settings
        self._marker = run_dir / "clock-was-trusted"
        self._was_trusted = self._marker.exists()
        self._ahead_us = now.wall_us - now.mono_us
        self.state = self.read()

    def read(self) -> ClockState:
        """Return how far the clock can be believed now. The marker lies on a file system that a boot empties."""
        if self._settings.source == "assume-trusted" or Path(self._settings.timesync_file).exists():
            self._note_trust()
            return ClockState.TRUSTED
        return ClockState.HELD if self._was_trusted else ClockState.UNTRUSTED

    def _note_trust(self) -> None:
        if self._was_trusted:
            return
        self._was_trusted = True
        try:
            self._marker.touch()
        except OSError as error:
            _log.warning("%s: cannot be written (%s); check device.run_dir", self._marker, error.strerror)

    def changed(self) -> bool:
        """Return whether the state is not what it was when last asked; `state` holds the new one."""
        before, self.state = self.state, self.read()
        return before is not self.state

    def stepped(self, now: Now) -> bool:
        """Return whether the wall clock was set since the last call that said so."""
        ahead_us = now.wall_us - now.mono_us
        if abs(ahead_us - self._ahead_us) <= STEP_LIMIT_US:
            return False
        self._ahead_us = ahead_us
        return True
