"""`python -m firmware_py.board.decode FILE WIDTH HEIGHT contain|cover FD`: what is shown of a file, to a descriptor.

Standard output gets one line of JSON: a `rendering.Head`, or `{"code", "detail"}` with status 1. The process limits
its own memory and offers itself first to the kernel when memory runs out.
"""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

from firmware_py.board.rendering import write_shown
from firmware_py.core.codec import to_json
from firmware_py.core.errors import Unplayable

MEMORY_LIMIT_MB = 768
"""Address space for the interpreter and a picture of 50 megapixels in four bytes a pixel, twice over."""

_CPU_LIMIT_S = 60
_NICENESS = 10


def main(arguments: list[str]) -> int:
    """Render the file that the arguments name; return the exit status."""
    path, width, height, fit, descriptor = arguments
    be_modest()
    try:
        with os.fdopen(int(descriptor), "wb") as file:
            zone = int(width), int(height)
            head = write_shown(path, zone, "cover" if fit == "cover" else "contain", file.write)
    except Unplayable as error:
        sys.stdout.buffer.write(to_json({"code": error.code, "detail": error.detail}) + b"\n")
        return 1
    sys.stdout.buffer.write(to_json(head) + b"\n")
    return 0


def be_modest() -> None:
    """Take little: of memory, of time, and of the processor that draws the board."""
    limit = MEMORY_LIMIT_MB << 20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_LIMIT_S, _CPU_LIMIT_S))
    os.nice(_NICENESS)
    Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
