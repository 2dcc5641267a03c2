"""Animated pictures: their frames at their time, within the board's memory, whatever the file says."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from firmware_py.board.animation import MEMORY_BYTES
from firmware_py.board.decoder import Decoded, decode
from firmware_py.board.glyphs import FontChain
from firmware_py.board.layout import lay_out
from firmware_py.board.visual import Picture, Wanted
from firmware_py.core.content import Facts, Flaw
from firmware_py.core.errors import Code
from firmware_py.core.messages import Now as Order
from firmware_py.core.units import MS, SECOND
from tests.board.bench import Bench, T
from tests.board.board_process import item
from tests.board.test_pictures import probed

COLOURS = ((250, 0, 0), (0, 250, 0), (0, 0, 250))
LED = (384, 192)


def write_film(path: Path, size: tuple[int, int], durations_ms: list[int], *, colours: int = 3) -> None:
    """Write an animation whose frames are red, green, blue, red and so on."""
    frames = [Image.new("RGB", size, COLOURS[n % colours]) for n in range(len(durations_ms))]
    # A mark that differs in each keeps the writer from joining equal neighbours.
    for n, frame in enumerate(frames):
        frame.putpixel((n % size[0], n // size[0] % size[1]), (255, 255, 255))
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=durations_ms, loop=0)


def film(path: Path, size: tuple[int, int] = (80, 60)) -> Picture:
    """Return an animation as the board gets it."""
    visual = decode(Wanted(str(path), *size, "contain"))
    assert isinstance(visual, Picture)
    return visual


def first_pixels(picture: Picture) -> list[tuple[int, ...]]:
    """Return the colour in the middle of each frame."""
    bytes_each = 3 * picture.width_px * picture.height_px
    middle = 3 * (picture.height_px // 2 * picture.width_px + picture.width_px // 2)
    starts = range(middle, bytes_each * len(picture.ends_us), bytes_each)
    return [tuple(picture.rgb[start : start + 3]) for start in starts]


@pytest.mark.parametrize("kind", ["gif", "png", "webp"])
def test_frames_come_with_their_times(tmp_path: Path, kind: str) -> None:
    """Each frame is there, in its colour, for as long as the file says."""
    write_film(tmp_path / f"a.{kind}", (40, 30), [100, 200, 300])
    picture = film(tmp_path / f"a.{kind}")
    assert picture.ends_us == (100 * MS, 300 * MS, 600 * MS)
    assert (picture.width_px, picture.height_px) == (80, 60)
    for seen, meant in zip(first_pixels(picture), COLOURS, strict=True):
        assert all(abs(a - b) < 40 for a, b in zip(seen, meant, strict=True))


def test_frames_without_a_time_last_a_tenth_of_a_second(tmp_path: Path) -> None:
    """A frame of no or nearly no time would be a flicker: it gets what browsers give it."""
    write_film(tmp_path / "a.gif", (40, 30), [0, 10, 50])
    assert film(tmp_path / "a.gif").ends_us == (100 * MS, 200 * MS, 250 * MS)


def test_a_film_too_large_for_memory_keeps_its_time(tmp_path: Path) -> None:
    """Frames that have no room are left out evenly, and the others last longer: the film is as long as before."""
    write_film(tmp_path / "a.gif", (640, 480), [50] * 200)
    picture = film(tmp_path / "a.gif", (1920, 1080))
    assert len(picture.rgb) <= MEMORY_BYTES
    assert (picture.width_px, picture.height_px) == (640, 480)
    assert picture.ends_us[-1] == 200 * 50 * MS
    assert 20 <= len(picture.ends_us) < 200


def test_a_film_that_takes_minutes_is_refused(tmp_path: Path) -> None:
    """Ten thousand frames of half a megapixel are named and refused; ten thousand tiny ones are shown."""
    write_film(tmp_path / "long.gif", (8, 8), [50] * 10_000)
    assert isinstance(probed(tmp_path / "long.gif"), Facts)
    write_film(tmp_path / "large.gif", (1000, 1000), [50] * 301, colours=1)
    flaw = probed(tmp_path / "large.gif")
    assert isinstance(flaw, Flaw)
    assert flaw.code is Code.CONTENT_TOO_LARGE
    assert "301 frames of 1000×1000" in flaw.detail


def test_half_a_film_is_refused(tmp_path: Path) -> None:
    """A file that was cut off is refused with a code, as a picture is."""
    write_film(tmp_path / "whole.png", (400, 300), [100] * 10)
    whole = (tmp_path / "whole.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    flaw = probed(tmp_path / "cut.png")
    assert isinstance(flaw, Flaw)
    assert flaw.code is Code.CONTENT_UNREADABLE


def test_the_board_shows_each_frame_at_its_instant(chain: FontChain) -> None:
    """Frames change when the clock says so, counted from the item's start, and the film begins again."""
    bench = Bench(chain, LED)
    bench.order(Order("main", item(1, start_us=T, seconds=600, kind="image", path="/no/film.gif")))
    (wanted,) = [each for each in bench.decoder.started if each.path == "/no/film.gif"]
    pixels = b"".join(bytes(colour) * (96 * 36) for colour in COLOURS)
    bench.show.receive(Decoded(wanted, Picture(96, 36, pixels, (100 * MS, 300 * MS, 600 * MS))))
    bench.prepare()
    zone = lay_out(*LED, main=True, ticker=False).main
    place = 3 * ((zone.y + zone.height // 2) * LED[0] + LED[0] // 2)
    seen = {}
    for at_ms in (50, 150, 299, 300, 599, 600, 750):
        bench.run_to(T + at_ms * MS)
        seen[at_ms] = tuple(bench.frames.presented[-1][place : place + 3])
    red, green, blue = COLOURS
    assert seen == {50: red, 150: green, 299: green, 300: blue, 599: blue, 600: red, 750: green}


def test_a_board_that_joins_late_shows_the_same_frame(chain: FontChain) -> None:
    """Two boards show the same frame at the same instant, whenever they began."""
    frames = []
    for late_us in (0, 7 * SECOND):
        bench = Bench(chain, LED)
        bench.clock.wall_us = T + late_us
        bench.order(Order("main", item(1, start_us=T, seconds=600, kind="image", path="/no/film.gif")))
        (wanted,) = [each for each in bench.decoder.started if each.path == "/no/film.gif"]
        pixels = b"".join(bytes(colour) * (96 * 36) for colour in COLOURS)
        bench.show.receive(Decoded(wanted, Picture(96, 36, pixels, (100 * MS, 300 * MS, 700 * MS))))
        bench.prepare()
        bench.run_to(T + 8 * SECOND + 10 * MS)
        frames.append(bench.frames.presented[-1])
    assert frames[0] == frames[1]
