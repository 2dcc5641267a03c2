"""What the process that draws says of a film: which slots it has given back, whether it is seen, how loud it is."""

from __future__ import annotations

import os
import select
from collections.abc import Callable

from firmware_py.board.video.orders import FREED, SEEN, SLOTS
from firmware_py.core.units import SECOND, DurationUs, MonoUs

_MOST_BYTES = 256


class Gone(Exception):
    """Nobody shows the film any more."""


class Viewer:
    """The reading end of a film's control pipe."""

    def __init__(self, control: int, volume_pct: int, mono_us: Callable[[], MonoUs]) -> None:
        """Take the pipe and the volume to begin with."""
        self._control = control
        self._mono_us = mono_us
        self.volume_pct = volume_pct
        self.seen_mono_us: MonoUs = 0
        self.free_slots = SLOTS

    def listen(self, timeout_us: DurationUs | None) -> None:
        """Wait for a word, None: for as long as it takes; raise `Gone` when nobody is there."""
        wait_s = None if timeout_us is None else max(0.0, timeout_us / SECOND)
        if not select.select((self._control,), (), (), wait_s)[0]:
            return
        said = os.read(self._control, _MOST_BYTES)
        if not said:
            raise Gone
        for word in said:
            self._take(word)

    def _take(self, word: int) -> None:
        if word == FREED:
            self.free_slots += 1
        if word in {FREED, SEEN}:
            self.seen_mono_us = self._mono_us()
        else:
            self.volume_pct = min(word, 100)
