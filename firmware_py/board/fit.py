"""Text into a zone: the largest size at which it fits on one page, else pages at a comfortable size.

A page shows the title above the body; where a page could not hold both, the title has pages of its own. A word is
broken only when it is wider than the zone at the size for several pages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Literal, TypeAlias

from firmware_py.board.clean import displayable
from firmware_py.board.clusters import clusters, wrap, wrap_evenly
from firmware_py.board.layout import COMFORTABLE_PX, LEGIBLE_PX, LINE_SHARE, Box, Menu, Type
from firmware_py.board.steps import Steps
from firmware_py.board.text import Fonts
from firmware_py.core.errors import Code, Unplayable
from firmware_py.core.messages import Flow

MAX_LETTERS = 20_000
"""Longer texts are refused: at a comfortable size they would be more than fifty pages."""

_TITLE_SHARE = 1.15
_BODY_SHARE = 0.5
_ROUNDED_PX = 0.6
"""By how much letters are narrower than in proportion, at most: each of their widths is a whole number of pixels."""

_WORDS_IN_A_SLICE = 64
_GAP_SHARE = 0.35
_BLANK_SHARE = 0.45

LeastRows: TypeAlias = Callable[[list[int], int, float], int]
Role: TypeAlias = Literal["title", "body"]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a page: its text (empty for a gap), type and height in pixels."""

    text: str
    kind: Type
    role: Role
    height_px: int


@dataclass(frozen=True, slots=True)
class TextPage:
    """The rows of one page, from top to bottom without anything in between."""

    rows: tuple[Row, ...]

    @property
    def height_px(self) -> int:
        """Return the height of all rows."""
        return sum(row.height_px for row in self.rows)

    @property
    def is_title(self) -> bool:
        """Return whether the title stands alone."""
        return all(row.role == "title" for row in self.rows)

    @property
    def letters(self) -> int:
        """Return how many letters there are to read, marks not counted."""
        return sum(len(clusters(row.text)) for row in self.rows)


def fit_text(
    title: str, body: str, zone: Box, menu: Menu, fonts: Fonts, flow: Flow = "pages"
) -> Steps[tuple[TextPage, ...]]:
    """Return the pages of a text (at least one) for a zone, in slices of about a line.

    A text that flows as `scroll` and does not fit is one page that is higher than the zone.
    Raises `Unplayable` when there is nothing to show or far too much.
    """
    if len(title) + len(body) > MAX_LETTERS:
        count = len(title) + len(body)
        raise Unplayable(Code.CONTENT_TOO_LARGE, f"text of {count} letters; at most {MAX_LETTERS}: shorten it")
    setter = _Setter(displayable(title), displayable(body), zone, fonts)
    yield from setter.measure(menu.single[0])
    for kind in filter(setter.may_fit, menu.single):
        page = yield from setter.one_page(kind)
        if page:
            return (page,)
    kind = _paged_type(setter, menu)
    if flow == "scroll":
        return ((yield from setter.block(kind)),)
    return (yield from setter.pages(kind))


def _paged_type(setter: _Setter, menu: Menu) -> Type:
    """Return the type for several pages: the comfortable one, or a smaller one that breaks no word and cuts no mark.

    Noto Sans stands in for Unifont where that would draw marks over one another.
    """
    if menu.paged.weight == "pixel" and not setter.stacks_marks:
        return menu.paged
    pixel = menu.paged.weight == "pixel"
    first = menu.single[0]._replace(px=COMFORTABLE_PX) if pixel else menu.paged
    sizes = [first, *(kind for kind in menu.single if kind.weight != "pixel" and kind.px < first.px)]
    tall = [kind for kind in sizes if setter.tallest_row(kind) <= setter.zone.height] or sizes[-1:]
    return next(filter(setter.keeps_words, tall), tall[-1])


