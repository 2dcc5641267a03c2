"""Values on the command line, read by the same functions as in documents; what is wrong is said, with status 2."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from typing import TypeVar

from firmware_py.core.times import parse_date, parse_instant, parse_time_of_day
from firmware_py.core.units import DurationUs, WallUs, to_datetime

T = TypeVar("T")

FIRST_YEAR, LAST_YEAR = 1970, 9990


def time_of_day(text: str) -> DurationUs:
    """Return `HH:MM` or `HH:MM:SS` as microseconds since midnight."""
    return _read(parse_time_of_day, text)


def day(text: str) -> date:
    """Return `YYYY-MM-DD` as a date of a year that can be computed with."""
    found = _read(parse_date, text)
    _hold(found.year)
    return found


def instant(text: str) -> WallUs:
    """Return an ISO instant with offset, of a year that can be computed with."""
    found = _read(parse_instant, text)
    _hold(to_datetime(found).year)
    return found


def seconds(text: str) -> float:
    """Return a time from a second to a day."""
    return _between(text, 1, 86_400, "seconds")


def minutes(text: str) -> float:
    """Return a time of up to a day, in minutes."""
    return _between(text, 0.1, 1440, "minutes")


def percent(text: str) -> int:
    """Return a whole number from 0 to 100."""
    return round(_between(text, 0, 100, "percent"))


def _between(text: str, low: float, high: float, unit: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not low <= number <= high:
        raise argparse.ArgumentTypeError(
            f"{text[:20]!r} is not from {low:g} to {high:g} {unit}; give a number in between"
        )
    return number


def by(read: Callable[[str], T]) -> Callable[[str], T]:
    """Return a reader for the command line from one for documents."""
    return lambda text: _read(read, text)


def _read(read: Callable[[str], T], text: str) -> T:
    try:
        return read(text)
    except (ValueError, OverflowError) as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _hold(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise argparse.ArgumentTypeError(f"the year {year} is not between {FIRST_YEAR} and {LAST_YEAR}")
