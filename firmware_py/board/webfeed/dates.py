"""When an entry says that it was published, in the many ways in which servers write that.

It only puts entries in order: what cannot be read is no fault. Without a zone it is the time of Viet Nam.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from firmware_py.core.units import WallUs, from_datetime

_HOME = timezone(timedelta(hours=7))
_MOST_LETTERS = 100
_FIRST_YEAR = 1990

_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2}))?", re.ASCII)
_BY_SLASHES = re.compile(
    r"(?:.*?,\s*)?(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[,\s-]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*([AaPpSsCc])?\S*)?.*",
    re.ASCII,
)
_AFTERNOON = frozenset("PpCc")
"""PM, or chiều."""


def published_us(text: str) -> WallUs:
    """Return the instant of a date, 0 when it says none."""
    text = " ".join(text[:_MOST_LETTERS].split())
    for read in (_iso, _mail, _partial, _by_slashes):
        with suppress(ValueError, TypeError, IndexError, OverflowError):
            moment = read(text)
            if moment is not None and moment.year >= _FIRST_YEAR:
                return from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=_HOME))
    return 0


def _iso(text: str) -> datetime:
    return datetime.fromisoformat(text.upper())


def _mail(text: str) -> datetime:
    """Read the form of RFC 822, in which RSS is written; a zone of -0000 says that it is universal time."""
    moment = parsedate_to_datetime(text)
    return moment.replace(tzinfo=timezone(timedelta())) if moment.tzinfo is None and "-0000" in text else moment


def _partial(text: str) -> datetime | None:
    found = _PARTIAL.fullmatch(text)
    return datetime(int(found[1]), int(found[2] or 1), 1, tzinfo=_HOME) if found else None


def _by_slashes(text: str) -> datetime | None:
    """Read what Vietnamese people and some servers write: 23/11/2026 5:30 CH; with the month first where it must be."""
    found = _BY_SLASHES.fullmatch(text)
    if found is None:
        return None
    day, month, year = (int(part) for part in found.groups()[:3])
    if month > 12:
        day, month = month, day
    hour, minute, second = (int(part or 0) for part in found.groups()[3:6])
    if found[7]:
        hour = hour % 12 + (12 if found[7] in _AFTERNOON else 0)
    return datetime(year, month, day, hour, minute, second, tzinfo=_HOME)
