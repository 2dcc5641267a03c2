"""A panel that takes words on a serial port, each answered by a word (see `panel_settings.PanelWords`)."""

from __future__ import annotations

import time

from firmware_py.board.panel.driver import silent
from firmware_py.core.panel import Light
from firmware_py.core.panel_settings import LEVEL_PLACE, PanelWords
from firmware_py.runtime.words import LineFault, WordLine


class Words:
    """Says them: power first, then, of one that is on, the input and the brightness."""

    def __init__(self, words: PanelWords, answer_s: float, warm_up_s: float) -> None:
        """Take the words, how long an answer may take, and a panel that was off before it listens."""
        self._words, self._warm_up_s = words, warm_up_s
        self._line = WordLine(words.port, words.baud, answer_s)
        self._lit = False

    def lighten(self, light: Light) -> None:
        """Say what it is to be; after a fault all of it anew."""
        words = self._words
        if not light.on:
            self._lit = False
            self._ask(words.off, words.off_answer)
            return
        self._ask(words.on, words.on_answer)
        if not self._lit:
            time.sleep(self._warm_up_s)
            if words.input:
                self._ask(words.input, words.input_answer)
            self._lit = True
        if words.brightness:
            self._ask(level_word(words, light.brightness_pct), words.brightness_answer)

    def read(self) -> bool | None:
        """Ask whether it is on, where there is a word for that."""
        words = self._words
        if not words.query:
            return None
        return self._ask(words.query, words.on_state, words.off_state) == words.on_state

    def close(self) -> None:
        """Close the port."""
        self._line.close()
        self._lit = False

    def _ask(self, word: str, *answers: str) -> str:
        try:
            return self._line.ask(word, answers)
        except LineFault as fault:
            raise silent(str(fault)) from fault


def level_word(words: PanelWords, brightness_pct: int) -> str:
    """Return the word for a brightness, in the panel's own steps and digits."""
    level = words.level_min + round((words.level_max - words.level_min) * brightness_pct / 100)
    return LEVEL_PLACE.sub(lambda place: format(level, place[1] or "d"), words.brightness)
