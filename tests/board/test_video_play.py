"""Videos on a real board process, with a real clock: which frame is seen when, what is heard, and what goes wrong."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from firmware_py.board.video.feed import Feed
from firmware_py.board.video.orders import FilmHead
from firmware_py.board.video.process import FilmProcess, FilmWish
from firmware_py.core.errors import Code, Unplayable
from firmware_py.core.messages import BoardSetup, Ended, Failed, Now, SnapshotTaken, Started, TakeSnapshot, Volume
from firmware_py.core.settings import FilmSound, Screen
from firmware_py.core.units import MS, SECOND, WallUs
from tests.board.board_process import NAME, BoardProcess, board, item, wall_us
from tests.board.films import make_film, number_in
from tests.speaker.listening import RATE_HZ, left, power_dbfs, tone_hz
from tests.speaker.pulse import Listener, PulseAudio
from tests.waiting import until

RATE, SIZE = 25, (320, 180)
FRAME_US = SECOND // RATE
FIFTH_BYTES = RATE_HZ // 5 * 2
PATIENT_FRAMES = 10
"""A shared machine may hold up either process for so many; the benchmarks measure how precise a board is."""


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Forty seconds whose frames carry their number, with a tone."""
    path = tmp_path_factory.mktemp("films") / "film.mp4"
    return str(make_film(path, frames=1000, rate=RATE, size=SIZE, gop=25, tone_hz=440))


@pytest.fixture
def pulse(tmp_path: Path) -> Iterator[PulseAudio]:
    """A PulseAudio daemon with a null sink, whose monitor can be recorded."""
    with PulseAudio(tmp_path / "pulse") as daemon:
        yield daemon


def setup(sound: FilmSound) -> BoardSetup:
    """Return the setup of a board that is as large as the film."""
    screen = Screen(driver="offscreen", width=SIZE[0], height=SIZE[1], layout="full")
    return BoardSetup(screen, NAME, "Asia/Ho_Chi_Minh", sound=sound)


SILENT = FilmSound(sink="off")


def shown_number(running: BoardProcess, directory: Path) -> tuple[int, WallUs, WallUs]:
    """Return the frame that a snapshot shows, and between which instants it was taken."""
    count, path = len(running.all(SnapshotTaken)), directory / "seen.png"
    before_us = wall_us()
    running.send(TakeSnapshot(str(path)))
    running.wait_for(SnapshotTaken, count + 1)
    after_us = wall_us()
    with Image.open(path) as image:
        pixels = image.convert("RGB").tobytes()
    number = number_in(pixels, SIZE[0], row_bytes=SIZE[0] * 3, y=SIZE[1] // 2, bytes_a_pixel=3)
    return number, before_us, after_us


def assert_in_time(seen: tuple[int, WallUs, WallUs], start_us: WallUs) -> None:
    """Hold the frame that was seen against the one that was due."""
    number, before_us, after_us = seen
    assert (before_us - start_us) // FRAME_US - PATIENT_FRAMES <= number <= (after_us - start_us) // FRAME_US


def test_a_film_shows_what_the_clock_says(film: str, tmp_path: Path) -> None:
    """Joined seven seconds late it goes on from there, frame by frame; it is told as begun, and moves."""
    with board(setup(SILENT)) as running:
        start_us = wall_us() - 7 * SECOND
        running.send(Now("main", item(1, start_us=start_us, seconds=60, kind="video", path=film)))
        running.wait_for(Started)
        first = shown_number(running, tmp_path)
        assert_in_time(first, start_us)
        until(lambda: shown_number(running, tmp_path)[0] > first[0], 10)
        assert_in_time(shown_number(running, tmp_path), start_us)


def test_a_film_that_was_hidden_goes_on_where_the_clock_is(film: str, tmp_path: Path) -> None:
    """After a text that was on air in between it has lost the frames, never the time."""
    with board(setup(SILENT)) as running:
        start_us = wall_us()
        running.send(Now("main", item(1, start_us=start_us, kind="video", path=film)))
        running.wait_for(Started)
        running.send(Now("main", item(2, start_us=wall_us(), seconds=30)))
        running.wait_for(Started, 2)
        until(lambda: wall_us() > start_us + 3 * SECOND, 10)
        running.send(Now("main", item(3, start_us=start_us, kind="video", path=film)))
        running.wait_for(Started, 3)
        assert_in_time(shown_number(running, tmp_path), start_us)


def test_a_film_is_heard_while_it_is_seen(film: str, pulse: PulseAudio) -> None:
    """Its tone is in the room, softer when the volume is taken back, and gone with the picture."""
    with board(setup(FilmSound(device="pulse")), None, **pulse.env) as running:
        listener = Listener(pulse)
        running.send(Now("main", item(1, start_us=wall_us(), kind="video", path=film)))
        running.wait_for(Started)
        loud = until(lambda: heard(listener, lambda sound: power_dbfs(sound) > -25), 15)
        assert abs(tone_hz(loud) - 440) < 3
        running.send(Volume("main", 50))
        softer_dbfs = power_dbfs(loud) - 18.1
        assert until(lambda: heard(listener, lambda sound: abs(power_dbfs(sound) - softer_dbfs) < 1), 15)
        running.send(Now("main", item(2, start_us=wall_us(), seconds=30)))
        running.wait_for(Started, 2)
        assert until(lambda: heard(listener, lambda sound: power_dbfs(sound) < -80), 15)
        listener.stop()


def heard(listener: Listener, fits: Callable[[bytes], bool]) -> bytes:
    """Return the last fifth of a second if it is what is waited for, else nothing."""
    recent = left(b"".join(chunk for _, chunk in listener.chunks[-500:]))[-FIFTH_BYTES:]
    return recent if len(recent) == FIFTH_BYTES and fits(recent) else b""


def test_without_a_sound_card_a_film_is_still_seen(film: str, tmp_path: Path) -> None:
    """The device that was named is not there: that is told, and the picture goes on."""
    with board(setup(FilmSound(device="no such card"))) as running:
        start_us = wall_us()
        running.send(Now("main", item(1, start_us=start_us, kind="video", path=film)))
        running.wait_for(Started)
        assert_in_time(shown_number(running, tmp_path), start_us)


def test_a_film_whose_process_dies_fails_and_the_board_goes_on(film: str) -> None:
    """A decoder may break at any byte: its item has failed, the next one is shown."""
    with board(setup(SILENT)) as running:
        running.send(Now("main", item(1, start_us=wall_us(), kind="video", path=film)))
        running.wait_for(Started)
        (child,) = children(running.process.pid)
        os.kill(child, signal.SIGSEGV)
        (failed,) = running.wait_for(Failed)
        assert (failed.no, failed.code) == (1, Code.DECODER_FAILED)
        running.send(Now("main", item(2, start_us=wall_us(), seconds=30)))
        running.wait_for(Started, 2)


def test_a_film_that_is_no_film_fails(tmp_path: Path) -> None:
    """The check should have refused it; when it is ordered all the same it is named, and nothing is shown of it."""
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"\0" * 4096)
    with board(setup(SILENT)) as running:
        running.send(Now("main", item(1, start_us=wall_us(), kind="video", path=str(bad))))
        (failed,) = running.wait_for(Failed)
        assert failed.code == Code.CONTENT_UNREADABLE
        assert "bad.mp4" in failed.detail
        assert running.all(Started) == []


