"""When a device will sound each of its frames, from what it says and when it asks, block by block.

A sound server says for each block how long it will take until that is heard. That wanders by parts of a millisecond
for seconds, and by more for half a minute after the machine was busy. But it asks for blocks as the device's crystal
goes, and those that are asked for soonest of some thirty have waited for nobody: that line is straight to 0.05 ms. So
the line is taken from the asks, and where it lies from what was said in the last minutes, as a median.

What the device keeps in store may change at once, and with it when it asks: such a step is taken out of the line. What
was said stays elsewhere only when the device has moved, that is, has lost sound: then the reckoning begins anew. For
some ten seconds after that, and at times when nothing moved, what is said swings by a millisecond or three: only what
has come to rest is believed.
"""

from __future__ import annotations

from collections import deque
from statistics import median
from typing import NamedTuple

from firmware_py.core.units import MS, SECOND

_GROUP_US = 0.6 * SECOND
"""What is said and asked for so long makes one group: at the usual block of 20 ms, 31 of each."""

_SOONEST = 0.1
_KEPT_DELAYS, _KEPT_ASKS, _LATEST_ASKS = 256, 32, 8
_LINE_ASKS = 8
"""From so many on, a slope is looked for."""

_CLEAR = 3.0
"""A slope is believed from so many times its spread on."""

_STEP_US = 700
"""No crystal goes so far within a group."""


class _Sign(NamedTuple):
    """The device has moved when so many groups in a row, so near to each other, are all so far from the median."""

    groups: int
    far_us: float
    near_us: float


_SIGNS = (_Sign(12, 0.3 * MS, 0.3 * MS), _Sign(24, 2 * MS, SECOND))
"""At rest elsewhere for seven seconds, however near; or far away for longer than any swing."""


class DeviceClock:
    """Where frame 0 would lie if the device had always run as it does now; asked frame by frame, for it drifts."""

    def __init__(self, rate_hz: int) -> None:
        """Take the nominal rate of the frames."""
        self._frame_us = SECOND / rate_hz
        self._begun_at = 0
        self._heard: list[float] = []
        self._asked: list[float] = []
        self._asks: deque[tuple[int, float]] = deque(maxlen=_KEPT_ASKS)
        self._delays: deque[float] = deque(maxlen=_KEPT_DELAYS)
        self._origin_us, self._slope_us, self._at_frame = 0.0, 0.0, 0
        self._bent_us = 0.0

    def restart(self) -> None:
        """Forget everything: another device, or the same one at another place."""
        for known in (self._heard, self._asked, self._asks, self._delays):
            known.clear()
        self._slope_us, self._bent_us = 0.0, 0.0

    def origin_us(self, frame: int) -> float:
        """Return the instant (monotonic) from which a frame is `frame` nominal periods away."""
        return self._origin_us + self._slope_us * (frame - self._at_frame)

    def instant_us(self, frame: int) -> float:
        """Return when a frame is heard (monotonic)."""
        return self.origin_us(frame) + frame * self._frame_us

    def believe(self, frame: int, heard_us: float) -> None:
        """Take what the device says of a frame for true, with nothing better known."""
        self._origin_us, self._at_frame = heard_us - frame * self._frame_us, frame

    def add(self, frame: int, heard_us: float, asked_us: float) -> None:
        """Take note of when the device says that a frame is heard, and when it asked for it."""
        if not self._heard:
            self._begun_at = frame
        self._heard.append(heard_us - frame * self._frame_us)
        self._asked.append(asked_us - frame * self._frame_us)
        if not self._delays:
            self._origin_us, self._at_frame = median(self._heard), frame
        if (frame - self._begun_at) * self._frame_us >= _GROUP_US:
            self._keep(frame)

    def _keep(self, frame: int) -> None:
        asked_us = self._straightened(sorted(self._asked)[int(len(self._asked) * _SOONEST)])
        self._asks.append((frame, asked_us))
        self._delays.append(median(self._heard) - asked_us)
        self._heard.clear()
        self._asked.clear()
        self._look_for_a_move()
        self._slope_us = self._clear_slope_us()
        latest = list(self._asks)[-_LATEST_ASKS:]
        line_us = median(us - self._slope_us * (at - frame) for at, us in latest)
        self._origin_us, self._at_frame = line_us + median(self._delays), frame

    def _straightened(self, asked_us: float) -> float:
        """Return where the line goes on, without the steps of what the device keeps in store."""
        straight_us = asked_us - self._bent_us
        if not self._asks or abs(straight_us - self._asks[-1][1]) <= _STEP_US:
            return straight_us
        self._bent_us += straight_us - self._asks[-1][1]
        return self._asks[-1][1]

    def _look_for_a_move(self) -> None:
        """Begin anew with what was said last when all of it lies elsewhere."""
        usual_us = median(self._delays)
        for sign in _SIGNS:
            latest = list(self._delays)[-sign.groups :]
            beyond_us = max(min(latest) - usual_us, usual_us - max(latest))
            if len(latest) == sign.groups and beyond_us > sign.far_us and max(latest) - min(latest) <= sign.near_us:
                self._delays.clear()
                self._delays.extend(latest)
                return

    def _clear_slope_us(self) -> float:
        """Return how much later each frame is than the nominal rate says; 0 while that cannot be told."""
        if len(self._asks) < _LINE_ASKS:
            return 0.0
        points = list(self._asks)
        far = points[len(points) // 2 :]
        slopes = [(late[1] - early[1]) / (late[0] - early[0]) for early, late in zip(points, far, strict=False)]
        slope = median(slopes)
        spread = median(abs(each - slope) for each in slopes)
        return slope if abs(slope) > _CLEAR * spread else 0.0
