"""`python -m firmware_py.speaker.output --in FD --out FD`: the process that makes the sound.

Threads: the device's asks the mixer for blocks; libVLC's fill reels; the main one obeys and reports. The device's
thread does the mixing itself, in about 50 µs a block: a thread between would only add latency. None of them waits
for another. When the agent closes the line, the thread that reads it fades the sound out by itself and ends the
process within 300 ms, whatever the main thread is doing. Ends with status 0 then and after `Quit`.
"""

from __future__ import annotations

import argparse
import gc
import logging
import os
import sys
import threading
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TypeAlias

from firmware_py.core.errors import Malformed, Unavailable
from firmware_py.core.messages import (
    PROGRESS_PERIOD_US,
    Message,
    Next,
    Now,
    Quit,
    Ready,
    Report,
    SnapshotTaken,
    SpeakerSetup,
    TakeSnapshot,
    ToneHeard,
    Trouble,
    Volume,
)
from firmware_py.core.settings import Sound
from firmware_py.core.units import MS, SECOND, MonoUs
from firmware_py.runtime.child import ends_with_the_agent
from firmware_py.runtime.heap import keep_small
from firmware_py.runtime.pipe import Closed, Orders, Reports
from firmware_py.speaker.decoder import Decoder
from firmware_py.speaker.ear import Ear
from firmware_py.speaker.keeper import Keeper
from firmware_py.speaker.lanes import Lanes
from firmware_py.speaker.line import Line
from firmware_py.speaker.mixer import Mixer
from firmware_py.speaker.recorder import NoRecorder, Recorder, WavRecorder
from firmware_py.speaker.sink import mono_us
from firmware_py.speaker.siren import prepare_sirens
from firmware_py.speaker.voice import Began, News, Over
from firmware_py.speaker.voices import Listen, Voices

Event: TypeAlias = Message | Closed | News
Inbox: TypeAlias = SimpleQueue[Event]

EXIT_LIMIT_S = 0.28
_FADE_LIMIT_US = 60 * MS
_SETTLE_S = 4.0
_SWITCH_S = 0.001
"""How long a thread of Python may keep the device's thread waiting; the default is 5 ms."""

_NICENESS = -11
"""What sound servers take for themselves."""


class Loop:
    """Obeys, reports and says five times a second that it lives."""

    def __init__(self, lanes: Lanes, mixer: Mixer, inbox: Inbox, reports: Reports) -> None:
        """Take the parts."""
        self._lanes, self._mixer, self._inbox, self._reports = lanes, mixer, inbox, reports
        self._progress_us: MonoUs = 0

    def run(self) -> None:
        """Serve until `Quit`, or until the agent is gone."""
        while True:
            event = self._wait()
            if isinstance(event, Quit | Closed):
                break
            self._handle(event)
            self._lanes.tick(mono_us())
            self._say_progress()
        self._fade()

    def _wait(self) -> Event | None:
        due_us = min(self._lanes.due_us(), self._progress_us)
        try:
            return self._inbox.get(timeout=max(0.0, (due_us - mono_us()) / SECOND))
        except Empty:
            return None

    def _handle(self, event: Event | None) -> None:
        if isinstance(event, Now | Next | Volume):
            self._lanes.take(event, mono_us())
        elif isinstance(event, Began | Over):
            self._lanes.hear(event, mono_us())
        elif isinstance(event, Trouble | ToneHeard):
            self._reports.send(event)
        elif isinstance(event, TakeSnapshot):
            self._reports.send(SnapshotTaken(event.path, "a loudspeaker has no picture"))

    def _say_progress(self) -> None:
        now_us = mono_us()
        if now_us >= self._progress_us:
            for report in self._lanes.progress():
                self._reports.send(report)
            self._progress_us = now_us + PROGRESS_PERIOD_US

    def _fade(self) -> None:
        """Let the sound go, and report how it ended."""
        self._lanes.stop()
        limit_us = mono_us() + _FADE_LIMIT_US
        while not self._mixer.quiet and mono_us() < limit_us:
            try:
                self._handle(self._inbox.get(timeout=5 * MS / SECOND))
            except Empty:
                continue
        self._lanes.say_last(mono_us())


