"""Local times in Viet Nam and in a zone with summer time: every instant has an answer, and days are local days."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_py.core.units import DAY, HOUR, MINUTE
from tests.core.builders import MONDAY, VN, at, audio, hours, laid_out, midnight, name_at, schedule, slot
from tests.core.crowds import Crowd, crowds
from tests.core.trials import trials

BERLIN = ZoneInfo("Europe/Berlin")
TO_SUMMER, TO_WINTER = date(2026, 3, 29), date(2026, 10, 25)
NEWS = audio("news", 60)


@trials(60)
@given(crowds(), st.sampled_from([VN, BERLIN]), st.sampled_from([TO_SUMMER, TO_WINTER, MONDAY]), st.integers(-1, 2))
def test_every_instant_of_three_days_has_an_answer(crowd: Crowd, zone: ZoneInfo, day: date, ahead: int) -> None:
    """Also when a day has 23 or 25 hours the segments cover three local days without gap or overlap."""
    today = day + timedelta(days=ahead)
    timeline = laid_out(crowd.plan, out=crowd.out, limits=crowd.limits, zone=zone, day=today)
    first, beyond = today - timedelta(days=1), today + timedelta(days=2)
    assert (timeline.start_us, timeline.end_us) == (midnight(first, zone), midnight(beyond, zone))
    edges = [segment.start_us for segment in timeline.on_air] + [timeline.end_us]
    assert edges[0] == timeline.start_us
    assert all(before < after for before, after in itertools.pairwise(edges))
    assert [segment.end_us for segment in timeline.on_air] == edges[1:]


@pytest.mark.parametrize(("day", "length"), [(TO_SUMMER, 23 * HOUR), (TO_WINTER, 25 * HOUR), (MONDAY, DAY)])
def test_a_day_of_a_zone_is_as_long_as_it_is(day: date, length: int) -> None:
    """A slot for the whole day plays from one local midnight to the next."""
    assert midnight(day + timedelta(days=1), BERLIN) - midnight(day, BERLIN) == length
    whole = slot("all", NEWS, days=(day,), start="00:00", end="24:00", repeat=True)
    timeline = laid_out(schedule([NEWS], [whole]), zone=BERLIN, day=day)
    (segment,) = [segment for segment in timeline.on_air if segment.window]
    assert (segment.start_us, segment.end_us) == (midnight(day, BERLIN), midnight(day, BERLIN) + length)


def test_a_morning_slot_keeps_its_local_time_over_the_change() -> None:
    """05:30 is 05:30 on the clock of the people, the day before and the day after it was set."""
    plan = schedule([NEWS], [slot("m", NEWS, days="FREQ=DAILY", start="05:30")])
    timeline = laid_out(plan, zone=BERLIN, day=TO_SUMMER)
    starts = [segment.start_us for segment in timeline.on_air if segment.window]
    before, on, after = (midnight(TO_SUMMER + timedelta(days=ahead), BERLIN) for ahead in (-1, 0, 1))
    assert starts == [before + 5 * HOUR + 30 * MINUTE, on + 4 * HOUR + 30 * MINUTE, after + 5 * HOUR + 30 * MINUTE]


def test_a_slot_over_midnight_belongs_to_its_start_day() -> None:
    """A slot of Monday from 23:50 to 00:10 is on air on Tuesday morning, and not on Monday morning."""
    late = slot("late", NEWS, start="23:50", end="00:10", repeat=True)
    timeline = laid_out(schedule([NEWS], [late]))
    assert name_at(timeline, at("00:05")) is None
    assert name_at(timeline, at("23:50")) == name_at(timeline, at("00:09:59") + DAY) == "news"
    assert name_at(timeline, at("00:10") + DAY) is None


def test_a_slot_of_the_day_before_yesterday_may_still_hold_yesterday() -> None:
    """The timeline's first morning knows the slot that began in the evening before it."""
    late = slot("late", NEWS, start="23:50", end="00:10", repeat=True, days=(MONDAY - timedelta(days=2),))
    assert name_at(laid_out(schedule([NEWS], [late])), at("00:05") - DAY) == "news"


def test_a_slot_without_end_lasts_a_day_at_most() -> None:
    """A playlist of more than 24 hours is cut after 24, on whichever day it is asked for."""
    endless = slot("long", NEWS, start="12:00", repeat=10_000)
    for ahead in (0, 1):
        timeline = laid_out(schedule([NEWS], [endless]), day=MONDAY + timedelta(days=ahead))
        assert name_at(timeline, at("11:59:59") + DAY) == "news"
        assert name_at(timeline, at("12:00") + DAY) is None


def test_quiet_hours_over_midnight_are_one_night() -> None:
    """21:30 to 05:00 leaves one gap a night, also between the days that are laid out together."""
    always = slot("w", NEWS, days="always")
    timeline = laid_out(schedule([NEWS], [always]), limits=hours(quiet=("21:30-05:00",)))
    silent = [segment for segment in timeline.on_air if segment.window is None]
    assert [segment.end_us - segment.start_us for segment in silent] == [
        5 * HOUR,
        7 * HOUR + 30 * MINUTE,
        7 * HOUR + 30 * MINUTE,
        2 * HOUR + 30 * MINUTE,
    ]


def test_the_epoch_is_a_day_like_any_other() -> None:
    """A box without a clock believes in 1970: it lays out that day too, and plays what is always on air."""
    plan = schedule([NEWS], [slot("w", NEWS, days="always")])
    timeline = laid_out(plan, day=date(1970, 1, 1), clock_known=False)
    assert name_at(timeline, 0) == "news"
