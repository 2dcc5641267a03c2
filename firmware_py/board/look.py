"""The colours of the board: dark grounds, light letters, at least 7:1 of contrast (WCAG 2.2, level AAA)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from firmware_py.board.sdl import Colour
from firmware_py.core.messages import Style


@dataclass(frozen=True, slots=True)
class Look:
    """Grounds and letters of each zone. Red and gold for the header and ticker, night blue for what is read."""

    header_ground: Colour = (122, 12, 18)
    header_name: Colour = (255, 255, 255)
    header_clock: Colour = (255, 221, 87)
    header_date: Colour = (255, 255, 255)
    line: Colour = (255, 205, 60)
    ground: Colour = (8, 24, 52)
    side_ground: Colour = (16, 42, 80)
    title: Colour = (255, 214, 74)
    body: Colour = (255, 255, 255)
    dot: Colour = (70, 92, 130)
    dot_now: Colour = (255, 214, 74)
    ticker_ground: Colour = (122, 12, 18)
    ticker: Colour = (255, 238, 170)

    def beside(self) -> Look:
        """Return the look of the side zone: its ground sets it off from the main one."""
        return replace(self, ground=self.side_ground)


@dataclass(frozen=True, slots=True)
class NoticeLook:
    """The colours of a notice: its pages, the band with the words of its style, and the border, lit and dark.

    A border of one colour does not flash.
    """

    page: Look
    band_ground: Colour
    band: Colour
    border: Colour
    border_dark: Colour


def _page(ground: Colour, title: Colour, dot: Colour) -> Look:
    """Return the look of pages: a ground, the title on it, everything else white, the marks of other pages faint."""
    return Look(ground=ground, title=title, dot=dot, dot_now=_WHITE)


_WHITE = (255, 255, 255)
_RED, _BLUE, _AMBER, _GREEN, _VIOLET = (160, 0, 12), (10, 40, 110), (255, 196, 0), (0, 84, 40), (58, 20, 110)
_LILAC, _MINT = (205, 190, 255), (150, 225, 175)
_PLAIN = Look()

NOTICE_LOOKS: Mapping[Style, NoticeLook] = MappingProxyType(
    {
        "actual": NoticeLook(_page(_RED, _WHITE, (222, 128, 134)), _WHITE, _RED, (255, 221, 0), (64, 0, 6)),
        "drill": NoticeLook(_page(_BLUE, _AMBER, (90, 120, 190)), _AMBER, (8, 24, 72), _AMBER, _AMBER),
        "cancel": NoticeLook(_page(_GREEN, _WHITE, (90, 160, 120)), _WHITE, _GREEN, _MINT, _MINT),
        "identify": NoticeLook(_page(_VIOLET, _WHITE, (130, 100, 180)), _LILAC, (36, 8, 80), _LILAC, _LILAC),
        "tone": NoticeLook(_PLAIN, _PLAIN.ground, _PLAIN.body, _PLAIN.ground, _PLAIN.ground),
    }
)
"""Red is for the real thing alone, and nothing else flashes."""


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2, «relative luminance»)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
