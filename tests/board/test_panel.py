"""The drivers of the panel, at emulators that check every byte, and the process that uses them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_py.board.agent import PANEL
from firmware_py.board.panel.driver import Driver
from firmware_py.board.panel.drivers import driver_of
from firmware_py.board.panel.process import holder_of
from firmware_py.board.panel.words import level_word
from firmware_py.core.errors import Code, Unavailable
from firmware_py.core.events import Event, Lit
from firmware_py.core.panel import FULL, Light
from firmware_py.core.panel_settings import Cec, Dpms, Panel, PanelLevel, PanelWords
from firmware_py.core.times import parse_span
from firmware_py.runtime.panel import PanelProcess
from tests.board.panels import INPUT, OFF, ON, QUERY, LedPanel, brightness, program, words
from tests.terminal import Terminal
from tests.waiting import until

ANSWER_S = 0.3
HALF, DARK = Light(on=True, brightness_pct=50), Light(on=False, brightness_pct=50)


@pytest.fixture(name="led")
def _led(tmp_path: Path) -> Iterator[Terminal[LedPanel]]:
    with Terminal(LedPanel(), tmp_path / "tty") as terminal:
        yield terminal


@pytest.fixture(name="programs")
def _programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a directory whose programs are found before those of the system."""
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path


def serial(terminal: Terminal[LedPanel]) -> Panel:
    """Return the config of the panel on the line."""
    hours = parse_span("22:00-05:00")
    return Panel(
        "serial", dark=(hours,), levels=(PanelLevel(hours, 40),), answer_s=ANSWER_S, serial=words(terminal.path)
    )


def fails(driver: Driver, light: Light = FULL) -> str:
    """Return why switching fails."""
    with pytest.raises(Unavailable) as caught:
        driver.lighten(light)
    assert caught.value.code is Code.PANEL_SILENT
    driver.close()
    return caught.value.detail


def test_a_panel_of_words_is_switched_dimmed_and_asked(led: Terminal[LedPanel]) -> None:
    """Power first, then the input, once, then the brightness in the panel's own steps; each word to the byte."""
    driver, panel = driver_of(serial(led)), led.wire
    driver.lighten(HALF)
    assert driver.read() is True
    assert (panel.on, panel.level, panel.input) == (True, 8, "HDMI1")
    driver.lighten(FULL)
    driver.lighten(DARK)
    assert driver.read() is False
    assert panel.lines == [ON, INPUT, brightness(8), QUERY, ON, brightness(15), OFF, QUERY]


def test_the_input_is_chosen_anew_when_it_comes_on_and_after_a_fault(led: Terminal[LedPanel]) -> None:
    """Some panels forget it without power, and nobody knows what happened to one that did not answer."""
    driver = driver_of(serial(led))
    driver.lighten(FULL)
    driver.lighten(DARK)
    driver.lighten(FULL)
    driver.close()
    driver.lighten(FULL)
    assert led.wire.lines.count(INPUT) == 3


def test_a_panel_without_answers_is_believed(led: Terminal[LedPanel]) -> None:
    """Where the config names no answer none is waited for, what it has no word for is not said."""
    said = PanelWords(str(led.path), "POWER ON\r", "POWER OFF\r")
    driver = driver_of(Panel("serial", answer_s=ANSWER_S, serial=said))
    led.silent = True
    driver.lighten(DARK)
    until(lambda: not led.wire.on)
    assert driver.read() is None
    assert led.wire.lines == [OFF]


def test_a_wrong_answer_and_silence_are_named(led: Terminal[LedPanel]) -> None:
    """The fault says which answer did not come, and what came instead."""
    led.wire.deaf_to = 1
    assert "answered nothing in place of 'OK\\r'" in fails(driver_of(serial(led)))
    led.unplug()
    assert str(led.path) in fails(driver_of(serial(led)))
    led.plug_in()
    driver_of(serial(led)).lighten(FULL)


