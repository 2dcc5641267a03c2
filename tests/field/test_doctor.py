"""`ttcs doctor` finds each of many faults, planted one at a time, and says what to do."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from firmware_py.core.errors import Unavailable
from firmware_py.core.overview import CLOCK_UNCERTAIN, Coming, Instead, OnAir
from firmware_py.core.settings import BoardSettings, SpeakerSettings
from firmware_py.field import doctor
from firmware_py.field.checkup import agent, lines, machine, programme
from firmware_py.field.checkup.finding import Box, Check, Finding, bad, good
from firmware_py.field.main import main
from tests.core.builders import at
from tests.field.patients import Patient, faults, only, patient


@pytest.fixture(name="speaker")
def _speaker(tmp_path: Path) -> Patient:
    return patient(tmp_path, SpeakerSettings)


# The machine.


def test_a_healthy_machine_has_no_fault(speaker: Patient) -> None:
    """Memory, card, heat, supply and clock are each said to be good."""
    found = list(machine.look(speaker.box))
    assert faults(iter(found)) == []
    assert {each.topic for each in found} == {"memory", "disk", "heat", "supply", "clock"}


@pytest.mark.parametrize(
    ("path", "text", "topic", "level", "remedy"),
    [
        ("proc/meminfo", "MemAvailable: 20480 kB\n", "memory", "bad", "end other programs"),
        ("sys/class/thermal/thermal_zone0/temp", "84000", "heat", "bad", "air and shade"),
        ("sys/class/thermal/thermal_zone0/temp", "72000", "heat", "doubtful", "air and shade"),
        ("sys/devices/platform/soc/soc:firmware/get_throttled", "50005", "supply", "bad", "power supply"),
        ("sys/fs/ext4/mmcblk0p2/errors_count", "3\n", "disk", "bad", "replace the card"),
        ("sys/class/mmc_host/mmc0/mmc0:0001/life_time", "0x09 0x02", "disk", "doubtful", "replace it soon"),
    ],
)
def test_what_the_kernel_says_is_judged(
    speaker: Patient, path: str, text: str, topic: str, level: str, remedy: str
) -> None:
    """Each thing that the kernel or the firmware says of the box is one fault, with what to do."""
    speaker.write(path, text)
    fault = only(machine.look(speaker.box))
    assert (fault.topic, fault.level) == (topic, level)
    assert remedy in fault.remedy


def test_a_full_disk_is_found(speaker: Patient) -> None:
    """Less is free than must stay free."""
    fault = only(machine.look(speaker.told("store.keep_free_mb=1000000")))
    assert (fault.topic, fault.level) == ("disk", "bad")
    assert "remove files" in fault.remedy


def test_a_state_directory_that_cannot_be_written_is_found(speaker: Patient) -> None:
    """It is not there, or is somebody else's: how to make it is said."""
    (speaker.directory / "state").rmdir()
    fault = only(machine.look(speaker.box))
    assert (fault.topic, fault.level) == ("disk", "bad")
    assert "give it to the user of the agent" in fault.remedy


def test_a_clock_that_nobody_has_set_is_found(speaker: Patient) -> None:
    """No time server was heard; on a desk the config may say that the clock is right, which is told."""
    (speaker.directory / "synchronized").unlink()
    fault = only(machine.look(speaker.box))
    assert (fault.topic, fault.level) == ("clock", "bad")
    assert "systemd-timesyncd" in fault.remedy
    desk = only(machine.look(speaker.told('clock.source="assume-trusted"')))
    assert (desk.topic, desk.level) == ("clock", "doubtful")


# The agent and its programme.


