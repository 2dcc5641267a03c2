"""Where schedules come from: a folder that is late, changes, or goes away; and who may work where."""

from __future__ import annotations

from firmware_py.core.records import Result
from tests.system.world import Box, slot


def test_a_folder_that_appears_later_is_taken(box: Box) -> None:
    """An agent without a schedule says so, waits, and plays the one that comes."""
    box.start()
    fault = box.fault(code="folder_unreadable")
    assert "copy the schedule there under this name" in fault.detail
    item = box.feed.item(box.product, "first")
    box.feed.publish(item, slots=(slot("s", item),))
    box.play(item)
    assert box.stop() == 0


def test_a_schedule_that_replaces_another_takes_effect(box: Box) -> None:
    """A new version while the old one is on air: what it says is on air, what it dropped is recorded as cut."""
    old, new = box.feed.item(box.product, "old"), box.feed.item(box.product, "new")
    box.feed.publish(old, slots=(slot("s", old),))
    box.start()
    box.play(old)
    box.feed.publish(new, slots=(slot("s", new),))
    box.play(new)
    assert box.status().version == 2
    assert box.closed(old)[0].result in (Result.PREEMPTED, Result.STOPPED)
    assert box.stop() == 0
    assert box.faults() == []


def test_the_schedule_outlives_its_folder(box: Box) -> None:
    """An agent that starts again when the folder is gone plays what it has, and says that the folder is gone."""
    item = box.feed.item(box.product, "kept")
    box.feed.publish(item, slots=(slot("s", item),))
    box.start()
    box.play(item)
    box.stop()
    for path in box.feed.folder.iterdir():
        path.unlink()
    box.feed.folder.rmdir()
    box.start()
    box.play(item, 0.2)
    assert "make or mount that directory" in box.fault(code="folder_unreadable").detail
    assert box.stop() == 0


def test_a_second_agent_in_the_same_place_is_refused(board: Box) -> None:
    """Two agents in one state directory: the second says who works there and ends with status 1."""
    board.feed.publish(slots=())
    board.start()
    first = board.process
    assert first is not None
    board.ready()
    try:
        board.start()
        assert board.process is not None
        assert board.process.wait(10) == 1
        board.until(lambda: f"another agent (process {first.pid}) works here" in board.log)
    finally:
        board.process = first
    assert board.stop() == 0
