"""Recurrence rules mean what RFC 5545 says: python-dateutil, which walks them, is asked for its answer."""

from __future__ import annotations

import random
from datetime import date, datetime, time

import pytest
from dateutil.rrule import rrulestr

from firmware_py.core.recurrence import days, parse_rule

FROM, TO, BEYOND = date(2024, 1, 1), date(2025, 3, 1), date(2030, 1, 1)
WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def _rule(chance: random.Random) -> str:
    freq = chance.choice(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
    parts = [f"FREQ={freq}", *_filters(chance, freq)]
    if len(parts) > 1 and freq != "WEEKLY" and chance.random() < 0.3:
        parts.append("BYSETPOS=" + chance.choice(["1", "-1", "1,-1", "2"]))
    if chance.random() < 0.5:
        parts.append(f"INTERVAL={chance.randint(1, 4)}")
    if freq == "WEEKLY" and chance.random() < 0.5:
        parts.append("WKST=" + chance.choice(["SU", "MO", "WE"]))
    if chance.random() < 0.2:
        parts.append(f"COUNT={chance.randint(1, 30)}")
    return ";".join(parts)


def _filters(chance: random.Random, freq: str) -> list[str]:
    found = []
    if chance.random() < 0.3:
        found.append("BYMONTH=" + _some(chance, list(range(1, 13)), 3))
    if chance.random() < 0.3:
        found.append("BYMONTHDAY=" + _some(chance, [1, 2, 15, 28, 29, 30, 31, -1, -2, -31], 4))
    if chance.random() < 0.1:
        found.append("BYYEARDAY=" + _some(chance, [1, 60, 366, -1, 200, 100, -100], 4))
    if chance.random() < 0.4:
        numbered = freq in ("MONTHLY", "YEARLY") and chance.random() < 0.5
        names = chance.sample(WEEKDAYS, 3)
        prefixes = [chance.choice(["1", "2", "-1", "5", "-2"]) if numbered else "" for _ in names]
        found.append("BYDAY=" + ",".join(prefix + name for prefix, name in zip(prefixes, names, strict=True)))
    return found


def _some(chance: random.Random, values: list[int], count: int) -> str:
    return ",".join(map(str, chance.sample(values, count)))


def _walked(text: str, first: date) -> tuple[date, ...]:
    found = []
    for moment in rrulestr(text, dtstart=datetime.combine(first, time())):
        if moment.date() > TO:
            break
        found.append(moment.date())
    return tuple(day for day in found if day >= FROM)


@pytest.mark.parametrize("seed", range(4))
def test_days_are_those_that_a_walk_along_the_rule_finds(seed: int) -> None:
    """Of random rules the days of 14 months are dateutil's; it is asked only where it has an end to its walk."""
    chance, compared = random.Random(seed), 0
    while compared < 30:
        text, first = _rule(chance), date(chance.randint(2020, 2024), chance.randint(1, 12), chance.randint(1, 28))
        rule = parse_rule(text)
        if not days(rule, first, TO, BEYOND):
            continue
        assert days(rule, first, FROM, TO) == _walked(text, first), (text, first)
        compared += 1


@pytest.mark.parametrize(
    ("text", "first", "expected"),
    [
        ("FREQ=DAILY;COUNT=3", date(2024, 2, 28), ["2024-02-28", "2024-02-29", "2024-03-01"]),
        ("FREQ=DAILY;UNTIL=20240102", date(2024, 1, 1), ["2024-01-01", "2024-01-02"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31", date(2020, 1, 1), []),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=TU", date(2024, 1, 1), []),
        ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=2", date(2024, 1, 1), ["2024-01-26", "2024-02-23"]),
    ],
)
def test_rules_with_an_end_and_rules_that_match_nothing(text: str, first: date, expected: list[str]) -> None:
    """COUNT and UNTIL end a rule; a rule that falls on no day gives none, and an answer."""
    assert [day.isoformat() for day in days(parse_rule(text), first, FROM, TO)] == expected


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "DAILY",
            "FREQ=HOURLY",
            "FREQ=DAILY;INTERVAL=0",
            "FREQ=DAILY;COUNT=0",
            "FREQ=DAILY;COUNT=1;UNTIL=20240101",
        ),
        *("FREQ=DAILY;BYDAY=XX", "FREQ=WEEKLY;BYDAY=1MO", "FREQ=MONTHLY;BYDAY=0MO", "FREQ=DAILY;BYMONTH=13"),
        *("FREQ=DAILY;FREQ=DAILY", "FREQ=DAILY;BYHOUR=3", "FREQ=DAILY;UNTIL=20240230", "FREQ=DAILY;WKST=XX"),
        *("FREQ=DAILY;INTERVAL=²", "FREQ=DAILY;" + "X" * 500, "FREQ=YEARLY;BYWEEKNO=1", "RRULE:FREQ=DAILY"),
    ],
)
def test_what_is_no_rule_of_days_is_refused_with_a_remedy(text: str) -> None:
    """A text that is no rule of whole days raises a ValueError that says what is wrong and how to mend it."""
    with pytest.raises(ValueError, match="; "):
        parse_rule(text)
