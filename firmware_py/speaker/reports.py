"""Reports that wait until what they say has happened: a frame is given to the device before it is heard."""

from __future__ import annotations

import heapq
from collections.abc import Callable

from firmware_py.core.messages import Report
from firmware_py.core.units import FAR_FUTURE_US, MonoUs


class Outgoing:
    """Holds reports back until their instant, in order."""

    def __init__(self, send: Callable[[Report], None]) -> None:
        """Take who gets them."""
        self._send = send
        self._waiting: list[tuple[MonoUs, int, Report]] = []
        self._count = 0

    def add(self, at_us: MonoUs, report: Report) -> None:
        """Keep a report until `at_us`; those of the same instant go in the order of their coming."""
        self._count += 1
        heapq.heappush(self._waiting, (at_us, self._count, report))

    def due_us(self) -> MonoUs:
        """Return when the next one is due."""
        return self._waiting[0][0] if self._waiting else FAR_FUTURE_US

    def flush(self, now_us: MonoUs) -> None:
        """Send what is due."""
        while self._waiting and self._waiting[0][0] <= now_us:
            self._send(heapq.heappop(self._waiting)[2])

    def flush_all(self) -> None:
        """Send everything."""
        self.flush(FAR_FUTURE_US)
