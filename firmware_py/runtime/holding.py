"""The child process that keeps a device as the agent wants it: what the ones for amplifiers and panels have in common.

First line of its input: the settings. Then a line for each wish. Its end is the end of the agent. What the device has
answered is told whenever it is news; it is looked at again every `CHECK_S`, and what failed is tried again every
`AGAIN_S`.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Generic, Protocol, TypeVar

from firmware_py.core.codec import to_json
from firmware_py.core.errors import Unavailable

CHECK_S = 5.0
AGAIN_S = 3.0

W = TypeVar("W")
Wish_contra = TypeVar("Wish_contra", contravariant=True)


class Hand(Protocol[Wish_contra]):
    """Reaches a device. Every call may block for as long as the line takes, and may raise `Unavailable`."""

    def bring(self, wanted: Wish_contra, /) -> None:
        """Make it so; opens the line when it is not open."""

    def wrong(self, wanted: Wish_contra, /) -> str:
        """Return what it says that is not so; "" when all is well, or when it cannot say."""

    def close(self) -> None:
        """Let go of the line, so that the next call opens it anew."""


class Holder(Generic[W]):
    """Keeps a device as it was told, and tells what is news."""

    def __init__(self, hand: Hand[W], tell: Callable[[W, str], None], tries: int) -> None:
        """Take the hand, who wants to know ("" is well), and how often a look is tried before a fault is told."""
        self._hand, self._tell, self._tries = hand, tell, tries
        self._told: tuple[W, str] | None = None
        self._sure = False

    @property
    def pause_s(self) -> float:
        """How long to wait for a wish before looking again."""
        return CHECK_S if self._sure else AGAIN_S

    def bring(self, wanted: W) -> bool:
        """Make it so, and return whether it now is."""
        return self._attempt(wanted, bring=True)

    def check(self, wanted: W) -> bool:
        """See whether it still is so, and make it so where it is not.

        An answer that is lost is asked for again before anything is told: in a noisy line that is no fault.
        """
        if self._attempt(wanted, bring=not self._sure, last=self._tries == 1):
            return True
        tries = (self._attempt(wanted, bring=True, last=no == self._tries) for no in range(2, self._tries + 1))
        return any(tries)

    def _attempt(self, wanted: W, *, bring: bool, last: bool = True) -> bool:
        try:
            if bring:
                self._hand.bring(wanted)
            wrong = self._hand.wrong(wanted)
        except Unavailable as error:
            wrong = error.detail
        if wrong:
            self._hand.close()
        self._sure = not wrong
        if not wrong or last:
            self._say(wanted, wrong)
        return self._sure

    def _say(self, wanted: W, wrong: str) -> None:
        if (wanted, wrong) != self._told:
            self._tell(wanted, wrong)
        self._told = wanted, wrong


def obey(holder: Holder[W], lines: SimpleQueue[bytes], read: Callable[[bytes], W], wanted: W | None = None) -> None:
    """Keep to the newest wish until the lines end with an empty one; before the first, to `wanted` if there is one."""
    if wanted is not None:
        holder.bring(wanted)
    while True:
        try:
            line = lines.get(timeout=None if wanted is None else holder.pause_s)
        except Empty:
            assert wanted is not None  # noqa: S101 - else there is no time-out
            holder.check(wanted)
            continue
        if not line:
            return
        wanted = read(line)
        holder.bring(wanted)


def input_lines() -> SimpleQueue[bytes]:
    """Return a queue of the lines that come on the standard input, an empty one at its end."""
    lines: SimpleQueue[bytes] = SimpleQueue()

    def read() -> None:
        for line in sys.stdin.buffer:
            lines.put(line)
        lines.put(b"")

    threading.Thread(target=read, name="wishes", daemon=True).start()
    return lines


def say(news: object) -> None:
    """Tell the agent, as a line of JSON; nobody listens any more when it is gone."""
    try:
        sys.stdout.buffer.write(to_json(news) + b"\n")
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        return  # the input ends too
