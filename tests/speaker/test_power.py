"""The drivers of the amplifier, at emulators that check every byte, and the process that uses them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import tty
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import gpiod
import pytest

from firmware_py.core.errors import Code, Unavailable
from firmware_py.core.events import Event, Switched
from firmware_py.core.settings import GpioLine, Power, SerialWords
from firmware_py.core.settings import RelayBoard as RelaySettings
from firmware_py.runtime.switch import SwitchProcess
from firmware_py.speaker.agent import SWITCH
from firmware_py.speaker.power.driver import Driver
from firmware_py.speaker.power.drivers import driver_of
from firmware_py.speaker.power.process import amplifier as holder_of
from tests.speaker.amplifiers import OFF, ON, RelayBoard, Words, crc16
from tests.terminal import Terminal
from tests.waiting import until

ANSWER_S = 0.3
ROOT = Path(__file__).resolve().parents[2]
HOLDER = """
import signal, sys
from firmware_py.core.settings import Power, RelayBoard
from firmware_py.runtime.switch import SwitchProcess
from firmware_py.speaker.agent import SWITCH
process = SwitchProcess(SWITCH, Power("modbus", modbus=RelayBoard(sys.argv[1], 7, 2)), lambda _: None)
process.tend(0)
process.turn(on=True)
signal.pause()
"""


@pytest.fixture(name="board")
def _board(tmp_path: Path) -> Iterator[Terminal[RelayBoard]]:
    with Terminal(RelayBoard(), tmp_path / "tty") as terminal:
        yield terminal


@pytest.fixture(name="talker")
def _talker(tmp_path: Path) -> Iterator[Terminal[Words]]:
    with Terminal(Words(), tmp_path / "tty") as terminal:
        yield terminal


def modbus(terminal: Terminal[RelayBoard], unit: int = 7, coil: int = 2) -> Power:
    """Return the config of the relay board."""
    return Power("modbus", answer_s=ANSWER_S, modbus=RelaySettings(str(terminal.path), unit, coil))


def words(terminal: Terminal[Words], said: tuple[str, str, str] = ("PWR=1", "PWR=0", "PWR?\r")) -> Power:
    """Return the config of the amplifier that takes words; `said` are both answers, and the question."""
    return Power("serial", answer_s=ANSWER_S, serial=SerialWords(str(terminal.path), "PWR ON\r", "PWR OFF\r", *said))


def fails(driver: Driver, *, on: bool = True) -> str:
    """Return why switching fails."""
    with pytest.raises(Unavailable) as caught:
        driver.switch(on=on)
    assert caught.value.code is Code.AMPLIFIER_SILENT
    driver.close()
    return caught.value.detail


def test_a_relay_board_is_switched_and_read_back(board: Terminal[RelayBoard]) -> None:
    """The frames are those of the standard, to the bit, and only the one coil moves."""
    driver, relay = driver_of(modbus(board)), board.wire
    assert isinstance(relay, RelayBoard)
    driver.switch(on=True)
    assert driver.read() is True
    driver.switch(on=False)
    assert driver.read() is False
    written = [bytes.fromhex(text) for text in ("07050002ff00", "070500020000")]
    read = bytes.fromhex("070100020001")
    assert relay.frames == [frame + crc16(frame) for frame in (written[0], read, written[1], read)]
    assert relay.coils == [False] * 8


def test_an_amplifier_of_words_is_switched_and_asked(talker: Terminal[Words]) -> None:
    """Each word is sent as it stands in the config, and the answer to the query is understood."""
    driver, amplifier = driver_of(words(talker)), talker.wire
    assert isinstance(amplifier, Words)
    driver.switch(on=True)
    assert amplifier.on
    assert driver.read() is True
    driver.switch(on=False)
    assert driver.read() is False
    assert amplifier.lines == [ON, b"PWR?\r", OFF, b"PWR?\r"]


def test_an_amplifier_without_answers_is_believed(talker: Terminal[Words]) -> None:
    """Where the config names no answer, none is waited for, and nothing is claimed to be known."""
    driver, amplifier = driver_of(words(talker, ("", "", ""))), talker.wire
    talker.silent = True
    driver.switch(on=True)
    until(lambda: amplifier.on)
    assert driver.read() is None


@pytest.mark.parametrize("reply", [b"ERR\r", b"\x00\xff\xfe", b"PWR=0\r", b"x" * 5000])
def test_a_wrong_answer_is_named(talker: Terminal[Words], reply: bytes) -> None:
    """Garbage, the opposite, and a flood are no answer; the fault says what came."""
    amplifier = talker.wire
    assert isinstance(amplifier, Words)
    amplifier.replies[ON] = reply
    assert repr(reply[:40]) in fails(driver_of(words(talker)))


def test_silence_and_a_wrong_address_are_named(board: Terminal[RelayBoard]) -> None:
    """Nobody answers: the fault names port and unit, and what to look at."""
    told = fails(driver_of(modbus(board, unit=9)))
    assert str(board.path) in told
    assert "unit 9" in told
    board.silent = True
    assert "see cable" in fails(driver_of(modbus(board)))


def test_a_line_that_is_unplugged_is_taken_again_when_it_is_back(talker: Terminal[Words]) -> None:
    """A USB adapter comes and goes; the same driver goes on."""
    driver = driver_of(words(talker))
    driver.switch(on=True)
    talker.unplug()
    fails(driver, on=False)
    talker.plug_in()
    driver.switch(on=False)
    assert not talker.wire.on


def test_a_pin_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A wrong chip is a fault with its name, not a crash."""
    chip = tmp_path / "gpiochip9"
    assert "gpiochip9 line 17" in fails(driver_of(Power("gpio", gpio=GpioLine(17, str(chip)))))


