"""`ttcs run`: the config, with changes from the command line, is what the agent works with."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from firmware_py.core.settings import BoardSettings
from firmware_py.field.main import main
from tests.system.world import Box, box

SECTIONS = tuple(field.name for field in fields(BoardSettings))


def test_a_change_on_the_command_line_reaches_the_output(tmp_path: Path) -> None:
    """Width and height of the framebuffer as typed, and the log only from the level asked for."""
    changes = ("--set", "screen.width=320", "--set", "screen.height = 64", "--log", "INFO")
    with box(tmp_path, "board", extra=changes) as board:
        board.feed.publish(slots=())
        board.start()
        board.ready()
        board.until(lambda: "output ready: offscreen 320×64" in board.log)
        assert board.stop() == 0


def test_a_change_with_a_fault_ends_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Status 1, and the fault names what was typed."""
    made = Box(tmp_path, "board")
    command = ["run", "board", "--config", str(made.directory / "box.toml")]
    assert main([*command, "--set", "screen.fps=0", "--set", "amplifier.hold_s=3"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"ttcs: --set amplifier.hold_s=3: amplifier: is not a known key (known here: {', '.join(SECTIONS)})",
        "ttcs: --set screen.fps=0: screen.fps: is 0 (allowed: 1 to 120 frames per second)",
    ]


def test_a_config_of_the_other_product_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A board does not start as a loudspeaker: what it does not know is named with its line."""
    made = Box(tmp_path, "board")
    path = made.directory / "box.toml"
    assert main(["run", "speaker", "--config", str(path)]) == 1
    line = path.read_text(encoding="utf-8").splitlines().index("[screen]") + 1
    assert f"ttcs: {path}:{line}: screen: is not a known key" in capsys.readouterr().err


def test_a_place_that_belongs_to_somebody_else_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A file stands where the state directory is to be: one line with the path, and status 1."""
    made = Box(tmp_path, "board")
    (made.directory / "state").write_text("a file")
    assert main(["run", "board", "--config", str(made.directory / "box.toml"), "--log", "ERROR"]) == 1
    assert str(made.directory / "state") in capsys.readouterr().err
