"""The output process: started, heard, spoken to, and killed when it hangs or talks nonsense."""

from __future__ import annotations

import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firmware_py.core import messages as msg
from firmware_py.core.codec import encode_message
from firmware_py.core.errors import Code
from firmware_py.core.events import Event, OutputLost, Reported
from firmware_py.core.settings import Screen
from firmware_py.core.units import SECOND
from firmware_py.runtime.output import (
    FIRST_PAUSE_US,
    LONGEST_PAUSE_US,
    QUIT_LIMIT_US,
    SOUND_LIFE_US,
    START_LIMIT_US,
    OutputProcess,
)
from tests.waiting import until

SETUP = msg.BoardSetup(Screen(), "Bảng tin", "Asia/Ho_Chi_Minh")
READY = encode_message(msg.Ready(1, "màn hình"))
PREAMBLE = """
import os, sys
orders, reports = int(sys.argv[2]), int(sys.argv[4])
def say(*lines):
    for line in lines: os.write(reports, line)
def read():
    line = b""
    while not line.endswith(b"\\n"):
        line += os.read(orders, 1) or sys.exit(0)
    return line
"""
ECHO = f"setup = read(); say({READY!r})\nwhile True: read(); say({encode_message(msg.Progress(7))!r})"
DEAF = f"say({READY!r}); import signal; signal.pause()"

Start = Callable[[str], OutputProcess]


class Inbox:
    """The loop's queue."""

    def __init__(self) -> None:
        """Begin empty."""
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()

    def report(self) -> msg.Report:
        """Wait for the next event, which must be a report, and return it."""
        event = self.events.get(timeout=10)
        assert isinstance(event, Reported), event
        return event.report

    def loss(self) -> OutputLost:
        """Wait for the loss of the process, whatever it says before."""
        while not isinstance(event := self.events.get(timeout=10), OutputLost):
            pass
        return event


def mono_us() -> int:
    """Return the clock by which a process is watched."""
    return time.monotonic_ns() // 1000


@pytest.fixture(name="inbox")
def _inbox() -> Inbox:
    return Inbox()


@pytest.fixture(name="start")
def _start(inbox: Inbox) -> Iterator[Start]:
    """Give what starts a process with a script; at the end none of them runs."""
    started: list[OutputProcess] = []
    before = set(threading.enumerate())

    def start(script: str) -> OutputProcess:
        output = OutputProcess((sys.executable, "-c", PREAMBLE + script), SETUP, inbox.events.put)
        output.tend(mono_us())
        started.append(output)
        return output

    yield start
    for output in started:
        if output._child:
            output._child.process.kill()
            output.lost(mono_us())
    until(lambda: set(threading.enumerate()) <= before)


def test_the_first_line_is_the_setup_and_every_order_arrives(start: Start, inbox: Inbox) -> None:
    """What the process reads first is its setup; each order is answered, and the answer is posted."""
    output = start(f"assert read() == {encode_message(SETUP)!r}\nsay({READY!r})\n" + ECHO.partition("\n")[2])
    assert inbox.report() == msg.Ready(1, "màn hình")
    assert output.pid
    for order in (msg.Volume("main", 3), msg.Next("main", None)):
        output.send(order, mono_us())
        assert inbox.report() == msg.Progress(7)


def test_a_process_that_ends_is_told_and_started_again(start: Start, inbox: Inbox) -> None:
    """Its end is the last that is heard of it; the next one is started after a pause, and not before."""
    output = start("sys.exit(3)")
    lost = inbox.loss()
    assert (lost.code, lost.detail) == (
        Code.OUTPUT_DIED,
        "the output process ended with status 3; it is started again",
    )
    now_us = mono_us()
    output.lost(now_us)
    assert output.pid == 0
    assert output.due_us == now_us + 2 * FIRST_PAUSE_US
    output.tend(output.due_us - 1)
    assert output.pid == 0
    output.tend(output.due_us)
    assert output.pid
    inbox.loss()


def test_the_pauses_grow_until_a_process_has_lived(start: Start, inbox: Inbox) -> None:
    """Each short life doubles the pause up to ten seconds; after a life of half a minute it is the shortest again."""
    output = start("")
    inbox.loss()
    pauses_us, now_us = [], mono_us()
    for _ in range(9):
        output.lost(now_us)
        pauses_us.append(output.due_us - now_us)
        now_us = output.due_us
        output.tend(now_us)
        inbox.loss()
        now_us += SECOND
    assert pauses_us == [min(FIRST_PAUSE_US * 2**n, LONGEST_PAUSE_US) for n in range(1, 10)]
    output.lost(now_us + SOUND_LIFE_US)
    assert output.due_us == now_us + SOUND_LIFE_US + FIRST_PAUSE_US


