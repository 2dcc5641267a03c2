"""A relay on a line of the box's own pins (gpiod, character device of the kernel)."""

from __future__ import annotations

import gpiod
from gpiod.line import Direction, Value

from firmware_py.core.settings import GpioLine
from firmware_py.runtime.words import LINE_FAULTS
from firmware_py.speaker.power.driver import silent


class Gpio:
    """Holds the line for as long as it is open; the kernel takes it back when the process ends."""

    def __init__(self, line: GpioLine) -> None:
        """Take which line; it is not opened yet."""
        self._line = line
        self._request: gpiod.LineRequest | None = None

    def switch(self, *, on: bool) -> None:
        """Set the line."""
        try:
            self._opened().set_value(self._line.line, Value.ACTIVE if on else Value.INACTIVE)
        except LINE_FAULTS as error:
            raise self._lost(error) from error

    def read(self) -> bool:
        """Return the value that the line has."""
        try:
            return self._opened().get_value(self._line.line) is Value.ACTIVE
        except LINE_FAULTS as error:
            raise self._lost(error) from error

    def close(self) -> None:
        """Release the line."""
        if self._request:
            self._request.release()
        self._request = None

    def _opened(self) -> gpiod.LineRequest:
        if self._request is None:
            settings = gpiod.LineSettings(
                direction=Direction.OUTPUT, active_low=self._line.active_low, output_value=Value.INACTIVE
            )
            self._request = gpiod.request_lines(self._line.chip, {self._line.line: settings}, consumer="ttcs-amplifier")
        return self._request

    def _lost(self, error: Exception) -> Exception:
        line = f"{self._line.chip} line {self._line.line}"
        return silent(f"{line}: {error}; see gpioinfo, and whether the group gpio may")
