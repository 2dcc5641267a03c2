"""An output that stands still is noticed by its silence, and never keeps the agent."""

from __future__ import annotations

import signal

import pytest

from firmware_py.core.records import Result
from firmware_py.core.units import SECOND
from tests.system.world import Box, is_alive, slot


def test_an_output_that_hangs_is_killed_and_replaced(box: Box) -> None:
    """An output that stands still: after five seconds of silence it is killed, and the item goes on in a new one."""
    item = box.feed.item(box.product, "long")
    box.feed.publish(item, slots=(slot("s", item),))
    box.start()
    box.play(item, 0.5)
    stopped_us, pid = box.now_us(), box.kill_output(signal.SIGSTOP)
    (first,) = box.closed(item)
    assert (first.result, first.code) == (Result.FAILED, "output_hung")
    assert first.played_us == pytest.approx(stopped_us - first.actual_start_us, abs=SECOND // 2)
    assert first.actual_end_us - stopped_us >= 4.5 * SECOND
    assert not is_alive(pid)
    box.until(lambda: box.status().output_pid not in (0, pid))
    box.play(item)
    assert box.stop() == 0
    second = box.closed(item, 2)[1]
    assert (second.resumes, second.key) == (first.no, first.key)
    assert [fault.detail for fault in box.faults()] == [
        "the output process was silent for too long and was killed; it is started again"
    ]


def test_an_agent_with_an_output_that_hangs_ends_in_time_all_the_same(board: Box) -> None:
    """SIGTERM while the output stands still: status 0, the output is gone, and the record is closed."""
    item = board.feed.item(board.product, "long")
    board.feed.publish(item, slots=(slot("s", item),))
    board.start()
    board.play(item, 0.2)
    pid = board.kill_output(signal.SIGSTOP)
    assert board.stop() == 0
    assert not is_alive(pid)
    assert [record.result for record in board.records(bulletin_id="long")] == [Result.STOPPED]
