"""`python -m firmware_py.board.probe FILE`: can this picture be shown? One line of JSON on standard output.

`{"width", "height", "format"}` and status 0, or `{"code", "detail"}` and status 1. The file is really decoded, the
way the board does it. The caller sets the limits of memory and time of this process.
"""

from __future__ import annotations

import sys

from firmware_py.board.rendering import write_shown
from firmware_py.core.codec import to_json
from firmware_py.core.errors import Unplayable

_TRIAL_PX = (1920, 1080)


def main(arguments: list[str]) -> int:
    """Probe the file that the arguments name; return the exit status."""
    try:
        head = write_shown(arguments[0], _TRIAL_PX, "contain", len)
    except Unplayable as error:
        return _say({"code": error.code, "detail": error.detail}, 1)
    return _say({"width": head.own[0], "height": head.own[1], "format": head.format}, 0)


def _say(answer: object, status: int) -> int:
    sys.stdout.buffer.write(to_json(answer) + b"\n")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
