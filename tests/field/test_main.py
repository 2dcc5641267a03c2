"""The command as a whole: what it knows, how it ends, and what it says when something is wrong."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import pytest

from firmware_py.core.errors import Code, Unavailable
from firmware_py.field import check
from firmware_py.field.main import COMMANDS, main
from tests.system.world import DAY, Feed, slot, text


def usage_error(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return what is said of a command line that is wrong; its status must be 2."""
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    assert ended.value.code == 2
    return capsys.readouterr().err


@pytest.mark.parametrize("words", [("sing",), (), ("--loud",), ("run",), ("run", "television", "--config", "x")])
def test_wrong_use_has_status_2_and_says_what_is_right(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    """An unknown command, none, an unknown option, a missing or wrong argument."""
    assert usage_error(capsys, *words).startswith("usage: ttcs")


def test_the_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """Each command with what it does."""
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    shown = " ".join(capsys.readouterr().out.split())
    for command, what in COMMANDS.items():
        assert f"{command} {what}" in shown


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "test"])
def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str], command: str) -> None:
    """`ttcs COMMAND --help` names the options with a word on each."""
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"usage: ttcs {command}" in capsys.readouterr().out


def test_faults_of_a_document_go_to_standard_error_with_status_1(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Each fault is a line with program, file, place and remedy, and nothing goes to standard output."""
    path = tmp_path / "schedule.json"
    path.write_text('{"format": "ttcs-schedule/1", "version": 1, "bulletins": [], "slots": 3, "slot": 1}')
    assert main(["schedule", str(path)]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines() == [
        f"ttcs: {path}: slot: is not a known key (did you mean 'slots'?)",
        f"ttcs: {path}: slots: is 3, must be a list (put it in square brackets)",
    ]


def test_a_file_that_is_not_there_is_named_once(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The name is not said twice where the fault carries it already."""
    path = tmp_path / "box.toml"
    assert main(["run", "board", "--config", str(path)]) == 1
    said = capsys.readouterr().err
    assert said == f"ttcs: {path}: cannot be read: No such file or directory (check the name and the permissions)\n"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Unavailable(Code.DISK_FULL, "x: the disk is full; delete files"), "ttcs: x: the disk is full; delete files\n"),
        (KeyboardInterrupt(), "ttcs: interrupted\n"),
    ],
    ids=["unavailable", "Ctrl-C"],
)
def test_what_stops_a_command_is_said_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, error: BaseException, said: str
) -> None:
    """What does not answer now, or a hurried user: one line and status 1, never a traceback."""

    def fail(_options: argparse.Namespace) -> int:
        raise error

    monkeypatch.setattr(check, "main", fail)
    assert main(["check", "x"]) == 1
    assert capsys.readouterr().err == said


def test_a_reader_that_has_seen_enough_is_no_fault(tmp_path: Path) -> None:
    """`ttcs schedule F | head -1`: status 1 at most, and no traceback."""
    Feed(tmp_path).publish(text("a"), slots=(slot("s", text("a")),))
    command = [sys.executable, "-P", "-m", "firmware_py.field.main", "schedule", str(tmp_path / "schedule.json")]
    with subprocess.Popen([*command, "--at", DAY], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert process.returncode == 1


@pytest.mark.parametrize(
    ("product", "foreign"), [("speaker", ("pygame", "firmware_py.board")), ("board", ("vlc", "firmware_py.speaker"))]
)
def test_an_agent_carries_nothing_of_the_other_product(product: str, foreign: tuple[str, ...]) -> None:
    """The memory of a small box: neither the other product nor the libraries of either output, nor the tools."""
    program = f"import sys, firmware_py.field.run, firmware_py.{product}.agent; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    for name in (*foreign, "pygame", "vlc", "sounddevice", "PIL", "firmware_py.field.demo", "firmware_py.field.check"):
        assert not any(module == name or module.startswith(f"{name}.") for module in loaded), name
