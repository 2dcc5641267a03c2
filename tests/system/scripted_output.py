"""`python -m tests.system.scripted_output SCRIPT --in FD --out FD`: an output that presents nothing and misbehaves.

It keeps to the protocol, with a report ten times a second, but for what the script says: `dies=ID` ends at once when
that bulletin is ordered, `fails=ID` reports that it cannot be shown, `good` does nothing of the sort. `hears=FILE` is a
loudspeaker that is through with a notice after `NOTICE_US` and takes down in FILE, a line of JSON each, what it began,
what it was through with, and every volume that it was told.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

from firmware_py.core import messages as msg
from firmware_py.core.codec import decode_message, encode_message, to_json
from firmware_py.core.errors import Code
from firmware_py.core.units import SECOND

PERIOD_S = 0.1
NOTICE_US = SECOND // 4
HEARS = "hears="


def note(path: Path, **words: object) -> None:
    """Add a line of JSON to a file, whole, with the monotonic time in microseconds."""
    line = to_json({"at_us": _mono_us(), **words}) + b"\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    os.write(descriptor, line)
    os.close(descriptor)


@dataclass(slots=True)
class Output:
    """Answers orders; what it is said to show it only counts."""

    script: str
    reports: int
    offset_us: int
    on_air: dict[str, tuple[msg.Item, int]] = field(default_factory=dict)

    def say(self, report: msg.Report) -> None:
        """Send a report; nobody listens any more when the agent has died."""
        try:
            os.write(self.reports, encode_message(report))
        except BrokenPipeError:
            os._exit(0)

    def obey(self, order: msg.Message) -> bool:
        """Act on an order; return whether to go on."""
        if isinstance(order, msg.Now):
            self._replace(order.channel, order.item)
        elif isinstance(order, msg.Volume):
            self._take_down(volume_pct=order.volume_pct)
        elif isinstance(order, msg.TakeSnapshot):
            Path(order.path).write_bytes(b"a picture")
            self.say(msg.SnapshotTaken(order.path))
        return not isinstance(order, msg.Quit)

    def tend(self) -> None:
        """End the notices that have been heard, where the script is of somebody who hears."""
        for channel, (item, since_us) in tuple(self.on_air.items()):
            if self.hears and item.notice and _mono_us() - since_us >= NOTICE_US:
                del self.on_air[channel]
                self._take_down(ended=item.bulletin_id)
                self._end(item, since_us, "complete")

    @property
    def hears(self) -> bool:
        """Whether it is a loudspeaker that takes down what it does."""
        return self.script.startswith(HEARS)

    def progress(self) -> None:
        """Say how long each item has been on air."""
        plays = [
            msg.Progress(item.no, lasted_us := _mono_us() - since_us, frames=1 + lasted_us // SECOND)
            for item, since_us in self.on_air.values()
        ]
        for report in plays or [msg.Progress(0)]:
            self.say(report)

    def _replace(self, channel: str, item: msg.Item | None) -> None:
        if channel in self.on_air:
            self._end(*self.on_air.pop(channel))
        if item is None:
            return
        if self.script == f"dies={item.bulletin_id}":
            os._exit(3)
        if self.script == f"fails={item.bulletin_id}":
            self.say(msg.Failed(item.no, Code.DECODER_FAILED, f"{item.bulletin_id}: cannot be shown; make it again"))
            return
        self._take_down(began=item.bulletin_id, kind=item.kind, volume_pct=item.volume_pct)
        self.say(msg.Started(item.no, self._wall_us(), _mono_us(), max(0, self._wall_us() - item.start_us)))
        self.on_air[channel] = item, _mono_us()

    def _end(self, item: msg.Item, since_us: int, reason: msg.EndReason = "replaced") -> None:
        self.say(msg.Ended(item.no, reason, self._wall_us(), _mono_us(), _mono_us() - since_us))

    def _take_down(self, **words: object) -> None:
        if self.hears:
            note(Path(self.script.removeprefix(HEARS)), **words)

    def _wall_us(self) -> int:
        return time.time_ns() // 1000 + self.offset_us


def _mono_us() -> int:
    return time.monotonic_ns() // 1000


def main(script: str, orders: int, reports: int) -> None:
    """Serve the agent until it is told to quit or the agent is gone."""
    inbox: SimpleQueue[msg.Message] = SimpleQueue()
    lines = os.fdopen(orders, "rb")
    setup = decode_message(lines.readline())
    assert isinstance(setup, msg.BoardSetup | msg.SpeakerSetup)
    output = Output(script, reports, setup.clock_offset_us if isinstance(setup, msg.BoardSetup) else 0)

    def listen() -> None:
        for line in lines:
            inbox.put(decode_message(line))
        os._exit(0)

    Thread(target=listen, daemon=True).start()
    output.say(msg.Ready(os.getpid(), f"script {script}"))
    going = True
    while going:
        try:
            going = output.obey(inbox.get(timeout=PERIOD_S))
        except Empty:
            output.progress()
        output.tend()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[3]), int(sys.argv[5]))
