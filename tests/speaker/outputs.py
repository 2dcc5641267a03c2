"""A real output process, spoken to as the agent does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TypeVar

from firmware_py.core.codec import decode_message, encode_message
from firmware_py.core.messages import Item, Message, Now, Progress, Report, SpeakerSetup
from firmware_py.core.settings import Relay, Sound
from firmware_py.core.units import SECOND, MonoUs
from tests.speaker.listening import RATE_HZ, read_wav
from tests.waiting import until

R = TypeVar("R", bound=Report)
ROOT = Path(__file__).resolve().parents[2]
MARGIN_US = SECOND // 4
"""How far ahead an item is ordered: time enough for a busy machine to open its decoder."""


def mono_us() -> MonoUs:
    """Return the monotonic clock."""
    return time.monotonic_ns() // 1000


NO_RELAY = Relay()


class OutputProcess:
    """`python -m firmware_py.speaker.output`, and what it has said."""

    def __init__(self, sound: Sound, env: dict[str, str], relay: Relay = NO_RELAY) -> None:
        """Start it."""
        orders, self._orders = os.pipe()
        self._reports, reports = os.pipe()
        self.sound = sound
        command = [sys.executable, "-m", "firmware_py.speaker.output", "--in", str(orders), "--out", str(reports)]
        self.process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **env}, pass_fds=(orders, reports))
        os.close(orders)
        os.close(reports)
        self.said: list[Message] = []
        self.played: list[Item] = []
        threading.Thread(target=self._listen, daemon=True).start()
        self.send(SpeakerSetup(sound, relay))

    def send(self, message: Message) -> None:
        """Give an order."""
        os.write(self._orders, encode_message(message))

    def play(self, item: Item) -> None:
        """Put an item on air."""
        self.played.append(item)
        self.send(Now("sound", item))

    def all(self, kind: type[R]) -> list[R]:
        """Return all reports of a kind so far."""
        return [message for message in self.said if isinstance(message, kind)]

    def heard(self, kind: type[R], no: int | None = None, timeout_s: float = 20.0) -> R:
        """Wait for a report of a kind, about a play, and return it."""
        return until(lambda: [m for m in self.all(kind) if no in {None, getattr(m, "no", None)}], timeout_s)[-1]

    def progress(self) -> Progress:
        """Wait for the next progress report and return it."""
        count = len(self.all(Progress))
        until(lambda: len(self.all(Progress)) > count)
        return self.all(Progress)[-1]

    def close(self) -> int:
        """Close the line as a dead agent does; return the status with which the process ends."""
        os.close(self._orders)
        self._orders = -1
        return self.process.wait(10)

    def kill(self) -> None:
        """End it if it still runs."""
        self.process.kill()
        self.process.wait()
        if self._orders >= 0:
            os.close(self._orders)
            self._orders = -1

    def recorded_from_us(self) -> MonoUs:
        """Return when the recording's first frame was heard, as far as is known now."""
        return recorded_from_us(Path(self.sound.record_to))

    def recording(self) -> Recording:
        """Return the recording as far as its header says."""
        return Recording(Path(self.sound.record_to))

    def _listen(self) -> None:
        with os.fdopen(self._reports, "rb") as lines:
            for line in lines:
                self.said.append(decode_message(line))


def recorded_from_us(recording: Path) -> MonoUs:
    """Return when a recording's first frame was heard: it stands in the file beside it."""
    start_mono_us: int = json.loads(recording.with_name(recording.name + ".json").read_bytes())["start_mono_us"]
    return start_mono_us


class Recording:
    """A WAV file that an output wrote, and when its first frame was heard."""

    def __init__(self, path: Path) -> None:
        """Read it."""
        self.start_us = recorded_from_us(path)
        self.sound = read_wav(path)

    def frame_at(self, instant_us: MonoUs) -> int:
        """Return the frame that was heard at an instant."""
        return round((instant_us - self.start_us) * RATE_HZ / SECOND)


def item(no: int, path: Path, start_us: MonoUs, duration_us: int = 2 * SECOND, **fields: object) -> Item:
    """Return an item that begins at a monotonic instant."""
    wall_us = time.time_ns() // 1000 + start_us - mono_us()
    return Item(no, "sound", f"b{no}", "audio", f"Item {no}", wall_us, start_us, duration_us, str(path), **fields)  # type: ignore[arg-type]
