"""The local config of a board's panel, as typed values: how it is switched, when it is dark, how bright it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from firmware_py.core.shape import Length, Range
from firmware_py.core.times import DailySpan

LEVEL_PLACE = re.compile(r"\{level(?::(0?[1-9]?[dxX]))?\}")
"""Where the level stands in a panel's word for brightness, and in which digits."""

_LAST_BYTE = 0xFF


def check_words(*words: str) -> None:
    """Refuse what a serial line cannot carry."""
    for word in words:
        if any(ord(letter) > _LAST_BYTE for letter in word):
            raise ValueError(f"has the word {word!r}; write bytes as \\u0000 to \\u00FF")


@dataclass(frozen=True, slots=True)
class PanelLevel:
    """How bright the panel is in these hours."""

    hours: DailySpan
    brightness_pct: Annotated[int, Range(1, 100, "percent")]


@dataclass(frozen=True, slots=True)
class PanelWords:
    """A panel that takes words on a serial port: what is sent, and what must come back; with an empty answer nothing.

    `brightness` has a place for the level, `{level}` or with the digits it must have `{level:03d}`, `{level:02X}`; 0 to
    100 % become `level_min` to `level_max`. `input` chooses the input and is sent when the panel is switched on.
    `query` asks whether it is on; an answer with `on_state` in it says on, one with `off_state` off.
    """

    port: Annotated[str, Length(1, 255)]
    on: Annotated[str, Length(1, 64)]
    off: Annotated[str, Length(1, 64)]
    on_answer: Annotated[str, Length(0, 64)] = ""
    off_answer: Annotated[str, Length(0, 64)] = ""
    query: Annotated[str, Length(0, 64)] = ""
    on_state: Annotated[str, Length(0, 64)] = ""
    off_state: Annotated[str, Length(0, 64)] = ""
    brightness: Annotated[str, Length(0, 64)] = ""
    brightness_answer: Annotated[str, Length(0, 64)] = ""
    level_min: Annotated[int, Range(0, 65_535, "of the panel's own steps")] = 0
    level_max: Annotated[int, Range(0, 65_535, "of the panel's own steps")] = 100
    input: Annotated[str, Length(0, 64)] = ""
    input_answer: Annotated[str, Length(0, 64)] = ""
    baud: Annotated[int, Range(300, 921_600, "baud")] = 9600

    def __post_init__(self) -> None:
        """Hold the words against what a serial line carries, and against each other."""
        words = (self.on, self.off, self.on_answer, self.off_answer, self.query, self.on_state, self.off_state)
        check_words(*words, self.brightness, self.brightness_answer, self.input, self.input_answer)
        if self.query and not (self.on_state and self.off_state):
            raise ValueError("has a query without on_state or off_state; give both")
        if self.brightness and len(LEVEL_PLACE.findall(self.brightness)) != 1:
            raise ValueError(f"has the word {self.brightness!r} for brightness; write {{level}} in it, once")
        if self.level_max <= self.level_min:
            raise ValueError("has no level_max above level_min; give the panel's darkest and brightest step")


@dataclass(frozen=True, slots=True)
class Dpms:
    """A panel whose signal or backlight is switched by the box itself.

    `display` is the X server that is told (by xset), such as `:0`; `backlight` a directory of the kernel's, such as
    `/sys/class/backlight/10-0045`. At least one: on KMS without an X server the signal of an HDMI monitor cannot be
    switched, because the output holds the graphics card.
    """

    display: Annotated[str, Length(0, 64)] = ""
    backlight: Annotated[str, Length(0, 255)] = ""

    def __post_init__(self) -> None:
        """Refuse a table that reaches nothing."""
        if not (self.display or self.backlight):
            raise ValueError("has neither display nor backlight; give one, or take the driver cec or serial")


@dataclass(frozen=True, slots=True)
class Cec:
    """A television that listens on its HDMI cable (CEC), reached by cec-ctl of the Debian package v4l-utils.

    `address` is this box's physical address, such as `1.0.0.0` for the first input; with it the television is told to
    show this input.
    """

    device: Annotated[str, Length(1, 255)] = "/dev/cec0"
    address: Annotated[str, Length(0, 16)] = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """How the board's panel is switched, when it is dark, and how bright it is: see `core.panel` for the rule."""

    driver: Literal["none", "serial", "dpms", "cec"] = "none"
    brightness_pct: Annotated[int, Range(1, 100, "percent")] = 100
    dark: tuple[DailySpan, ...] = ()
    levels: tuple[PanelLevel, ...] = ()
    warm_up_s: Annotated[float, Range(0, 5, "seconds")] = 0.0
    answer_s: Annotated[float, Range(0.05, 2, "seconds")] = 0.5
    serial: PanelWords | None = None
    dpms: Dpms | None = None
    cec: Cec | None = None

    def __post_init__(self) -> None:
        """Hold the driver against its table."""
        tables = {"serial": self.serial, "dpms": self.dpms, "cec": self.cec}
        if self.driver != "none" and tables[self.driver] is None:
            raise ValueError(f"has the driver {self.driver}; describe it in [panel.{self.driver}]")
