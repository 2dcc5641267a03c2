"""When a device will sound each of its frames, from what it says block by block.

What a sound server says wanders by parts of a millisecond for seconds, and by more for half a minute when the machine
was busy; its crystal is some 50 parts in a million fast or slow. While it runs, only the crystal is real. So medians of
blocks are kept for about a minute, a line is laid through them that half of them may contradict (the median of slopes
between points half the stretch apart, after Theil and Sen), and its slope is taken for the crystal only where it
is clear of its own spread. What stays elsewhere for long is no wandering: the device has moved, and the line begins
anew.
"""

from __future__ import annotations

from collections import deque
from statistics import median

from firmware_py.core.units import MS, SECOND

_GROUP_BLOCKS = 31
_KEPT_GROUPS = 128
_LINE_GROUPS = 8
"""From so many on, a slope is looked for."""

_CLEAR = 3.0
"""A slope is believed from so many times its spread on."""

_MOVED_US = MS
_MOVED_GROUPS = 24
"""So far from the line for so many groups, always on one side: the device has moved."""


class DeviceClock:
    """Where frame 0 would lie if the device had always run as it does now; asked frame by frame, for it drifts."""

    def __init__(self, rate_hz: int) -> None:
        """Take the nominal rate of the frames."""
        self._frame_us = SECOND / rate_hz
        self._group: list[float] = []
        self._kept: deque[tuple[int, float]] = deque(maxlen=_KEPT_GROUPS)
        self._origin_us, self._slope_us, self._at_frame = 0.0, 0.0, 0
        self._away = 0

    def restart(self) -> None:
        """Forget everything: another device, or the same one at another place."""
        self._group.clear()
        self._kept.clear()
        self._slope_us, self._away = 0.0, 0

    def origin_us(self, frame: int) -> float:
        """Return the instant (monotonic) from which a frame is `frame` nominal periods away."""
        return self._origin_us + self._slope_us * (frame - self._at_frame)

    def instant_us(self, frame: int) -> float:
        """Return when a frame is heard (monotonic)."""
        return self.origin_us(frame) + frame * self._frame_us

    def believe(self, frame: int, heard_us: float) -> None:
        """Take what the device says of a frame for true, with nothing better known."""
        self._origin_us, self._at_frame = heard_us - frame * self._frame_us, frame

    def add(self, frame: int, heard_us: float) -> None:
        """Take note of when the device says that a frame is heard."""
        self._group.append(heard_us - frame * self._frame_us)
        if not self._kept:
            self._origin_us, self._at_frame = median(self._group), frame
        if len(self._group) == _GROUP_BLOCKS:
            self._keep(frame, median(self._group))
            self._group.clear()

    def _keep(self, frame: int, origin_us: float) -> None:
        off_us = origin_us - self.origin_us(frame)
        side = (off_us > _MOVED_US) - (off_us < -_MOVED_US)
        self._away = self._away + side if side * self._away >= 0 and side else side
        self._kept.append((frame, origin_us))
        if abs(self._away) == _MOVED_GROUPS:
            latest = list(self._kept)[-_MOVED_GROUPS:]
            self.restart()
            self._kept.extend(latest)
        self._slope_us = self._clear_slope_us()
        self._origin_us = median(us - self._slope_us * (at - frame) for at, us in self._kept)
        self._at_frame = frame

    def _clear_slope_us(self) -> float:
        """Return how much later each frame is than the nominal rate says; 0 while that cannot be told."""
        if len(self._kept) < _LINE_GROUPS:
            return 0.0
        points = list(self._kept)
        far = points[len(points) // 2 :]
        slopes = [(late[1] - early[1]) / (late[0] - early[0]) for early, late in zip(points, far, strict=False)]
        slope = median(slopes)
        spread = median(abs(each - slope) for each in slopes)
        return slope if abs(slope) > _CLEAR * spread else 0.0
