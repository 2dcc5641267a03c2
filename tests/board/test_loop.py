"""The board's loop: it sleeps on its inbox only when there is nothing to show and nothing to prepare."""

from __future__ import annotations

from pathlib import Path
from queue import Empty

import pytest

from firmware_py.board.glyphs import FontChain
from firmware_py.board.output import Loop
from firmware_py.board.presence import Presence
from firmware_py.board.shots import Shots
from firmware_py.core.messages import Ended, Next, Progress, Quit, Started
from firmware_py.core.messages import Now as Order
from firmware_py.core.units import SECOND
from tests.board.bench import Bench, T
from tests.board.board_process import item
from tests.board.samples import NOTICE


class Script:
    """An inbox that hands out events at their instants; waiting for it makes the time pass."""

    def __init__(self, bench: Bench, events: list[tuple[int, object]]) -> None:
        """Take events with the wall clock's instant of each, in order."""
        self.bench, self.events = bench, events
        self.waits = 0

    def empty(self) -> bool:
        """Return whether no event waits."""
        return not self.events or self.events[0][0] > self.bench.clock.wall_us

    def get_nowait(self) -> object:
        """Return an event that waits."""
        return self.get(0)

    def get(self, timeout: float) -> object:
        """Return the next event, or let the time pass."""
        assert not self.bench.show.can_switch(), "slept though something was ready to be shown"
        self.waits += 1
        end_us = self.bench.clock.wall_us + max(1, round(timeout * SECOND))
        if self.events and self.events[0][0] <= end_us:
            self.bench.clock.wall_us = max(self.bench.clock.wall_us, self.events[0][0])
            return self.events.pop(0)[1]
        self.bench.clock.wall_us = end_us
        raise Empty


class Heard:
    """Takes reports."""

    def __init__(self, bench: Bench) -> None:
        """Keep them where the bench keeps what the show says."""
        self.send = bench.said.append


def run(bench: Bench, events: list[tuple[int, object]]) -> Script:
    """Run a loop over a script that ends with `Quit`."""
    script = Script(bench, events)
    shots = Shots(bench.frames.surface, bench.said.append)
    presence = Presence(Path("/nowhere"), lambda: False, opened=False, wanted=False)
    loop = Loop(bench.clock, bench.show, shots, presence, script, Heard(bench))  # type: ignore[arg-type]  # behave alike
    assert loop.run() == 0
    return script


def test_an_order_is_shown_before_the_loop_sleeps(chain: FontChain) -> None:
    """A text that is on air at once is prepared and shown without waiting for anything."""
    bench = Bench(chain, (384, 192))
    order = Order("main", item(1, start_us=T, text=NOTICE))
    run(bench, [(T + 100, order), (T + 5 * SECOND, Quit())])
    (started,) = [report for report in bench.said if isinstance(report, Started)]
    assert started.at_us == T + 100


@pytest.mark.parametrize("ticker", [False, True])
def test_the_loop_wakes_as_often_as_it_must(chain: FontChain, ticker: bool) -> None:  # noqa: FBT001 - a parameter
    """At rest it wakes for the clock and the sign of life, with a ticker once a frame, and never spins."""
    bench = Bench(chain, (384, 192))
    events: list[tuple[int, object]] = [(T, Order("main", item(1, start_us=T)))]
    if ticker:
        events.append((T, Order("ticker", item(9, start_us=T, channel="ticker"))))
    script = run(bench, [*events, (T + 10 * SECOND, Quit())])
    assert 20 <= script.waits <= (60 * 10 + 20 if ticker else 10 + 20) + 20
    assert 18 <= sum(isinstance(report, Progress) and report.no == 1 for report in bench.said) <= 22


def test_changes_come_at_their_instants(chain: FontChain) -> None:
    """One item after another begins and ends at the microsecond that was ordered, in simulated time."""
    bench = Bench(chain, (384, 192))
    starts = [T + n * SECOND + 333_333 for n in range(1, 6)]
    events: list[tuple[int, object]] = [(T, Order("main", item(1, start_us=starts[0], seconds=1)))]
    events += [
        (start + 1, Next("main", item(n, start_us=start + SECOND, seconds=1))) for n, start in enumerate(starts, 2)
    ]
    run(bench, [*events, (T + 20 * SECOND, Quit())])
    begun = [(report.no, report.at_us) for report in bench.said if isinstance(report, Started)]
    assert begun == [(n, T + n * SECOND + 333_333) for n in range(1, 7)]
    assert [report.played_us for report in bench.said if isinstance(report, Ended)] == [SECOND] * 6
