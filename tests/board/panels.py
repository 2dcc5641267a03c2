"""Panels that understand only the right bytes: what a serial line, or a program of the system, has at its other end."""

from __future__ import annotations

from pathlib import Path

from firmware_py.core.panel_settings import PanelWords

ON, OFF, INPUT, QUERY = b"POWER ON\r", b"POWER OFF\r", b"INPUT HDMI1\r", b"POWER?\r"


def brightness(level: int) -> bytes:
    """Return the word for a brightness in this panel's own steps."""
    return b"BRT %02X\r" % level


def words(port: Path) -> PanelWords:
    """Return the config of this panel: 16 steps of brightness, in two hexadecimal digits."""
    return PanelWords(
        str(port),
        on="POWER ON\r",
        off="POWER OFF\r",
        on_answer="OK\r",
        off_answer="OK\r",
        query="POWER?\r",
        on_state="POWER=1\r",
        off_state="POWER=0\r",
        brightness="BRT {level:02X}\r",
        brightness_answer="BRT OK\r",
        level_min=0,
        level_max=15,
        input="INPUT HDMI1\r",
        input_answer="INPUT OK\r",
    )


class LedPanel:
    """It listens to anything but its power only while it is on."""

    def __init__(self) -> None:
        """It is on and bright, as somebody has left it."""
        self.on = True
        self.level = 15
        self.input = "VGA"
        self.lines: list[bytes] = []
        self.deaf_to = 0

    def answer(self, heard: bytearray) -> bytes:
        """Answer a whole line."""
        line, end, rest = bytes(heard).partition(b"\r")
        if not end:
            return b""
        heard[:] = rest
        line += end
        self.lines.append(line)
        if self.deaf_to:
            self.deaf_to -= 1
            return b""
        return self._obey(line)

    def _obey(self, line: bytes) -> bytes:
        if line in (ON, OFF):
            self.on = line == ON
            return b"OK\r"
        if line == QUERY:
            return b"POWER=1\r" if self.on else b"POWER=0\r"
        if self.on and line == INPUT:
            self.input = "HDMI1"
            return b"INPUT OK\r"
        if self.on and line in map(brightness, range(16)):
            self.level = int(line[4:6], 16)
            return b"BRT OK\r"
        return b""


def program(directory: Path, name: str, body: str) -> Path:
    """Write a program that notes its arguments in a file beside it, and goes on with `body`; return that file."""
    path, called = directory / name, directory / f"{name}.called"
    path.write_text(f'#!/bin/sh\necho "$@" >> {called}\n{body}\n')
    path.chmod(0o755)
    return called
