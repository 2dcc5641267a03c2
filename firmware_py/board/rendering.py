"""A file to what a zone shows of it: a picture, an animation, the pages of a document. Runs in a child process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from firmware_py.board.animation import is_animated, write_frames
from firmware_py.board.document import SIGNATURE, write_leaves
from firmware_py.board.pictures import header_of, load, opened
from firmware_py.board.visual import Head
from firmware_py.core.messages import Fit


def write_shown(path: str, zone: tuple[int, int], fit: Fit, write: Callable[[bytes], object]) -> Head:
    """Write what a zone shows of a file; raise `Unplayable` when that is nothing."""
    if _is_document(path):
        own, leaves = write_leaves(path, zone, write)
        return Head(leaves[0].width, leaves[0].height, "PDF", own, leaves=leaves)
    with opened(path) as image:
        header = header_of(image)
        if is_animated(image):
            frames = write_frames(image, zone, fit, write)
            return Head(frames.width, frames.height, header.format, image.size, frames.ends_us)
    header, pixels = load(path, *zone, fit)
    write(pixels.rgb)
    return Head(pixels.width, pixels.height, header.format, (header.width, header.height))


def _is_document(path: str) -> bool:
    """Return whether a file begins as a PDF does; one that cannot be opened is for the others to name."""
    try:
        with Path(path).open("rb") as file:
            return file.read(len(SIGNATURE)) == SIGNATURE
    except OSError:
        return False
