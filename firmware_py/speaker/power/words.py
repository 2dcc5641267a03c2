"""An amplifier that takes words on a serial port, each answered by a word (see `settings.SerialWords`)."""

from __future__ import annotations

import time

import serial

from firmware_py.core.settings import SerialWords
from firmware_py.speaker.power.driver import LINE_FAULTS, silent

_MOST_BYTES = 4096


class Words:
    """Opens the port when it is needed, and anew after every fault."""

    def __init__(self, words: SerialWords, answer_s: float) -> None:
        """Take the words and how long an answer may take."""
        self._words, self._answer_s = words, answer_s
        self._port: serial.Serial | None = None

    def switch(self, *, on: bool) -> None:
        """Send the word, and wait for its answer."""
        words = self._words
        word, answer = (words.on, words.on_answer) if on else (words.off, words.off_answer)
        self._ask(word, (answer,) if answer else ())

    def read(self) -> bool | None:
        """Ask how it is, where there is a word for that."""
        words = self._words
        if not words.query:
            return None
        return self._ask(words.query, (words.on_answer, words.off_answer)) == words.on_answer

    def close(self) -> None:
        """Close the port."""
        if self._port:
            self._port.close()
        self._port = None

    def _ask(self, word: str, answers: tuple[str, ...]) -> str:
        """Send a word; return which of the answers came, or raise `Unavailable` with what came instead."""
        try:
            port = self._opened()
            port.reset_input_buffer()  # what came unasked answers nothing
            port.write(_bytes(word))
            return self._answer(port, answers)
        except LINE_FAULTS as error:
            what = f"{self._words.port}: {error}; see cable and rights of the port"
            raise silent(what) from error

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
                raise silent(f"{self._words.port}: answered {what} in place of {' or '.join(map(repr, answers))}")
        return ""

    def _opened(self) -> serial.Serial:
        if self._port is None:
            self._port = serial.Serial(self._words.port, self._words.baud, timeout=self._answer_s, exclusive=True)
        return self._port


def _bytes(word: str) -> bytes:
    return word.encode("latin-1")
