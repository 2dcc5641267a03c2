"""Units of time and level used everywhere; the suffix of a name says which one it carries.

`*_us`       an instant: microseconds since the Unix epoch, UTC (wall clock), or a duration in microseconds.
`*_mono_us`  an instant on CLOCK_MONOTONIC in microseconds: shared by the processes of one boot, never stepped.
`*_pct`      0 to 100. `*_db`, `*_dbfs` decibels (0 dBFS is full scale, silence is -120).

Integers, because sums of many items must not drift and because equality decides what is still the same play.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

WallUs: TypeAlias = int
MonoUs: TypeAlias = int
DurationUs: TypeAlias = int

MS = 1_000
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

SILENCE_DBFS = -120.0
"""What a level of zero is written as: below the noise of 16 bits (-96 dBFS)."""

FAR_FUTURE_US: WallUs = 253_370_764_800 * SECOND
"""Year 9999: «never», as an instant that still fits a datetime."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Now:
    """One reading of both clocks at the same moment."""

    wall_us: WallUs
    mono_us: MonoUs

    def mono_at(self, wall_us: WallUs) -> MonoUs:
        """Return the monotonic instant at which the wall clock will read (or has read) `wall_us`."""
        return self.mono_us + (wall_us - self.wall_us)


def from_datetime(moment: datetime) -> WallUs:
    """Return an aware datetime as microseconds since the epoch, exactly."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def to_datetime(at_us: WallUs) -> datetime:
    """Return an instant as an aware datetime in UTC."""
    return _EPOCH + timedelta(microseconds=at_us)
