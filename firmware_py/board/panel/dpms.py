"""A panel whose signal or backlight the box switches by itself: DPMS of an X server (xset), a backlight of the kernel.

An X server can switch a monitor and read it back, and dims nothing. A backlight (the panel of a laptop, of a DSI or
eDP cable) can do all three, with or without an X server. An HDMI monitor without an X server can be switched by
neither: the output holds the graphics card, and the kernel lets nobody else touch it.
"""

from __future__ import annotations

import re
from pathlib import Path

from firmware_py.board.panel.command import run
from firmware_py.board.panel.driver import silent
from firmware_py.core.panel import Light
from firmware_py.core.panel_settings import Dpms as Settings

_ALWAYS = ("s", "off", "dpms", "0", "0", "0")
"""An X server that waits for a key blanks the screen by itself; it is told not to."""

_MONITOR = re.compile(r"Monitor is (\w+)")
_POWERED, _UNPOWERED = "0", "4"
"""Of a backlight, as FB_BLANK_UNBLANK and FB_BLANK_POWERDOWN of the kernel."""


class Dpms:
    """Switches whichever of the two there is, or both."""

    def __init__(self, settings: Settings) -> None:
        """Take the X server and the backlight."""
        self._display = settings.display
        self._backlight = Path(settings.backlight) if settings.backlight else None

    def lighten(self, light: Light) -> None:
        """Switch and dim it."""
        if self._display:
            self._xset(*_ALWAYS, "dpms", "force", "on" if light.on else "off")
        if self._backlight:
            self._light(self._backlight, light)

    def read(self) -> bool | None:
        """Return what the X server says of the monitor, else the backlight of itself."""
        if self._display:
            found = _MONITOR.search(self._xset("q"))
            return found[1] == "On" if found else None
        return self._read("bl_power") == _POWERED

    def close(self) -> None:
        """Nothing is held."""

    def _xset(self, *arguments: str) -> str:
        return run(("xset", "-display", self._display, *arguments), "x11-xserver-utils")

    def _light(self, backlight: Path, light: Light) -> None:
        try:
            if light.on:
                most = int(self._read("max_brightness"))
                (backlight / "brightness").write_text(str(max(1, round(most * light.brightness_pct / 100))))
            (backlight / "bl_power").write_text(_POWERED if light.on else _UNPOWERED)
        except (OSError, ValueError) as error:
            raise silent(f"{backlight}: {error}; see whether it is there and this user may write to it") from error

    def _read(self, name: str) -> str:
        assert self._backlight  # noqa: S101 - who asks has seen it
        try:
            return (self._backlight / name).read_text(encoding="ascii").strip()
        except (OSError, ValueError) as error:
            raise silent(f"{self._backlight / name}: {error}") from error
