"""`python -m firmware_py.speaker.ear`: is the test tone in the air? Listens at a microphone, or at a loop-back input.

A process of its own, because PortAudio looks for devices once a process, and an input that hangs must not hang the
output. Prints by how many decibels 1 kHz stands above the frequencies around it for two seconds, which neither traffic
nor talk does. The tone may begin late: an amplifier has to warm up.
"""

from __future__ import annotations

import argparse
import math
import subprocess
import sys
import threading
from array import array
from collections.abc import Callable, Sequence
from statistics import mean, median

from firmware_py.core.errors import Unavailable
from firmware_py.core.messages import Item, ToneHeard
from firmware_py.core.units import SECOND
from firmware_py.speaker.portaudio import listen

TONE_HZ = 1000
RATE_HZ = 48_000
_WINDOW_S, _WINDOWS = 0.25, 8
_LONGEST_S = 5.0
_START_S = 1.5
"""What the process needs until it listens; the tone must last until it is through."""

_AROUND_HZ = (620, 720, 840, 1180, 1320, 1480)
SHORTEST_US = 5 * SECOND
"""Nobody listens to a tone that is over before anything could be said of it."""

_LIMIT_S = 20.0
_FLOOR = 1e-12


def above_db(mono: bytes, rate_hz: int) -> float:
    """Return how far 1 kHz stands above its neighbours in a sound of 16 bits, in its best two seconds."""
    samples = array("h", mono)
    length = round(_WINDOW_S * rate_hz)
    found = [
        _above_db(samples[place : place + length], rate_hz) for place in range(0, len(samples) - length + 1, length)
    ]
    return max((median(found[first : first + _WINDOWS]) for first in range(len(found) - _WINDOWS + 1)), default=0.0)


def _above_db(window: array[int], rate_hz: int) -> float:
    around = mean(_power(window, hz, rate_hz) for hz in _AROUND_HZ)
    return 10 * math.log10((_power(window, TONE_HZ, rate_hz) + _FLOOR) / (around + _FLOOR))


def _power(window: array[int], hz: int, rate_hz: int) -> float:
    """Return the power at a frequency (Goertzel's algorithm), full scale being about 1."""
    turn = 2 * math.cos(math.tau * hz / rate_hz)
    before = last = 0.0
    for value in window:
        before, last = last, value / 32768 + turn * last - before
    return (before * before + last * last - turn * before * last) * 4 / len(window) ** 2


class Ear:
    """Has a process listen; what it says is told from a thread."""

    def __init__(self, item: Item, microphone: str, tell: Callable[[ToneHeard], None]) -> None:
        """Begin at once: the tone has just been ordered."""
        self._no, self._microphone, self._tell = item.no, microphone, tell
        self._listen_s = min(item.duration_us / SECOND - _START_S, _LONGEST_S)
        threading.Thread(target=self._run, name="ear", daemon=True).start()

    def _run(self) -> None:
        self._tell(ToneHeard(self._no, *self._listened()))

    def _listened(self) -> tuple[float, str]:
        """Return by how much the tone stands out, and why nobody knows, if so."""
        command = [sys.executable, "-P", "-m", "firmware_py.speaker.ear", "--device", self._microphone]
        command += ["--seconds", str(max(self._listen_s, _WINDOWS * _WINDOW_S))]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_LIMIT_S, stdin=subprocess.DEVNULL, check=False)
        except subprocess.TimeoutExpired:
            return 0.0, f"the input {self._microphone!r} does not answer; see sound.microphone and `arecord -l`"
        if done.returncode:
            return 0.0, done.stderr.decode("utf-8", "replace").strip()[-300:] or "nobody could listen"
        return float(done.stdout), ""


def main(arguments: Sequence[str]) -> int:
    """Listen, and print what was heard; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m firmware_py.speaker.ear", description=__doc__)
    parser.add_argument("--device", required=True, help="a part of the input's name")
    parser.add_argument("--seconds", type=float, required=True, help="how long to listen")
    chosen = parser.parse_args(arguments)
    try:
        heard = listen(chosen.device, RATE_HZ, round(chosen.seconds * RATE_HZ))
    except Unavailable as error:
        sys.stderr.write(f"{error.detail}\n")
        return 1
    sys.stdout.write(f"{above_db(heard, RATE_HZ):.1f}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
