"""`ttcs say TEXT`: what a loudspeaker makes of a text, through the very parts that speak an alert without a voice."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TypeVar

from firmware_py.core import messages as msg
from firmware_py.core.errors import Code, Unavailable
from firmware_py.core.events import Event, OutputLost, Reported
from firmware_py.core.settings import Sound
from firmware_py.core.units import HOUR, SECOND, MonoUs
from firmware_py.field import arguments as typed
from firmware_py.runtime.output import START_LIMIT_US, OutputProcess
from firmware_py.speaker.agent import OUTPUT

R = TypeVar("R", bound=msg.Report)
_LONGEST_S = 600
_STYLES = ("actual", "drill", "cancel")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("text", help="what to say")
    parser.add_argument("--language", default="vi", metavar="LANG", help="vi (default) or en")
    parser.add_argument("--style", choices=_STYLES, default="actual", help="how it is announced; with its siren")
    parser.add_argument("--siren", action="store_true", help="sound the siren before it")
    parser.add_argument("--volume", type=typed.percent, default=100, metavar="PERCENT", help="default: 100")
    parser.add_argument("--device", default="", metavar="NAME", help="part of the sound card's name")
    parser.add_argument("-o", "--output", type=Path, default=None, metavar="WAV", help="write it to a file instead")


def main(options: argparse.Namespace) -> int:
    """Say it; return 0 when it was said, 1 when a stored clip had to stand in for it."""
    to_file = options.output is not None
    sound = Sound("null" if to_file else "auto", options.device, str(options.output) if to_file else "")
    booth = Booth(sound)
    device = booth.wait(msg.Ready, START_LIMIT_US).device
    booth.order(msg.Now("sound", _item(options)))
    ended = booth.wait(msg.Ended, _LONGEST_S * SECOND)
    booth.order(msg.Quit())
    booth.wait_for_end()
    where = options.output or device
    print(f"{ended.played_us / SECOND:.1f} s at {ended.mean_dbfs:.1f} dBFS, to {where}")
    for trouble in booth.troubles:
        print(f"{trouble.code}: {trouble.detail}")
    return 1 if any(trouble.code == Code.SPEECH_FAILED for trouble in booth.troubles) else 0


def _item(options: argparse.Namespace) -> msg.Item:
    notice = msg.Notice(
        style=options.style,
        event=options.text,
        severity="unknown",
        texts=(msg.NoticeText(options.language, options.text),),
        siren=options.siren,
        repeats=1,
    )
    return msg.Item(
        no=1,
        channel="sound",
        bulletin_id="say",
        kind="notice",
        title=options.text,
        start_us=time.time_ns() // 1000,
        start_mono_us=_mono_us(),
        duration_us=HOUR,
        volume_pct=options.volume,
        notice=notice,
    )


class Booth:
    """An output process of our own, spoken to step by step."""

    def __init__(self, sound: Sound) -> None:
        """Start it."""
        self.troubles: list[msg.Trouble] = []
        self._inbox: SimpleQueue[Event] = SimpleQueue()
        self._output = OutputProcess(OUTPUT, msg.SpeakerSetup(sound), self._inbox.put)
        self._output.tend(_mono_us())

    def order(self, order: msg.Order) -> None:
        """Give an order."""
        self._output.send(order, _mono_us())

    def wait(self, kind: type[R], limit_us: int) -> R:
        """Return the next report of a kind; raise `Unavailable` when it does not come."""
        until_us = _mono_us() + limit_us
        while True:
            match self._next(until_us):
                case Reported(report) if isinstance(report, kind):
                    return report
                case Reported(msg.Trouble() as trouble):
                    self.troubles.append(trouble)
                case Reported(msg.Failed() as failed):
                    raise Unavailable(Code(failed.code), failed.detail)
                case OutputLost() as lost:
                    raise Unavailable(lost.code, lost.detail)

    def wait_for_end(self) -> None:
        """Wait until the process has ended; what it recorded is then whole."""
        while not isinstance(self._next(_mono_us() + START_LIMIT_US), OutputLost):
            continue

    def _next(self, until_us: MonoUs) -> Event:
        try:
            return self._inbox.get(timeout=max(0.0, (until_us - _mono_us()) / SECOND))
        except Empty:
            raise Unavailable(Code.OUTPUT_HUNG, "the output process does not answer; try again") from None


def _mono_us() -> MonoUs:
    return time.monotonic_ns() // 1000
