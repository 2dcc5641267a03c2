"""`python -m firmware_py.speaker.power.process`: switches the amplifier as it is told, and off when nobody tells.

First line of its input: the settings. Then `on` or `off`, a word a line. Its end is the end of the agent: the
amplifier goes off. What the amplifier has answered goes out as `Switched`, a line of JSON, whenever it is news (see
`runtime.holding`).
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

from firmware_py.core.codec import from_json
from firmware_py.core.events import Switched
from firmware_py.core.settings import Power
from firmware_py.core.shape import load
from firmware_py.runtime.child import ends_with_the_agent
from firmware_py.runtime.holding import Holder, input_lines, obey, say
from firmware_py.speaker.power.driver import Driver
from firmware_py.speaker.power.drivers import driver_of

OFF_TRIES = CHECK_TRIES = 3


class _Hand:
    """Switches, and holds what was switched against what is read back."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self.close = driver.close

    def bring(self, on: bool, /) -> None:  # noqa: FBT001 - the wish itself
        self._driver.switch(on=on)

    def wrong(self, on: bool, /) -> str:  # noqa: FBT001 - the wish itself
        found = self._driver.read()
        if found in (None, on):
            return ""
        return f"says that it is {'on' if found else 'off'} though it was switched {'on' if on else 'off'}"


def amplifier(driver: Driver, tell: Callable[[Switched], None]) -> Holder[bool]:
    """Return what keeps an amplifier as it was told."""
    return Holder(_Hand(driver), lambda on, wrong: tell(Switched(on, wrong)), CHECK_TRIES)


def main() -> int:
    """Serve the agent at the other end of the standard input; return the exit status."""
    ends_with_the_agent()
    power = load(Power, from_json(sys.stdin.buffer.readline()), "the settings of the amplifier")
    holder = amplifier(driver_of(power), say)
    obey(holder, input_lines(), lambda line: line.strip() == b"on", wanted=False)
    any(holder.bring(wanted=False) for _ in range(OFF_TRIES))
    return 0


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    sys.exit(main())
