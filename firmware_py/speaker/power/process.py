"""`python -m firmware_py.speaker.power.process`: switches the amplifier as it is told, and off when nobody tells.

First line of its input: the settings. Then `on` or `off`, a word a line. Its end is the end of the agent: the
amplifier goes off. What the amplifier has answered goes out as `Switched`, a line of JSON, whenever it is news; it
is asked again every `CHECK_S`, and what failed is tried again every `AGAIN_S`.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

from firmware_py.core.codec import from_json, to_json
from firmware_py.core.errors import Unavailable
from firmware_py.core.events import Switched
from firmware_py.core.settings import Power
from firmware_py.core.shape import load
from firmware_py.runtime.child import ends_with_the_agent
from firmware_py.speaker.power.driver import Driver
from firmware_py.speaker.power.drivers import driver_of

CHECK_S = 5.0
AGAIN_S = 3.0
OFF_TRIES = CHECK_TRIES = 3

Words = SimpleQueue[bytes]
"""What the agent says; nothing at its end."""


class Amplifier:
    """Keeps an amplifier as it was told, and tells what is news."""

    def __init__(self, driver: Driver, tell: Callable[[Switched], None]) -> None:
        """Take the driver and who wants to know."""
        self._driver, self._tell = driver, tell
        self._told: Switched | None = None
        self._sure = False

    @property
    def pause_s(self) -> float:
        """How long to wait for a word before looking again."""
        return CHECK_S if self._sure else AGAIN_S

    def bring(self, *, on: bool) -> bool:
        """Switch it, and return whether it is now as it should be."""
        return self._attempt(on=on, switch=True)

    def check(self, *, on: bool) -> bool:
        """See whether it still is as it should be, and switch it where it is not.

        An answer that is lost is asked for again before anything is told: in a noisy line that is no fault.
        """
        if self._attempt(on=on, switch=not self._sure, last=False):
            return True
        tries = (self._attempt(on=on, switch=True, last=number == CHECK_TRIES) for number in range(2, CHECK_TRIES + 1))
        return any(tries)

    def _attempt(self, *, on: bool, switch: bool, last: bool = True) -> bool:
        try:
            if switch:
                self._driver.switch(on=on)
            found = self._driver.read()
        except Unavailable as error:
            return self._failed(Switched(on=on, detail=error.detail) if last else None)
        if found not in (None, on):
            what = f"says that it is {'on' if found else 'off'} though it was switched {'on' if on else 'off'}"
            return self._failed(Switched(on=on, detail=what))
        self._say(Switched(on=on))
        self._sure = True
        return True

    def _failed(self, news: Switched | None) -> bool:
        self._driver.close()
        self._sure = False
        if news:
            self._say(news)
        return False

    def _say(self, news: Switched) -> None:
        if news != self._told:
            self._tell(news)
        self._told = news


def serve(amplifier: Amplifier, words: Words) -> None:
    """Obey until the end, and leave it off."""
    on = False
    amplifier.bring(on=on)
    while True:
        try:
            word = words.get(timeout=amplifier.pause_s)
        except Empty:
            amplifier.check(on=on)
            continue
        if not word:
            break
        on = word.strip() == b"on"
        amplifier.bring(on=on)
    for _ in range(OFF_TRIES):
        if amplifier.bring(on=False):
            break


def main() -> int:
    """Serve the agent at the other end of the standard input; return the exit status."""
    ends_with_the_agent()
    power = load(Power, from_json(sys.stdin.buffer.readline()), "the settings of the amplifier")
    words: Words = SimpleQueue()
    threading.Thread(target=_read, args=(words,), name="words", daemon=True).start()
    serve(Amplifier(driver_of(power), _tell), words)
    return 0


def _read(words: Words) -> None:
    for line in sys.stdin.buffer:
        words.put(line)
    words.put(b"")


def _tell(news: Switched) -> None:
    try:
        sys.stdout.buffer.write(to_json(news) + b"\n")
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        return  # the agent is gone: its input ends too


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    sys.exit(main())
