"""Date and time as the board writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from firmware_py.board import dates
from firmware_py.core.units import from_datetime

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.mark.parametrize(
    ("day", "long", "short"),
    [
        (23, "Thứ Hai, 23/11/2026", "T2 23/11"),
        (24, "Thứ Ba, 24/11/2026", "T3 24/11"),
        (25, "Thứ Tư, 25/11/2026", "T4 25/11"),
        (26, "Thứ Năm, 26/11/2026", "T5 26/11"),
        (27, "Thứ Sáu, 27/11/2026", "T6 27/11"),
        (28, "Thứ Bảy, 28/11/2026", "T7 28/11"),
        (29, "Chủ Nhật, 29/11/2026", "CN 29/11"),
    ],
)
def test_every_day_of_the_week(day: int, long: str, short: str) -> None:
    """Every weekday has its Vietnamese name, long and short."""
    local = datetime(2026, 11, day, 5, 30, tzinfo=ZONE)
    assert (dates.long_date(local), dates.short_date(local)) == (long, short)


@pytest.mark.parametrize(
    ("solar", "lunar"),
    [
        ("2026-11-23", "15/10"),
        ("2026-02-17", "1/1"),  # Tết Bính Ngọ
        ("2007-02-17", "1/1"),  # a day before the Chinese new year
        ("2030-02-02", "1/1"),  # likewise
        ("1985-01-21", "1/1"),  # a month before it
        ("1968-01-29", "1/1"),  # Tết Mậu Thân in the north
        ("2025-07-25", "1/6 nhuận"),
        ("2026-09-25", "15/8"),  # Tết Trung Thu
        ("1970-01-01", "24/11"),  # a clock that was never set
    ],
)
def test_the_lunar_date_is_that_of_viet_nam(solar: str, lunar: str) -> None:
    """Feasts and leap months fall on their days, also where the Chinese calendar has others."""
    local = datetime.fromisoformat(solar).replace(hour=23, minute=59, tzinfo=ZONE)
    assert dates.lunar_date(local) == f"Âm lịch {lunar}"
    assert dates.full_date(local) == f"{dates.long_date(local)} · {lunar} ÂL"


@pytest.mark.parametrize("year", [1, 1899, 2101, 9999])
def test_a_clock_that_is_far_off_has_no_lunar_date(year: int) -> None:
    """Outside the two centuries that are reckoned there is the usual date alone."""
    local = datetime(year, 6, 1, tzinfo=ZONE)
    assert dates.lunar_date(local) == ""
    assert dates.full_date(local) == dates.long_date(local)


def test_lunar_months_follow_one_another() -> None:
    """Over ten years each day is the next of its month, or the first of the month after one of 29 or 30 days."""
    days = [datetime(2020, 1, 25, tzinfo=ZONE) + timedelta(days=n) for n in range(3_653)]
    numbers = [int(dates.lunar_date(day).split()[2].partition("/")[0]) for day in days]
    for before, number in pairwise(numbers):
        assert number == before + 1 or (number == 1 and before in {29, 30})


def test_the_zone_decides_the_day() -> None:
    """An instant in the evening of UTC is the next morning in Viet Nam."""
    local = dates.local_time(from_datetime(datetime(2026, 11, 22, 22, 30, 7, tzinfo=UTC)), ZONE)
    assert (dates.long_date(local), dates.clock(local)) == ("Thứ Hai, 23/11/2026", "05:30:07")
    assert dates.short_clock(local) == "05:30"


def test_no_date_is_longer_than_the_widest() -> None:
    """The samples that widths are measured with have the length of every real date."""
    days = [datetime(2026, 11, 23, tzinfo=ZONE) + timedelta(days=n) for n in range(7)]
    assert {len(dates.long_date(day)) for day in days} == set(map(len, dates.WIDEST_DATES))
    assert {len(dates.short_date(day)) for day in days} == set(map(len, dates.WIDEST_SHORT_DATES))
    longest = max(len(dates.full_date(day)) for day in (datetime(2025, 8, 3, tzinfo=ZONE), *days))
    assert longest <= max(map(len, dates.WIDEST_FULL_DATES))