@given(st.integers(0, 1000), st.integers(1, 60_000), st.integers(0, 100))
def test_every_brightness_is_a_step_of_the_panel(low: int, steps: int, brightness_pct: int) -> None:
    """0 and 100 % are its darkest and brightest, more is never darker, and the digits are as many as it wants."""
    panel = PanelWords("tty", "on", "off", brightness="B{level:05d}!", level_min=low, level_max=low + steps)
    word = level_word(panel, brightness_pct)
    assert (word[0], word[-1], len(word)) == ("B", "!", 7)
    assert low <= int(word[1:-1]) <= low + steps
    assert level_word(panel, 0) == f"B{low:05d}!"
    assert level_word(panel, 100) == f"B{low + steps:05d}!"
    assert level_word(panel, max(0, brightness_pct - 1)) <= word


@pytest.mark.parametrize("word", ["BRT", "{level}{level}", "{level:9999}", "{level!r}", "{other}"])
def test_a_word_for_brightness_needs_one_place_for_the_level(word: str) -> None:
    """Anything else in braces is refused with the word and how to write it."""
    with pytest.raises(ValueError, match=r"write \{level\} in it, once"):
        PanelWords("tty", "on", "off", brightness=word)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Panel("cec"), r"describe it in \[panel\.cec\]"),
        (Dpms, "neither display nor backlight"),
        (lambda: PanelWords("tty", "on", "off", query="?"), "without on_state or off_state"),
        (lambda: PanelWords("tty", "on", "off", level_min=9, level_max=9), "no level_max above level_min"),
        (lambda: PanelWords("tty", "bật", "off"), r"'bật'; write bytes as"),
    ],
)
def test_a_config_that_cannot_work_is_refused(make: Callable[[], object], told: str) -> None:
    """What is missing or cannot be said, in the words of the config."""
    with pytest.raises(ValueError, match=told):
        make()


def test_a_monitor_of_an_x_server_is_switched_by_xset(programs: Path) -> None:
    """The server is told not to blank by itself, then to switch; what it says of the monitor is read."""
    called = program(programs, "xset", 'test "$3" = q && echo "  DPMS is Enabled" && echo "  Monitor is Off"; exit 0')
    driver = driver_of(Panel("dpms", dpms=Dpms(display=":7")))
    driver.lighten(DARK)
    assert driver.read() is False
    driver.lighten(FULL)
    always = "-display :7 s off dpms 0 0 0 dpms force"
    assert called.read_text().splitlines() == [f"{always} off", "-display :7 q", f"{always} on"]


def test_a_backlight_of_the_kernel_is_switched_and_dimmed(tmp_path: Path) -> None:
    """In its own steps, never down to none while it is on; one that is not there is named."""
    for name, value in (("max_brightness", "31"), ("brightness", "31"), ("bl_power", "0")):
        (tmp_path / name).write_text(f"{value}\n")
    driver = driver_of(Panel("dpms", dpms=Dpms(backlight=str(tmp_path))))

    def found() -> tuple[str, str]:
        return (tmp_path / "brightness").read_text(), (tmp_path / "bl_power").read_text()

    driver.lighten(HALF)
    assert (found(), driver.read()) == (("16", "0"), True)
    driver.lighten(Light(on=True, brightness_pct=1))
    assert found() == ("1", "0")
    driver.lighten(DARK)
    assert (found(), driver.read()) == (("1", "4"), False)
    assert "nowhere" in fails(driver_of(Panel("dpms", dpms=Dpms(backlight=str(tmp_path / "nowhere")))))


CEC_SAYS = 'case "$*" in *status) echo "	pwr-state: {state}";; esac'


