"""The board's output as it is, with the instant of every frame written down: only the benchmark runs it so."""

from __future__ import annotations

import os
import sys
import time
from array import array
from collections.abc import Sequence
from pathlib import Path

from firmware_py.board import output, screen
from firmware_py.board.layout import Box

FRAMES = "TTCS_FRAMES"
"""The environment variable with the name of the file: seconds of the monotonic clock, eight bytes each."""

_instants = array("d")


class _Timed(screen.Display):
    """A framebuffer on a screen that notes when a picture was handed over."""

    def update(self, boxes: Sequence[Box]) -> None:
        super().update(boxes)
        _instants.append(time.monotonic())


if __name__ == "__main__":
    screen.Display = _Timed  # type: ignore[misc]  # the class that `open_framebuffer` takes
    status = output.main(sys.argv[1:])
    Path(os.environ[FRAMES]).write_bytes(_instants.tobytes())
    sys.exit(status)
