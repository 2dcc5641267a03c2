"""`ttcs status`: what a box does, in words, from the file that its agent writes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from firmware_py.core.codec import to_json
from firmware_py.core.overview import CLOCK_UNCERTAIN, Coming, Instead, LastAlert, Link, OnAir, Status
from firmware_py.core.units import SECOND
from firmware_py.field.main import main
from firmware_py.field.status import lines
from firmware_py.runtime.status import STALE_S
from tests.core.builders import at

VIET_NAM = ZoneInfo("Asia/Ho_Chi_Minh")
NOW_US = at("06:00:10")
PLAYING = OnAir(
    "sound",
    title="Bản tin",
    bulletin_id="b1",
    slot_id="sang",
    since_us=at("06:00"),
    until_us=at("06:05"),
    played_us=10 * SECOND,
    mean_dbfs=-19.6,
    rank="normal",
    instead=(Instead("toi", "quiet_hours", at("06:30")), Instead("b9", "content_missing")),
    coming=(Coming("Nhạc", "sang", "normal", at("06:05"), at("06:06")),),
)


def status(*on_air: OnAir, faults: int = 0, **more: Any) -> Status:  # noqa: ANN401 - the fields of Status
    """Return a status at six in the morning."""
    return Status(7, 8, NOW_US, "trusted", "ready", 3, on_air, faults, name="Cụm loa thôn 3", **more)


def said(told: Status, *, runs: bool = True) -> list[str]:
    """Return the lines that people read."""
    return list(lines(told, VIET_NAM, runs=runs))


def test_what_is_on_air_what_not_and_what_comes() -> None:
    """Title, rank, slot and span; below it what is held back and why, and what is next."""
    assert said(status(PLAYING, OnAir("over"), link=Link("folder", up=True))) == [
        "Cụm loa thôn 3: 06:00:10, clock trusted, schedule 3",
        "loudspeaker: Bản tin (normal, sang), 06:00:00 to 06:05:00, -20 dBFS",
        "  not toi: quiet_hours, until 06:30:00",
        "  not b9: content_missing",
        "  06:05:00  Nhạc (normal, sang)",
        "link: a folder",
    ]


def test_what_a_command_has_set_and_what_is_wrong_is_said() -> None:
    """Muted, paused, a clock that nobody has told the time, an output that is not there, an agent that is gone."""
    held = OnAir("main", instead=(Instead("*", CLOCK_UNCERTAIN),))
    told = said(
        status(held, muted=True, paused_until_us=at("07:00"), faults=2, link=Link("folder", up=True)), runs=False
    )
    assert told[1:] == [
        "  the agent does not run: this is what it said at 06:00:10",
        "  muted by command",
        "  paused by command until 07:00:00",
        "board: nothing",
        "  not the schedule: clock_uncertain",
        "link: a folder",
        "faults noted since it started: 2; they stand in the log, and in `ttcs export`",
    ]


@pytest.mark.parametrize(
    ("link", "words"),
    [
        (Link("mqtt", True, at("05:00"), True, 0), "connected since 05:00:00"),
        (
            Link("mqtt", True, at("05:00"), False, 3),
            "connected since 05:00:00; the source has not answered yet; 3 events",
        ),
        (Link("mqtt", False, at("05:00") - 48 * 3600 * SECOND), "not connected since 21/11/2026 05:00:00"),
    ],
)
def test_the_link_is_said(link: Link, words: str) -> None:
    """Whether it is up, since when, and what waits."""
    assert said(status(link=link))[-1].startswith(f"link: {words}")


def test_alerts_are_said_with_what_became_of_them() -> None:
    """The id with its number, its state, and both times."""
    alert = LastAlert("lu-quet/2", "ended", at("05:10"), at("05:40"))
    assert said(status(alerts=(alert,)))[-1] == "alert lu-quet/2: ended, came 05:10:00, until 05:40:00"


@pytest.fixture(name="config")
def _config(tmp_path: Path) -> Path:
    path = tmp_path / "speaker.toml"
    path.write_text(
        '[device]\nid = "a"\nname = "A"\nstate_dir = "state"\nrun_dir = "run"\n'
        '[link]\nkind = "folder"\npath = "feed"\ntrust = "unsigned"\n'
    )
    (tmp_path / "run").mkdir()
    return path


def test_an_agent_that_runs_is_status_0_and_one_that_does_not_is_1(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No file, a fresh one, and one that nobody has written for a time; for programs as JSON."""
    file = config.parent / "run" / "status.json"
    assert main(["status", "--config", str(config)]) == 1
    assert "the agent does not run: there is no" in capsys.readouterr().out
    assert main(["status", "--config", str(config), "--json"]) == 1
    assert json.loads(capsys.readouterr().out) is None
    file.write_bytes(to_json(status(PLAYING)))
    assert main(["status", "--config", str(config), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["on_air"][0]["title"] == "Bản tin"
    os.utime(file, (file.stat().st_atime, file.stat().st_mtime - STALE_S - 1))
    assert main(["status", "--config", str(config)]) == 1
    assert "the agent does not run: this is what it said" in capsys.readouterr().out


def test_watching_goes_on_for_as_long_as_is_said(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One look at once, and no other within the second."""
    assert main(["status", "--config", str(config), "--watch", "--seconds", "1"]) == 1
    assert capsys.readouterr().out.count("does not run") == 1
