"""Which page is shown and how far the ticker has run: functions of the wall clock alone.

Two boards with the same clock turn their pages together without talking, and a board that starts late joins in.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from math import ceil
from typing import NamedTuple

from firmware_py.core.settings import Screen
from firmware_py.core.units import FAR_FUTURE_US, SECOND, DurationUs, WallUs


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast people read: a page stays for `page_us` at least, and `read_cps` letters are read in a second.

    Twelve are what subtitles for everybody allow themselves (8 to 20 in the guides of broadcasters).
    """

    page_us: DurationUs
    read_cps: float = 12.0
    fps: int = 60

    @classmethod
    def of(cls, screen: Screen) -> Pace:
        """Return the pace that a config asks for."""
        return cls(round(screen.page_s * SECOND), screen.read_cps, screen.fps)

    def stay_us(self, letters: int, pages: int = 1) -> DurationUs:
        """Return how long a page with so many letters stays, one that counts as several pages for longer."""
        return max(pages * self.page_us, ceil(letters * SECOND / self.read_cps))


LEAST_US: DurationUs = SECOND // 2
"""No page turns faster: a panel whose light changes three times a second can harm (WCAG 2.3.1)."""


class Turn(NamedTuple):
    """The page to show, counted from 0, and the instant at which the next one takes its place."""

    page: int
    until_us: WallUs


class Span(NamedTuple):
    """When a page has its turns: from `since_us` for `lasts_us`, and again every `every_us`."""

    since_us: WallUs = 0
    lasts_us: DurationUs = FAR_FUTURE_US
    every_us: DurationUs = FAR_FUTURE_US


@dataclass(frozen=True, slots=True)
class Round:
    """The pages of an item in their turns: it starts at `start_us`, and a round of all pages has these ends."""

    start_us: WallUs
    duration_us: DurationUs
    ends_us: tuple[DurationUs, ...]

    @classmethod
    def of(cls, start_us: WallUs, duration_us: DurationUs, stays_us: Iterable[DurationUs]) -> Round:
        """Return the round of pages that stay so long.

        Pages follow one another, each for its time, and begin again until the item ends. When the item is too short
        for all of them, they share its duration in proportion, so that each is seen once; as many of them as have
        `LEAST_US`.
        """
        ends_us = tuple(accumulate(stays_us))
        if ends_us[-1] > duration_us:
            ends_us = ends_us[: max(1, duration_us // LEAST_US)]
        if ends_us[-1] > duration_us:
            ends_us = tuple(end_us * duration_us // ends_us[-1] for end_us in ends_us)
        return cls(start_us, duration_us, ends_us)

    def turn(self, wall_us: WallUs) -> Turn:
        """Return the page at an instant, and until when."""
        passed_us = max(0, wall_us - self.start_us)
        if self.ends_us[-1] == self.duration_us:
            passed_us = min(passed_us, self.duration_us - 1)
        rounds, passed_us = divmod(passed_us, self.ends_us[-1])
        page = bisect_right(self.ends_us, passed_us)
        return Turn(page, self.start_us + rounds * self.ends_us[-1] + self.ends_us[page])

    def span(self, page: int) -> Span:
        """Return when a page has its turns; one that has none is taken for the last that has."""
        page = min(page, len(self.ends_us) - 1)
        begin_us = self.ends_us[page - 1] if page else 0
        return Span(self.start_us + begin_us, self.ends_us[page] - begin_us, self.ends_us[-1])


def ticker_offset(wall_us: WallUs, start_us: WallUs, px_per_s: int, strip_px: int) -> int:
    """Return the column of the ticker's strip at the left edge of its zone: 0 to `strip_px` - 1, whole pixels."""
    return (wall_us - start_us) * px_per_s // SECOND % strip_px


def frame_at(wall_us: WallUs, fps: int) -> WallUs:
    """Return the instant of the last moving frame at or before `wall_us`.

    Frames stand at whole parts of a second, rounded up to a microsecond, so that each has run its whole pixels.
    """
    return -(-(wall_us * fps // SECOND) * SECOND // fps)


def frame_after(wall_us: WallUs, fps: int) -> WallUs:
    """Return the instant of the first moving frame after `wall_us`."""
    return -(-(wall_us * fps // SECOND + 1) * SECOND // fps)
