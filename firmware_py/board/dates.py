"""Date and time as the board writes them, in Vietnamese."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from firmware_py.core.units import WallUs, to_datetime

_DAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật")
_SHORT_DAYS = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")

WIDEST_CLOCK = "00:00:00"
WIDEST_SHORT_CLOCK = "00:00"
WIDEST_DATES = tuple(f"{day}, 00/00/0000" for day in _DAYS)
WIDEST_SHORT_DATES = tuple(f"{day} 00/00" for day in _SHORT_DAYS)


def local_time(wall_us: WallUs, zone: ZoneInfo) -> datetime:
    """Return an instant as local time."""
    return to_datetime(wall_us).astimezone(zone)


def long_date(local: datetime) -> str:
    """Return a date like `Thứ Hai, 23/11/2026`."""
    return f"{_DAYS[local.weekday()]}, {local:%d/%m}/{local.year:04}"


def short_date(local: datetime) -> str:
    """Return a date like `T2 23/11`; Sunday is `CN`."""
    return f"{_SHORT_DAYS[local.weekday()]} {local:%d/%m}"


def clock(local: datetime) -> str:
    """Return a time of day like `05:30:00`."""
    return f"{local:%H:%M:%S}"


def short_clock(local: datetime) -> str:
    """Return a time of day like `05:30`."""
    return f"{local:%H:%M}"
