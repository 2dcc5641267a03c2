"""A contact sheet: one moment of a schedule on panels of every usual size, in every layout, and as an alert."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import get_args

from firmware_py.board import sdl
from firmware_py.board.png import pack_png
from firmware_py.board.preview import render
from firmware_py.board.sdl import Surface
from firmware_py.board.snapshot import replace_file
from firmware_py.board.steps import finish
from firmware_py.core.messages import BoardSetup, Item, Notice, NoticeText
from firmware_py.core.settings import LayoutName
from firmware_py.core.timeline import MAIN
from firmware_py.core.units import WallUs

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
_CELL_PX = (480, 300)
_GAP_PX = 8
_GROUND = (90, 90, 90)

Items = Mapping[str, Item | None]


def write_sheet(setup: BoardSetup, items: Items, at_us: WallUs, folder: Path) -> Iterator[Path]:
    """Write each panel as a file of its own, then all of them small as `sheet.png`; yield the files.

    Raises `Unplayable` when an item cannot be shown, `OSError` when a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    columns = list(_columns(items))
    step = (_CELL_PX[0] + _GAP_PX, _CELL_PX[1] + _GAP_PX)
    sheet = sdl.new_surface(step[0] * len(columns) + _GAP_PX, step[1] * len(PANELS) + _GAP_PX)
    sheet.fill(_GROUND)
    for row, size in enumerate(PANELS):
        for column, (name, shown) in enumerate(columns):
            panel = render(setup, shown, at_us, size)
            yield _write(panel, folder / f"{name}-{size[0]}x{size[1]}.png")
            sheet.blit(_small(panel), (_GAP_PX + column * step[0], _GAP_PX + row * step[1]))
    yield _write(sheet, folder / "sheet.png")


def _columns(items: Items) -> Iterator[tuple[str, Items]]:
    """Yield what each column of the sheet shows: the board's own page, every layout, an alert."""
    main = items.get(MAIN.name)
    yield "own", {}
    if main is None:
        yield "auto", items
        return
    for name in LAYOUTS:
        yield name, {**items, MAIN.name: replace(main, layout=name)}
    texts = (NoticeText(main.language, main.title, main.text),)
    alert = Notice("actual", main.title, "extreme", texts, siren=True, repeats=3)
    yield "alert", {MAIN.name: replace(main, kind="notice", notice=alert)}


def _small(panel: Surface) -> Surface:
    width, height = panel.get_size()
    scale = min(_CELL_PX[0] / width, _CELL_PX[1] / height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return sdl.enlarged(panel, *size) if scale > 1 else sdl.reduced(panel, *size)


def _write(surface: Surface, path: Path) -> Path:
    replace_file(path, finish(pack_png(*surface.get_size(), lambda box: sdl.to_rgb(surface, box))))
    return path
