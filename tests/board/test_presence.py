"""Screens that are not there, go, and come: the board goes on, says so, counts nothing as seen, and takes them."""

from __future__ import annotations

import queue
import sys
from pathlib import Path

import pytest

from firmware_py.board.presence import LOOK_US, RETRY_US, WAKE_US, News, Presence, connectors
from firmware_py.board.screen import open_framebuffer
from firmware_py.core.errors import Code, Unavailable
from firmware_py.core.events import Event, OutputLost, Reported
from firmware_py.core.messages import RENEWED_STATUS, Ended, Now, Progress, Ready, Started, Trouble
from firmware_py.core.settings import Screen as Settings
from firmware_py.core.units import SECOND
from firmware_py.runtime.output import OutputProcess
from tests.board.board_process import board, item, setup, wall_us, x_server
from tests.waiting import until


class Card:
    """A graphics card with one place for a monitor, as the kernel shows it in files."""

    def __init__(self, directory: Path, *, plugged: bool) -> None:
        """Make it."""
        self.directory = directory / "drm"
        self._status = self.directory / "card1-HDMI-A-1" / "status"
        self._status.parent.mkdir(parents=True)
        (self.directory / "card1").mkdir()
        (self.directory / "version").write_text("drm 1.1.0\n")
        self.plug(plugged=plugged)

    def plug(self, *, plugged: bool) -> None:
        """Plug a monitor in, or out."""
        self._status.write_text("connected\n" if plugged else "disconnected\n")


def test_the_connectors_of_the_kernel(tmp_path: Path) -> None:
    """Only what has a state is a connector; a file that is gone or senseless is no monitor."""
    card = Card(tmp_path, plugged=True)
    (card.directory / "card0-VGA-1").mkdir()
    (card.directory / "card0-VGA-1" / "status").write_bytes(b"\xff\xfe")
    (card.directory / "card0-DP-1").mkdir()
    assert connectors(card.directory) == {"card0-VGA-1": False, "card1-HDMI-A-1": True}
    assert connectors(tmp_path / "nowhere") == {}


class Watched:
    """A presence whose clock goes on by a second with each look."""

    def __init__(self, card: Card, *, opened: bool, wanted: bool = False) -> None:
        """Begin at zero; nothing can be opened."""
        self.openable, self.attempts, self.mono_us = False, 0, 0
        self.presence = Presence(card.directory, self._open, opened=opened, wanted=wanted)

    def _open(self) -> bool:
        self.attempts += 1
        return self.openable

    def looks(self, count: int) -> list[News]:
        """Return what is news in so many seconds."""
        news: list[News] = []
        for _ in range(count):
            self.mono_us += LOOK_US
            news.append(self.presence.look(self.mono_us))
        return news


def test_a_cable_that_goes_and_comes_is_news_once(tmp_path: Path) -> None:
    """Lost when the monitor is gone, back when one is there again."""
    card = Card(tmp_path, plugged=True)
    watched = Watched(card, opened=True)
    assert watched.looks(3) == ["", "", ""]
    card.plug(plugged=False)
    assert watched.presence.look(watched.mono_us) == ""
    assert watched.looks(3) == ["lost", "", ""]
    card.plug(plugged=True)
    assert watched.looks(1) == ["back"]
    assert watched.attempts == 0


