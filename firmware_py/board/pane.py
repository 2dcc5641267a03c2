"""One zone of the board with the pages that take their turn in it. Pages are drawn when they are near."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from firmware_py.board.deck import Drawn, Recipe
from firmware_py.board.pages import Pace, Round, Span, Turn
from firmware_py.board.steps import Job, Rest, finish
from firmware_py.core.messages import Item
from firmware_py.core.units import DAY, SECOND, DurationUs, WallUs

_JOINED_US: DurationUs = SECOND
"""How long after its start a notice is still at its first page, which needs none of the others."""


@dataclass(slots=True)
class Pane:
    """The pages of a zone; `item` is the one whose start and length their turns follow, None for the board's own.

    A notice comes with the pages of its first text alone; `rest` adds the others to `recipes` while that is shown.
    """

    item: Item | None
    recipes: list[Recipe]
    pace: Pace
    rest: Rest = field(default_factory=Rest)
    _round: Round | None = None
    _known: int = 0
    _drawn: dict[int, Drawn] = field(default_factory=dict)
    _jobs: dict[int, Job[Drawn]] = field(default_factory=dict)

    def turn(self, wall_us: WallUs) -> Turn:
        """Return the page to show at an instant, and until when."""
        return self._now_round().turn(wall_us)

    def page(self, wall_us: WallUs) -> Drawn:
        """Return the page of an instant; one that was not drawn in time is drawn now."""
        index = self.turn(wall_us).page
        if index not in self._drawn:
            self._drawn[index] = finish(self.recipes[index](self._span(index)))
        return self._drawn[index]

    def show_at_once(self, wall_us: WallUs) -> None:
        """Draw the page of an instant now. A notice that is joined late needs to know all pages to find it."""
        if self.item is not None and wall_us - self.item.start_us > _JOINED_US:
            self.rest.run(lambda: True)
        self.page(wall_us)

    def is_ready(self, wall_us: WallUs) -> bool:
        """Return whether the page of an instant is drawn."""
        return self.turn(wall_us).page in self._drawn

    def draw_near(self, wall_us: WallUs, in_time: Callable[[], bool]) -> None:
        """Draw the page of an instant and the one after it, as far as there is time, and forget the others."""
        self.rest.run(in_time)
        index = self.turn(wall_us).page
        near = (index, (index + 1) % len(self.recipes))
        for known in (self._drawn, self._jobs):
            for number in [number for number in known if number not in near]:
                del known[number]
        for number in near:
            self._draw(number, in_time)

    def _draw(self, number: int, in_time: Callable[[], bool]) -> None:
        if number in self._drawn:
            return
        job = self._jobs.setdefault(number, Job(self.recipes[number](self._span(number))))
        drawn = job.run(in_time)
        if drawn is not None:
            self._drawn[number] = drawn
            del self._jobs[number]

    def _span(self, number: int) -> Span:
        """Return when a page has its turns."""
        return self._now_round().span(number)

    def _now_round(self) -> Round:
        """Return the turns of the pages that are known by now."""
        if self._round is None or self._known != len(self.recipes):
            start_us, duration_us = (0, DAY) if self.item is None else (self.item.start_us, self.item.duration_us)
            stays_us = (recipe.stay_us(self.pace) for recipe in self.recipes)
            self._round, self._known = Round.of(start_us, duration_us, stays_us), len(self.recipes)
        return self._round
