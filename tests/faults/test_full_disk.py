"""A disk that takes nothing: what is on air goes on, and what could not be written is written when it takes again."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from firmware_py.core.errors import Code
from firmware_py.core.records import Result
from tests.system.world import Box, png, slot, text


@contextmanager
def files_end_at(box: Box, limit_bytes: int) -> Iterator[None]:
    """Let the kernel refuse the box's agent to write any file beyond this size, as it does on a disk that is full."""
    assert box.process is not None
    former = resource.prlimit(box.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(box.process.pid, resource.RLIMIT_FSIZE, (limit_bytes, former[1]))
    try:
        yield
    finally:
        resource.prlimit(box.process.pid, resource.RLIMIT_FSIZE, former)


def test_a_journal_that_cannot_be_written_does_not_stop_what_is_on_air(board: Box) -> None:
    """With a full disk plays change and are shown; the log says what to do, and all records are written later."""
    kept, later, bad = text("kept"), text("later"), b"{"
    board.feed.publish(kept, slots=(slot("s", kept),))
    board.start()
    board.play(kept)
    with files_end_at(board, 0):
        board.feed.file("schedule.json", bad)
        board.until(lambda: "schedule_refused: " in board.log and "what is on air goes on" in board.log)
        board.feed.publish(later, slots=(slot("s", later),))
        board.until(lambda: "active.json: the disk is full" in board.log)
        board.until(lambda: "disk_full: progress: " in board.log)
        assert [record.bulletin_id for record in board.records()] == ["kept"]
    board.play(later)
    cut, shown = board.until(lambda: board.records(bulletin_id="kept") + board.records(bulletin_id="later"))
    assert (cut.result, shown.result) == (Result.PREEMPTED, Result.ON_AIR)
    faults = board.until(lambda: board.faults() if len(board.faults()) >= 4 else [])
    assert {(fault.code, fault.subject) for fault in faults} == {
        (Code.SCHEDULE_REFUSED, "schedule.json"),
        (Code.DISK_FULL, "schedule.json"),
        (Code.DISK_FAILED, "journal"),
        (Code.DISK_FULL, "progress"),
    }
    assert all("; delete files" in fault.detail for fault in faults if fault.subject != "schedule.json")
    assert board.stop() == 0


def test_a_picture_that_does_not_fit_on_the_disk_is_named_and_the_rest_is_shown(board: Box) -> None:
    """The file, the place and the remedy are named, once; text and small pictures go on."""
    kept, small = text("kept"), board.feed.image("small")
    noise = Random(1).randbytes(200_000)
    large = board.feed.image("large", raw=png(48, 32) + noise)
    board.feed.publish(kept, slots=(slot("s", kept),))
    board.start()
    board.play(kept)
    with files_end_at(board, 150_000):
        board.feed.publish(large, small, kept, slots=(slot("s", large, small, kept),))
        fault = board.fault(subject="large.png")
        board.play(small)
    assert fault.code == Code.DISK_FULL
    place = board.directory / "state" / "content"
    assert str(place) in fault.detail
    assert fault.detail.endswith("the disk is full (File too large); delete files, or lower store.quota_mb")
    (record,) = board.records(bulletin_id="large")
    assert (record.result, record.code) == (Result.SKIPPED, Code.DISK_FULL)
    assert board.stop() == 0
