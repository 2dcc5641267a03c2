"""The sum of an announcement and what goes on beneath it, held below full scale without a crackle.

A play of its own never exceeds -1 dBFS (true peak, measured at its check), but two together may. The block in hand is
looked through first: the gain is down before the peak is there, and rises again by itself over a fifth of a second.
"""

from __future__ import annotations

from firmware_py.core.units import MS, SECOND
from firmware_py.speaker import pcm

CEILING = 10 ** (-1 / 20)
_PARTS_PER_S = 8_000
_AHEAD = 8
"""So many parts, a millisecond, before a peak the gain begins to fall."""

_RISE_US = 200 * MS


class Limiter:
    """Adds sounds up. Keeps nothing but its gain, which is 1 for as long as there is one sound."""

    def __init__(self, rate_hz: int) -> None:
        """Take the rate of the frames."""
        self._gain = 1.0
        self._part_frames = max(1, rate_hz // _PARTS_PER_S)
        self._rise = self._part_frames * SECOND / rate_hz / _RISE_US

    @property
    def gain(self) -> float:
        """The amplitude factor at the end of the newest block."""
        return self._gain

    def sum(self, first: bytes, second: bytes) -> bytes:
        """Return two equally long sounds as one; either may be empty, which is silence."""
        if not (first or second):
            self._gain = 1.0
        if self._gain == 1.0 and not (first and second):
            return first or second
        wide = pcm.widened(first, second)
        return pcm.narrowed(wide, self._factors(pcm.wide_peaks(wide, self._part_frames)), self._part_frames)

    def _factors(self, peaks: list[float]) -> list[float]:
        """Return a factor for each part, none of which lets its peak be above the ceiling."""
        wanted = [min(1.0, CEILING / max(CEILING, peak)) for peak in peaks]
        factors = []
        for part in range(len(wanted)):
            self._gain = min(*wanted[part : part + _AHEAD], self._gain + self._rise, 1.0)
            factors.append(self._gain)
        return factors
