"""`python -m firmware_py.board.video.still FILE WIDTH HEIGHT contain|cover FD POSITION_US`: one frame, for a preview.

As `firmware_py.board.decode` does for pictures: the pixels go to a descriptor, the `Head` to standard output.
"""

from __future__ import annotations

import os
import sys

from firmware_py.board.decode import be_modest
from firmware_py.board.video.container import opened
from firmware_py.board.video.frames import Frames
from firmware_py.board.visual import Head
from firmware_py.core.codec import to_json
from firmware_py.core.errors import Code, Unplayable
from firmware_py.core.messages import Fit


def main(arguments: list[str]) -> int:
    """Decode the frame that the arguments name; return the exit status."""
    path, width, height, fit, descriptor, position_us = arguments
    be_modest()
    try:
        head, rgb = _frame(path, (int(width), int(height)), "cover" if fit == "cover" else "contain", int(position_us))
    except Unplayable as error:
        sys.stdout.buffer.write(to_json({"code": error.code, "detail": error.detail}) + b"\n")
        return 1
    with os.fdopen(int(descriptor), "wb") as file:
        file.write(rgb)
    sys.stdout.buffer.write(to_json(head) + b"\n")
    return 0


def _frame(path: str, zone_px: tuple[int, int], fit: Fit, at_us: int) -> tuple[Head, bytes]:
    """Return the frame that is seen at a place of the film."""
    with opened(path) as film:
        frames = Frames(film, zone_px, fit, threads=1)
        frames.seek(at_us)
        for _, frame in frames:
            made = frames.fitted(frame).reformat(format="rgb24")
            row_bytes, plane = made.planes[0].line_size, memoryview(made.planes[0])
            rows = (plane[n * row_bytes : n * row_bytes + 3 * made.width] for n in range(made.height))
            head = Head(made.width, made.height, film.stream.codec_context.codec.name, film.size)
            return head, b"".join(rows)
    raise Unplayable(Code.CONTENT_UNREADABLE, f"{path}: shows nothing at {at_us / 1e6:.0f} s; make the video anew")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