def serve(setup: SpeakerSetup, orders: Orders, reports: Reports) -> None:
    """Make sound until the end; raise `Unavailable` without a decoder."""
    sound = setup.sound
    inbox: Inbox = SimpleQueue()
    mixer = Mixer(sound.rate_hz, inbox.put, sound.duck_db)
    recorder = _recorder(sound)
    line = Line(mixer, recorder, sound.rate_hz)
    keeper = Keeper(line, sound, inbox.put)
    sirens = threading.Thread(target=prepare_sirens, args=(sound.rate_hz,), name="sirens", daemon=True)
    sirens.start()
    decoder = Decoder(sound.rate_hz)
    decoder.warm_up()
    sirens.join()
    line.settled.wait(_SETTLE_S)
    voices = Voices(
        decoder, setup.relay, lambda code, detail: inbox.put(Trouble(code, detail)), _ear(sound.microphone, inbox)
    )
    lanes = Lanes(mixer, voices.open, sound.rate_hz, reports.send)
    reports.send(Ready(os.getpid(), keeper.name))
    orders.listen(lambda event: _post(event, inbox, mixer))
    # What was made up to here lives to the end: a collector that looks through it again could hold the device up.
    gc.freeze()
    try:
        Loop(lanes, mixer, inbox, reports).run()
    except BrokenPipeError:
        mixer.silence_all()
    threading.Event().wait(sound.buffer_ms / 1000)  # the device still has to play what was given to it
    recorder.close()


def _post(event: Message | Closed, inbox: Inbox, mixer: Mixer) -> None:
    """Pass an event on; the end also by a way on which the main thread is not needed.

    In this order: what fades out is stopped by the end, and must not seem to have ended before it came.
    """
    inbox.put(event)
    if isinstance(event, Quit | Closed):
        mixer.silence_all()
        timer = threading.Timer(EXIT_LIMIT_S, os._exit, (0,))
        timer.daemon = True
        timer.start()


def _ear(microphone: str, inbox: Inbox) -> Listen:
    """Return who listens for test tones: nobody, where there is no microphone."""
    if not microphone:
        return lambda _: None
    return lambda item: Ear(item, microphone, inbox.put)


def _recorder(sound: Sound) -> Recorder:
    if not sound.record_to:
        return NoRecorder()
    return WavRecorder(Path(sound.record_to), sound.rate_hz, sound.record_max_s)


def _crash(kind: type[BaseException], error: BaseException | None) -> None:
    """End the process: a part of it has died."""
    traceback.print_exception(error or kind())
    os._exit(1)


def _come_first() -> None:
    """Let sound go before other work where we may: root may, a service by LimitNICE. The threads inherit it."""
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)


def main(arguments: Sequence[str]) -> int:
    """Serve the agent at the other end of the two descriptors; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m firmware_py.speaker.output", description=__doc__)
    parser.add_argument("--in", type=int, required=True, dest="orders", metavar="FD", help="orders are read here")
    parser.add_argument("--out", type=int, required=True, dest="reports", metavar="FD", help="reports go here")
    chosen = parser.parse_args(arguments)
    ends_with_the_agent()
    sys.setswitchinterval(_SWITCH_S)
    threading.excepthook = lambda died: _crash(died.exc_type, died.exc_value)
    sys.unraisablehook = lambda died: _crash(died.exc_type, died.exc_value)
    keep_small(arenas=2)
    _come_first()
    orders, reports = Orders(chosen.orders), Reports(chosen.reports)
    setup = orders.first()
    if not isinstance(setup, SpeakerSetup):
        raise Malformed(f"the first message must be a SpeakerSetup, not {type(setup).__name__}")
    return _served(setup, orders, reports)


def _served(setup: SpeakerSetup, orders: Orders, reports: Reports) -> int:
    try:
        serve(setup, orders, reports)
    except Unavailable as error:
        failure: Report = Trouble(error.code, error.detail)
        reports.send(failure)
        return 1
    return 0


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    status = main(sys.argv[1:])
    sys.stderr.flush()
    # Not sys.exit: libVLC and ALSA may hang when they are taken down, and the kernel does it without them.
    os._exit(status)
