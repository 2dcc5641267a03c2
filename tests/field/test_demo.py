"""The parts of `ttcs demo` that can be looked at without running it: what it says, and where it writes."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from firmware_py.core.errors import Unavailable
from firmware_py.core.overview import OnAir, Status
from firmware_py.core.records import PlayRecord, Result
from firmware_py.core.settings import SpeakerSettings
from firmware_py.core.times import parse_time_of_day
from firmware_py.core.units import DAY, SECOND
from firmware_py.field import demo
from firmware_py.field.main import main
from firmware_py.runtime.config import load_config
from tests.core.builders import VN_AHEAD_US, at
from tests.store.samples import record


def status(*on_air: OnAir, output: str = "ready") -> Status:
    """Return the status of an agent."""
    return Status(1, 2, at("05:30:10"), "trusted", output, 1, on_air, 0)


def test_the_clock_is_moved_to_the_time_of_day_asked_for() -> None:
    """The offset takes the present to that time in Viet Nam, on the same day there."""
    offset_us = demo._offset(parse_time_of_day("05:29:57"))
    moved_us = time.time_ns() // 1000 + offset_us + VN_AHEAD_US
    assert moved_us % DAY == pytest.approx(parse_time_of_day("05:29:57"), abs=5 * SECOND)
    assert abs(offset_us) < DAY


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (None, "starting"),
        (status(output="starting"), "starting"),
        (status(OnAir("sound")), "loudspeaker: nothing"),
        (status(OnAir("sound", next_title="Bản tin")), "loudspeaker: nothing, next Bản tin"),
        (
            status(OnAir("sound", "Bản tin", "b", "s", 0, at("05:30:15"), 0, -23.4)),
            "loudspeaker: Bản tin until 05:30:15, -23 dBFS",
        ),
        (
            status(OnAir("main", "Áp phích", "b", "s", 0, at("07:00")), OnAir("ticker")),
            "board: Áp phích until 07:00:00   ticker: nothing",
        ),
    ],
)
def test_the_line_says_what_is_on_air_until_when(given: Status | None, line: str) -> None:
    """Each channel in a few words, in local time; sound with its level."""
    assert demo._shown(given) == line


def test_a_change_goes_to_the_agents_that_know_its_section() -> None:
    """What both have goes to both, and so does a mistake: then both say what is wrong."""
    changes = ["sound.volume_pct=5", "screen.fps=9", "hours.quiet=[]", 'device.name="x"', "volum=1"]
    assert demo.changes_for("speaker", changes) == [changes[0], changes[2], changes[3], changes[4]]
    assert demo.changes_for("board", changes) == [changes[1], changes[3], changes[4]]


def test_a_path_with_any_letters_is_a_value_of_the_config(tmp_path: Path) -> None:
    """Quotes, backslashes and Vietnamese in DIR reach the agent as they are."""
    strange = tmp_path / 'nói "to" \\ nhỏ'
    changes = [f"sound.record_to={demo._quoted(strange)}"]
    settings = load_config(SpeakerSettings, demo.CONFIG / "speaker.toml", changes)
    assert settings.sound.record_to == str(strange)


def test_what_a_demo_left_is_removed_by_the_next_one(tmp_path: Path) -> None:
    """The work directory is made anew; files of the user's beside it stay."""
    (tmp_path / "mine.txt").write_text("x")
    work = demo._work_directory(tmp_path)
    (work / "old").mkdir()
    assert demo._work_directory(tmp_path) == work
    assert [path.name for path in work.iterdir()] == ["MADE-BY-TTCS"]
    assert (tmp_path / "mine.txt").exists()


def test_a_work_directory_that_is_somebody_elses_is_left_alone(tmp_path: Path) -> None:
    """A directory `work` that no demo has made is not removed: the demo ends with a message."""
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "thesis.txt").write_text("x")
    with pytest.raises(Unavailable, match=r"cannot be made .*; name another directory with --out"):
        demo._work_directory(tmp_path)
    assert (tmp_path / "work" / "thesis.txt").exists()


def test_a_time_of_day_that_there_is_not_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    """Status 2 and how to write it."""
    with pytest.raises(SystemExit) as ended:
        main(["demo", "--at", "5:30"])
    assert ended.value.code == 2
    assert "write HH:MM or HH:MM:SS" in capsys.readouterr().err


def played(channel: str, seconds: int, result: Result = Result.COMPLETE) -> PlayRecord:
    """Return a record of a channel."""
    return replace(record(1, result), channel=channel, played_us=seconds * SECOND)


@pytest.mark.parametrize(
    ("records", "failed", "expected"),
    [
        ([played("sound", 3), played("main", 3)], [], 0),
        ([played("sound", 3), played("main", 0)], [], 1),
        ([played("sound", 3), replace(played("main", 0), panel="lost", actual_start_us=1)], [], 0),
        ([played("main", 3)], [], 1),
        ([played("sound", 3), played("main", 3)], ["board"], 1),
    ],
)
def test_the_end_is_good_when_both_products_have_done_something(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, records: list[PlayRecord], failed: list[str], expected: int
) -> None:
    """Where the results are, what is in them, and status 1 when sound or picture is missing or an agent failed."""
    assert demo._summary(tmp_path, records, failed) == expected
    out, err = capsys.readouterr()
    assert [line.split("  ")[0] for line in out.splitlines()] == [
        f"{tmp_path}/{name}" for name in ("speaker.wav", "board.png", "plays.jsonl")
    ]
    assert (f"{tmp_path}/work/board/log.txt" in err) is bool(failed)


def test_an_agent_that_ends_by_itself_ends_the_demo(capsys: pytest.CaptureFixture[str]) -> None:
    """The product whose agent has ended is named; nothing more is shown."""
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait(10)
    agents = [SimpleNamespace(product="board", process=ended)]
    assert demo._watch(cast("list[demo._Agent]", agents), 0, 60.0) == ["board"]
    assert capsys.readouterr().out == ""


def test_no_seconds_are_no_demo(capsys: pytest.CaptureFixture[str]) -> None:
    """With `--seconds 0` the time is up before the first line."""
    options = argparse.Namespace(seconds=0.0)
    assert demo._watch([], 0, options.seconds) == []
    assert capsys.readouterr().out == ""
