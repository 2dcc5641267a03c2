"""The colours of the board: themes, each with at least 7:1 of contrast for all letters (WCAG 2.2, level AAA).

`dark`: white on night blue, header and running line in red and gold. `light`: the same by day, on white. `contrast`:
black, white and yellow, for screens in the sun and eyes that see little. `amber`: for LED panels of one colour, or of
red and green, where blue is lost and a coloured ground is a dim one; so grounds are black or nearly. A notice looks the
same in all of them: what is red on one board must not be blue on the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, TypeAlias

from firmware_py.board.sdl import Colour
from firmware_py.core.messages import Emphasis, Style
from firmware_py.core.settings import ThemeName

Pattern: TypeAlias = Literal["solid", "dashed", "corners"]


@dataclass(frozen=True, slots=True)
class Look:
    """Grounds and letters of each zone. A `bar` at both sides marks a warning where it is not the ground's colour."""

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
    warning_ground: Colour = (255, 205, 60)
    warning: Colour = (20, 16, 0)
    bar: Colour | None = None

    def beside(self) -> Look:
        """Return the look of the side zone: its ground sets it off from the main one."""
        return replace(self, ground=self.side_ground)

    def emphasised(self, emphasis: Emphasis) -> Look:
        """Return the look of a text that stands out: a warning is dark on yellow, as signs are, between two bars."""
        if emphasis != "warning":
            return self
        ink, ground = self.warning, self.warning_ground
        return replace(self, ground=ground, title=ink, body=ink, dot_now=ink, dot=_between(ink, ground), bar=ink)


@dataclass(frozen=True, slots=True)
class NoticeLook:
    """The colours of a notice: its pages, the band with the words of its style, and the border, lit and dark.

    A border of one colour does not flash. Its `pattern` tells styles apart for eyes that do not see colours.
    """

    page: Look
    band_ground: Colour
    band: Colour
    border: Colour
    border_dark: Colour
    pattern: Pattern = "solid"


def _page(ground: Colour, title: Colour, dot: Colour) -> Look:
    """Return the look of pages: a ground, the title on it, everything else white, the marks of other pages faint."""
    return Look(ground=ground, title=title, dot=dot, dot_now=_WHITE)


_WHITE = (255, 255, 255)
_RED, _BLUE, _AMBER, _GREEN, _VIOLET = (160, 0, 12), (10, 40, 110), (255, 196, 0), (0, 84, 40), (58, 20, 110)
_LILAC, _MINT = (205, 190, 255), (150, 225, 175)
_BLACK, _YELLOW = (0, 0, 0), (255, 255, 0)
_PLAIN = Look()

NOTICE_LOOKS: Mapping[Style, NoticeLook] = MappingProxyType(
    {
        "actual": NoticeLook(_page(_RED, _WHITE, (222, 128, 134)), _WHITE, _RED, (255, 221, 0), (64, 0, 6)),
        "drill": NoticeLook(_page(_BLUE, _AMBER, (90, 120, 190)), _AMBER, (8, 24, 72), _AMBER, _AMBER, "dashed"),
        "cancel": NoticeLook(_page(_GREEN, _WHITE, (90, 160, 120)), _WHITE, _GREEN, _MINT, _MINT, "corners"),
        "identify": NoticeLook(_page(_VIOLET, _WHITE, (130, 100, 180)), _LILAC, (36, 8, 80), _LILAC, _LILAC),
        "tone": NoticeLook(_PLAIN, _PLAIN.ground, _PLAIN.body, _PLAIN.ground, _PLAIN.ground),
    }
)
"""Red is for the real thing alone, and nothing else flashes."""


THEMES: Mapping[ThemeName, Look] = MappingProxyType(
    {
        "dark": _PLAIN,
        "light": Look(
            line=(214, 150, 0),
            ground=_WHITE,
            side_ground=(228, 236, 246),
            title=(110, 8, 14),
            body=(16, 20, 32),
            dot=(150, 160, 178),
            dot_now=(110, 8, 14),
        ),
        "contrast": Look(
            header_ground=_BLACK,
            header_clock=_YELLOW,
            line=_WHITE,
            ground=_BLACK,
            side_ground=(28, 28, 28),
            title=_YELLOW,
            dot=(110, 110, 110),
            dot_now=_YELLOW,
            ticker_ground=_YELLOW,
            ticker=_BLACK,
            warning_ground=_YELLOW,
            warning=_BLACK,
        ),
        "amber": Look(
            header_ground=_BLACK,
            header_name=(255, 191, 0),
            header_clock=(255, 191, 0),
            header_date=(255, 191, 0),
            line=(255, 140, 0),
            ground=_BLACK,
            side_ground=(38, 22, 0),
            title=(255, 191, 0),
            body=(255, 170, 0),
            dot=(96, 60, 0),
            dot_now=(255, 191, 0),
            ticker_ground=(38, 22, 0),
            ticker=(255, 191, 0),
            warning_ground=(255, 170, 0),
            warning=_BLACK,
        ),
    }
)


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2, «relative luminance»)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _between(one: Colour, other: Colour) -> Colour:
    """Return the colour half way between two."""
    red, green, blue = ((a + b) // 2 for a, b in zip(one, other, strict=True))
    return red, green, blue
