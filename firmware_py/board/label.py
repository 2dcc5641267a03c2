"""Short texts around the items: a name fitted into its box, and lines that the clock writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from firmware_py.board.clusters import clusters, wrap, wrap_evenly
from firmware_py.board.layout import LEGIBLE_PX, Box, Type
from firmware_py.board.sdl import Colour, Surface
from firmware_py.board.text import Face, Fonts

Align: TypeAlias = Literal["left", "centre", "right"]


@dataclass(frozen=True, slots=True)
class Label:
    """Lines of one type in a box, centred in its height."""

    lines: tuple[str, ...]
    kind: Type
    box: Box
    align: Align
    colour: Colour
    ground: Colour

    def drawn(self, fonts: Fonts) -> Iterator[tuple[Surface, int, int]]:
        """Yield each line drawn, with its place on the panel."""
        face = fonts.face(self.kind)
        rows = [face.draw(line, self.colour, self.ground) for line in self.lines]
        y = self.box.y + (self.box.height - sum(row.get_height() for row in rows)) // 2
        for row in rows:
            yield row, placed(row.get_width(), self.box, self.align), y
            y += row.get_height()

    def paint(self, panel: Surface, fonts: Fonts) -> None:
        """Put the lines on the panel; the ground around them is there already."""
        for surface, x, y in self.drawn(fonts):
            panel.blit(surface, (x, y))


@dataclass(frozen=True, slots=True)
class Live:
    """A line that the clock writes: drawn again whenever its text changes."""

    text_of: Callable[[datetime], str]
    kind: Type
    box: Box
    align: Align
    colour: Colour
    ground: Colour

    def paint(self, panel: Surface, fonts: Fonts, text: str) -> None:
        """Draw a text over the one that was there."""
        panel.fill(self.ground, self.box)
        Label((text,), self.kind, self.box, self.align, self.colour, self.ground).paint(panel, fonts)


def placed(width_px: int, box: Box, align: Align) -> int:
    """Return the column at which something of this width begins in a box."""
    spare_px = box.width - width_px
    return box.x + {"left": 0, "centre": spare_px // 2, "right": spare_px}[align]


def widest(texts: Iterable[str], face: Face) -> int:
    """Return the width in pixels of the widest of some texts."""
    return max(map(face.width, texts))


def fits(lines: Iterable[str], box: Box, face: Face) -> bool:
    """Return whether lines fit a box, marks included."""
    sizes = [face.size(line) for line in lines]
    return sum(height for _, height in sizes) <= box.height and all(width <= box.width for width, _ in sizes)


def fit_label(text: str, box: Box, sizes_px: Iterable[int], fonts: Fonts) -> tuple[Type, tuple[str, ...]]:
    """Return the first bold type of these sizes in which a text fits a box, and its lines.

    At the last size the rest of a text that is still too long is given up, with an ellipsis.
    """
    kind = Type("strong", LEGIBLE_PX)
    for px in sizes_px:
        kind = Type("strong", px)
        face = fonts.face(kind)
        lines = wrap_evenly(text, box.width, face.width)
        words_px = max(map(face.width, text.split(" ")))
        if words_px <= box.width and sum(face.size(line)[1] for line in lines) <= box.height:
            return kind, lines
    return kind, _shortened(text, box, fonts.face(kind))


def _shortened(text: str, box: Box, face: Face) -> tuple[str, ...]:
    """Return the lines that fit the height, the last one as full as it can be and ending in an ellipsis."""
    lines = tuple(wrap(text, box.width, face.width))
    count = max(1, box.height // face.line_px)
    if len(lines) <= count:
        return lines
    letters = clusters(" ".join(lines[count - 1 : count + 1]))
    while letters and face.width("".join(letters) + "…") > box.width:
        letters.pop()
    return (*lines[: count - 1], "".join(letters).rstrip() + "…")