class _Setter:
    """Sets one text in one zone, at any type."""

    def __init__(self, title: str, body: str, zone: Box, fonts: Fonts) -> None:
        if not title and not body:
            raise Unplayable(Code.CONTENT_EMPTY, "text without anything to show; write a title or a text")
        self.zone = zone
        self._fonts = fonts
        self._title = title.split("\n") if title else []
        self._body = body.split("\n") if body else []
        self._lines = (*self._title, *self._body)
        self._ruler = Type("plain", LEGIBLE_PX)
        self._words_px: list[list[int]] = []
        self._space_px = 0
        self._widest = ""
        self.stacks_marks = any("\u0300" <= char <= "\u036f" for char in title + body)

    def measure(self, ruler: Type) -> Steps[None]:
        """Measure every word once at one type; the widths at others follow in proportion, to about 3 %."""
        self._ruler = ruler
        width_of = self._fonts.face(ruler).width
        self._space_px = width_of(" ")
        widest_px = 0
        for line in self._lines:
            words_px: list[int] = []
            for number, word in enumerate(filter(None, line.split(" "))):
                words_px.append(width_of(word))
                if words_px[-1] > widest_px:
                    widest_px, self._widest = words_px[-1], word
                if number % _WORDS_IN_A_SLICE == 0:
                    yield
            self._words_px.append(words_px)

    def may_fit(self, kind: Type) -> bool:
        """Return False when the text surely needs more than one page of this type, or another one is read better.

        Below the smallest readable size of Noto Sans only marks that Unifont cannot stack are a reason to use it.
        """
        if kind.weight == "pixel":
            return not self.stacks_marks
        if kind.px < LEGIBLE_PX and not self.stacks_marks:
            return False
        # The second measure is closer, but looks at every word: only of a text that the first leaves over.
        return all(self._least_height(kind, least) <= self.zone.height for least in (_rows_by_length, _rows_by_words))

    def _least_height(self, kind: Type, least_rows: LeastRows) -> int:
        """Return the height in pixels that all rows at this type surely need."""
        types = [self._title_type(kind)] * len(self._title) + [kind] * len(self._body)
        height_px = self._gap_px(kind)
        for words_px, line in zip(self._words_px, types, strict=True):
            width_px = self.zone.width * self._ruler.px * (1 + _ROUNDED_PX / line.px) / line.px
            height_px += least_rows(words_px, self._space_px, width_px) * int(line.px * LINE_SHARE)
        return height_px

    def keeps_words(self, kind: Type) -> bool:
        """Return whether no word is wider than a line."""
        faces = [self._fonts.face(kind), *([self._fonts.face(self._title_type(kind))] if self._title else [])]
        return all(face.width(self._widest) <= self.zone.width for face in faces)

    def tallest_row(self, kind: Type) -> int:
        """Return the height in pixels of the highest letter of the text, marks included."""
        letters = {letter for line in self._lines for letter in clusters(line)}
        return max(self._fonts.face(kind).size(letter)[1] for letter in letters)

    def one_page(self, kind: Type) -> Steps[TextPage | None]:
        """Return the page that holds everything at this type and breaks no word; None when there is none."""
        body = yield from self._rows(self._body, kind, "body")
        # Most types are found to be too large here, before the letters of a title in another type are loaded.
        if self._head_px(kind) + _height(body) > self.zone.height:
            return None
        page = yield from self._page(kind, body)
        return page if page.height_px <= self.zone.height and self.keeps_words(kind) else None

    def block(self, kind: Type) -> Steps[TextPage]:
        """Return all rows on one page, however high it is."""
        return (yield from self._page(kind, (yield from self._rows(self._body, kind, "body"))))

    def _page(self, kind: Type, body: list[Row]) -> Steps[TextPage]:
        title = yield from self._rows(self._title, self._title_type(kind), "title")
        return TextPage((*title, *_gap(kind, self._gap_px(kind)), *body))

    def _head_px(self, kind: Type) -> int:
        """Return the height in pixels that title and gap need at least."""
        lines = sum(map(bool, map(str.strip, self._title)))
        return lines * self._fonts.face(self._title_type(kind)).line_px + self._gap_px(kind) if lines else 0

    def _gap_px(self, kind: Type) -> int:
        """Return the space between title and body on a page that holds both."""
        return round(kind.px * _GAP_SHARE) if self._title and self._body and kind.weight != "pixel" else 0

    def pages(self, kind: Type) -> Steps[tuple[TextPage, ...]]:
        """Return the rows on as many pages as they need, the title on each of them if that leaves half the zone."""
        title = yield from self._rows(self._title, self._title_type(kind), "title")
        body = yield from self._rows(self._body, kind, "body")
        room_px, line_px = self.zone.height - _height(title), self._fonts.face(kind).line_px
        if not body or room_px < max(self.zone.height * _BODY_SHARE, 2 * line_px):
            parts = [part for rows in (title, body) if rows for part in _split(rows, self.zone.height)]
            return tuple(TextPage(tuple(rows)) for rows in parts)
        # The space below the title must not cost a row.
        head = [*title, *_gap(kind, min(self._gap_px(kind), room_px % line_px))]
        return tuple(TextPage((*head, *rows)) for rows in _split(body, self.zone.height - _height(head)))

    def _rows(self, lines: list[str], kind: Type, role: Role) -> Steps[list[Row]]:
        """Return lines broken into rows; an empty line is a gap."""
        face = self._fonts.face(kind)
        rows: list[Row] = []
        for line in lines:
            if not line:
                rows.append(Row("", kind, role, round(face.line_px * _BLANK_SHARE)))
            wrapped = wrap_evenly if role == "title" else wrap
            for text in wrapped(line, self.zone.width, face.width):
                rows.append(Row(text, kind, role, max(face.line_px, face.size(text)[1])))
                yield
        return rows

    def _title_type(self, kind: Type) -> Type:
        """Return the title's type beside a body: bold and a little larger; Unifont has one weight and size."""
        if kind.weight == "pixel":
            return kind
        if not self._body:
            return Type("strong", kind.px)
        tallest_px = max(kind.px, int(self.zone.height / LINE_SHARE))
        return Type("strong", min(round(kind.px * _TITLE_SHARE), tallest_px))