def test_a_film_is_over_with_its_item_and_leaves_nothing(film: str) -> None:
    """Its process ends when it is not wanted any more."""
    with board(setup(SILENT)) as running:
        running.send(Now("main", item(1, start_us=wall_us(), seconds=2, kind="video", path=film)))
        running.wait_for(Started)
        (ended,) = running.wait_for(Ended)
        assert (ended.no, ended.reason) == (1, "complete")
        assert ended.frames > RATE
        until(lambda: not children(running.process.pid), 10)


def children(pid: int) -> list[int]:
    """Return the processes that a process has started and that still run."""
    listed = subprocess.run(
        ["ps", "-o", "pid=", "-o", "stat=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    found = (line.split() for line in listed.stdout.splitlines())
    return [int(number) for number, state in found if not state.startswith("Z")]


def test_a_film_opens_for_a_zone_of_any_shape(film: str) -> None:
    """The frames have the size that fits the zone, and the first that lies ready is the one that is due."""
    start_us = wall_us() - 20 * SECOND
    process = FilmProcess(FilmWish(film, (100, 400), "contain", start_us, 0, 0, SILENT, 0))
    results = process.results()
    feed = next(results)
    assert isinstance(feed, Feed)
    assert isinstance(feed.head, FilmHead)
    assert (feed.head.width, feed.head.height) == (100, 56)
    first = feed.newest(wall_us() - start_us)
    row = feed.slot(first % 4)
    number = number_in(row, 100, row_bytes=feed.head.row_bytes, y=28)
    assert 20 * RATE - 1 <= number <= (wall_us() - start_us) // FRAME_US
    process.kill()
    assert isinstance(next(results), Unplayable)


def test_a_film_before_its_time_waits(film: str) -> None:
    """It is opened seconds before it is due, and its first frame lies ready then."""
    start_us = wall_us() + 2 * SECOND
    process = FilmProcess(FilmWish(film, SIZE, "contain", start_us, 0, 0, SILENT, 0))
    results = process.results()
    feed = next(results)
    assert isinstance(feed, Feed)
    assert wall_us() < start_us + 500 * MS
    assert number_in(feed.slot(feed.newest(0)), SIZE[0], row_bytes=feed.head.row_bytes, y=90) == 0
    process.kill()
    assert isinstance(next(results), Unplayable)


def test_a_film_that_goes_on_after_something_else_lies_ready_at_that_place(film: str) -> None:
    """It began a while ago, and is seen two seconds from now: the frame that is due then comes first."""
    now_us = wall_us()
    start_us, from_us = now_us - 7 * SECOND, now_us + 2 * SECOND
    process = FilmProcess(FilmWish(film, SIZE, "contain", start_us, from_us, 0, SILENT, 0))
    results = process.results()
    feed = next(results)
    assert isinstance(feed, Feed)
    assert wall_us() < from_us + SECOND // 2
    first = feed.slot(feed.newest(from_us - start_us))
    assert number_in(first, SIZE[0], row_bytes=feed.head.row_bytes, y=90) == 9 * RATE
    process.kill()
    assert isinstance(next(results), Unplayable)
