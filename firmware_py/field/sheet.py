"""A contact sheet: moments of a schedule on panels of every usual size, in every layout, as alert, drill and cancel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import NamedTuple, TypeAlias, get_args

from firmware_py.board import sdl
from firmware_py.board.png import pack_png
from firmware_py.board.preview import render
from firmware_py.board.sdl import Surface
from firmware_py.board.snapshot import replace_file
from firmware_py.board.steps import finish
from firmware_py.core.messages import BoardSetup, Item, Notice, NoticeText, Style
from firmware_py.core.settings import LayoutName
from firmware_py.core.timeline import MAIN
from firmware_py.core.units import HOUR, WallUs

PANELS = (
    (64, 32),
    (128, 64),
    (160, 320),
    (384, 192),
    (1080, 1920),
    (1280, 720),
    (1920, 1080),
    (3840, 2160),
)
"""The LED strips, columns and walls of communes, and the screens of districts."""

LAYOUTS: tuple[LayoutName, ...] = get_args(LayoutName)
_ALERTS: tuple[Style, ...] = ("actual", "drill", "cancel")
_ALERT_LASTS_US = 2 * HOUR
_CELL_PX = (480, 300)
_GAP_PX = 8
_GROUND = (90, 90, 90)

Items: TypeAlias = Mapping[str, Item | None]


class Moment(NamedTuple):
    """What is on air at an instant, by channel."""

    at_us: WallUs
    items: Items

    @property
    def language(self) -> str:
        """Return the language of what is in the main zone."""
        main = self.items.get(MAIN.name)
        return main.language if main else "own"


def write_sheet(setup: BoardSetup, moments: Sequence[Moment], folder: Path) -> Iterator[Path]:
    """Write each panel as a file of its own, then all of them small as `sheet.png`; yield the files.

    The sheet has a column for each layout and alert, and for each panel a row for each moment.
    Raises `Unplayable` when an item cannot be shown, `OSError` when a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = list(product(PANELS, enumerate(moments, 1)))
    columns = max(len(list(_columns(moment.items, moment.at_us))) for moment in moments)
    step = (_CELL_PX[0] + _GAP_PX, _CELL_PX[1] + _GAP_PX)
    sheet = sdl.new_surface(step[0] * columns + _GAP_PX, step[1] * len(rows) + _GAP_PX)
    sheet.fill(_GROUND)
    for row, (size, (no, moment)) in enumerate(rows):
        for column, (name, shown) in enumerate(_columns(moment.items, moment.at_us)):
            panel = render(setup, shown, moment.at_us, size)
            yield _write(panel, folder / f"{no}-{moment.language}-{name}-{size[0]}x{size[1]}.png")
            sheet.blit(_small(panel), (_GAP_PX + column * step[0], _GAP_PX + row * step[1]))
    yield _write(sheet, folder / "sheet.png")


def _columns(items: Items, at_us: WallUs) -> Iterator[tuple[str, Items]]:
    """Yield what each column of the sheet shows: the board's own page, every layout, an alert, a drill, a cancel."""
    main = items.get(MAIN.name)
    yield "own", {}
    if main is None:
        yield "auto", items
        return
    for name in LAYOUTS:
        yield name, {**items, MAIN.name: replace(main, layout=name)}
    texts = (NoticeText(main.language, main.title, main.text),)
    for style in _ALERTS:
        until_us = 0 if style == "cancel" else at_us + _ALERT_LASTS_US
        alert = Notice(style, "Sạt lở đất", "extreme", texts, True, 3, "Thôn Kon Tu, xã Đăk Hà", until_us)
        yield style, {MAIN.name: replace(main, kind="notice", notice=alert)}


def _small(panel: Surface) -> Surface:
    width, height = panel.get_size()
    scale = min(_CELL_PX[0] / width, _CELL_PX[1] / height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return sdl.enlarged(panel, *size) if scale > 1 else sdl.reduced(panel, *size)


def _write(surface: Surface, path: Path) -> Path:
    replace_file(path, finish(pack_png(*surface.get_size(), lambda box: sdl.to_rgb(surface, box))))
    return path
