"""What the schedule says goes on air at its time, and the records say what really happened."""

from __future__ import annotations

import pytest

from firmware_py.core.records import ClockState, PlayRecord, Result
from firmware_py.core.units import MS, SECOND, from_datetime
from tests.system.world import BEGIN, Box, clock, is_alive, slot

START_LIMIT_US = SECOND // 4
"""How late a first frame or sample may be on a machine that runs the rest of the suite beside it."""


def begun_at_its_time(record: PlayRecord) -> bool:
    """Return whether a play began when it was due: a device's instant of a sample is known to a millisecond."""
    late_us = record.actual_start_us - record.planned_start_us
    return -MS <= late_us < START_LIMIT_US


def test_an_item_goes_on_air_at_its_time_and_is_recorded(box: Box) -> None:
    """Two items, one after the other: each with its planned and its true start, and the seconds that it was out."""
    first, second = box.feed.item(box.product, "one", 1), box.feed.item(box.product, "two", 1)
    box.start()
    box.feed.publish(slots=())
    box.ready()
    due_s = box.soon_s()
    box.feed.publish(first, second, slots=(slot("s", first, second, start=clock(due_s)),))
    records = [box.closed(item)[0] for item in (first, second)]
    due_us = from_datetime(BEGIN) + due_s * SECOND
    assert [record.planned_start_us for record in records] == [due_us, due_us + SECOND]
    for record in records:
        assert record.result is Result.COMPLETE
        assert begun_at_its_time(record), record
        assert record.played_us == pytest.approx(SECOND, abs=0.3 * SECOND)
        assert record.actual_end_us - record.actual_start_us == pytest.approx(record.played_us, abs=0.2 * SECOND)
        assert record.end_mono_us - record.start_mono_us == pytest.approx(record.played_us, abs=0.2 * SECOND)
        assert (record.clock, record.slot_id, record.channel) == (ClockState.TRUSTED, "s", box.channel)
    assert box.stop() == 0
    assert box.faults() == []


def test_an_agent_that_starts_late_joins_where_the_clock_says(box: Box) -> None:
    """A play that began a minute before the agent is joined at its sixtieth second, within 50 ms."""
    item = box.feed.item(box.product, "long", 90)
    box.feed.publish(item, slots=(slot("s", item, start=clock(-60)),))
    box.start()
    box.play(item)
    box.stop()
    (record,) = box.closed(item)
    assert record.result is Result.STOPPED
    late_us = record.actual_start_us - record.planned_start_us
    assert late_us > 60 * SECOND
    assert record.offset_us == pytest.approx(late_us, abs=50_000)


def test_an_agent_that_is_asked_to_end_closes_its_records_and_its_output(box: Box) -> None:
    """SIGTERM: status 0 within 3 s, what was on air is recorded as stopped with its true length, nothing is left."""
    item = box.feed.item(box.product, "long")
    box.feed.publish(item, slots=(slot("s", item),))
    box.start()
    box.play(item, 0.5)
    output_pid = box.status().output_pid
    assert box.stop(timeout_s=3) == 0
    (record,) = box.records(bulletin_id="long")
    assert (record.result, record.code) == (Result.STOPPED, "")
    assert record.actual_end_us == pytest.approx(box.now_us(), abs=2 * SECOND)
    assert record.played_us == pytest.approx(record.actual_end_us - record.actual_start_us, abs=0.5 * SECOND)
    assert not is_alive(output_pid)


def test_an_agent_that_is_asked_to_end_before_its_output_is_ready_ends(box: Box) -> None:
    """SIGTERM while the output is being opened: status 0 within 3 s all the same."""
    box.feed.publish(slots=())
    box.start()
    assert box.status().output == "starting"
    assert box.stop(timeout_s=3) == 0
