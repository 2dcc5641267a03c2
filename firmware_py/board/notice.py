"""The notice page (trang cảnh báo): what an alert, a drill or a command shows on the whole panel, at once.

Around the pages stand the colours of the style, the words that say what it is, and the event. The pages show one
language after the other, each as large as it fits, or on several pages. Area and end stand below them, or have a page
after the first language. «DIỄN TẬP» and «ĐÃ HỦY» are on every page; a
panel without room for a band shows them alone before each page.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from zoneinfo import ZoneInfo

from firmware_py.board.clean import displayable
from firmware_py.board.clusters import wrap_evenly
from firmware_py.board.dates import local_time, until
from firmware_py.board.deck import Recipe, text_recipes
from firmware_py.board.fit import fit_text
from firmware_py.board.label import Label, fits
from firmware_py.board.layout import NOWHERE, Box, Layout, Type
from firmware_py.board.look import NOTICE_LOOKS, NoticeLook
from firmware_py.board.notice_layout import (
    band_above,
    band_sizes_px,
    border_boxes,
    border_gaps,
    foot_below,
    foot_sizes_px,
    is_roomy,
    lay_out_notice,
    small_band,
    small_band_width,
    within,
)
from firmware_py.board.steps import Rest, Steps
from firmware_py.board.surround import Border, Surround
from firmware_py.board.text import Face, Fonts
from firmware_py.core.errors import Code, Unplayable
from firmware_py.core.messages import Item, Notice, Style

_URGENT = frozenset({"extreme", "severe"})
_MUST_SAY: frozenset[Style] = frozenset({"drill", "cancel"})
_PIXEL = Type("pixel", 16)


@dataclass(frozen=True, slots=True)
class NoticePages:
    """A notice laid out for a panel; `rest` adds the pages after those of its first text to `recipes`."""

    layout: Layout
    surround: Surround
    recipes: list[Recipe]
    rest: Rest


def build_notice(
    item: Item, size_px: tuple[int, int], fonts: Fonts, zone: ZoneInfo, least_px: int = 0
) -> Steps[NoticePages]:
    """Lay the notice of an item out, in slices, up to the pages of its first text: the others must not delay it.

    Raises `Unplayable` when there is none, or when all texts are far too long.
    """
    if item.notice is None:
        raise Unplayable(Code.CONTENT_EMPTY, f"{item.bulletin_id}: a notice without its texts; order it with them")
    ends = until(local_time(item.notice.until_us, zone)) if item.notice.until_us else ""
    builder = _Builder(item, item.notice, Box(0, 0, *size_px), fonts, ends, least_px)
    layout, surround = builder.place()
    recipes: list[Recipe] = []
    filling = builder.fill(recipes, layout, surround)
    for _ in filling:
        if recipes:
            break
        yield
    if not recipes:
        raise Unplayable(Code.CONTENT_TOO_LARGE, f"{item.bulletin_id}: no text that can be shown; shorten them")
    return NoticePages(layout, surround, recipes, Rest(filling))


def words_of(notice: Notice) -> tuple[str, ...]:
    """Return what the band says of a style, from long to short; nothing for a test sound."""
    words: dict[Style, tuple[str, ...]] = {
        "actual": ("CẢNH BÁO KHẨN CẤP", "CẢNH BÁO") if notice.severity in _URGENT else ("CẢNH BÁO",),
        "drill": ("DIỄN TẬP",),
        "cancel": ("ĐÃ HỦY BÁO ĐỘNG", "ĐÃ HỦY"),
        "identify": ("NHẬN DIỆN THIẾT BỊ", "NHẬN DIỆN"),
        "tone": (),
    }
    return words[notice.style]


class _Builder:
    """Shares a panel out between border, band and pages."""

    def __init__(self, item: Item, notice: Notice, panel: Box, fonts: Fonts, ends: str, least_px: int) -> None:
        self.look: NoticeLook = NOTICE_LOOKS[notice.style]
        self._item = item
        self._notice = notice
        self._panel = panel
        self._fonts = fonts
        self._words = words_of(notice)
        self._event = _one_line(notice.event)
        self._area = _one_line(notice.area)
        self._ends = ends
        self._least_px = least_px
        self._flashing = self.look.border != self.look.border_dark

    def place(self) -> tuple[Layout, Surround]:
        """Return the layout of the pages, and what stands around them."""
        seen = self.look.border != self.look.page.ground
        boxes = border_boxes(self._panel, flashing=self._flashing) if seen else ()
        inner = within(self._panel, boxes)
        band_box, band = self._roomy_band(inner) if is_roomy(self._panel) else self._small_band(inner)
        foot_box, foot = self._foot(inner, band_box)
        ground, gaps = self.look.page.ground, border_gaps(boxes, self.look.pattern)
        border = Border(boxes, self.look.border, self.look.border_dark, gaps, ground)
        surround = Surround(self._panel, ground, band_box, band, border, foot_box, foot)
        return lay_out_notice(self._panel, inner, band_box, foot_box, self._least_px), surround

    def texts(self, band: Label | None, foot: Label | None) -> Iterator[tuple[str, str]]:
        """Yield what the pages show, as title and text: the event where the band does not say it, each language.

        After the first one come area and end, where the foot does not say them.
        """
        texts = [(text.title, text.text) for text in self._notice.texts]
        shown = [(title, text) for title, text in texts if displayable(title) or displayable(text)]
        said = (" ".join(band.lines) if band else "", *(title for title, _ in shown[:1]))
        told = not self._is_alert or any(_has(text, self._event) for text in said)
        if not told:
            yield self._event, ""
        yield from shown[:1]
        if foot is None and (self._area or self._ends):
            yield self._area or self._event, self._ends
        yield from shown[1:]
        if told and not shown:
            yield next(filter(None, (self._event, displayable(self._item.title), *self._words)), "…"), ""

    def fill(self, recipes: list[Recipe], layout: Layout, surround: Surround) -> Steps[None]:
        """Add the pages of one text after the other; one that cannot be shown must not hide the others."""
        said: list[Recipe] = []
        if surround.band is None and self._notice.style in _MUST_SAY:
            said = yield from self._pages(self._words[-1], "", layout)
        for title, text in self.texts(surround.band, surround.foot):
            with suppress(Unplayable):
                pages = yield from self._pages(title, text, layout)
                recipes += [recipe for page in pages for recipe in (*said, page)]
            yield

    def _pages(self, title: str, text: str, layout: Layout) -> Steps[list[Recipe]]:
        pages = yield from fit_text(title, text, layout.text, layout.menu, self._fonts)
        return text_recipes(self._item.no, pages, layout, self.look.page, self._fonts)

    @property
    def _is_alert(self) -> bool:
        return self._notice.style in {"actual", "drill", "cancel"}

    def _roomy_band(self, inner: Box) -> tuple[Box, Label | None]:
        """Return the band with words and event, with the words alone where both have no room, or none."""
        side_px = min(self._panel.width, self._panel.height)
        box = band_above(inner, side_px)
        inside, sizes = box.inset(box.height // 8, 0), band_sizes_px(box, side_px)
        for event, words in product((self._event_beside_words, ""), self._words):
            for kind in (Type("strong", px) for px in sizes):
                for lines in _band_lines(words, event, inside.width, self._fonts.face(kind)):
                    if fits(lines, inside, self._fonts.face(kind)):
                        return box, self._label(lines, kind, inside)
        return NOWHERE, None

    def _foot(self, inner: Box, band_box: Box) -> tuple[Box, Label | None]:
        """Return the foot with area and end, in one line or two, or none where they do not fit."""
        side_px = min(self._panel.width, self._panel.height)
        for box in (foot_below(inner, band_box, self._panel, rows) for rows in (1, 2) if self._area or self._ends):
            inside = box.inset(box.height // 8, 0)
            for kind in (Type("strong", px) for px in foot_sizes_px(box, side_px) if box.visible):
                for lines in _band_lines(*self._foot_words, inside.width, self._fonts.face(kind)):
                    if fits(lines, inside, self._fonts.face(kind)):
                        return box, self._label(lines, kind, inside)
        return NOWHERE, None

    @property
    def _foot_words(self) -> tuple[str, str]:
        """Return area and end; the one that there is first."""
        return (self._area, self._ends) if self._area else (self._ends, "")

    @property
    def _event_beside_words(self) -> str:
        """Return the event if the band should say it."""
        told = any(_has(words, self._event) for words in self._words)
        return self._event if self._is_alert and not told else ""

    def _small_band(self, inner: Box) -> tuple[Box, Label | None]:
        """Return the band of a small panel: only the words that must be said, in Unifont."""
        if self._notice.style not in _MUST_SAY:
            return NOWHERE, None
        words = self._words[-1]
        lines = wrap_evenly(words, small_band_width(inner), self._fonts.face(_PIXEL).width)
        box = small_band(inner, len(lines))
        if " ".join(lines) != words or not box.visible:
            return NOWHERE, None
        return box, self._label(lines, _PIXEL, box)

    def _label(self, lines: tuple[str, ...], kind: Type, box: Box) -> Label:
        return Label(lines, kind, box, "centre", self.look.band, self.look.band_ground)


def _band_lines(words: str, event: str, width_px: int, face: Face) -> Iterator[tuple[str, ...]]:
    """Yield the ways to set words and event in a band, words never broken: in one line, else the event below."""
    yield (f"{words} – {event}" if event else words,)
    rows = (wrap_evenly(text, width_px, face.width) if text else () for text in (words, event))
    above, below = rows
    if " ".join(above) == words and " ".join(below) == event:
        yield (*above, *below)


def _one_line(text: str) -> str:
    return " ".join(displayable(text).split())


def _has(text: str, event: str) -> bool:
    """Return whether a text contains an event, in letters large or small; every text contains an empty one."""
    return event.casefold() in _one_line(text).casefold()
