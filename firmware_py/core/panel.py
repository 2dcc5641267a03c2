"""A board's panel by the time of day: is it on, and how bright (giờ tắt màn hình, độ sáng). A pure function.

1. An alert or a drill: on, as bright as it can be, whatever else holds. What it interrupts comes back by itself.
2. While nobody knows the time: on, at the usual brightness of the day.
3. In dark hours: off.
4. Else on, as bright as the first of the levels says whose hours these are, or as usual where none says anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import Literal, TypeAlias

from firmware_py.core.timeline import spans_around
from firmware_py.core.times import Span
from firmware_py.core.units import FAR_FUTURE_US, WallUs, to_datetime

Said: TypeAlias = Literal["none", "on", "off", "silent"]
"""What the panel has answered; `none` where nothing switches it, or nothing has been heard yet."""

Seen: TypeAlias = Literal["none", "on", "off", "dark", "silent", "lost"]
"""What a record says of the panel: `dark` by plan, `lost` without a screen, else what it has answered."""


@dataclass(frozen=True, slots=True)
class Light:
    """What a panel is to be. Of one that is off the brightness is that which it had, or will have."""

    on: bool
    brightness_pct: int


FULL = Light(on=True, brightness_pct=100)


@dataclass(frozen=True, slots=True)
class Terms:
    """How a panel is to be treated (see above)."""

    brightness_pct: int = 100
    dark: tuple[Span, ...] = ()
    levels: tuple[tuple[Span, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """What is known of it: what was ordered, what it has answered, whether the output was told to draw nothing.

    `lost`: the output has no screen to draw on.
    """

    light: Light | None = None
    said: Said = "none"
    blacked: bool = False
    lost: bool = False

    @property
    def seen(self) -> Seen:
        """What a record says of it."""
        if self.lost:
            return "lost"
        return "dark" if self.light and not self.light.on else self.said


def light_at(terms: Terms, wall_us: WallUs, zone: tzinfo, *, alert: bool, known: bool) -> tuple[Light, WallUs]:
    """Return what a panel is to be, and until when if nothing else happens; `known`: the time is."""
    if alert:
        return FULL, FAR_FUTURE_US
    if not known:
        return Light(on=True, brightness_pct=terms.brightness_pct), FAR_FUTURE_US
    today = to_datetime(wall_us).astimezone(zone).date()
    dark = spans_around(terms.dark, today, zone)
    levels = [(spans_around((hours,), today, zone), brightness_pct) for hours, brightness_pct in terms.levels]
    edges = [edge for spans in (dark, *(spans for spans, _ in levels)) for span in spans for edge in span]
    light = Light(
        on=not _within(wall_us, dark),
        brightness_pct=next((pct for spans, pct in levels if _within(wall_us, spans)), terms.brightness_pct),
    )
    return light, min((edge for edge in edges if edge > wall_us), default=FAR_FUTURE_US)


def _within(wall_us: WallUs, spans: tuple[tuple[WallUs, WallUs], ...]) -> bool:
    return any(start_us <= wall_us < end_us for start_us, end_us in spans)
