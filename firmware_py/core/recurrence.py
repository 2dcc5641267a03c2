"""On which days a slot is repeated: the whole-day part of RFC 5545 section 3.3.10, as a test of one day.

A library that walks a rule forward from its start can be made to walk for ever by one line of a document
(`INTERVAL=0`, or `INTERVAL=7;BYDAY=TU` counted from a Monday walks to the year 9999). So a day is *tested*:

1. its period (day, week, month or year of FREQ) is one of every INTERVAL, counted from the first day's period;
2. it passes every BY part that is given; the parts that RFC 5545 takes from the start when none is given
   (weekday of a week, day of a month, month and day of a year) are taken from the first day;
3. with BYSETPOS it stands at one of these places among the days of its period that pass 2;
4. it is not before the first day, not after UNTIL, and at most COUNT days of the rule lie up to it.

The cost of 1 to 3 is that of one period (366 days at most), of COUNT that of the days since the first one.
BYWEEKNO and frequencies below a day are refused. The suite holds every rule against python-dateutil's answer.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import islice
from typing import Literal, TypeAlias, cast

Freq: TypeAlias = Literal["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_FREQS = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_KNOWN = (
    "FREQ",
    "INTERVAL",
    "COUNT",
    "UNTIL",
    "BYMONTH",
    "BYMONTHDAY",
    "BYYEARDAY",
    "BYDAY",
    "BYSETPOS",
    "WKST",
)
_BYDAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_UNTIL = re.compile(r"\d{8}", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,5}", re.ASCII)
MAX_RULE_LETTERS = 400


@dataclass(frozen=True, slots=True)
class Rule:
    """A recurrence rule, checked. Empty tuples are parts that were not given.

    `weekdays` holds (ordinal, weekday 0 = Monday); ordinal 0 means every such day of the period.
    """

    freq: Freq
    interval: int = 1
    count: int | None = None
    until: date = date.max
    months: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    year_days: tuple[int, ...] = ()
    weekdays: tuple[tuple[int, int], ...] = ()
    positions: tuple[int, ...] = ()
    week_start: int = 0


def parse_rule(text: str) -> Rule:
    """Return the rule of a text such as `FREQ=WEEKLY;BYDAY=MO,FR`; raise ValueError, which says how to mend it."""
    parts = _split(text)
    freq = parts.get("FREQ", "")
    if freq not in _FREQS:
        raise ValueError(f"{text[:60]!r} has no FREQ of whole days; write FREQ= with one of {', '.join(_FREQS)}")
    if "COUNT" in parts and "UNTIL" in parts:
        raise ValueError(f"{text[:60]!r} has COUNT and UNTIL; RFC 5545 allows one of them")
    return Rule(
        freq=cast("Freq", freq),
        interval=_numbers(parts, "INTERVAL", 1, 1000, single=True, default=(1,))[0],
        count=next(iter(_numbers(parts, "COUNT", 1, 36_500, single=True)), None),
        until=_until(parts),
        months=_numbers(parts, "BYMONTH", 1, 12),
        month_days=_numbers(parts, "BYMONTHDAY", -31, 31),
        year_days=_numbers(parts, "BYYEARDAY", -366, 366),
        weekdays=_weekdays(parts, freq),
        positions=_numbers(parts, "BYSETPOS", -366, 366),
        week_start=_week_start(parts),
    )


def _split(text: str) -> dict[str, str]:
    if len(text) > MAX_RULE_LETTERS:
        raise ValueError(f"has {len(text)} letters; a rule has at most {MAX_RULE_LETTERS}")
    parts: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if not equals or name not in _KNOWN or name in parts:
            raise ValueError(f"{part[:40]!r} is no part of a rule of days; once each: {', '.join(_KNOWN)}")
        parts[name] = value
    return parts


def _numbers(
    parts: dict[str, str], name: str, low: int, high: int, *, single: bool = False, default: tuple[int, ...] = ()
) -> tuple[int, ...]:
    if name not in parts:
        return default
    words = parts[name].split(",")
    numbers = tuple(int(word) for word in words if _NUMBER.fullmatch(word))
    fits = len(numbers) == len(words) and all(low <= number <= high and number for number in numbers)
    if not fits or (single and len(numbers) > 1):
        raise ValueError(f"{name}={parts[name][:40]} is not allowed; write {low} to {high}, not 0")
    return numbers


def _weekdays(parts: dict[str, str], freq: str) -> tuple[tuple[int, int], ...]:
    found = []
    for word in parts["BYDAY"].split(",") if "BYDAY" in parts else ():
        match = _BYDAY.fullmatch(word)
        if match is None or match[1] in ("0", "00", "+0", "-0"):
            raise ValueError(f"BYDAY has {word[:20]!r}; write MO, TU, WE, TH, FR, SA, SU, or 1MO for the first")
        if match[1] and freq not in ("MONTHLY", "YEARLY"):
            raise ValueError(f"BYDAY has {word[:20]!r} in a {freq} rule; numbers need FREQ=MONTHLY or YEARLY")
        found.append((int(match[1] or 0), _WEEKDAYS.index(match[2])))
    return tuple(found)


def _week_start(parts: dict[str, str]) -> int:
    name = parts.get("WKST", "MO")
    if name not in _WEEKDAYS:
        raise ValueError(f"WKST={name[:20]} is no weekday; write one of {', '.join(_WEEKDAYS)}")
    return _WEEKDAYS.index(name)


def _until(parts: dict[str, str]) -> date:
    if "UNTIL" not in parts:
        return date.max
    text = parts["UNTIL"]
    if _UNTIL.fullmatch(text):
        with suppress(ValueError):
            return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    raise ValueError(f"UNTIL={text[:20]} is no day; write it like UNTIL=20261231")


@lru_cache(maxsize=1024)
def days(rule: Rule, first_day: date, from_day: date, to_day: date) -> tuple[date, ...]:
    """Return the days of the rule from `from_day` to `to_day`, both included, counted from `first_day`."""
    start = first_day if rule.count is not None else max(first_day, from_day)
    found = (day for day in every_day(start, min(to_day, rule.until)) if _matches(rule, day, first_day))
    return tuple(day for day in islice(found, rule.count) if day >= from_day)


def every_day(from_day: date, to_day: date) -> Iterator[date]:
    """Yield all days from `from_day` to `to_day`, both included; none when they are the other way round."""
    return (from_day + timedelta(days=index) for index in range((to_day - from_day).days + 1))


def _matches(rule: Rule, day: date, first: date) -> bool:
    if _periods_between(rule, first, day) % rule.interval:
        return False
    if not _passes(rule, day, first):
        return False
    return not rule.positions or _stands_at(rule, day, first)


def _periods_between(rule: Rule, first: date, day: date) -> int:
    if rule.freq == "DAILY":
        return (day - first).days
    if rule.freq == "WEEKLY":
        return (_week_of(rule, day) - _week_of(rule, first)).days // 7
    years = day.year - first.year
    return years if rule.freq == "YEARLY" else years * 12 + day.month - first.month


def _week_of(rule: Rule, day: date) -> date:
    return day - timedelta(days=(day.weekday() - rule.week_start) % 7)


def _passes(rule: Rule, day: date, first: date) -> bool:
    if rule.months and day.month not in rule.months:
        return False
    if not (rule.month_days or rule.year_days or rule.weekdays):
        return _passes_by_start(rule, day, first)
    return _on_month_day(rule, day) and _on_year_day(rule, day) and _on_weekday(rule, day)


def _passes_by_start(rule: Rule, day: date, first: date) -> bool:
    if rule.freq == "DAILY":
        return True
    if rule.freq == "WEEKLY":
        return day.weekday() == first.weekday()
    if rule.freq == "YEARLY" and not rule.months and day.month != first.month:
        return False
    return day.day == first.day


def _on_month_day(rule: Rule, day: date) -> bool:
    from_end = day.day - monthrange(day.year, day.month)[1] - 1
    return not rule.month_days or day.day in rule.month_days or from_end in rule.month_days


def _on_year_day(rule: Rule, day: date) -> bool:
    number = day.timetuple().tm_yday
    from_end = number - date(day.year, 12, 31).timetuple().tm_yday - 1
    return not rule.year_days or number in rule.year_days or from_end in rule.year_days


def _on_weekday(rule: Rule, day: date) -> bool:
    return not rule.weekdays or any(_is_nth(rule, day, nth) for nth, name in rule.weekdays if name == day.weekday())


def _is_nth(rule: Rule, day: date, nth: int) -> bool:
    """Return whether `day` is the nth of its weekday in its month (in its year for YEARLY without BYMONTH)."""
    if nth == 0:
        return True
    in_year = rule.freq == "YEARLY" and not rule.months
    first, last = _year(day) if in_year else _month(day)
    return nth == ((day - first).days // 7 + 1 if nth > 0 else -((last - day).days // 7) - 1)


def _month(day: date) -> tuple[date, date]:
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def _year(day: date) -> tuple[date, date]:
    return date(day.year, 1, 1), date(day.year, 12, 31)


def _period(rule: Rule, day: date) -> tuple[date, date]:
    if rule.freq == "WEEKLY":
        return _week_of(rule, day), _week_of(rule, day) + timedelta(days=6)
    return {"DAILY": (day, day), "MONTHLY": _month(day), "YEARLY": _year(day)}[rule.freq]


def _stands_at(rule: Rule, day: date, first: date) -> bool:
    members = _members(rule, first, *_period(rule, day))
    place = members.index(day)
    return place + 1 in rule.positions or place - len(members) in rule.positions


@lru_cache(maxsize=64)
def _members(rule: Rule, first: date, from_day: date, to_day: date) -> tuple[date, ...]:
    return tuple(day for day in every_day(from_day, to_day) if _passes(rule, day, first))
