"""The way out: a panel inside a framebuffer, turned; the screen that is there; a real window under a real X server."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_py.board import sdl
from firmware_py.board.geometry import in_framebuffer, output_area, panel_size
from firmware_py.board.layout import Box
from firmware_py.board.screen import Memory, Screen, driver_for, open_framebuffer
from firmware_py.core.errors import Code, Unavailable
from firmware_py.core.settings import Rectangle
from firmware_py.core.settings import Screen as Settings


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Undo what opening a display leaves in the environment, and hide the display of whoever runs the tests."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "")
    monkeypatch.setenv("DISPLAY", ":9999")


RED, GREEN = (255, 0, 0), (0, 255, 0)
ROTATIONS = (0, 90, 180, 270)


@pytest.mark.parametrize(
    ("rotation", "red", "green"),
    [
        (0, (100, 50), (100 + 384 - 1, 50)),
        (90, (100 + 384 - 1, 50), (100 + 384 - 1, 50 + 192 - 1)),
        (180, (100 + 384 - 1, 50 + 192 - 1), (100, 50 + 192 - 1)),
        (270, (100, 50 + 192 - 1), (100, 50)),
    ],
)
def test_corners_of_a_turned_panel(rotation: int, red: tuple[int, int], green: tuple[int, int]) -> None:
    """The upper left corner of the picture, and the upper right one, are where a clockwise turn puts them."""
    memory = Memory(800, 600)
    screen = Screen(memory, Settings(area=Rectangle(100, 50, 384, 192), rotation=rotation))  # type: ignore[arg-type]
    width = screen.panel.get_width()
    screen.panel.fill(RED, Box(0, 0, 1, 1))
    screen.panel.fill(GREEN, Box(width - 1, 0, 1, 1))
    screen.present([Box(0, 0, 2, 2), Box(width - 2, 0, 2, 2)])
    assert memory.surface.get_at(red)[:3] == RED
    assert memory.surface.get_at(green)[:3] == GREEN


@given(st.sampled_from(ROTATIONS), st.integers(0, 50), st.integers(0, 50), st.integers(1, 50), st.integers(1, 50))
def test_boxes_stay_in_the_output_rectangle(rotation: int, x: int, y: int, width: int, height: int) -> None:
    """A box of the panel lies in the output rectangle with the same number of pixels, however it is turned."""
    area = Box(7, 9, 120, 110)
    placed = in_framebuffer(Box(x, y, width, height), area, rotation)
    assert placed.width * placed.height == width * height
    assert area.x <= placed.x
    assert area.y <= placed.y
    assert placed.right <= area.right
    assert placed.bottom <= area.bottom


@pytest.mark.parametrize(
    ("area", "expected"),
    [
        (Rectangle(), (0, 0, 800, 600)),
        (Rectangle(0, 0, 384, 192), (0, 0, 384, 192)),
        (Rectangle(700, 500, 384, 192), (700, 500, 100, 100)),
        (Rectangle(100, 50), (100, 50, 700, 550)),
    ],
)
def test_output_rectangle_is_cut_at_the_edges(area: Rectangle, expected: tuple[int, ...]) -> None:
    """Width and height 0 reach to the edge, and nothing reaches beyond it."""
    assert output_area(area, 800, 600) == expected


def test_a_turned_panel_has_turned_sides() -> None:
    """A quarter turn makes a panel of 192 by 384 of an area of 384 by 192."""
    assert [panel_size(Box(0, 0, 384, 192), rotation) for rotation in ROTATIONS] == [(384, 192), (192, 384)] * 2


def test_an_area_outside_is_told() -> None:
    """An output rectangle beside the framebuffer is an error of the config, not of the screen; it names both."""
    with pytest.raises(Unavailable, match=r"screen\.area.*800×600") as caught:
        Screen(Memory(800, 600), Settings(area=Rectangle(900, 0, 10, 10)))
    assert caught.value.code is Code.DEVICE_LOST


@pytest.mark.parametrize(
    ("environment", "driver"),
    [
        ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, "x11"),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "wayland"),
        ({"SDL_VIDEODRIVER": "dummy", "DISPLAY": ":0"}, "dummy"),
        ({}, None),
    ],
)
def test_the_screen_that_is_there(tmp_path: Path, environment: dict[str, str], driver: str | None) -> None:
    """The desktop's display is taken, X11 first; what the technician names comes before it; else there is none."""
    assert driver_for(environment, tmp_path) == driver


@pytest.mark.parametrize(("status", "driver"), [("connected", "KMSDRM"), ("disconnected", None)])
def test_a_connected_monitor_is_a_screen(tmp_path: Path, status: str, driver: str | None) -> None:
    """Without a desktop a monitor at the graphics card is driven directly, but only if one is connected."""
    (tmp_path / "card1-HDMI-A-1").mkdir()
    (tmp_path / "card1-HDMI-A-1" / "status").write_text(f"{status}\n")
    assert driver_for({}, tmp_path) == driver


def test_offscreen_needs_no_display() -> None:
    """Memory has the size that is asked for, 1920 by 1080 without one."""
    sizes = [
        open_framebuffer(Settings(driver="offscreen", width=w, height=h)).surface.get_size()
        for w, h in ((0, 0), (384, 192))
    ]
    assert sizes == [(1920, 1080), (384, 192)]


@pytest.mark.parametrize("driver", ["nosuchdriver", "x11"])
def test_a_screen_that_does_not_open_is_told(driver: str) -> None:
    """A driver that does not exist, and an X server that is not there, are errors with a code, not another driver."""
    environment = {"SDL_VIDEODRIVER": driver}
    with pytest.raises(Unavailable, match=driver) as caught:
        open_framebuffer(Settings(driver="screen", width=64, height=32, fullscreen=False), environment)
    assert caught.value.code is Code.SCREEN_LOST


def test_the_dummy_driver_of_sdl() -> None:
    """A display without a screen works like any other, and its name is told."""
    settings = Settings(driver="screen", width=64, height=32, fullscreen=False)
    display = open_framebuffer(settings, {"SDL_VIDEODRIVER": "dummy"})
    try:
        screen = Screen(display, settings)
        screen.panel.fill(RED)
        screen.present([Box(0, 0, 64, 32)])
        screen.pump()
        assert (screen.description, display.surface.get_at((63, 31))[:3]) == ("dummy 64×32", RED)
    finally:
        display.close()


class Looked:
    """A framebuffer that remembers what was updated."""

    name = "looked"

    def __init__(self, width: int, height: int) -> None:
        """Make a framebuffer in memory."""
        self.surface = sdl.new_surface(width, height)
        self.updated: list[Box] = []

    def update(self, boxes: Sequence[Box]) -> None:
        """Remember."""
        self.updated += boxes

    def pump(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


@pytest.mark.parametrize("rotation", ROTATIONS)
def test_only_what_changed_is_updated(rotation: int) -> None:
    """A change of a small part of the panel updates as many pixels of the framebuffer."""
    looked = Looked(400, 300)
    Screen(looked, Settings(rotation=rotation)).present([Box(10, 20, 30, 4)])  # type: ignore[arg-type]
    assert [(box.width, box.height) for box in looked.updated] == [(30, 4) if rotation % 180 == 0 else (4, 30)]
