"""Snapshots that are ordered: one answer each, the panel as it was, whole or not at all, never at a frame's expense."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from queue import SimpleQueue

import pytest
from PIL import Image

from firmware_py.board import sdl
from firmware_py.board.layout import Box
from firmware_py.board.look import NOTICE_LOOKS, Look
from firmware_py.board.preview import render
from firmware_py.board.sdl import Colour
from firmware_py.board.shots import MOST_WAITING, Shots
from firmware_py.core.messages import Now, Progress, Quit, Ready, SnapshotTaken, Started, TakeSnapshot
from firmware_py.core.settings import Rectangle
from tests.board.board_process import BoardProcess, board, item, setup, wall_us
from tests.board.notices import notice, notice_item, shares
from tests.board.samples import NOTICE
from tests.waiting import until

SIZE = (384, 192)
PLAIN = Look()
PATIENCE_S = 10.0


def always() -> bool:
    """Return that there is time."""
    return True


def taken(running: BoardProcess, path: Path) -> SnapshotTaken:
    """Order a snapshot and return its answer."""
    running.send(TakeSnapshot(str(path)))
    (answer,) = until(lambda: [each for each in running.all(SnapshotTaken) if each.path == str(path)], PATIENCE_S)
    return answer


def pixels(path: Path) -> bytes:
    """Return the pixels of a PNG file."""
    with Image.open(path) as image:
        assert (image.format, image.mode) == ("PNG", "RGB")
        return image.tobytes()


def shot(running: BoardProcess, path: Path) -> dict[Colour, float]:
    """Order a snapshot and return the share of each colour in it."""
    assert taken(running, path) == SnapshotTaken(str(path))
    return shares(pixels(path))


@pytest.mark.parametrize("rotation", [0, 90])
def test_the_file_is_what_the_panel_shows(tmp_path: Path, rotation: int) -> None:
    """The answer names the path, and the file has the panel's own pixels, upright."""
    area = Rectangle(3, 5, *(SIZE if rotation == 0 else reversed(SIZE)))
    first = setup(width=400, height=400, area=area, rotation=rotation)
    with board(first) as running:
        running.wait_for(Ready)
        shown = notice_item(1, notice("drill"), wall_us())
        running.send(Now("main", shown))
        running.wait_for(Started)
        assert taken(running, tmp_path / "now.png") == SnapshotTaken(str(tmp_path / "now.png"))
        expected = render(first, {"main": shown}, shown.start_us, SIZE)
        assert pixels(tmp_path / "now.png") == sdl.to_rgb(expected, Box(0, 0, *SIZE))
        assert [path.name for path in tmp_path.iterdir()] == ["now.png"]


def test_a_notice_while_pages_scroll_and_afterwards(tmp_path: Path) -> None:
    """In a real process: ticker and pages; the alert without them; then header, page and ticker again."""
    mine = {PLAIN.header_ground, PLAIN.ticker, PLAIN.ground}
    with board(setup(fps=60)) as running:
        running.wait_for(Ready)
        running.send(Now("ticker", item(9, start_us=wall_us(), seconds=600, channel="ticker", text=NOTICE)))
        running.send(Now("main", item(1, start_us=wall_us(), seconds=600, text=NOTICE * 3)))
        running.wait_for(Started, 2)
        assert mine <= shot(running, tmp_path / "before.png").keys()
        running.send(Now("main", notice_item(2, notice(), wall_us())))
        running.wait_for(Started, 3)
        alert = shot(running, tmp_path / "alert.png")
        assert not mine & alert.keys()
        assert alert[NOTICE_LOOKS["actual"].page.ground] > 0.5
        running.send(Now("main", item(3, start_us=wall_us(), seconds=600, text=NOTICE)))
        until(lambda: [report.no for report in running.all(Started)][-1] == 3, PATIENCE_S)
        after = shot(running, tmp_path / "after.png")
        assert mine <= after.keys()
        assert NOTICE_LOOKS["actual"].page.ground not in after
        assert sorted(report.no for report in running.all(Started)) == [1, 2, 3, 9]


