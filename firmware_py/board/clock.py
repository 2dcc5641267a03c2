"""The only place where the board reads a clock."""

from __future__ import annotations

import time

from firmware_py.core.units import DurationUs, Now


class Clock:
    """The wall clock, perhaps shifted for a demo at another time of day, beside the monotonic one."""

    def __init__(self, offset_us: DurationUs = 0) -> None:
        """Take what is added to the system's wall clock."""
        self._offset_us = offset_us

    def now(self) -> Now:
        """Return both clocks."""
        return Now(time.time_ns() // 1_000 + self._offset_us, time.monotonic_ns() // 1_000)
