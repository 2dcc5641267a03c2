"""Times of day and zones as people write them: `05:30`, `21:30-05:00`, `Asia/Ho_Chi_Minh`, ISO instants."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from firmware_py.core.shape import Parse
from firmware_py.core.units import DAY, HOUR, MINUTE, SECOND, DurationUs, WallUs, from_datetime

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"(\d\d):(\d\d)(?::(\d\d))?", re.ASCII)


def parse_time_of_day(text: str) -> DurationUs:
    """Return `HH:MM` or `HH:MM:SS` (00:00 to 24:00) as microseconds of local time since midnight."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a time of day; write HH:MM or HH:MM:SS, such as 05:30")
    hour, minute, second = (int(part or 0) for part in match.groups())
    since_midnight_us = hour * HOUR + minute * MINUTE + second * SECOND
    if minute > 59 or second > 59 or since_midnight_us > DAY:
        raise ValueError(f"{text!r} is not a time of day; hours go from 00 to 24, minutes and seconds to 59")
    return since_midnight_us


def format_time_of_day(since_midnight_us: DurationUs) -> str:
    """Return a time of day the way `parse_time_of_day` reads it, without seconds when they are 0."""
    minutes, second = divmod(since_midnight_us // SECOND, 60)
    text = f"{minutes // 60:02}:{minutes % 60:02}"
    return f"{text}:{second:02}" if second else text


@dataclass(frozen=True, slots=True)
class Span:
    """A part of every day in local time, start inclusive, end exclusive; over midnight when start is later."""

    start_us: DurationUs
    end_us: DurationUs


def parse_span(text: str) -> Span:
    """Return `21:30-05:00` as a span; equal ends are refused, because they could mean nothing or everything."""
    start_text, dash, end_text = text.partition("-")
    if not dash:
        raise ValueError(f"{text!r} is not a span of the day; write it like 21:30-05:00")
    span = Span(parse_time_of_day(start_text.strip()), parse_time_of_day(end_text.strip()))
    if span.start_us == span.end_us:
        raise ValueError(f"{text!r} starts when it ends; write 00:00-24:00 for the whole day")
    if span.start_us == DAY:
        raise ValueError(f"{text!r} starts at 24:00; write 00:00")
    return span


def parse_zone(text: str) -> str:
    """Return the name of a time zone that this system knows."""
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{text!r} is no time zone known here; Viet Nam is Asia/Ho_Chi_Minh") from error
    return text


def parse_date(text: str) -> date:
    """Return `2026-11-23` as a date."""
    if _DATE.fullmatch(text):
        with suppress(ValueError):
            return date.fromisoformat(text)
    raise ValueError(f"{text!r} is no date of the calendar; write YYYY-MM-DD")


def parse_instant(text: str) -> WallUs:
    """Return an ISO 8601 instant with its offset from UTC, such as `2026-11-23T05:30:00+07:00`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no instant; write YYYY-MM-DDTHH:MM:SS+07:00") from error
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC; add +07:00")
    return from_datetime(moment)


TimeOfDay: TypeAlias = Annotated[int, Parse(parse_time_of_day)]
DailySpan: TypeAlias = Annotated[Span, Parse(parse_span)]
ZoneName: TypeAlias = Annotated[str, Parse(parse_zone)]
Day: TypeAlias = Annotated[date, Parse(parse_date)]
Instant: TypeAlias = Annotated[int, Parse(parse_instant)]
