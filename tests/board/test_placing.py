"""The picture on its way to the panel: mirrored, turned, moved against burn-in; every pixel is where it must be."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from firmware_py.board import sdl
from firmware_py.board.geometry import SHIFT_STEP_US, shift_at
from firmware_py.board.glyphs import FontChain
from firmware_py.board.layout import Box
from firmware_py.board.look import Look
from firmware_py.board.screen import Memory, Screen
from firmware_py.core.errors import Unavailable
from firmware_py.core.messages import Ended, Started
from firmware_py.core.messages import Now as Order
from firmware_py.core.settings import Rectangle
from firmware_py.core.settings import Screen as Settings
from firmware_py.core.units import DAY, MINUTE, SECOND
from tests.board.bench import Bench, T
from tests.board.board_process import item

AREA = Rectangle(5, 3, 12, 8)
EDGE = Look().ground
MIRRORS = ("none", "horizontal", "vertical")
ROTATIONS = (0, 90, 180, 270)
FLIPS = {"horizontal": Image.Transpose.FLIP_LEFT_RIGHT, "vertical": Image.Transpose.FLIP_TOP_BOTTOM}
WAYS = list(product(ROTATIONS, MIRRORS, (0, 2)))


def settings(rotation: int, mirror: str, shift_px: int) -> Settings:
    """Return a panel of 12 by 8 pixels in the middle of a framebuffer."""
    return Settings(area=AREA, rotation=rotation, mirror=mirror, shift_px=shift_px)  # type: ignore[arg-type]


def painted(screen: Screen, salt: int = 0) -> Image.Image:
    """Paint every pixel of the panel in a colour of its own; return the same picture."""
    width, height = screen.panel.get_size()
    picture = Image.new("RGB", (width, height))
    for x, y in product(range(width), range(height)):
        colour = (20 * x % 256, 30 * y % 256, 100 + salt)
        picture.putpixel((x, y), colour)
        screen.panel.fill(colour, Box(x, y, 1, 1))
    return picture


def expected(picture: Image.Image, rotation: int, mirror: str, moved: tuple[int, int]) -> Image.Image:
    """Return the framebuffer as another library makes it of a picture; nothing outside of the area is touched."""
    seen = picture.transpose(FLIPS[mirror]) if mirror in FLIPS else picture
    seen = seen.rotate(-rotation, expand=True)
    whole = Image.new("RGB", (24, 16))
    whole.paste(EDGE, (AREA.x, AREA.y, AREA.x + AREA.width, AREA.y + AREA.height))
    whole.paste(seen, (AREA.x + moved[0], AREA.y + moved[1]))
    return whole


def shown(memory: Memory) -> Image.Image:
    """Return what the framebuffer shows."""
    return Image.frombytes("RGB", (24, 16), sdl.to_rgb(memory.surface, Box(0, 0, 24, 16)))


@pytest.mark.parametrize(("rotation", "mirror", "shift_px"), WAYS)
def test_every_pixel_is_where_it_must_be(rotation: int, mirror: str, shift_px: int) -> None:
    """The whole picture at once, then in pieces: both give what Pillow makes of it, on every turn of every mirror."""
    memory = Memory(24, 16)
    screen = Screen(memory, settings(rotation, mirror, shift_px))
    picture = painted(screen)
    screen.present(screen.move(0) or [Box(0, 0, *picture.size)])
    assert shown(memory).tobytes() == expected(picture, rotation, mirror, (0, 0)).tobytes()
    picture = painted(screen, salt=50)
    width, height = picture.size
    screen.present([Box(0, 0, 3, height), Box(3, 0, width - 3, 2), Box(3, 2, width - 3, height - 2)])
    assert shown(memory).tobytes() == expected(picture, rotation, mirror, (0, 0)).tobytes()


@pytest.mark.parametrize(("rotation", "mirror"), list(product(ROTATIONS, MIRRORS)))
def test_a_picture_that_moves_leaves_nothing_behind(rotation: int, mirror: str) -> None:
    """At every place of its way the whole picture is in the panel's area, with the ground around it, nothing else."""
    memory = Memory(24, 16)
    screen = Screen(memory, settings(rotation, mirror, 2))
    picture = painted(screen)
    for step in range(20):
        wall_us = T + step * SHIFT_STEP_US
        screen.present(screen.move(wall_us))
        assert screen.move(wall_us) == []
        assert shown(memory).tobytes() == expected(picture, rotation, mirror, shift_at(wall_us, 2)).tobytes()