def test_silence_is_measured_from_the_last_word(start: Start, inbox: Inbox) -> None:
    """A new process has fifteen seconds to its first word, then five from word to word; then it is killed as hung."""
    output = start(DEAF)
    begin_us = output.due_us - START_LIMIT_US - 1
    assert begin_us <= mono_us()
    now_us = begin_us + 10 * SECOND
    output.heard(inbox.report(), now_us)
    assert output.due_us == now_us + msg.SILENCE_LIMIT_US + 1
    output.tend(output.due_us - 1)
    assert inbox.events.empty()
    output.tend(output.due_us)
    lost = inbox.loss()
    assert (lost.code, lost.detail) == (
        Code.OUTPUT_HUNG,
        "the output process was silent for too long and was killed; it is started again",
    )


def test_a_process_that_reads_no_orders_is_killed_and_nobody_waits(start: Start, inbox: Inbox) -> None:
    """The pipe of one that hangs fills up: sending never blocks, the process is killed and told as hung."""
    output = start(DEAF)
    inbox.report()
    item = msg.Item(1, "main", "a", "text", "Tin", 0, 0, SECOND, text="ô" * 5000)
    for _ in range(100):
        output.send(msg.Now("main", item), mono_us())
    lost = inbox.loss()
    assert lost.code is Code.OUTPUT_HUNG
    assert "took no orders and was killed" in lost.detail
    output.send(msg.Quit(), mono_us())


@pytest.mark.parametrize(
    "line",
    [
        b"Traceback (most recent call last):\n",
        b"\xff\xfe\x00\n",
        b'["Ready", {"pid": 1, "device": "\xff"}]\n',
        b'["Ready", ' + b"[" * 5000 + b"]" * 5000 + b"]\n",
        b'["Started", {"no": "one"}]\n',
        b'["Sing", {}]\n',
        b"null\n",
        b"\n",
        b'["Progress", {"no": 1}',
        encode_message(msg.Now("main", None)),
        encode_message(SETUP),
        encode_message(msg.Failed(1, "no_such_code", "")),
        encode_message(msg.Trouble("no_such_code", "")),
    ],
    ids=lambda line: line[:24].decode("ascii", "replace").strip(),
)
def test_a_process_that_talks_nonsense_is_killed(start: Start, inbox: Inbox, line: bytes) -> None:
    """What is no report in the protocol, or a report with an unknown code, ends the process, never the agent."""
    start(f"say({READY!r}, {line!r}); import signal; os.close(reports); signal.pause()")
    assert inbox.report() == msg.Ready(1, "màn hình")
    lost = inbox.loss()
    assert lost.code is Code.OUTPUT_DIED
    assert "the output process said what is no report (" in lost.detail


def test_a_line_without_end_is_nonsense_too(start: Start, inbox: Inbox) -> None:
    """Megabytes without a line break do not fill the agent's memory."""
    start("while True: say(b'x' * 60000)")
    assert "said what is no report" in inbox.loss().detail


def test_a_process_that_is_told_to_quit_has_two_seconds(start: Start, inbox: Inbox) -> None:
    """After `Quit` it is given less time than usual; no new one is started when it has ended."""
    output = start(DEAF)
    output.heard(inbox.report(), mono_us())
    now_us = mono_us()
    output.send(msg.Quit(), now_us)
    assert output.due_us == now_us + QUIT_LIMIT_US + 1
    output.tend(output.due_us)
    inbox.loss()
    output.lost(mono_us())
    output.tend(mono_us() + 60 * SECOND)
    assert output.pid == 0


def test_a_process_ends_when_the_agent_lets_go_of_it(start: Start, inbox: Inbox) -> None:
    """The pipe of orders is closed with the agent's interest, and no descriptor stays open."""
    before = sorted(Path("/proc/self/fd").iterdir())
    output = start("read(); sys.exit(0)")
    inbox.loss()
    output.lost(mono_us())
    assert sorted(Path("/proc/self/fd").iterdir()) == before