def test_a_monitor_that_is_switched_off_at_night_is_not_lost(tmp_path: Path) -> None:
    """It looks unplugged while the board is dark, and for a moment after; only then it would be missed."""
    card = Card(tmp_path, plugged=True)
    watched = Watched(card, opened=True)
    watched.presence.darken(watched.mono_us, dark=True)
    card.plug(plugged=False)
    assert set(watched.looks(60)) == {""}
    watched.presence.darken(watched.mono_us, dark=False)
    assert set(watched.looks(WAKE_US // SECOND - 1)) == {""}
    card.plug(plugged=True)
    assert set(watched.looks(5)) == {""}
    watched.presence.darken(watched.mono_us, dark=True)
    watched.presence.darken(watched.mono_us, dark=False)
    card.plug(plugged=False)
    assert watched.looks(WAKE_US // SECOND)[-1] == "lost"


def test_a_screen_that_never_was_the_kernels_is_not_watched(tmp_path: Path) -> None:
    """A virtual X server on a machine without a monitor is neither lost nor back; nor is a board that needs none."""
    card = Card(tmp_path, plugged=False)
    desks = [Watched(card, opened=True), Watched(card, opened=False, wanted=False)]
    assert [desk.looks(2) for desk in desks] == [["", ""]] * 2
    card.plug(plugged=True)
    assert [desk.looks(2) for desk in desks] == [["", ""]] * 2


def test_a_missing_screen_is_tried_now_and_then_and_at_once_when_a_cable_comes(tmp_path: Path) -> None:
    """Every few seconds; and in the second in which a monitor is plugged in."""
    card = Card(tmp_path, plugged=False)
    watched = Watched(card, opened=False, wanted=True)
    assert set(watched.looks(2 * RETRY_US // SECOND)) == {""}
    assert watched.attempts == 2
    card.plug(plugged=True)
    watched.openable = True
    assert watched.looks(1) == ["back"]


def test_a_place_without_a_monitor_is_missed_and_no_place_is_not(tmp_path: Path) -> None:
    """`auto` on a desk without a graphics card is well off-screen; on a board whose cable is out it is not."""
    card = Card(tmp_path, plugged=False)
    auto = Settings(width=64, height=32)
    assert open_framebuffer(auto, {}, tmp_path / "nowhere").name == "offscreen"
    with pytest.raises(Unavailable, match="no monitor is connected to card1-HDMI-A-1") as caught:
        open_framebuffer(auto, {}, card.directory)
    assert caught.value.code is Code.SCREEN_LOST
    with pytest.raises(Unavailable, match="there is no graphics card"):
        open_framebuffer(Settings(driver="screen"), {}, tmp_path / "nowhere")


NO_DESKTOP = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "SDL_VIDEODRIVER": ""}


def test_a_board_that_boots_without_a_monitor_goes_on(tmp_path: Path) -> None:
    """It says what is missing, begins its plays, and counts nothing of them as seen."""
    card = Card(tmp_path, plugged=False)
    with board(setup(driver="auto"), card.directory, **NO_DESKTOP) as running:
        assert running.wait_for(Ready)[0].device == "offscreen 384×192"
        (trouble,) = running.all(Trouble)
        assert (trouble.code, "card1-HDMI-A-1" in trouble.detail) == (Code.SCREEN_LOST, True)
        running.send(Now("main", item(1, start_us=wall_us(), seconds=1.5)))
        (ended,) = running.wait_for(Ended)
        assert (ended.reason, ended.played_us, ended.frames) == ("complete", 0, 0)
        assert [m.no for m in running.all(Started)] == [1]


def test_a_monitor_that_is_unplugged_is_told_and_one_that_comes_is_taken(tmp_path: Path) -> None:
    """What is on air stays, unseen; with the monitor the process ends without an end of the play, to be renewed."""
    card = Card(tmp_path, plugged=True)
    with board(setup(driver="auto"), card.directory, **NO_DESKTOP | {"SDL_VIDEODRIVER": "dummy"}) as running:
        assert running.wait_for(Ready)[0].device == "dummy 1024×768"
        running.send(Now("main", item(1, start_us=wall_us())))
        until(lambda: [m for m in running.all(Progress) if m.no == 1 and m.played_us > 0])
        card.plug(plugged=False)
        assert [m.code for m in running.wait_for(Trouble)] == [Code.SCREEN_LOST]
        seen_us = running.all(Progress)[-1].played_us
        count = len(running.all(Progress))
        running.wait_for(Progress, count + 3)
        assert running.all(Progress)[-1].played_us <= seen_us + SECOND // 2
        card.plug(plugged=True)
        assert running.process.wait(5) == RENEWED_STATUS
        assert running.all(Ended) == []


def test_a_desktop_that_comes_later_is_taken(tmp_path: Path) -> None:
    """The X server starts after the board: the agent hears that there is a screen, and its next output draws on it."""
    with x_server(64, 32, tmp_path) as server:
        display = server.display
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    environment = [f"{name}={value}" for name, value in {**NO_DESKTOP, "DISPLAY": display}.items()]
    program = (sys.executable, "-m", "firmware_py.board.output", "--connectors", str(tmp_path / "nowhere"))
    first = setup(driver="auto", width=0, height=0)

    def heard(kind: type[Reported | OutputLost]) -> Event:
        while not isinstance(event := events.get(timeout=15), kind):
            pass
        return event

    def device() -> str:
        while not isinstance(report := heard(Reported), Reported) or not isinstance(report.report, Ready):
            pass
        return report.report.device

    output = OutputProcess(("env", *environment, *program), first, events.put)
    output.tend(0)
    try:
        assert device().startswith("offscreen")
        with x_server(640, 480, tmp_path, display):
            lost = heard(OutputLost)
            assert isinstance(lost, OutputLost)
            assert lost.code is Code.SCREEN_BACK
            output.lost(1)
            output.tend(10 * SECOND)
            assert device() == "x11 640×480"
            output.end("the test is over")
            heard(OutputLost)
    finally:
        output.lost(20 * SECOND)
