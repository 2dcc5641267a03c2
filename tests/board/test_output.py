"""The output process as the agent runs it: orders on one pipe, reports on the other, a real clock, real pictures."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from firmware_py.board.layout import lay_out
from firmware_py.core.errors import Code
from firmware_py.core.messages import (
    BOARD_PROGRESS_PERIOD_US,
    STILL_US,
    Ended,
    Failed,
    Next,
    Now,
    Progress,
    Quit,
    Ready,
    SpeakerSetup,
    Started,
    Trouble,
)
from firmware_py.core.settings import Rectangle, Sound
from firmware_py.core.units import MS, SECOND
from tests.board.board_process import board, item, setup, wall_us, x_server
from tests.board.samples import quarters
from tests.waiting import until

SIZE = (384, 192)
PATIENT_US = 400 * MS
"""A shared machine may hold a process up for so long; the benchmarks measure how precise the board is."""


def picture(directory: Path) -> str:
    """Write a picture of four colours and return its path."""
    quarters().save(directory / "poster.png")
    return str(directory / "poster.png")


def test_ready_names_what_is_drawn_on() -> None:
    """The first report is `Ready`, with the process's own number and the framebuffer."""
    with board(setup()) as running:
        (ready,) = running.wait_for(Ready)
        assert (ready.pid, ready.device) == (running.process.pid, "offscreen 384×192")
        assert isinstance(running.heard[0][1], Ready)


def test_a_text_and_a_picture_after_it(tmp_path: Path) -> None:
    """The text starts at once, the picture by itself at its instant, then nothing is on air; all is reported."""
    with board(setup()) as running:
        running.wait_for(Ready)
        now = wall_us()
        poster = item(2, start_us=now + 2 * SECOND, seconds=1, kind="image", path=picture(tmp_path))
        running.send(Now("main", item(1, start_us=now, seconds=2)))
        running.send(Next("main", poster))
        running.wait_for(Ended, 2)
        reports = [m for _, m in running.heard if isinstance(m, Started | Ended)]
        assert [(type(m), m.no) for m in reports] == [(Started, 1), (Ended, 1), (Started, 2), (Ended, 2)]
        started = running.all(Started)[1]
        assert 0 <= started.at_us - poster.start_us < PATIENT_US
        assert started.offset_us == started.at_us - poster.start_us
        ended = running.all(Ended)
        assert [(m.reason, m.frames > 0, m.late_frames <= m.frames) for m in ended] == [("complete", True, True)] * 2
        assert abs(ended[1].played_us - SECOND) < PATIENT_US


def test_progress_comes_twice_a_second_even_with_nothing_on_air() -> None:
    """A board without an item says that it lives."""
    with board(setup()) as running:
        running.wait_for(Progress, 8)
        times = [at for at, message in running.heard if isinstance(message, Progress)]
        assert {message.no for message in running.all(Progress)} == {0}
        assert times[7] - times[0] >= 7 * BOARD_PROGRESS_PERIOD_US / SECOND / 2


def test_frames_come_at_the_ticker_pace_and_at_rest_once_a_second() -> None:
    """With a ticker the frames count up by the settings' rate; without one only the clock makes frames."""
    with board(setup(fps=20)) as running:
        running.wait_for(Ready)
        running.send(Now("ticker", item(9, start_us=wall_us(), channel="ticker", text="Gió mùa đông bắc mạnh cấp 5")))
        running.wait_for(Started)
        until(lambda: any(m.no == 9 and m.played_us > 2 * SECOND for m in running.all(Progress)))
        moving = [m for m in running.all(Progress) if m.no == 9][-1]
        running.send(Now("ticker", None))
        running.send(Now("main", item(1, start_us=wall_us())))
        running.wait_for(Started, 2)
        until(lambda: any(m.no == 1 and m.played_us > 2 * SECOND for m in running.all(Progress)))
        resting = [m for m in running.all(Progress) if m.no == 1][-1]
        assert 5 < moving.frames * SECOND / moving.played_us <= 23
        assert resting.frames <= 5


def test_a_picture_that_stands_still_has_frames_too(tmp_path: Path) -> None:
    """A poster on the whole panel, with no clock beside it: a frame every two seconds proves that it is seen."""
    with board(setup()) as running:
        running.wait_for(Ready)
        poster = item(1, start_us=wall_us(), kind="image", path=picture(tmp_path), layout="full")
        running.send(Now("main", poster))
        running.wait_for(Started)
        first = running.all(Started)[0]
        until(lambda: any(m.no == first.no and m.frames >= 3 for m in running.all(Progress)), 8)
        counted = next(m for m in running.all(Progress) if m.frames >= 3)
        assert counted.played_us <= 3 * STILL_US


@pytest.mark.parametrize("way", ["quit", "hang up", "quit while a picture is decoded"])
def test_the_process_ends_when_it_is_told_or_left_alone(tmp_path: Path, way: str) -> None:
    """After `Quit`, or when the agent closes the line, the process ends with status 0."""
    with board(setup()) as running:
        running.wait_for(Ready)
        if way.endswith("decoded"):
            running.send(Now("main", item(1, start_us=wall_us(), kind="image", path=picture(tmp_path))))
        else:
            running.send(Now("main", item(1, start_us=wall_us())))
            running.wait_for(Started)
        if way == "hang up":
            running.hang_up()
        else:
            running.send(Quit())
        assert running.process.wait(3) == 0
        if way == "quit":
            assert [(m.no, m.reason) for m in running.wait_for(Ended)] == [(1, "stopped")]