def test_an_agent_that_does_not_run_is_found(speaker: Patient) -> None:
    """Without its file, and with one that is old."""
    assert "systemctl start ttcs-speaker" in only(agent.look(speaker.box)).remedy
    speaker.runs()
    assert faults(agent.look(speaker.box)) == []
    os.utime(speaker.directory / "run" / "status.json", (0, time.time() - 60))
    assert only(agent.look(speaker.box)).level == "bad"


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ({"muted": True}, "unmute"),
        ({"paused_until_us": at("07:00")}, "resume"),
        ({"faults": 2}, "ttcs export"),
    ],
)
def test_what_commands_have_set_and_what_went_wrong_is_told(
    speaker: Patient, said: dict[str, object], remedy: str
) -> None:
    """A loudspeaker that is silent because somebody wanted it so is the first thing to know."""
    speaker.runs(**said)  # type: ignore[arg-type]  # the fields of Status
    assert remedy in only(agent.look(speaker.box)).remedy


@pytest.mark.parametrize(
    ("held", "level", "remedy"),
    [
        (Instead("sang", "quiet_hours", at("05:00")), "doubtful", "hours.quiet"),
        (Instead("b1", "content_missing"), "bad", "put the file"),
        (Instead("*", CLOCK_UNCERTAIN), "bad", "«clock»"),
        (Instead("b1", "decoder_failed"), "doubtful", "log"),
    ],
)
def test_why_something_does_not_go_out_is_told(speaker: Patient, held: Instead, level: str, remedy: str) -> None:
    """The reason stands in the schedule, the config or the files; each has a remedy of its own."""
    speaker.runs(OnAir("sound", instead=(held,)))
    fault = only(programme.look(speaker.box))
    assert (fault.topic, fault.level) == ("schedule", level)
    assert remedy in fault.remedy


def test_what_comes_is_told_and_an_alert_that_cuts_in_is_no_fault(speaker: Patient) -> None:
    """The next items with their times; what waits behind an alert waits rightly."""
    coming = Coming("Bản tin", "sang", "normal", at("06:05"), at("06:10"))
    speaker.runs(OnAir("sound", instead=(Instead("sang", "behind alert"),), coming=(coming,)))
    assert [(each.level, each.said) for each in programme.look(speaker.box)] == [
        ("good", "sang waits behind alert"),
        ("good", "23/11 06:05:00 sound: Bản tin (sang)"),
    ]


def test_a_box_without_a_schedule_is_told(speaker: Patient) -> None:
    """It runs, and has nothing to say."""
    speaker.runs(version=0)
    assert "send one" in only(programme.look(speaker.box)).remedy


# What hangs on it.


def test_a_device_that_is_not_there_is_found(speaker: Patient) -> None:
    """The port of the amplifier, of the modem and of the mains, each by its key."""
    there = speaker.directory / "ttyUSB0"
    there.touch()
    speaker.runs()
    words = ('amplifier.driver="modbus"', f'amplifier.modbus.port="{there}"', 'modem.port="/dev/ttyUSB77"')
    fault = only(lines.look(speaker.told(*words)))
    assert (fault.topic, fault.said) == ("lines", "modem.port: there is no /dev/ttyUSB77")
    there.unlink()
    assert len(faults(lines.look(speaker.told(*words)))) == 2


def test_a_wrong_name_of_the_sound_device_is_found(speaker: Patient) -> None:
    """The name stands in the fault, and how to see the right ones in its remedy."""
    fault = only(lines.look(speaker.told('sound.sink="portaudio"', 'sound.device="no such card"')))
    assert "'no such card'" in fault.said
    assert "aplay -L" in fault.remedy


def test_a_loudspeaker_that_is_told_to_be_silent_is_found(speaker: Patient) -> None:
    """It keeps time in silence, as it was told to."""
    assert "sink" in only(lines.look(speaker.told('sound.sink="null"'))).remedy


