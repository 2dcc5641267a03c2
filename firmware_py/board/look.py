"""The colours of the board: dark grounds, light letters, at least 7:1 of contrast (WCAG 2.2, level AAA)."""

from __future__ import annotations

from dataclasses import dataclass

from firmware_py.board.sdl import Colour


@dataclass(frozen=True, slots=True)
class Look:
    """Grounds and letters of each zone. Red and gold for the header and ticker, night blue for what is read."""

    header_ground: Colour = (122, 12, 18)
    header_name: Colour = (255, 255, 255)
    header_clock: Colour = (255, 221, 87)
    header_date: Colour = (255, 255, 255)
    line: Colour = (255, 205, 60)
    ground: Colour = (8, 24, 52)
    title: Colour = (255, 214, 74)
    body: Colour = (255, 255, 255)
    dot: Colour = (70, 92, 130)
    dot_now: Colour = (255, 214, 74)
    ticker_ground: Colour = (122, 12, 18)
    ticker: Colour = (255, 238, 170)


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2, «relative luminance»)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
