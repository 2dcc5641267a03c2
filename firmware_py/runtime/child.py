"""How a child process of an agent ends: at the end of its input, and of nothing else."""

from __future__ import annotations

import signal

_NOT_FOR_US = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGABRT)


def ends_with_the_agent() -> None:
    """Pass over the signals that a terminal or systemd sends to all processes of a unit at once.

    The agent ends for them, and with it the child's input: then there is time to fade out, and to switch an amplifier
    off over a slow line.
    """
    for number in _NOT_FOR_US:
        signal.signal(number, signal.SIG_IGN)
