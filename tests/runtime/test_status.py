"""The status file says what is on air, whole or not at all, and its loss costs nothing else."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from firmware_py.core import events as ev
from firmware_py.core import messages as msg
from firmware_py.core.overview import Coming, OnAir
from firmware_py.core.records import ClockState
from firmware_py.core.reduce import start, step
from firmware_py.core.state import State
from firmware_py.core.timeline import MAIN, TICKER
from firmware_py.core.units import SECOND, Now
from firmware_py.runtime.status import StatusFile, read_status
from tests.core.builders import at, schedule, slot, text, ways

NOW = Now(at("06:00:10"), 50 * SECOND)


@pytest.fixture(name="playing")
def _playing() -> State:
    """A board ten seconds into its first page, with a second one to follow and no running line."""
    plan = schedule([text("a", 15), text("b", 15)], [slot("s", "a", "b", start="06:00")], version=7)
    state = start(ways(MAIN, TICKER), NOW, last_no=4, clock=ClockState.TRUSTED, unfinished={})
    events = (
        ev.ScheduleArrived(plan),
        ev.Reported(msg.Ready(77, "offscreen")),
        ev.Reported(msg.Started(5, NOW.wall_us, NOW.mono_us, 10 * SECOND)),
        ev.Reported(msg.Progress(5, 2 * SECOND, -20.0)),
    )
    for event in events:
        state, _ = step(state, event, NOW)
    return state


def test_the_file_says_what_is_on_air_and_what_comes(tmp_path: Path, playing: State) -> None:
    """Title, bulletin and slot since when until when, how long so far and how loud; nothing is said as nothing."""
    path = tmp_path / "status.json"
    StatusFile(path).write(playing, NOW, 77, 3)
    status = read_status(path)
    assert status is not None
    assert (status.pid, status.output_pid, status.at_us) == (os.getpid(), 77, NOW.wall_us)
    assert (status.clock, status.output, status.version, status.faults) == ("trusted", "ready", 7, 3)
    assert status.on_air == (
        OnAir(
            *("main", "a", "a", "s", at("06:00"), at("06:00:15"), 2 * SECOND, -20.0, "b", "normal"),
            coming=(Coming("b", "s", "normal", at("06:00:15"), at("06:00:30")),),
        ),
        OnAir("ticker"),
    )


def test_a_file_that_is_not_there_or_no_status_is_none(tmp_path: Path) -> None:
    """Whoever reads before the agent writes, or a file of something else, gets nothing."""
    path = tmp_path / "status.json"
    assert read_status(path) is None
    for raw in (b"", b"{}", b"[1", b"\xff"):
        path.write_bytes(raw)
        assert read_status(path) is None


def test_a_directory_that_is_gone_is_told_once(
    tmp_path: Path, playing: State, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the status cannot be written the log says so, once until it can be again."""
    directory = tmp_path / "run"
    file = StatusFile(directory / "status.json")
    with caplog.at_level(logging.WARNING):
        file.write(playing, NOW, 1, 0)
        file.write(playing, NOW, 1, 0)
        assert len(caplog.messages) == 1
        assert "status.json: cannot be written (No such file or directory); check device.run_dir" in caplog.messages[0]
        directory.mkdir()
        file.write(playing, NOW, 1, 0)
        assert read_status(directory / "status.json") is not None
        (directory / "status.json").unlink()
        directory.rmdir()
        file.write(playing, NOW, 1, 0)
    assert len(caplog.messages) == 2
