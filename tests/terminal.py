"""A pseudo terminal with an emulator of a device at its other end."""

from __future__ import annotations

import os
import select
import threading
import tty
from pathlib import Path
from typing import Generic, Protocol, Self, TypeVar


class Wire(Protocol):
    """What an emulator does with what comes: takes whole messages from the front, returns what it answers."""

    def answer(self, heard: bytearray) -> bytes:
        """Return the answer to what was heard, and take that away."""


W = TypeVar("W", bound=Wire)


class Terminal(Generic[W]):
    """The other end of the line. It can be unplugged, and fall silent.

    Only the thread that serves a line touches its descriptors: one that another thread has closed is soon the number of
    another line, and two emulators would answer there.
    """

    def __init__(self, wire: W, path: Path) -> None:
        """Make a pseudo terminal and a name for it that stays the same."""
        self.wire, self.path = wire, path
        self.silent = False
        self._plug: tuple[threading.Thread, int] | None = None
        self.plug_in()

    def __enter__(self) -> Self:
        """It is plugged in already."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Unplug it."""
        self.unplug()

    def plug_in(self) -> None:
        """Have a line of the same name again."""
        master, slave = os.openpty()
        tty.setraw(slave)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(slave))
        pulled, pull = os.pipe()
        thread = threading.Thread(target=self._serve, args=(master, slave, pulled), daemon=True)
        thread.start()
        self._plug = thread, pull

    def unplug(self) -> None:
        """Pull it out, and wait until it is."""
        if self._plug:
            thread, pull = self._plug
            self._plug = None
            self.path.unlink(missing_ok=True)
            os.close(pull)
            thread.join()

    def _serve(self, master: int, slave: int, pulled: int) -> None:
        heard = bytearray()
        while pulled not in select.select([master, pulled], [], [])[0]:
            heard += os.read(master, 256)
            while reply := self.wire.answer(heard):
                if not self.silent:
                    os.write(master, reply)
        for descriptor in (master, slave, pulled):
            os.close(descriptor)
