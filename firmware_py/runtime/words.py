"""Words on a serial line, each answered by a word: the way to amplifiers and panels that are no standard's.

The port is opened when it is needed, and anew after every fault. What went wrong is a `LineFault` with what came
instead of the answer; a driver makes its own error of it.
"""

from __future__ import annotations

import termios
import time

import serial

LINE_FAULTS = (OSError, ValueError, termios.error)
"""What gpiod, minimalmodbus and pyserial say of wrong settings, answers and lines: pyserial lets through what one that
was pulled out says."""

_MOST_BYTES = 4096


class LineFault(Exception):
    """The line does not answer, or not what it should."""


class WordLine:
    """One serial port, spoken to in words."""

    def __init__(self, port: str, baud: int, answer_s: float) -> None:
        """Take the port and how long an answer may take; it is not opened yet."""
        self._name, self._baud, self._answer_s = port, baud, answer_s
        self._port: serial.Serial | None = None

    def ask(self, word: str, answers: tuple[str, ...]) -> str:
        """Send a word; return which of the answers came, "" where none is waited for; raise `LineFault`."""
        answers = tuple(filter(None, answers))
        try:
            port = self._opened()
            port.reset_input_buffer()  # what came unasked answers nothing
            port.write(_bytes(word))
            return self._answer(port, answers)
        except LINE_FAULTS as error:
            raise LineFault(f"{self._name}: {error}; see cable and rights of the port") from error

    def close(self) -> None:
        """Close the port."""
        if self._port:
            self._port.close()
        self._port = None

    def _answer(self, port: serial.Serial, answers: tuple[str, ...]) -> str:
        heard, until_s = b"", time.monotonic() + self._answer_s
        while answers:
            more = port.read(1)
            heard += more
            for answer in answers:
                if _bytes(answer) in heard:
                    return answer
            if not more or len(heard) > _MOST_BYTES or time.monotonic() > until_s:
                what = "nothing" if not heard else repr(heard[:40])
                raise LineFault(f"{self._name}: answered {what} in place of {' or '.join(map(repr, answers))}")
        return ""

    def _opened(self) -> serial.Serial:
        if self._port is None:
            limit_s = self._answer_s
            self._port = serial.Serial(self._name, self._baud, timeout=limit_s, write_timeout=limit_s, exclusive=True)
        return self._port


def _bytes(word: str) -> bytes:
    return word.encode("latin-1")
