"""What foreign libraries print, kept out of the log."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_noise() -> Iterator[None]:
    """Keep what ALSA prints about every card that is not there out of the log: it writes to descriptor 2 itself."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
