"""`python -m firmware_py.board.video.probe FILE`: can this video be shown? One line of JSON on standard output.

`{"duration_us", "width", "height", "format"}` and status 0, or `{"code", "detail"}` and status 1. The caller sets the
limits of memory and time of this process.
"""

from __future__ import annotations

import sys

from firmware_py.board.video.container import opened
from firmware_py.board.video.survey import survey
from firmware_py.core.codec import to_json
from firmware_py.core.errors import Unplayable

_TRIAL_PX = (1920, 1080)


def main(arguments: list[str]) -> int:
    """Probe the file that the arguments name; return the exit status."""
    try:
        with opened(arguments[0]) as film:
            found = survey(film, _TRIAL_PX)
            codec = film.stream.codec_context.codec.name
    except Unplayable as error:
        return _say({"code": error.code, "detail": error.detail}, 1)
    size = {"width": found.width, "height": found.height}
    return _say({"duration_us": found.duration_us, **size, "format": codec}, 0)


def _say(answer: object, status: int) -> int:
    sys.stdout.buffer.write(to_json(answer) + b"\n")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
