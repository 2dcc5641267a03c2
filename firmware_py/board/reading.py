"""How large letters must be to be read from where people stand. Pure arithmetic.

The rule is that of road signs: one inch of capital letter for every 30 feet of distance (Manual on Uniform Traffic
Control Devices, 2009, section 2A.13), which is 2.8 mm a metre, here 3 mm: an angle of about ten minutes of arc, twice
what an eye of full sight needs to tell letters apart. Capitals of Noto Sans are 0.714 of its type size.
"""

from __future__ import annotations

from math import ceil, floor
from typing import NamedTuple

from firmware_py.board.layout import LEGIBLE_PX, LINE_SHARE
from firmware_py.core.settings import Screen

CAPITAL_MM_PER_M = 3.0
CAPITAL_SHARE = 0.714
"""Height of a capital as a share of the type size (`sCapHeight` of the `OS/2` table of Noto Sans)."""

_WORD_EMS = 4.0
"""Width of the longest Vietnamese syllable (nghiêng) with a margin, as a multiple of the type size."""


class Least(NamedTuple):
    """The smallest type that the panel is to use (0: nothing is known), and what is wrong with that, if anything."""

    px: int
    trouble: str = ""


def least_type(screen: Screen, width_px: int, height_px: int) -> Least:
    """Return the smallest readable type of a panel; where it has no room for one line of it, the largest that has."""
    if not (screen.pitch_mm and screen.distance_m):
        return Least(0)
    wanted_px = max(LEGIBLE_PX, ceil(CAPITAL_MM_PER_M * screen.distance_m / (screen.pitch_mm * CAPITAL_SHARE)))
    room_px = max(LEGIBLE_PX, floor(min(height_px / LINE_SHARE, width_px / _WORD_EMS)))
    if wanted_px <= room_px:
        return Least(wanted_px)
    reach_m = room_px * CAPITAL_SHARE * screen.pitch_mm / CAPITAL_MM_PER_M
    what = f"letters read from {screen.distance_m:g} m need a type of {wanted_px} px"
    room = f"{width_px}×{height_px} has room for {room_px} px, read up to {reach_m:.0f} m"
    return Least(room_px, f"{what}; {room}; mend screen.distance_m or screen.pitch_mm")
