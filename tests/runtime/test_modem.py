"""What a modem says is in the heartbeat, and one that says nothing holds nobody up."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_py.core.errors import Code
from firmware_py.core.events import Event, Noticed
from firmware_py.core.radio import Radio
from firmware_py.core.settings import Modem as Settings
from firmware_py.runtime.health import HealthWatch
from firmware_py.runtime.modem import Modem
from tests.runtime.modems import AtModem
from tests.terminal import Terminal
from tests.waiting import until

ASKED = 0.05
LTE = Radio(-95, "Viettel", "READY")


@pytest.fixture(name="line")
def _line(tmp_path: Path) -> Iterator[Terminal[AtModem]]:
    """A modem on a pseudo terminal."""
    with Terminal(AtModem(), tmp_path / "modem") as line:
        yield line


@pytest.fixture(name="asked")
def _asked(line: Terminal[AtModem]) -> Iterator[tuple[Modem, queue.SimpleQueue[Event]]]:
    """What asks it, twenty times a second, and the loop's queue."""
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    modem = Modem(Settings(str(line.path), period_s=ASKED, answer_s=0.2), events.put)
    yield modem, events
    modem.close()


Asked = tuple[Modem, "queue.SimpleQueue[Event]"]


def test_signal_operator_and_sim_are_in_the_heartbeat(asked: Asked, tmp_path: Path) -> None:
    """A real serial line, asked word by word."""
    modem, _ = asked
    until(lambda: modem.radio == LTE)
    health = HealthWatch(300.0, tmp_path, modem).read()
    assert (health.signal_dbm, health.operator, health.sim) == (-95, "Viettel", "READY")


def test_news_between_the_lines_are_no_answer(line: Terminal[AtModem], asked: Asked) -> None:
    """A modem rings, registers and echoes whenever it likes."""
    modem, _ = asked
    line.wire.news, line.wire.echo = b"\r\nRING\r\n\r\n+CREG: 1\r\n", True
    line.wire.answers[b"AT+COPS?"] = b'+COPS: 0,0,"Vinaphone",7'
    until(lambda: modem.radio == Radio(-95, "Vinaphone", "READY"))


def test_a_modem_that_knows_little_is_believed_as_far_as_it_goes(line: Terminal[AtModem], asked: Asked) -> None:
    """No SIM, no network, a command that it does not know: None for each, and no fault."""
    modem, events = asked
    line.wire.answers = {b"AT+CPIN?": b"+CME ERROR: 10", b"AT+CSQ": b"+CSQ: 99,99", b"AT+COPS?": b"+COPS: 0"}
    until(lambda: modem.radio == Radio(None, None, "NOT INSERTED"))
    assert events.empty()


def test_a_silent_modem_is_told_once_and_heard_again(line: Terminal[AtModem], asked: Asked) -> None:
    """Unplugged: one fault with the remedy, nothing known; plugged in again: all as before."""
    modem, events = asked
    until(lambda: modem.radio == LTE)
    line.unplug()
    fault = events.get(timeout=5)
    assert isinstance(fault, Noticed)
    assert (fault.code, fault.subject) == (Code.MODEM_SILENT, "modem")
    assert str(line.path) in fault.detail
    assert "modem.port" in fault.detail
    assert modem.radio == Radio()
    line.plug_in()
    until(lambda: modem.radio == LTE)
    assert events.empty()


@pytest.mark.parametrize("noise", [b"", b"\xff" * 50, b"\r\nNO CARRIER\r\n", b"x" * 10_000])
def test_noise_is_a_fault_and_no_fact(noise: bytes, tmp_path: Path) -> None:
    """Nothing, garbage, or no end: told with what came; the thread goes on."""

    class Noise:
        """A line of noise."""

        def answer(self, heard: bytearray) -> bytes:
            """Answer with noise."""
            came, heard[:] = bytes(heard), b""
            return noise if came else b""

    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    with Terminal(Noise(), tmp_path / "noise") as line:
        modem = Modem(Settings(str(line.path), period_s=ASKED, answer_s=0.2), events.put)
        fault = events.get(timeout=5)
        modem.close()
    assert isinstance(fault, Noticed)
    assert "ATE0 was answered by" in fault.detail
