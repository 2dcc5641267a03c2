"""How one page gives way to the next: by fading or by sliding. A function of the wall clock, so boards move together.

Both pictures are taken when it begins; a frame of it is two copies of a zone and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

from firmware_py.board.layout import Box
from firmware_py.board.sdl import Surface
from firmware_py.core.units import DurationUs, WallUs

_OPAQUE = 255
MOST_FPS = 30
"""More frames than that are not seen in half a second, and cost as much as a video."""


@dataclass(frozen=True, slots=True)
class Transition:
    """From `old` to `new` in a zone, between `since_us` and `until_us`."""

    slides: bool
    zone: Box
    old: Surface
    new: Surface
    since_us: WallUs
    duration_us: DurationUs

    @property
    def until_us(self) -> WallUs:
        """Return when only the new picture is there."""
        return self.since_us + self.duration_us

    def paint(self, panel: Surface, wall_us: WallUs) -> None:
        """Draw the zone as it looks at an instant."""
        passed = min(1.0, max(0.0, (wall_us - self.since_us) / self.duration_us))
        if self.slides:
            self._slide(panel, passed)
        else:
            self._fade(panel, passed)

    def _fade(self, panel: Surface, passed: float) -> None:
        panel.blit(self.old, self.zone[:2])
        self.new.set_alpha(round(_OPAQUE * passed))
        panel.blit(self.new, self.zone[:2])

    def _slide(self, panel: Surface, passed: float) -> None:
        left = self.zone.x - round(self.zone.width * _eased(passed))
        panel.set_clip(self.zone)
        panel.blit(self.old, (left, self.zone.y))
        panel.blit(self.new, (left + self.zone.width, self.zone.y))
        panel.set_clip(None)


def _eased(passed: float) -> float:
    """Return how far something has moved that starts and stops gently: the cubic 3t² - 2t³."""
    return passed * passed * (3 - 2 * passed)
