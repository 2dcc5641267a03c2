"""Date and time as the board writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
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
