"""A modem on a serial port: a thread asks it, and whoever wants to know reads what it has last said.

Nobody waits for a modem: its answers take seconds at times, and one that is pulled out may never answer. The port is
opened anew for each round, so that a modem that comes back under the same name is heard again.
"""

from __future__ import annotations

import termios
import threading
from collections.abc import Callable

import serial

from firmware_py.core.errors import Code
from firmware_py.core.events import Event, Noticed
from firmware_py.core.radio import QUESTIONS, Radio, radio
from firmware_py.core.settings import Modem as Settings

_MOST_BYTES = 4096
_LAST = (b"OK", b"ERROR", b"+CME ERROR", b"+CMS ERROR")


class NoModem:
    """A box without one."""

    radio = Radio()


class Modem:
    """Asks at once and then every `period_s`. A modem that has nothing to say is told once, until it speaks again."""

    def __init__(self, settings: Settings, post: Callable[[Event], None]) -> None:
        self._settings, self._post = settings, post
        self._well = True
        self._closed = threading.Event()
        self.radio = Radio()
        threading.Thread(target=self._run, name="modem", daemon=True).start()

    def close(self) -> None:
        """Ask no more."""
        self._closed.set()

    def _run(self) -> None:
        while True:
            self._ask()
            if self._closed.wait(self._settings.period_s):
                return

    def _ask(self) -> None:
        """Ask everything, and keep what comes; after a fault nothing is known."""
        try:
            with self._opened() as port:
                _say(port, "ATE0")  # an echo is no answer
                self.radio = radio({question: _say(port, question) for question in QUESTIONS})
                self._well = True
        except (
            OSError,
            ValueError,
            termios.error,
        ) as error:  # pyserial lets through what the line says
            self.radio = Radio()
            if self._well:
                what = f"{self._settings.port}: {error}; see the cable, modem.port, and the rights of the port"
                self._post(Noticed(Code.MODEM_SILENT, "modem", what))
            self._well = False

    def _opened(self) -> serial.Serial:
        settings, limit_s = self._settings, self._settings.answer_s
        return serial.Serial(settings.port, settings.baud, timeout=limit_s, write_timeout=limit_s, exclusive=True)


def _say(port: serial.Serial, command: str) -> str:
    """Send a command; return its lines up to the last, or raise `SerialTimeoutException` when that does not come."""
    port.reset_input_buffer()
    port.write(command.encode() + b"\r")
    lines: list[bytes] = []
    left = _MOST_BYTES
    while left > 0 and (line := port.readline(left)):
        left -= len(line)
        lines.append(line.strip())
        if lines[-1].startswith(_LAST):
            return b"\n".join(lines).decode("latin-1")
    heard = repr(b" ".join(lines)[:40]) if lines else "nothing"
    raise serial.SerialTimeoutException(f"{command} was answered by {heard}")