@pytest.mark.parametrize(
    ("state", "on"),
    [("on (0x00)", True), ("standby (0x01)", False), ("to-on (0x02)", True), ("to-standby (0x03)", False)],
)
def test_a_television_is_woken_and_asked_over_its_cable(programs: Path, state: str, on: bool) -> None:  # noqa: FBT001
    """The adapter takes part, the television is told, and shown this box's input where the config has its address."""
    called = program(programs, "cec-ctl", CEC_SAYS.format(state=state))
    driver = driver_of(Panel("cec", cec=Cec("/dev/cec1", "1.0.0.0")))
    driver.lighten(FULL)
    assert driver.read() is on
    driver.lighten(DARK)
    assert called.read_text().splitlines() == [
        "--device /dev/cec1 --playback",
        "--device /dev/cec1 --to 0 --image-view-on",
        "--device /dev/cec1 --to 0 --active-source phys-addr=1.0.0.0",
        "--device /dev/cec1 --to 0 --give-device-power-status",
        "--device /dev/cec1 --to 0 --standby",
    ]


def test_a_television_that_does_not_answer_is_told(programs: Path) -> None:
    """cec-ctl ends well all the same; the state that it does not print is what is missing."""
    program(programs, "cec-ctl", "echo '	Tx, Not Acknowledged (4), Max Retries'")
    with pytest.raises(Unavailable, match="television does not answer"):
        driver_of(Panel("cec", cec=Cec())).read()


@pytest.mark.parametrize(
    ("body", "told"),
    [("echo 'no display' >&2; exit 1", "failed with status 1: no display"), ("exec sleep 20", "within 2 s")],
)
def test_a_program_that_fails_or_hangs_is_named(programs: Path, body: str, told: str) -> None:
    """With what it said; nobody waits for one that does not end."""
    program(programs, "xset", body)
    assert told in fails(driver_of(Panel("dpms", dpms=Dpms(display=":7"))))


def test_a_program_that_is_missing_is_named_with_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A technician knows what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "install the Debian package v4l-utils" in fails(driver_of(Panel("cec", cec=Cec())))


def test_a_lost_answer_is_asked_for_again_before_anything_is_told(led: Terminal[LedPanel]) -> None:
    """One lost answer is no fault; two in a row are, and the panel that answers again is told as well."""
    told: list[Lit] = []
    holder = holder_of(driver_of(serial(led)), told.append)
    assert holder.bring(HALF)
    led.wire.deaf_to = 1
    assert holder.check(HALF)
    assert told == [Lit(HALF)]
    led.wire.deaf_to = 2
    assert not holder.check(HALF)
    assert "in place of" in told[-1].detail
    assert holder.check(HALF)
    assert told[-1] == Lit(HALF)


@pytest.fixture(name="told")
def _told() -> SimpleQueue[Event]:
    return SimpleQueue()


def test_the_process_obeys_and_leaves_the_panel_as_it_is(led: Terminal[LedPanel], told: SimpleQueue[Event]) -> None:
    """Nothing is switched before the agent says how; at the agent's end the panel goes on showing what there is."""
    process = PanelProcess(PANEL, serial(led), told.put)
    process.lighten(DARK)
    process.tend(0)
    assert told.get(timeout=10) == Lit(DARK)
    assert led.wire.lines == [OFF, QUERY]
    process.lighten(HALF)
    assert told.get(timeout=10) == Lit(HALF)
    process.close()
    assert (led.wire.on, led.wire.level) == (True, 8)


def test_silence_is_told_within_ten_seconds_and_its_end_too(led: Terminal[LedPanel], told: SimpleQueue[Event]) -> None:
    """A panel that loses power in the middle is missed at the next look, and taken again when it has it back."""
    process = PanelProcess(PANEL, serial(led), told.put)
    process.lighten(HALF)
    process.tend(0)
    assert told.get(timeout=10) == Lit(HALF)
    led.wire.deaf_to = 3
    news = told.get(timeout=10)
    assert isinstance(news, Lit)
    assert "answered nothing" in news.detail
    assert told.get(timeout=10) == Lit(HALF)
    process.close()
