"""What switches and dims the board's panel for the agent: a process of its own, which leaves it as it is at its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from firmware_py.core.codec import to_json
from firmware_py.core.events import Lit
from firmware_py.core.panel import FULL, Light
from firmware_py.core.panel_settings import Panel
from firmware_py.core.units import MonoUs
from firmware_py.runtime.output import Post
from firmware_py.runtime.warden import Device, Warden


class PanelSwitch(Protocol):
    """What switches and dims the panel."""

    def lighten(self, light: Light) -> None:
        """Have it so; the answer comes as an event. Does not block."""

    def tend(self, now_us: MonoUs) -> None:
        """Look after whatever does it."""

    def close(self) -> None:
        """Let it end."""


class NoPanelSwitch:
    """For a panel that is always on, and for a box without one."""

    def __init__(self, _post: Post) -> None:
        """Take whom there is nothing to tell."""

    def lighten(self, light: Light) -> None:
        """Do nothing."""

    def tend(self, now_us: MonoUs) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


OpenPanelSwitch: TypeAlias = Callable[[Post], PanelSwitch]


class PanelProcess(Warden):
    """Tells the process how the panel is to be, a line of JSON each time."""

    def __init__(self, command: tuple[str, ...], panel: Panel, post: Post) -> None:
        """Take what to start; nothing is started yet."""
        gone = Lit(FULL, "what switches the panel has ended; it is started again")
        super().__init__(command, Device("panel", panel, Lit), gone, post)

    def lighten(self, light: Light) -> None:
        """Pass it on."""
        self.want(to_json(light) + b"\n")
