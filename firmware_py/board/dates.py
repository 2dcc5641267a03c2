"""Date and time as the board writes them, in Vietnamese, with the day of the lunar calendar (âm lịch).

Viet Nam reckons new moons by its own hours: in some years its months begin a day before the Chinese ones, and its new
year even a month (1985).
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from lunar_vn import SUPPORTED_YEAR_RANGE, solar_to_lunar

from firmware_py.core.units import WallUs, to_datetime

_DAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật")
_SHORT_DAYS = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")

_HOURS_EAST = 7.0
"""By law new moons are reckoned at the hours of Viet Nam, wherever the board stands."""

WIDEST_CLOCK = "00:00:00"
WIDEST_SHORT_CLOCK = "00:00"
WIDEST_DATES = tuple(f"{day}, 00/00/0000" for day in _DAYS)
WIDEST_SHORT_DATES = tuple(f"{day} 00/00" for day in _SHORT_DAYS)
WIDEST_FULL_DATES = tuple(f"{day} · 00/00 nhuận ÂL" for day in WIDEST_DATES)
WIDEST_LUNAR_DATES = ("Âm lịch 00/00 nhuận",)


def local_time(wall_us: WallUs, zone: ZoneInfo) -> datetime:
    """Return an instant as local time."""
    return to_datetime(wall_us).astimezone(zone)


def long_date(local: datetime) -> str:
    """Return a date like `Thứ Hai, 23/11/2026`."""
    return f"{_DAYS[local.weekday()]}, {local:%d/%m}/{local.year:04}"


def short_date(local: datetime) -> str:
    """Return a date like `T2 23/11`; Sunday is `CN`."""
    return f"{_SHORT_DAYS[local.weekday()]} {local:%d/%m}"


def full_date(local: datetime) -> str:
    """Return both dates, like `Thứ Hai, 23/11/2026 · 15/10 ÂL`."""
    lunar = _lunar_day(local)
    return f"{long_date(local)} · {lunar} ÂL" if lunar else long_date(local)


def lunar_date(local: datetime) -> str:
    """Return a date of the lunar calendar, like `Âm lịch 15/10`, or nothing when the clock is not set."""
    lunar = _lunar_day(local)
    return f"Âm lịch {lunar}" if lunar else ""


def _lunar_day(local: datetime) -> str:
    """Return day and month, `1/6 nhuận` in a leap month; nothing in years for which the calendar is not reckoned."""
    first, last = SUPPORTED_YEAR_RANGE
    if not first <= local.year <= last:
        return ""
    day = solar_to_lunar(local.date(), _HOURS_EAST)
    return f"{day.day}/{day.month}{' nhuận' if day.leap else ''}"


def until(local: datetime) -> str:
    """Return the end of something like `Đến 14:30 ngày 24/11`."""
    return f"Đến {local:%H:%M} ngày {local.day}/{local.month}"


def clock(local: datetime) -> str:
    """Return a time of day like `05:30:00`."""
    return f"{local:%H:%M:%S}"


def short_clock(local: datetime) -> str:
    """Return a time of day like `05:30`."""
    return f"{local:%H:%M}"
