"""The mains (điện lưới), as a line of the box's own pins tells it: a box on its battery says so while it still can.

A thread waits for the line to change; the kernel leaves out what bounces. Each change is a fault that goes to the
source at once: after the first it may be the last thing that is heard of this box for a while.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

import gpiod
from gpiod.line import Direction, Edge, Value

from firmware_py.core.errors import Code
from firmware_py.core.events import Event, Noticed
from firmware_py.core.settings import GpioLine

BOUNCE = timedelta(milliseconds=50)
RETRY_S = 60.0
CALM_S = 60.0
"""After a change the line is not looked at for so long: one that floats would fill the journal and the uplink."""

LOST = "the mains are gone: this box lives on its battery, and ends without another word"
BACK = "the mains are back"


class Line(Protocol):
    """An input that is on while there is power."""

    def read(self) -> bool:
        """Return the present value; raise `OSError` when there is no such line."""

    def wait(self) -> bool:
        """Return the next value, once it has changed; raise `OSError` when the line is gone."""


class GpioInput:
    """A line of the box's own pins."""

    def __init__(self, line: GpioLine) -> None:
        self._line = line
        self._request: gpiod.LineRequest | None = None

    def read(self) -> bool:
        """Open the line anew, and return its value."""
        if self._request:
            self._request.release()
            self._request = None
        settings = gpiod.LineSettings(
            direction=Direction.INPUT,
            edge_detection=Edge.BOTH,
            debounce_period=BOUNCE,
            active_low=self._line.active_low,
        )
        self._request = gpiod.request_lines(self._line.chip, {self._line.line: settings}, consumer="ttcs-mains")
        return self._request.get_value(self._line.line) is Value.ACTIVE

    def wait(self) -> bool:
        """Wait for an edge, and return the value behind it."""
        assert self._request  # noqa: S101 - read comes first
        self._request.read_edge_events()
        return self._request.get_value(self._line.line) is Value.ACTIVE


class Mains:
    """Tells when the mains go and come."""

    def __init__(
        self, line: Line, post: Callable[[Event], None], name: str = "the mains line", calm_s: float = CALM_S
    ) -> None:
        self._line, self._post, self._name, self._calm_s = line, post, name, calm_s
        self._on, self._well = True, True
        self._closed = threading.Event()
        threading.Thread(target=self._run, name="mains", daemon=True).start()

    def close(self) -> None:
        """Try no more; a wait for the line ends with the process."""
        self._closed.set()

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                self._follow()
            except (OSError, ValueError) as error:  # gpiod says ValueError of a line that the chip has not
                self._fail(error)
                self._closed.wait(RETRY_S)

    def _follow(self) -> None:
        on = self._line.read()
        self._well = True
        while not self._closed.is_set():
            calm = self._note(on=on) and not self._closed.wait(self._calm_s)
            on = self._line.read() if calm else self._line.wait()

    def _note(self, *, on: bool) -> bool:
        """Tell a change at once; return whether it was one."""
        if on is self._on:
            return False
        self._on = on
        self._post(Noticed(Code.MAINS_BACK if on else Code.MAINS_LOST, "mains", BACK if on else LOST))
        return True

    def _fail(self, error: Exception) -> None:
        """Say once that nothing is known of the mains."""
        if self._well:
            what = f"{self._name}: {error}; see gpioinfo, and whether the group gpio may"
            self._post(Noticed(Code.DEVICE_LOST, "mains", what))
        self._well = False
