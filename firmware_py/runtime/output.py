"""The output process under the agent: started, spoken to, listened to, and killed when it hangs.

A thread reads what the process says and posts it to the loop; the process's end is the last thing that it
posts. All else happens in the loop: `send` never blocks, because a full pipe means that the process hangs.
"""

from __future__ import annotations

import logging
import os
import subprocess
import threading
from collections.abc import Callable
from typing import TypeAlias

from firmware_py.core import messages as msg
from firmware_py.core.codec import decode_message, encode_message
from firmware_py.core.errors import Code, Malformed
from firmware_py.core.events import Event, OutputLost, Reported
from firmware_py.core.units import MS, SECOND, MonoUs
from firmware_py.runtime.slips import Slips

START_LIMIT_US = 15 * SECOND
"""How long a new process may take to say that it is ready: imports and a sound card on a slow box."""

QUIT_LIMIT_US = 2 * SECOND
FIRST_PAUSE_US = 100 * MS
LONGEST_PAUSE_US = 10 * SECOND
MAX_LINE_BYTES = 1024 * 1024
SOUND_LIFE_US = 30 * SECOND
"""A process that has lived this long was sound: the next one is started without a pause."""

Post: TypeAlias = Callable[[Event], None]
_log = logging.getLogger("output")


class OutputProcess:
    """One child process at a time; the loop calls `tend` at least once a second."""

    def __init__(self, command: tuple[str, ...], setup: msg.Setup, post: Post) -> None:
        self._command, self._setup, self._post = command, setup, post
        self._child: _Child | None = None
        self._pause_us = FIRST_PAUSE_US
        self._start_at_us: MonoUs = 0
        self._quitting = False
        self._slips = Slips()

    @property
    def pid(self) -> int:
        """The process id; 0 while there is none."""
        return self._child.process.pid if self._child else 0

    @property
    def due_us(self) -> MonoUs:
        """When `tend` has something to do again."""
        return self._child.silent_until_us + 1 if self._child else self._start_at_us

    def tend(self, now_us: MonoUs) -> None:
        """Start the process when there is none and its pause is over; kill it when it has been silent too long."""
        if self._child is None:
            if now_us >= self._start_at_us and not self._quitting:
                self._child = _Child(self._command, self._setup, self._post, now_us)
        elif now_us > self._child.silent_until_us:
            self._child.kill(Code.OUTPUT_HUNG, "was silent for too long and was killed")
            self._child.silent_until_us = now_us + SECOND

    def heard(self, report: msg.Report, now_us: MonoUs) -> None:
        """Note a sign of life, and what was not heard or seen in time."""
        self._slips.heard(report, now_us)
        if self._child:
            self._child.silent_until_us = now_us + msg.SILENCE_LIMIT_US
            if isinstance(report, msg.Ready):
                _log.info("output ready: %s (pid %d)", report.device, report.pid)
            elif isinstance(report, msg.ToneHeard):
                _log.info("the test tone stood out by %.0f dB %s", report.above_db, report.detail)

    def lost(self, now_us: MonoUs) -> None:
        """Forget a process that has ended, and pause before the next, longer each time that it lived briefly."""
        lived_us = now_us - self._child.started_us if self._child else 0
        self._pause_us = FIRST_PAUSE_US if lived_us > SOUND_LIFE_US else min(self._pause_us * 2, LONGEST_PAUSE_US)
        self._start_at_us = now_us + self._pause_us
        self._slips.clear()
        if self._child:
            self._child.close()
        self._child = None

    def end(self, why: str) -> None:
        """End a process that lives and does not do its work; the reason goes into its loss."""
        if self._child:
            self._child.kill(Code.OUTPUT_HUNG, f"was killed: {why}")

    def send(self, order: msg.Order, now_us: MonoUs) -> None:
        """Give an order; to a process that has ended it is lost, and settled anew when the next one is ready."""
        if self._child:
            if isinstance(order, msg.Quit):
                self._quitting = True
                self._child.silent_until_us = now_us + QUIT_LIMIT_US
            self._child.send(order)


class _Child:
    def __init__(self, command: tuple[str, ...], setup: msg.Setup, post: Post, now_us: MonoUs) -> None:
        orders_in, self._orders = os.pipe()
        self._reports, reports_out = os.pipe()
        os.set_blocking(self._orders, False)
        fds = (orders_in, reports_out)
        argv = (*command, "--in", str(orders_in), "--out", str(reports_out))
        self.process = subprocess.Popen(argv, pass_fds=fds, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        for fd in fds:
            os.close(fd)
        self.started_us = now_us
        self.silent_until_us = now_us + START_LIMIT_US
        self._code = Code.OUTPUT_DIED
        self._why = ""
        self._post = post
        self._write(setup)
        threading.Thread(target=self._listen, name="output-reader", daemon=True).start()

    def send(self, order: msg.Order) -> None:
        """Write an order, or kill the process when its pipe is full."""
        self._write(order)

    def kill(self, code: Code, why: str) -> None:
        """End the process at once; the reader thread posts its loss with this code and reason."""
        self._code, self._why = code, why
        self.process.kill()

    def close(self) -> None:
        """Let go of the pipe; only the loop does so, so that no write can meet a file number used again."""
        os.close(self._orders)

    def _write(self, message: msg.Order | msg.Setup) -> None:
        line = encode_message(message)
        try:
            written = os.write(self._orders, line)
        except BrokenPipeError:
            return  # it has ended: the reader thread is about to say so
        except BlockingIOError:
            written = 0
        if written < len(line):
            self.kill(Code.OUTPUT_HUNG, "took no orders and was killed")

    def _listen(self) -> None:
        with os.fdopen(self._reports, "rb") as lines:
            try:
                while line := lines.readline(MAX_LINE_BYTES):
                    self._post(Reported(_report(line)))
            except Malformed as error:
                self.kill(Code.OUTPUT_DIED, f"said what is no report ({error}) and was killed")
        status = self.process.wait()
        if status == msg.RENEWED_STATUS:
            self._post(OutputLost(Code.SCREEN_BACK, "there is a screen again; the output is started anew to take it"))
            return
        detail = f"the output process {self._why or f'ended with status {status}'}; it is started again"
        self._post(OutputLost(self._code, detail))


def _report(line: bytes) -> msg.Report:
    """Return the report of one line; raise `Malformed` for anything else, however a mad decoder may have made it."""
    try:
        message = decode_message(line)
        if isinstance(message, msg.Failed | msg.Trouble):
            Code(message.code)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"{line[:80]!r}: {error}") from error
    if not isinstance(message, msg.Report):
        raise Malformed(f"{line[:80]!r}: is an order")
    return message