@given(st.integers(0, 32), st.integers(0, 100 * 365 * DAY))
def test_it_goes_a_pixel_a_minute(most_px: int, wall_us: int) -> None:
    """It stays within its square and never jumps, whatever the hour."""
    here, there = shift_at(wall_us, most_px), shift_at(wall_us + SHIFT_STEP_US, most_px)
    assert all(0 <= way <= most_px for way in here)
    assert sum(abs(one - other) for one, other in zip(here, there, strict=True)) == (most_px > 0)


def test_it_is_everywhere_as_often() -> None:
    """No place of the square is left out."""
    assert {shift_at(minute * MINUTE, 4) for minute in range(48)} == set(product(range(5), repeat=2))


def test_a_panel_without_room_to_move_is_told() -> None:
    """More pixels to move by than the panel has is an error that names the key."""
    with pytest.raises(Unavailable, match=r"screen\.shift_px"):
        Screen(Memory(64, 32), Settings(area=Rectangle(0, 0, 64, 8), shift_px=8))


def test_boards_move_together_and_the_picture_stays_whole(chain: FontChain) -> None:
    """Two boards that began at other times show the same frame; it is the picture of a panel that is smaller."""
    boards = [Bench(chain, (192, 96), settings=Settings(fps=20, shift_px=4)) for _ in range(2)]
    still = Bench(chain, (188, 92), settings=Settings(fps=20))
    boards[1].clock.wall_us = T + 90 * SECOND
    text = Order("main", item(1, start_us=T, seconds=600))
    for board in (*boards, still):
        board.order(text)
        board.run_to(T + 200 * SECOND)
    frames = [Image.frombytes("RGB", (192, 96), board.frames.presented[-1]) for board in boards]
    assert frames[0].tobytes() == frames[1].tobytes()
    x, y = shift_at(T + 200 * SECOND, 4)
    assert (x, y) != (0, 0)
    assert frames[0].crop((x, y, x + 188, y + 92)).tobytes() == still.frames.presented[-1]


def test_a_dark_board_is_black_goes_on_and_is_whole_again(chain: FontChain) -> None:
    """Nothing is drawn, nothing counts as seen, plays begin and end; light again, it shows what it would have shown."""
    dark, lit = (Bench(chain, (192, 96), settings=Settings(fps=20, shift_px=shift)) for shift in (3, 3))
    for board in (dark, lit):
        board.order(Order("ticker", item(9, start_us=T, seconds=600, channel="ticker")))
        board.order(Order("main", item(1, start_us=T, seconds=4)))
    dark.show.blacken(black=True)
    dark.show.frame(dark.clock.now())
    before = len(dark.frames.presented)
    dark.run_to(T + 90 * SECOND)
    assert set(dark.frames.presented[before - 1 :]) == {bytes(192 * 96 * 3)}
    assert len(dark.frames.presented) - before <= 100
    (ended,) = [report for report in dark.said if isinstance(report, Ended)]
    assert (ended.no, ended.reason, ended.played_us) == (1, "complete", 0)
    dark.order(Order("main", item(2, start_us=T, seconds=300)))
    assert dark.of(Started) == [9, 1, 2]
    dark.show.blacken(black=False)
    dark.show.frame(dark.clock.now())
    lit.run_to(T + 90 * SECOND)
    lit.order(Order("main", item(2, start_us=T, seconds=300)))
    for board in (dark, lit):
        board.run_to(T + 95 * SECOND)
    assert dark.frames.presented[-1] == lit.frames.presented[-1]
    assert max(dark.frames.presented[-1]) > 200
