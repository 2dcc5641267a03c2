"""An amplifier that takes words on a serial port, each answered by a word (see `settings.SerialWords`)."""

from __future__ import annotations

from firmware_py.core.settings import SerialWords
from firmware_py.runtime.words import LineFault, WordLine
from firmware_py.speaker.power.driver import silent


class Words:
    """Says them."""

    def __init__(self, words: SerialWords, answer_s: float) -> None:
        """Take the words and how long an answer may take."""
        self._words = words
        self._line = WordLine(words.port, words.baud, answer_s)

    def switch(self, *, on: bool) -> None:
        """Send the word, and wait for its answer."""
        words = self._words
        word, answer = (words.on, words.on_answer) if on else (words.off, words.off_answer)
        self._ask(word, (answer,))

    def read(self) -> bool | None:
        """Ask how it is, where there is a word for that."""
        words = self._words
        if not words.query:
            return None
        return self._ask(words.query, (words.on_answer, words.off_answer)) == words.on_answer

    def close(self) -> None:
        """Close the port."""
        self._line.close()

    def _ask(self, word: str, answers: tuple[str, ...]) -> str:
        try:
            return self._line.ask(word, answers)
        except LineFault as fault:
            raise silent(str(fault)) from fault
