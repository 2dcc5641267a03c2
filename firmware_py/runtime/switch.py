"""What switches the amplifier for the agent: a process of its own, which switches it off when the agent has ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from firmware_py.core.events import Switched
from firmware_py.core.settings import Power
from firmware_py.core.units import MonoUs
from firmware_py.runtime.output import Post
from firmware_py.runtime.warden import Device, Warden


class Switch(Protocol):
    """What switches the amplifier."""

    def turn(self, *, on: bool) -> None:
        """Have it switched; the answer comes as an event. Does not block."""

    def tend(self, now_us: MonoUs) -> None:
        """Look after whatever does it."""

    def close(self) -> None:
        """Have it switched off, and wait for that a moment."""


class NoSwitch:
    """For a box whose amplifier is always on, or which has none."""

    def __init__(self, _post: Post) -> None:
        """Take whom there is nothing to tell."""

    def turn(self, *, on: bool) -> None:
        """Do nothing."""

    def tend(self, now_us: MonoUs) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


OpenSwitch: TypeAlias = Callable[[Post], Switch]


class SwitchProcess(Warden):
    """Tells the process `on` or `off`, a word a line."""

    def __init__(self, command: tuple[str, ...], power: Power, post: Post) -> None:
        """Take what to start; nothing is started yet."""
        gone = Switched(on=False, detail="what switches the amplifier has ended; it is started again")
        super().__init__(command, Device("amplifier", power, Switched), gone, post)
        self.turn(on=False)

    def turn(self, *, on: bool) -> None:
        """Pass it on."""
        self.want(b"on\n" if on else b"off\n")