def test_a_broken_picture_fails_and_the_board_goes_on(tmp_path: Path) -> None:
    """The failure has the code of the probe; the next order is obeyed."""
    (tmp_path / "poster.png").write_bytes(b"no picture")
    with board(setup()) as running:
        running.wait_for(Ready)
        running.send(Now("main", item(1, start_us=wall_us(), kind="image", path=str(tmp_path / "poster.png"))))
        (failed,) = running.wait_for(Failed)
        assert (failed.no, failed.code) == (1, Code.CONTENT_UNREADABLE)
        running.send(Now("main", item(2, start_us=wall_us())))
        assert [m.no for m in running.wait_for(Started)] == [2]


def test_the_snapshot_is_the_page_that_is_shown(tmp_path: Path) -> None:
    """After a change of page the PNG is replaced, whole, by one of the panel's size that shows the new page."""
    shot = tmp_path / "board.png"
    area = Rectangle(10, 20, SIZE[1], SIZE[0])
    with board(setup(width=800, height=600, area=area, rotation=90, snapshot_to=str(shot))) as running:
        running.wait_for(Ready)
        until(shot.exists, 5)
        running.send(Now("main", item(1, start_us=wall_us(), kind="image", path=picture(tmp_path), fit="cover")))
        running.wait_for(Started)
        zone = lay_out(*SIZE, main=True, ticker=False).main
        places = [(zone.x + zone.width * x // 4, zone.y + zone.height * y // 4) for y in (1, 3) for x in (1, 3)]
        expected = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)]
        until(lambda: colours(shot, places) == expected, 5)
        with Image.open(shot) as image:
            assert image.size == SIZE
        assert {path.name for path in tmp_path.iterdir() if not path.name.startswith(".")} == {
            "board.png",
            "poster.png",
        }


def colours(path: Path, places: list[tuple[int, int]]) -> list[object]:
    """Return the colours of a PNG file at some places."""
    with Image.open(path) as image:
        return [image.convert("RGB").getpixel(place) for place in places]


def test_a_snapshot_that_cannot_be_written_is_told_once(tmp_path: Path) -> None:
    """A directory that is not there is a trouble, told once, and the board goes on."""
    with board(setup(snapshot_to=str(tmp_path / "no" / "board.png"), snapshot_s=1)) as running:
        (trouble,) = running.wait_for(Trouble)
        assert trouble.code == Code.FOLDER_UNREADABLE
        assert "board.png" in trouble.detail
        first = len(running.all(Progress))
        running.wait_for(Progress, first + 12)
        assert len(running.all(Trouble)) == 1


@pytest.mark.parametrize("driver", ["screen", "auto"])
def test_without_a_screen_the_process_says_so_and_goes_on(driver: str) -> None:
    """A screen that does not open is a trouble; the board draws in memory until there is one."""
    with board(setup(driver=driver), DISPLAY=":9999", SDL_VIDEODRIVER="") as running:
        assert running.wait_for(Ready)[0].device == "offscreen 384×192"
        assert [m.code for m in running.all(Trouble)] == [Code.SCREEN_LOST]


def test_no_place_to_draw_ends_the_process() -> None:
    """An area beside the framebuffer is a trouble that only a person can mend."""
    with board(setup(area=Rectangle(5000, 0))) as running:
        assert running.process.wait(10) == 1
        assert [m.code for m in running.wait_for(Trouble)] == [Code.DEVICE_LOST]


def test_another_first_message_ends_the_process() -> None:
    """A setup of a speaker is refused before anything is opened."""
    with board(SpeakerSetup(Sound())) as running:  # type: ignore[arg-type]  # that is the fault
        assert running.process.wait(10) == 1
        assert running.all(Ready) == []


def test_a_real_window_shows_the_board(tmp_path: Path) -> None:
    """Under an X server the picture's pixels, the header and the output rectangle are in the server's own memory."""
    area = Rectangle(40, 30, *SIZE)
    with x_server(640, 480, tmp_path) as server:
        environment = {"DISPLAY": server.display, "SDL_VIDEODRIVER": "", "WAYLAND_DISPLAY": ""}
        with board(setup(driver="screen", width=0, height=0, area=area), None, **environment) as running:
            assert running.wait_for(Ready)[0].device == "x11 640×480"
            path = picture(tmp_path)
            running.send(Now("main", item(1, start_us=wall_us(), kind="image", path=path, fit="cover")))
            running.wait_for(Started)
            zone = lay_out(*SIZE, main=True, ticker=False).main
            x, y = area.x + zone.x, area.y + zone.y
            places = [(x + zone.width * a // 4, y + zone.height * b // 4) for b in (1, 3) for a in (1, 3)]
            expected = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)]
            until(lambda: [server.pixel(*place) for place in places] == expected, 5)
            assert server.pixel(area.x, area.y) == (122, 12, 18)
            assert [server.pixel(*place) for place in ((39, 29), (40 + SIZE[0], 30), (639, 479))] == [(0, 0, 0)] * 3