def test_a_board_without_a_screen_is_found(tmp_path: Path) -> None:
    """The cable is out, there is no card, or the config says that nobody needs to see it; a desktop is a screen."""
    board = patient(tmp_path, BoardSettings)
    board.write("sys/class/drm/card0-HDMI-A-1/status", "disconnected\n")
    fault = only(lines.look(board.box))
    assert (fault.topic, fault.level, fault.said) == ("screen", "bad", "no monitor is connected to card0-HDMI-A-1")
    assert faults(lines.look(replace(board.box, surroundings={"DISPLAY": ":0"}))) == []
    assert only(lines.look(board.told('screen.driver="offscreen"'))).level == "doubtful"
    (tmp_path / "sys/class/drm/card0-HDMI-A-1/status").unlink()
    assert only(lines.look(board.box)).said == "there is no graphics card"


def test_a_panels_port_that_is_not_there_is_found(tmp_path: Path) -> None:
    """The one of its words, and the one of a television."""
    board = patient(tmp_path, BoardSettings)
    words = ('panel.driver="serial"', 'panel.serial.port="/dev/ttyS99"', 'panel.serial.on="1"', 'panel.serial.off="0"')
    assert only(lines.look(board.told(*words))).said == "panel.serial.port: there is no /dev/ttyS99"
    cec = ('panel.driver="cec"', 'panel.cec.device="/dev/cec9"')
    assert only(lines.look(board.told(*cec))).said == "panel.cec.device: there is no /dev/cec9"


def test_missing_fonts_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the packages, and with fonts that lack the letters of a language."""
    board = patient(tmp_path, BoardSettings)
    assert faults(lines.look(board.box)) == []

    def nothing() -> dict[str, tuple[str, ...]]:
        raise Unavailable("glyph_missing", "fonts not found: NotoSans.ttf; install the Debian packages fonts-noto-core")  # type: ignore[arg-type]  # a code

    monkeypatch.setattr("firmware_py.board.glyphs._installed", nothing)
    fault = only(lines.look(board.box))
    assert (fault.topic, fault.remedy) == ("letters", "install the Debian packages fonts-noto-core")
    latin = "/usr/share/fonts/opentype/unifont/unifont_upper.otf"
    if Path(latin).exists():
        monkeypatch.setattr("firmware_py.board.glyphs._installed", lambda: {"plain": (latin,)})
        assert {topic for topic, _, _ in faults(lines.look(board.box))} == {"letters"}


# The command.


def test_a_check_that_breaks_is_a_finding_and_the_others_go_on(speaker: Patient) -> None:
    """Whatever state a box is in, as much as can be is told."""

    def broken(_box: Box) -> Iterator[Finding]:
        yield good("first", "is well")
        raise ZeroDivisionError("oh")

    checks: dict[str, Check] = {"broken": broken, "agent": agent.look}
    found = list(doctor.examined(speaker.box, checks))
    assert [each.topic for each in found] == ["first", "broken", "agent"]
    assert found[1] == bad("broken", "cannot be looked at (ZeroDivisionError: oh)", "run this command as root")


def test_the_command_says_it_in_words_and_as_json(speaker: Patient, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 1 while something is bad; a line each, with the remedy below; one object each for programs."""
    config = str(speaker.directory / "box.toml")
    assert main(["doctor", "--config", config]) == 1
    text = capsys.readouterr().out
    assert "BAD agent      it does not run\n                → systemctl start ttcs-speaker" in text
    assert main(["doctor", "--config", config, "--json"]) == 1
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"topic": "agent", "level": "bad", "said": "it does not run"}.items() <= found_of(found, "agent").items()


def found_of(found: list[dict[str, str]], topic: str) -> dict[str, str]:
    """Return the first finding of a topic."""
    return next(each for each in found if each["topic"] == topic)


@pytest.mark.parametrize("make", [lambda: bad("a", "b", ""), lambda: Finding("a", "good", "b", "c")])
def test_a_fault_has_a_remedy_and_nothing_else_has(make: Callable[[], Finding]) -> None:
    """Nobody is told of a fault without being told what to do."""
    with pytest.raises(ValueError, match="a fault has a remedy"):
        make()
