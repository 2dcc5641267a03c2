"""`python -m firmware_py.speaker.finder DEVICE RATE`: does the sound device open now? Ends with status 0 when it does.

PortAudio looks for devices only when it starts, and each start leaves some 20 KB behind: a process that looked
every second for a card that was pulled out would grow by a gigabyte in a week. So a child looks.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from firmware_py.core.errors import Unavailable
from firmware_py.core.settings import Sound
from firmware_py.speaker.portaudio import opens

LIMIT_S = 10.0
"""Longer than a sound server takes that is just being started."""


def is_there(sound: Sound) -> bool:
    """Return whether the device of the config can be opened; blocks for `LIMIT_S` at most."""
    command = [sys.executable, "-P", "-m", "firmware_py.speaker.finder", sound.device, str(sound.rate_hz)]
    quiet = subprocess.DEVNULL
    try:
        done = subprocess.run(command, stdin=quiet, stdout=quiet, stderr=quiet, timeout=LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def main(arguments: Sequence[str]) -> int:
    """Return 0 when the device opens, else 1."""
    device, rate_hz = arguments
    try:
        opens(Sound(device=device, rate_hz=int(rate_hz)))
    except Unavailable:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
