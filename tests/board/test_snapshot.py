"""Snapshots: packed between frames, written whole."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from firmware_py.board import sdl
from firmware_py.board.layout import Box
from firmware_py.board.png import pack_png
from firmware_py.board.snapshot import FileWriter, SnapshotFailed, Snapshots, replace_file
from firmware_py.board.steps import finish
from firmware_py.core.units import SECOND
from tests.waiting import until

SIZE = (500, 300)


def panel() -> sdl.Surface:
    """Return a panel with a few colours."""
    surface = sdl.new_surface(*SIZE)
    surface.fill((1, 2, 3))
    surface.fill((250, 100, 0), Box(20, 30, 400, 7))
    surface.fill((0, 200, 255), Box(499, 299, 1, 1))
    return surface


def always() -> bool:
    """Return that there is time."""
    return True


def test_png_is_what_another_reader_reads() -> None:
    """A packed PNG has the pixels of the surface."""
    surface = panel()
    png = finish(pack_png(*SIZE, lambda box: sdl.to_rgb(surface, box)))
    with Image.open(io.BytesIO(png)) as image:
        assert image.tobytes() == sdl.to_rgb(surface, Box(0, 0, *SIZE))


def test_snapshots_come_after_a_change_and_from_time_to_time() -> None:
    """One at once, one after a change but not within a second of the last, and one when the period is over."""
    taken: list[int] = []
    now = 0
    snapshots = Snapshots(panel(), 60 * SECOND, lambda _: taken.append(now))
    changes = {5 * SECOND, 5 * SECOND + SECOND // 10, 30 * SECOND}
    for now in range(0, 100 * SECOND, SECOND // 10):
        if now in changes:
            snapshots.page_changed()
        snapshots.work(now, always)
    assert taken == [0, 5 * SECOND, 6 * SECOND, 30 * SECOND, 90 * SECOND]


def test_a_change_while_packing_begins_anew() -> None:
    """A snapshot never mixes two pages."""
    surface, files = panel(), list[bytes]()
    snapshots = Snapshots(surface, 60 * SECOND, files.append)
    slices = iter([True, True, False])
    snapshots.work(0, lambda: next(slices))
    assert files == []
    surface.fill((9, 9, 9))
    snapshots.page_changed()
    snapshots.work(2 * SECOND, always)
    with Image.open(io.BytesIO(files[0])) as image:
        assert image.getcolors() == [(SIZE[0] * SIZE[1], (9, 9, 9))]


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    """The old file stays until the new one is complete, and nothing else is left behind."""
    path = tmp_path / "board.png"
    replace_file(path, b"old")
    replace_file(path, b"new")
    assert [(found.name, found.read_bytes()) for found in tmp_path.iterdir()] == [("board.png", b"new")]
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        replace_file(tmp_path / "taken", b"new")
    assert sorted(found.name for found in tmp_path.iterdir()) == ["board.png", "taken"]


def test_trouble_with_the_file_is_told_once_until_it_is_over(tmp_path: Path) -> None:
    """A directory that is missing is told once; when it was there in between, it is told again."""
    told: list[SnapshotFailed] = []
    directory = tmp_path / "later"
    writer = FileWriter(str(directory / "board.png"), told.append)
    writer.write(b"1")
    until(lambda: len(told) == 1)
    directory.mkdir()
    writer.write(b"2")
    until((directory / "board.png").is_file)
    (directory / "board.png").unlink()
    directory.rmdir()
    writer.write(b"3")
    until(lambda: len(told) == 2)
    assert "later/board.png" in told[0].detail
