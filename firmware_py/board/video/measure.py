"""How the frames of a film are cut and scaled for a zone. Pure arithmetic in pixels."""

from __future__ import annotations

from dataclasses import dataclass

from firmware_py.core.messages import Fit


@dataclass(frozen=True, slots=True)
class Measure:
    """The middle part of a coded frame that is shown, what it is scaled to, and how far it is then turned, clockwise.

    `shown` is the size of the result: that of the zone, or smaller.
    """

    cut: tuple[int, int]
    scaled: tuple[int, int]
    turn: int
    shown: tuple[int, int]


def measure(coded: tuple[int, int], pixel: float, turn: int, zone_px: tuple[int, int], fit: Fit) -> Measure:
    """Return how a frame of a coded size is brought into a zone; `pixel` is a coded pixel's width over its height.

    `turn` is 0, 90, 180 or 270 degrees, clockwise.
    """
    zone = zone_px[::-1] if turn % 180 else zone_px
    width, height = coded[0] * pixel, float(coded[1])
    scales = zone[0] / width, zone[1] / height
    scale = max(scales) if fit == "cover" else min(scales)
    scaled = _whole(width * scale, zone[0]), _whole(height * scale, zone[1])
    part = _whole(scaled[0] / scale / pixel, coded[0]), _whole(scaled[1] / scale, coded[1])
    return Measure(part if fit == "cover" else coded, scaled, turn, scaled[::-1] if turn % 180 else scaled)


def _whole(length: float, most: int) -> int:
    return min(most, max(1, round(length)))
