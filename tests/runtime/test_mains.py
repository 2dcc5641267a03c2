"""The mains go and come: each is told once, and a line that cannot be read is told too."""

from __future__ import annotations

import queue
from pathlib import Path

from firmware_py.core.errors import Code
from firmware_py.core.events import Event, Noticed
from firmware_py.core.settings import GpioLine
from firmware_py.runtime.mains import GpioInput, Mains


class House:
    """A house with a fuse, as seen by the box's pin."""

    def __init__(self, *, powered: bool = True) -> None:
        """Begin with or without power."""
        self.powered = powered
        self._changes: queue.SimpleQueue[bool | OSError] = queue.SimpleQueue()

    def goes(self, *, on: bool) -> None:
        """Let the power come or go."""
        self._changes.put(on)

    def breaks(self) -> None:
        """Let the pin be lost."""
        self._changes.put(OSError(19, "No such device"))

    def left(self) -> int:
        """Return how many changes nobody has looked at."""
        return self._changes.qsize()

    def read(self) -> bool:
        """Return whether there is power, as of the last change that was seen."""
        return self.powered

    def wait(self) -> bool:
        """Wait for a change."""
        change = self._changes.get()
        if isinstance(change, OSError):
            raise change
        self.powered = change
        return change


def watched(house: House) -> queue.SimpleQueue[Event]:
    """Return the queue into which a watched house tells."""
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    Mains(house, events.put, calm_s=0.0)
    return events


def codes(events: queue.SimpleQueue[Event], count: int) -> list[Code]:
    """Wait for so many faults; return their codes."""
    found = [events.get(timeout=5) for _ in range(count)]
    return [fault.code for fault in found if isinstance(fault, Noticed)]


def test_the_mains_go_and_come() -> None:
    """One word each; a change to what it is already is none."""
    house = House()
    events = watched(house)
    for on in (False, False, True, True, False):
        house.goes(on=on)
    assert codes(events, 3) == [Code.MAINS_LOST, Code.MAINS_BACK, Code.MAINS_LOST]


def test_a_line_that_floats_is_told_at_once_and_then_seldom() -> None:
    """The first change is told as it comes; in the minute after it nothing more, however often the line changes."""
    house, events = House(), queue.SimpleQueue[Event]()
    mains = Mains(house, events.put, calm_s=60.0)
    for _ in range(50):
        house.goes(on=False)
        house.goes(on=True)
    assert codes(events, 1) == [Code.MAINS_LOST]
    mains.close()
    assert house.left() == 99
    assert events.empty()


def test_a_start_without_mains_is_told() -> None:
    """A box that boots on its battery says so at once."""
    assert codes(watched(House(powered=False)), 1) == [Code.MAINS_LOST]


def test_a_lost_line_is_told() -> None:
    """A pin that is gone is a fault of its own: nothing is known of the mains then."""
    house = House()
    events = watched(house)
    house.breaks()
    assert codes(events, 1) == [Code.DEVICE_LOST]


def test_a_chip_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The real driver, on a machine without such pins, says which chip it wanted."""
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    Mains(GpioInput(GpioLine(17, str(tmp_path / "gpiochip9"))), events.put, "gpiochip9 line 17")
    fault = events.get(timeout=5)
    assert isinstance(fault, Noticed)
    assert fault.code is Code.DEVICE_LOST
    assert "gpiochip9 line 17" in fault.detail
    assert "gpioinfo" in fault.detail
