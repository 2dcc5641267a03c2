"""`ttcs run`: the config, with changes from the command line, is what the agent works with."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_py.field.main import main
from tests.system.world import Box, box

SECTIONS = ("device", "link", "store", "clock", "screen", "modem", "mains")


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
    assert main([*command, "--set", "screen.fps=0", "--set", "sound.volume_pct=3"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"ttcs: --set sound.volume_pct=3: sound: is not a known key (known here: {', '.join(SECTIONS)})",
        "ttcs: --set screen.fps=0: screen.fps: is 0 (allowed: 1 to 120 frames per second)",
    ]


def test_a_config_of_the_other_product_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A loudspeaker does not start as a board: what it does not know is named with its line."""
    made = Box(tmp_path, "speaker")
    path = made.directory / "box.toml"
    assert main(["run", "board", "--config", str(path)]) == 1
    line = path.read_text(encoding="utf-8").splitlines().index("[sound]") + 1
    assert f"ttcs: {path}:{line}: sound: is not a known key" in capsys.readouterr().err


def test_a_place_that_belongs_to_somebody_else_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A file stands where the state directory is to be: one line with the path, and status 1."""
    made = Box(tmp_path, "board")
    (made.directory / "state").write_text("a file")
    assert main(["run", "board", "--config", str(made.directory / "box.toml"), "--log", "ERROR"]) == 1
    assert str(made.directory / "state") in capsys.readouterr().err