def _gap(kind: Type, gap_px: int) -> list[Row]:
    """Return the space between title and body."""
    return [Row("", kind, "body", gap_px)] if gap_px else []


def _rows_by_length(words_px: list[int], space_px: int, width_px: float) -> int:
    """Return how many rows a line fills if it may break anywhere; none if it is empty."""
    return ceil((sum(words_px) + space_px * (len(words_px) - 1)) / width_px) if words_px else 0


def _rows_by_words(words_px: list[int], space_px: int, width_px: float) -> int:
    """Return how many rows a line needs if it breaks between words, and anywhere in one that is wider than a row."""
    rows, free_px = 0, 0.0
    for word_px in words_px:
        free_px -= space_px + word_px
        if free_px < 0:
            needed = max(1, ceil(word_px / width_px))
            rows, free_px = rows + needed, needed * width_px - word_px
    return rows


def _height(rows: list[Row]) -> int:
    return sum(row.height_px for row in rows)


def _split(rows: list[Row], height_px: int) -> list[list[Row]]:
    """Return rows in pages of at most `height_px`, about equally full; gaps at the edges of a page are dropped."""
    greedy = _pages_of(rows, height_px)
    even_px = _height(rows) / len(greedy)
    slack_px = max((row.height_px for row in rows), default=0)
    even = _pages_of(rows, min(height_px, int(even_px) + slack_px))
    return even if len(even) == len(greedy) else greedy


def _pages_of(rows: list[Row], height_px: int) -> list[list[Row]]:
    """Return rows in pages, each filled before the next begins; at least one page, at least one row on each."""
    pages: list[list[Row]] = [[]]
    used_px = 0
    for row in rows:
        if pages[-1] and used_px + row.height_px > height_px:
            pages.append([])
            used_px = 0
        if row.text or pages[-1]:
            pages[-1].append(row)
            used_px += row.height_px
    return [_without_last_gap(page) for page in pages if page] or [[]]


def _without_last_gap(page: list[Row]) -> list[Row]:
    return page if page[-1].text else page[:-1]
