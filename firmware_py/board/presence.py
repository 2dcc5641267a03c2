"""Is there a screen to draw on? What the kernel says of the monitors' cables is looked at once a second.

    a monitor is unplugged       lost: told, the board goes on drawing for nobody
    it is plugged in again       back: the output ends and is started anew, for its picture may have another size
    none could be opened         lost from the start: drawn in memory; back as soon as one can be opened

A machine without a single connector (a desk, a virtual one) has no cable to watch. So has an X server whose screen is
none of the kernel's monitors. Many a monitor that is switched off looks like one that is unplugged: nobody looks while
the board is dark, nor for `WAKE_US` after that.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeAlias

from firmware_py.core.units import FAR_FUTURE_US, SECOND, MonoUs

CONNECTORS = Path("/sys/class/drm")
LOOK_US = SECOND
RETRY_US = 5 * SECOND
WAKE_US = 8 * SECOND

News: TypeAlias = Literal["", "lost", "back"]


def connectors(directory: Path = CONNECTORS) -> dict[str, bool]:
    """Return the graphics card's connectors by name, and whether a monitor is connected to each."""
    return {status.parent.name: _is_connected(status) for status in sorted(directory.glob("card*-*/status"))}


def _is_connected(status: Path) -> bool:
    try:
        return status.read_text(encoding="ascii").strip() == "connected"
    except (OSError, ValueError):
        return False  # the card itself has gone


class Presence:
    """Watches for one output: the cable of the screen that it has opened, or the coming of one that it can open."""

    def __init__(self, directory: Path, can_open: Callable[[], bool], *, opened: bool, wanted: bool) -> None:
        """Take where connectors are found; `opened`: there is a screen; `wanted`: one is missed where there is none."""
        self._directory, self._can_open, self._opened = directory, can_open, opened
        self._plugged = any(connectors(directory).values())
        self._watches = self._plugged if opened else wanted
        self._due_us: MonoUs = 0
        self._retry_us: MonoUs = 0

    def darken(self, mono_us: MonoUs, *, dark: bool) -> None:
        """Look away while the board is dark, and until a monitor has had time to wake up."""
        self._due_us = FAR_FUTURE_US if dark else mono_us + WAKE_US

    def look(self, mono_us: MonoUs) -> News:
        """Return what is news, at most once a second."""
        if not self._watches or mono_us < self._due_us:
            return ""
        self._due_us = mono_us + LOOK_US
        plugged, before = any(connectors(self._directory).values()), self._plugged
        self._plugged = plugged
        if self._opened:
            return "" if plugged is before else "back" if plugged else "lost"
        if mono_us < self._retry_us and plugged is before:
            return ""
        self._retry_us = mono_us + RETRY_US
        return "back" if self._can_open() else ""
