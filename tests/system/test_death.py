"""Whatever dies comes back by itself, at the place where the clock says, and the records stay honest."""

from __future__ import annotations

import pytest

from firmware_py.core.records import PlayRecord, Result
from firmware_py.core.units import SECOND
from tests.system.world import Box, is_alive, slot

BACK_LIMIT_US = 2 * SECOND
RESTART_LIMIT_US = 2 * SECOND
"""A new agent is two interpreters that start, the second after the first; it takes a second where nothing else runs."""

TRUE_US = SECOND // 2
OFFSET_US = 50_000


def resumed_rightly(second: PlayRecord, first: PlayRecord) -> bool:
    """Return whether a play goes on with another one's bulletin where the clock says it is, within 50 ms."""
    where_us = second.actual_start_us - second.planned_start_us
    same = (second.resumes, second.key) == (first.no, first.key)
    return same and second.offset_us == pytest.approx(where_us, abs=OFFSET_US)


def test_an_output_that_is_killed_is_back_within_two_seconds(box: Box) -> None:
    """`kill -9` of the output in mid-item: what was played is recorded, and it goes on at the right place."""
    item = box.feed.item(box.product, "long")
    box.feed.publish(item, slots=(slot("s", item),))
    box.start()
    box.play(item, 1)
    killed_us, pid = box.now_us(), box.kill_output()
    (first,) = box.closed(item)
    box.until(lambda: box.status().output_pid not in (0, pid))
    box.play(item)
    box.stop()
    second = box.closed(item, 2)[1]
    assert (first.result, first.code) == (Result.FAILED, "output_died")
    assert first.played_us == pytest.approx(killed_us - first.actual_start_us, abs=TRUE_US)
    assert resumed_rightly(second, first)
    assert second.actual_start_us - killed_us <= BACK_LIMIT_US
    (fault,) = box.faults(code="output_died")
    assert "is started again" in fault.detail


def test_an_agent_that_is_killed_goes_on_when_it_is_started_again(box: Box) -> None:
    """`kill -9` of the agent in mid-item: its output ends, what was played is recorded, and it goes on in place."""
    item = box.feed.item(box.product, "long")
    box.feed.publish(item, slots=(slot("s", item),))
    box.start()
    box.play(item, 1)
    output_pid = box.status().output_pid
    killed_us = box.now_us()
    box.kill()
    box.until(lambda: not is_alive(output_pid))
    started_us = box.now_us()
    box.start()
    box.play(item)
    box.stop()
    first, second = box.closed(item, 2)
    assert (first.result, first.code) == (Result.INTERRUPTED, "agent_died")
    assert first.played_us == pytest.approx(killed_us - first.actual_start_us, abs=TRUE_US)
    assert first.actual_end_us == pytest.approx(killed_us, abs=TRUE_US)
    assert resumed_rightly(second, first)
    assert second.actual_start_us - started_us <= RESTART_LIMIT_US
