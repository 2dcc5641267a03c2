"""What every way of switching a panel can do."""

from __future__ import annotations

from typing import Protocol

from firmware_py.core.errors import Code, Unavailable
from firmware_py.core.panel import Light


class Driver(Protocol):
    """Reaches a panel. Every call may block for the time that the line takes, and may raise `Unavailable`."""

    def lighten(self, light: Light) -> None:
        """Switch it, and make it as bright as that where it can be; opens the line when it is not open."""

    def read(self) -> bool | None:
        """Return whether it says that it is on; None where it cannot say."""

    def close(self) -> None:
        """Let go of the line, so that the next call opens it anew."""


def silent(detail: str) -> Unavailable:
    """Return the error of a panel that does not answer, or not what it should."""
    return Unavailable(Code.PANEL_SILENT, detail)
