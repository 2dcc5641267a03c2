"""What every way of switching an amplifier can do."""

from __future__ import annotations

from typing import Protocol

from firmware_py.core.errors import Code, Unavailable


class Driver(Protocol):
    """Reaches an amplifier. Every call may block for the time that the line takes, and may raise `Unavailable`."""

    def switch(self, *, on: bool) -> None:
        """Switch it; opens the line when it is not open."""

    def read(self) -> bool | None:
        """Return whether it says that it is on; None where it cannot say."""

    def close(self) -> None:
        """Let go of the line, so that the next call opens it anew."""


def silent(detail: str) -> Unavailable:
    """Return the error of an amplifier that does not answer, or not what it should."""
    return Unavailable(Code.AMPLIFIER_SILENT, detail)
