"""A television on an HDMI cable with CEC: woken, sent to standby and asked by cec-ctl; it cannot be dimmed."""

from __future__ import annotations

import re

from firmware_py.board.panel.command import run
from firmware_py.board.panel.driver import silent
from firmware_py.core.panel import Light
from firmware_py.core.panel_settings import Cec as Settings

_STATE = re.compile(r"pwr-state: (?:to-)?(on|standby)\b")
"""What cec-ctl prints of the answer to `give-device-power-status`; a television on its way is where it goes to."""


class Cec:
    """Speaks to the television, logical address 0."""

    def __init__(self, settings: Settings) -> None:
        """Take the adapter and this box's address."""
        self._settings = settings
        self._joined = False

    def lighten(self, light: Light) -> None:
        """Wake it, and have it show this box; or send it to standby."""
        if not self._joined:
            self._cec("--playback")
            self._joined = True
        self._cec("--to", "0", "--image-view-on" if light.on else "--standby")
        if light.on and self._settings.address:
            self._cec("--to", "0", "--active-source", f"phys-addr={self._settings.address}")

    def read(self) -> bool:
        """Ask the television; one that does not answer is not there, or has CEC switched off."""
        found = _STATE.search(self._cec("--to", "0", "--give-device-power-status"))
        if found is None:
            raise silent(f"{self._settings.device}: the television does not answer; see the cable, and CEC in its menu")
        return found[1] == "on"

    def close(self) -> None:
        """Take an address anew with the next word: whoever changed the cable has lost it."""
        self._joined = False

    def _cec(self, *arguments: str) -> str:
        return run(("cec-ctl", "--device", self._settings.device, *arguments), "v4l-utils")