@pytest.mark.parametrize("name", ["no/now.png", "", "a\0b"])
def test_what_cannot_be_written_is_said(tmp_path: Path, name: str) -> None:
    """A path that cannot be written gets an answer with the reason; nothing is left, and the next snapshot is taken."""
    bad = f"{tmp_path}/{name}" if name else ""
    with board(setup()) as running:
        running.wait_for(Ready)
        running.send(TakeSnapshot(bad))
        (answer,) = running.wait_for(SnapshotTaken)
        assert answer.path == bad
        assert "snapshot" in answer.detail
        assert list(tmp_path.iterdir()) == []
        assert taken(running, tmp_path / "good.png").detail == ""
        running.send(Quit())
        assert running.process.wait(5) == 0


def test_a_snapshot_is_taken_beside_the_timers_own(tmp_path: Path) -> None:
    """A board that keeps a picture of itself answers an order too; both files are whole."""
    with board(setup(snapshot_to=str(tmp_path / "own.png"), snapshot_s=1)) as running:
        running.wait_for(Ready)
        assert taken(running, tmp_path / "asked.png").detail == ""
        until((tmp_path / "own.png").exists)
        assert len(pixels(tmp_path / "asked.png")) == len(pixels(tmp_path / "own.png"))


def test_each_order_has_one_answer(tmp_path: Path) -> None:
    """Twelve orders in one breath: twelve answers, each a whole file or a refusal, and the board lives on."""
    with board(setup(width=1920, height=1080)) as running:
        running.wait_for(Ready)
        paths = [tmp_path / f"{n}.png" for n in range(12)]
        for path in paths:
            running.send(TakeSnapshot(str(path)))
        answers = {answer.path: answer.detail for answer in running.wait_for(SnapshotTaken, 12)}
        assert answers.keys() == {str(path) for path in paths}
        assert {path for path in paths if path.exists()} == {path for path in paths if not answers[str(path)]}
        assert answers[str(paths[0])] == ""
        assert all(len(pixels(path)) == 1920 * 1080 * 3 for path in paths if path.exists())
        count = len(running.all(Progress))
        running.wait_for(Progress, count + 3)
        assert len(running.all(SnapshotTaken)) == 12


def painted(colour: Colour) -> sdl.Surface:
    """Return a panel of one colour, large enough for several slices."""
    surface = sdl.new_surface(500, 300)
    surface.fill(colour)
    return surface


def test_it_shows_the_moment_of_the_order(tmp_path: Path) -> None:
    """What the panel shows while it is packed is not in the picture."""
    panel, answers = painted((9, 8, 7)), SimpleQueue[SnapshotTaken]()
    shots = Shots(panel, answers.put)
    shots.take(str(tmp_path / "now.png"))
    panel.fill((1, 2, 3))
    shots.work(always)
    assert answers.get(timeout=PATIENCE_S) == SnapshotTaken(str(tmp_path / "now.png"))
    assert shares(pixels(tmp_path / "now.png")) == {(9, 8, 7): 1.0}


def test_it_is_packed_only_while_there_is_time(tmp_path: Path) -> None:
    """Without time nothing happens; slice by slice it comes to its end, and not before."""
    answers, calls = SimpleQueue[SnapshotTaken](), 0
    shots = Shots(painted((9, 8, 7)), answers.put)
    shots.take(str(tmp_path / "now.png"))
    shots.work(lambda: False)
    while shots._packing:
        shots.work(partial(next, iter([True, True, False]), False))
        calls += 1
    assert calls > 2
    assert answers.get(timeout=PATIENCE_S).detail == ""


def test_too_many_at_once_are_refused(tmp_path: Path) -> None:
    """Copies of the panel cost memory: beyond a few the answer is a refusal, later there is room again."""
    answers = SimpleQueue[SnapshotTaken]()
    shots = Shots(painted((9, 8, 7)), answers.put)
    for n in range(MOST_WAITING + 1):
        shots.take(str(tmp_path / f"{n}.png"))
    refused = answers.get(timeout=PATIENCE_S)
    assert refused.path == str(tmp_path / f"{MOST_WAITING}.png")
    assert "wait" in refused.detail
    shots.work(always)
    assert [answers.get(timeout=PATIENCE_S).detail for _ in range(MOST_WAITING)] == [""] * MOST_WAITING
    shots.take(str(tmp_path / "again.png"))
    shots.work(always)
    assert answers.get(timeout=PATIENCE_S) == SnapshotTaken(str(tmp_path / "again.png"))
