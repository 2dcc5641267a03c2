"""What could be heard of a play: mean and peak level, and how long it was silent."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from firmware_py.core.units import SECOND, DurationUs
from firmware_py.speaker import pcm

SILENT_DBFS = -50.0
"""Windows with a mean below this count as silent; a soft voice is far above, noise of a bad cable below."""

_WINDOW_US = 50_000
_RECENT_WINDOWS = SECOND // _WINDOW_US


class Reading(NamedTuple):
    """Levels of a stretch of sound."""

    mean_dbfs: float
    peak_dbfs: float


class _Window(NamedTuple):
    frames: int
    energy: float
    peak: float


class Meter:
    """Measures sound in windows of 50 ms. One thread adds, others may read."""

    def __init__(self, rate_hz: int) -> None:
        """Take the rate of the sound."""
        self._rate_hz = rate_hz
        self._window_frames = rate_hz * _WINDOW_US // SECOND
        self._open = _Window(0, 0.0, 0.0)
        self._recent: deque[_Window] = deque(maxlen=_RECENT_WINDOWS)
        self._total = _Window(0, 0.0, 0.0)
        self._silent_frames = self._leading_frames = 0
        self._heard = False

    def add(self, sound: bytes) -> None:
        """Measure a block."""
        frames = len(sound) // pcm.FRAME_BYTES
        block = _Window(frames, pcm.power(sound) * frames, pcm.peak(sound))
        self._open = _joined((self._open, block))
        if self._open.frames >= self._window_frames:
            self._close()

    def pause(self) -> None:
        """Nothing is heard now, so that there is no last second."""
        self._recent.clear()

    def finish(self) -> None:
        """Count the begun window as well."""
        if self._open.frames:
            self._close()

    @property
    def recent(self) -> Reading:
        """The last second."""
        return _reading(_joined(tuple(self._recent)))

    @property
    def whole(self) -> Reading:
        """Everything so far."""
        return _reading(self._total)

    @property
    def silent_us(self) -> DurationUs:
        """How long it was silent."""
        return self._silent_frames * SECOND // self._rate_hz

    @property
    def leading_silence_us(self) -> DurationUs:
        """How long it was silent at the beginning."""
        return self._leading_frames * SECOND // self._rate_hz

    @property
    def measured_us(self) -> DurationUs:
        """How long it was in all."""
        return self._total.frames * SECOND // self._rate_hz

    def _close(self) -> None:
        window, self._open = self._open, _Window(0, 0.0, 0.0)
        self._recent.append(window)
        self._total = _joined((self._total, window))
        silent = _reading(window).mean_dbfs < SILENT_DBFS
        self._heard = self._heard or not silent
        self._silent_frames += window.frames if silent else 0
        self._leading_frames += 0 if self._heard else window.frames


def _joined(windows: tuple[_Window, ...]) -> _Window:
    return _Window(
        sum(window.frames for window in windows),
        sum(window.energy for window in windows),
        max((window.peak for window in windows), default=0.0),
    )


def _reading(window: _Window) -> Reading:
    mean = window.energy / window.frames if window.frames else 0.0
    return Reading(round(pcm.power_dbfs(mean), 1), round(pcm.amplitude_dbfs(window.peak), 1))