class Told:
    """What the agent hears of its amplifier."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.events: SimpleQueue[Event] = SimpleQueue()

    def next(self) -> Switched:
        """Wait for the next answer."""
        event = self.events.get(timeout=10)
        assert isinstance(event, Switched)
        return event


@pytest.fixture(name="told")
def _told() -> Told:
    return Told()


def started(power: Power, told: Told) -> SwitchProcess:
    """Start the process that switches."""
    process = SwitchProcess(SWITCH, power, told.events.put)
    process.tend(0)
    return process


def test_it_is_off_at_the_start_and_at_the_end(board: Terminal[RelayBoard], told: Told) -> None:
    """Whatever an earlier run has left on goes off, then it obeys, and its end is the amplifier's."""
    relay = board.wire
    assert isinstance(relay, RelayBoard)
    relay.coils[2] = True
    process = started(modbus(board), told)
    assert told.next() == Switched(on=False)
    assert not relay.on
    process.turn(on=True)
    assert told.next() == Switched(on=True)
    process.close()
    assert not relay.on


def test_a_unit_that_is_stopped_leaves_it_off(board: Terminal[RelayBoard]) -> None:
    """Systemd sends SIGTERM to every process at once: the one that switches waits for the end of the agent."""
    relay = board.wire
    command = [sys.executable, "-P", "-c", HOLDER, str(board.path)]
    with subprocess.Popen(command, cwd=ROOT, start_new_session=True) as holder:
        until(lambda: relay.on, 10)
        os.killpg(holder.pid, signal.SIGTERM)
    until(lambda: not relay.on, 10)


def test_a_lost_answer_is_asked_for_again_before_anything_is_told(board: Terminal[RelayBoard]) -> None:
    """In a noisy line one answer of many is lost: nobody hears of it; three in a row are a fault."""
    relay, told = board.wire, list[Switched]()
    assert isinstance(relay, RelayBoard)
    amplifier = holder_of(driver_of(modbus(board)), told.append)
    assert amplifier.bring(wanted=True)
    relay.deaf_to = 1
    assert amplifier.check(wanted=True)
    assert told == [Switched(on=True)]
    relay.deaf_to = 3
    assert not amplifier.check(wanted=True)
    assert "see cable" in told[-1].detail
    assert amplifier.check(wanted=True)


def test_an_amplifier_that_chatters_is_not_waited_for() -> None:
    """Bytes that come one by one and are no answer: after the time of one answer the fault is told."""
    master, slave = os.openpty()
    tty.setraw(slave)
    over = threading.Event()

    def chatter() -> None:
        while not over.wait(ANSWER_S / 5):
            os.write(master, b".")

    thread = threading.Thread(target=chatter, daemon=True)
    thread.start()
    said = SerialWords(os.ttyname(slave), "PWR ON\r", "PWR OFF\r", "PWR=1", "PWR=0", "PWR?\r")
    begin_s = time.monotonic()
    assert "in place of" in fails(driver_of(Power("serial", answer_s=ANSWER_S, serial=said)))
    assert time.monotonic() - begin_s < 20 * ANSWER_S
    over.set()
    thread.join()
    os.close(master)
    os.close(slave)


def test_a_line_number_that_the_chip_has_not_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the kernel's library says of it is no OSError: the driver tells it all the same."""

    def refused(*_: object, **__: object) -> None:
        raise ValueError("line offset of out of range")

    monkeypatch.setattr(gpiod, "request_lines", refused)
    assert "out of range" in fails(driver_of(Power("gpio", gpio=GpioLine(99, "/dev/gpiochip0"))))


def test_an_agent_that_is_killed_leaves_it_off(board: Terminal[RelayBoard]) -> None:
    """SIGKILL of whoever holds the process: its input ends, and the amplifier goes off."""
    relay = board.wire
    with subprocess.Popen([sys.executable, "-P", "-c", HOLDER, str(board.path)], cwd=ROOT) as holder:
        until(lambda: relay.on, 10)
        holder.kill()
    until(lambda: not relay.on, 10)


def test_a_relay_that_sticks_is_told_within_ten_seconds(board: Terminal[RelayBoard], told: Told) -> None:
    """It takes the word and does not move: reading back shows that."""
    relay = board.wire
    assert isinstance(relay, RelayBoard)
    process = started(modbus(board), told)
    assert told.next() == Switched(on=False)
    relay.stuck = True
    process.turn(on=True)
    news = told.next()
    assert news.on
    assert "says that it is off though it was switched on" in news.detail
    relay.stuck = False
    assert told.next() == Switched(on=True)
    process.close()


def test_somebody_who_switches_it_off_is_noticed_and_corrected(board: Terminal[RelayBoard], told: Told) -> None:
    """It is looked at every few seconds: what has changed by itself is switched again."""
    relay = board.wire
    assert isinstance(relay, RelayBoard)
    process = started(modbus(board), told)
    told.next()
    process.turn(on=True)
    told.next()
    relay.coils[2] = False
    until(lambda: relay.on, 10)
    process.close()


def test_a_process_that_dies_is_started_again_and_told(board: Terminal[RelayBoard], told: Told) -> None:
    """The amplifier is as it was ordered to be, two seconds later."""
    process = started(modbus(board), told)
    told.next()
    process.turn(on=True)
    assert told.next() == Switched(on=True)
    assert process._child is not None
    process._child.kill()
    assert "has ended" in told.next().detail
    process._child.wait()
    process.tend(10)
    process.tend(10**10)
    until(lambda: told.next() == Switched(on=True), 10)
    process.close()
