"""What the kernel and the firmware say of this box, from /proc and /sys; None where there is no such file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from firmware_py.core.reports import Health
from firmware_py.core.units import SECOND, DurationUs, MonoUs
from firmware_py.runtime.modem import Modem, NoModem

MB = 1024 * 1024
_THROTTLED_NOW, _UNDERVOLTAGE_NOW = 0x4, 0x1

T = TypeVar("T")


class HealthWatch:
    """Reads the health of the box every `period_s`; the roots of /proc and /sys are for the tests."""

    def __init__(
        self,
        period_s: float,
        state_dir: Path,
        modem: Modem | NoModem,
        proc: Path = Path("/proc"),
        sys: Path = Path("/sys"),
    ) -> None:
        self._period_us: DurationUs = round(period_s * SECOND)
        self._state_dir, self._proc, self._sys = state_dir, proc, sys
        self._modem = modem
        self._read_us: MonoUs | None = None

    def due(self, now_us: MonoUs) -> Health | None:
        """Return the health when the period is over, else None."""
        if self._read_us is not None and now_us < self._read_us + self._period_us:
            return None
        self._read_us = now_us
        return self.read()

    def read(self) -> Health:
        """Return what can be read."""
        throttled = _maybe(lambda: int(_text(self._sys / "devices/platform/soc/soc:firmware/get_throttled"), 16))
        radio = self._modem.radio
        return Health(
            uptime_s=_maybe(lambda: int(float(_text(self._proc / "uptime").split()[0]))) or 0,
            load=_maybe(lambda: float(_text(self._proc / "loadavg").split()[0])) or 0.0,
            memory_available_mb=_maybe(self._memory_mb),
            agent_mb=_maybe(lambda: int(_text(self._proc / "self/statm").split()[1]) * os.sysconf("SC_PAGESIZE") // MB),
            disk_free_mb=_maybe(self._disk_free_mb),
            disk_life_used_pct=_maybe(self._disk_life_used_pct),
            temperature_c=_maybe(lambda: int(_text(self._sys / "class/thermal/thermal_zone0/temp")) / 1000),
            undervoltage=None if throttled is None else bool(throttled & _UNDERVOLTAGE_NOW),
            throttled=None if throttled is None else bool(throttled & _THROTTLED_NOW),
            signal_dbm=radio.signal_dbm,
            operator=radio.operator,
            sim=radio.sim,
        )

    def _memory_mb(self) -> int:
        lines = _text(self._proc / "meminfo").splitlines()
        return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("MemAvailable:"))

    def _disk_free_mb(self) -> int:
        status = os.statvfs(self._state_dir)
        return status.f_bavail * status.f_frsize // MB

    def _disk_life_used_pct(self) -> int:
        """Return how much of its life an eMMC says that it has behind it: steps of a tenth (JEDEC 84-B50, 7.4.41)."""
        path = next(self._sys.glob("class/mmc_host/mmc*/mmc*:*/life_time"))
        return 10 * max(int(step, 16) for step in _text(path).split())


def _text(path: Path) -> str:
    return path.read_text(encoding="ascii", errors="replace")


def _maybe(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except (OSError, ValueError, IndexError, StopIteration):
        return None
