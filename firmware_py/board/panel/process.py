"""`python -m firmware_py.board.panel.process`: keeps the panel as it is told, and leaves it so when the agent ends.

First line of its input: the settings. Then a `Light` as JSON, a line each. What the panel has answered goes out as
`Lit`, a line of JSON, whenever it is news (see `runtime.holding`).
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from functools import partial

from firmware_py.board.panel.driver import Driver
from firmware_py.board.panel.drivers import driver_of
from firmware_py.core.codec import from_json_as
from firmware_py.core.events import Lit
from firmware_py.core.panel import Light
from firmware_py.core.panel_settings import Panel
from firmware_py.runtime.child import ends_with_the_agent
from firmware_py.runtime.holding import Holder, input_lines, obey, say

TRIES = 2
"""A look at a panel that does not answer has failed within ten seconds, on the slowest line."""


class _Hand:
    """Switches and dims, and holds what was switched against what is read back."""

    def __init__(self, driver: Driver) -> None:
        self.bring = driver.lighten
        self.close = driver.close
        self._driver = driver

    def wrong(self, light: Light, /) -> str:
        found = self._driver.read()
        if found in (None, light.on):
            return ""
        return f"says that it is {'on' if found else 'off'} though it was switched {'on' if light.on else 'off'}"


def holder_of(driver: Driver, tell: Callable[[Lit], None]) -> Holder[Light]:
    """Return what keeps a panel as it was told."""
    return Holder(_Hand(driver), lambda light, wrong: tell(Lit(light, wrong)), TRIES)


def main() -> int:
    """Serve the agent at the other end of the standard input; return the exit status."""
    ends_with_the_agent()
    panel = from_json_as(Panel, sys.stdin.buffer.readline())
    holder = holder_of(driver_of(panel), say)
    obey(holder, input_lines(), partial(from_json_as, Light))
    return 0


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    sys.exit(main())
