"""What a file has to show: as the child that decodes it says (`Head`), and as it then lies in shared memory.

Knows no library: the process that draws the board must not carry those that read files.
"""

from __future__ import annotations

from dataclasses import dataclass
from mmap import PROT_READ, mmap
from typing import NamedTuple, TypeAlias

from firmware_py.board.video.feed import Feed
from firmware_py.core.messages import Fit
from firmware_py.core.units import DurationUs, WallUs


class Wanted(NamedTuple):
    """A file and the size of the zone that is to show it, in pixels.

    Of a film also when it begins (`start_us`, 0 for a picture), from when it is seen if that is later (`from_us`), and
    whether it is heard.
    """

    path: str
    width_px: int
    height_px: int
    fit: Fit
    start_us: WallUs = 0
    heard: bool = False
    from_us: WallUs = 0

    @property
    def is_film(self) -> bool:
        """Return whether it moves with the clock."""
        return self.start_us > 0


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of a document, or a part of one, packed by zlib: its size in pixels, and in bytes."""

    width: int
    height: int
    size: int


@dataclass(frozen=True, slots=True)
class Head:
    """What was written: one picture, frames that are over at `ends_us`, or packed `leaves`; sizes in pixels.

    `own` is the size of the file's picture as people see it, of a document that of its first page in points.
    """

    width: int
    height: int
    format: str
    own: tuple[int, int]
    ends_us: tuple[DurationUs, ...] = ()
    leaves: tuple[Leaf, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """RGB pixels, three bytes each, row by row; of an animation frame after frame, each over at its `ends_us`."""

    width_px: int
    height_px: int
    rgb: bytes | mmap
    ends_us: tuple[DurationUs, ...] = ()


@dataclass(frozen=True, slots=True)
class PackedPage:
    """A page of a document: its size, and its RGB pixels as zlib packs them."""

    width_px: int
    height_px: int
    packed: bytes | memoryview


@dataclass(frozen=True, slots=True)
class Document:
    """The pages of a document, or the parts of its pages."""

    pages: tuple[PackedPage, ...]


Visual: TypeAlias = Picture | Document | Feed
"""What a file has to show."""


def visual_of(head: Head, memory: int) -> Picture | Document:
    """Return what lies in the memory of a descriptor, copied nowhere: it is given back with the last page."""
    pixels = mmap(memory, 0, prot=PROT_READ)
    if not head.leaves:
        return Picture(head.width, head.height, pixels, head.ends_us)
    pages: list[PackedPage] = []
    at = 0
    for leaf in head.leaves:
        pages.append(PackedPage(leaf.width, leaf.height, memoryview(pixels)[at : at + leaf.size]))
        at += leaf.size
    return Document(tuple(pages))
