"""A text that runs upwards through its zone: whole pixels, equal steps, a function of the wall clock.

It rests at its top and at its end for as long as half of the zone takes to read, and runs in between at the pace of
reading, brought to one pixel every so many frames (or so many pixels every frame) so that it never stutters. Where
its turn is too short for that it runs as fast as it must to be seen whole. Rows are drawn when they come into sight.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil, floor
from typing import NamedTuple

from firmware_py.board.layout import Box
from firmware_py.board.pages import Pace, Span, frame_after, frame_at
from firmware_py.board.sdl import Colour, Surface
from firmware_py.core.units import SECOND, DurationUs, WallUs

_HASTE = 1.15
"""How much faster than at the pace of reading a text may run, where the next even step would be far slower."""


class Run(NamedTuple):
    """How a text runs: `distance_px` in all, `step_px` every `frames`, after a rest and before another one."""

    distance_px: int
    step_px: int
    frames: int
    rest_us: DurationUs
    fps: int

    @property
    def lasts_us(self) -> DurationUs:
        """Return how long it takes from its top to its end, rests included."""
        return 2 * self.rest_us + ceil(self.distance_px * self.frames * SECOND / (self.step_px * self.fps))

    def offset_px(self, passed_us: DurationUs, lasts_us: DurationUs) -> int:
        """Return how far it has run when so much of its turn has passed: 0 to `distance_px`."""
        if lasts_us >= self.lasts_us:
            steps = max(0, passed_us - self.rest_us) * self.fps // (self.frames * SECOND)
            return min(self.distance_px, steps * self.step_px)
        rest_us = self.rest_us * lasts_us // self.lasts_us
        moving_us = max(1, lasts_us - 2 * rest_us)
        return min(self.distance_px, max(0, passed_us - rest_us) * self.distance_px // moving_us)


def run_of(height_px: int, zone_px: int, letters: int, pace: Pace) -> Run:
    """Return how a text of this height and so many letters runs through a zone."""
    wanted_px_s = height_px * SECOND / pace.stay_us(letters)
    frames = max(1, ceil(pace.fps / (wanted_px_s * _HASTE)))
    step_px = max(1, floor(wanted_px_s * _HASTE / pace.fps))
    rest_us = max(SECOND, round(zone_px * SECOND / (2 * wanted_px_s)))
    return Run(max(0, height_px - zone_px), step_px, frames, rest_us, pace.fps)


class Line(NamedTuple):
    """A row of the text: its place from the text's top, its column on the panel, and how it is drawn."""

    top_px: int
    height_px: int
    x: int
    draw: Callable[[], Surface]


@dataclass(frozen=True, slots=True)
class Scroll:
    """The frames of a running text, by the pixels that it has run; the rows in sight are kept drawn."""

    box: Box
    ground: Colour
    lines: tuple[Line, ...]
    run: Run
    span: Span
    _drawn: dict[int, Surface] = field(default_factory=dict)

    def at(self, wall_us: WallUs) -> int:
        """Return how far the text has run at an instant."""
        moment_us = max(frame_at(wall_us, self.run.fps), self.span.since_us)
        passed_us = (moment_us - self.span.since_us) % self.span.every_us
        return self.run.offset_px(min(passed_us, self.span.lasts_us), self.span.lasts_us)

    def change_after(self, wall_us: WallUs) -> WallUs:
        """Return the instant of the next frame: it may have run on by then."""
        return frame_after(wall_us, self.run.fps)

    def paint(self, panel: Surface, number: int) -> None:
        """Draw the rows in sight when the text has run so many pixels."""
        panel.set_clip(self.box)
        panel.fill(self.ground, self.box)
        seen = [n for n, line in enumerate(self.lines) if self._is_seen(line, number)]
        for n in self._drawn.keys() - set(seen):
            del self._drawn[n]
        for n in seen:
            line = self.lines[n]
            surface = self._drawn[n] if n in self._drawn else self._drawn.setdefault(n, line.draw())
            bottom_px = self.box.y + line.top_px + line.height_px - number
            panel.blit(surface, (line.x, bottom_px - surface.get_height()))
        panel.set_clip(None)

    def _is_seen(self, line: Line, number: int) -> bool:
        """Return whether any of a row is in sight when the text has run so many pixels."""
        return number < line.top_px + line.height_px and line.top_px < number + self.box.height
