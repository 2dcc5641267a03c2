"""Finding the frames of a stream without a container: each has a header that tells its size, the next one follows."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import TypeAlias

from firmware_py.speaker.tracks.media import Media
from firmware_py.speaker.tracks.table import PacketTable

HEADER_BYTES = 10
FIRST_FRAME_WITHIN = 1 << 17
"""How much of something else (tags that nobody knows, the end of a cut frame) may stand before the first frame."""

_CHUNK_BYTES = 1 << 20
_CHAIN = 3
"""So many headers in a row, each where the one before says, are no accident."""

Measure: TypeAlias = Callable[[bytes, int], int]
"""From bytes and a place in them to the size of the frame whose header stands there; 0 when there is none."""


def find_first(media: Media, start: int, measure: Measure) -> int | None:
    """Return the place of the first frame at or after `start`, or None."""
    head = media.read(start, FIRST_FRAME_WITHIN)
    place = head.find(b"\xff")
    while place >= 0:
        if _chained(media, start + place, measure):
            return start + place
        place = head.find(b"\xff", place + 1)
    return None


def walk(media: Media, first: int, measure: Measure) -> PacketTable:
    """Return all whole frames from `first` on. What is no frame (tags, damage) is passed over."""
    table = PacketTable(array("Q"), array("I"))
    place: int | None = first
    while place is not None:
        place = _walk_chain(media, place, measure, table)
        place = find_first(media, place, measure)
    return table


def _walk_chain(media: Media, place: int, measure: Measure, table: PacketTable) -> int:
    """Note frame after frame; return the place of the first bytes that are none."""
    base, chunk = place, media.read(place, _CHUNK_BYTES)
    add_offset, add_size = table.offsets.append, table.sizes.append
    while place < media.size:
        if place + HEADER_BYTES > base + len(chunk):
            base, chunk = place, media.read(place, _CHUNK_BYTES)
        size = measure(chunk, place - base)
        if not size or place + size > media.size:
            return place + 1
        add_offset(place)
        add_size(size)
        place += size
    return place


def _chained(media: Media, place: int, measure: Measure) -> bool:
    for _ in range(_CHAIN):
        size = measure(media.read(place, HEADER_BYTES), 0)
        if not size:
            return False
        place += size
        if place == media.size:
            return True
    return place < media.size
