"""The Ogg container (RFC 3533): pages with a place in time, and the packets inside them."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from firmware_py.speaker.tracks.media import Media
from firmware_py.speaker.tracks.track import unreadable

_HEADER_BYTES = 27
_NO_GRANULE = (1 << 64) - 1
_LAST_PAGE = 4


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of one logical stream: where each lies, and the granule at which its last packet ends."""

    media: Media
    offsets: array[int]
    granules: array[int]
    cut: str = ""

    def packets(self, first: int) -> Iterator[tuple[int, bytes]]:
        """Yield (page, packet) for each packet that ends on page `first` or later."""
        rest = self._unfinished_before(first)
        for page in range(first, len(self.offsets)):
            *whole, rest = self._split(page, rest)
            for packet in whole:
                yield page, packet

    def before(self, granule: int) -> int:
        """Return the last page that has only pages before it which end at or before a granule."""
        low, high = 0, len(self.granules) - 1
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self.granules[middle] <= granule else (low, middle)
        return low

    def _unfinished_before(self, page: int) -> bytes:
        """Return the beginning of a packet that goes on on a page."""
        start = page
        while start > 0 and self.media.read(self.offsets[start] + 5, 1)[0] & 1:
            start -= 1
        rest = b""
        for earlier in range(start, page):
            *_, rest = self._split(earlier, rest)
        return rest

    def _split(self, page: int, rest: bytes) -> list[bytes]:
        """Return the packets of a page, the first completed by `rest`, and last what goes on on the next page."""
        lacing, body = _read_page(self.media, self.offsets[page])
        packets, place, size = [], 0, 0
        for value in lacing:
            size += value
            if value < 255:
                packets.append(rest + body[place : place + size])
                place, size, rest = place + size, 0, b""
        return [*packets, rest + body[place : place + size]]


def read_pages(media: Media) -> Pages:
    """Return the pages of the first logical stream; raise `Unplayable` when there is none."""
    offsets, granules, serial, place, granule = array("Q"), array("Q"), b"", 0, 0
    cut = "it has no last page"
    while (head := media.read(place, _HEADER_BYTES))[:4] == b"OggS" and len(head) == _HEADER_BYTES:
        lacing = media.read(place + _HEADER_BYTES, head[26])
        end = place + _HEADER_BYTES + len(lacing) + sum(lacing)
        if end > media.size:
            break
        serial = serial or head[14:18]
        if head[14:18] == serial:
            said = int.from_bytes(head[6:14], "little")
            # A page on which no packet ends has no time of its own: it ends where the one before did.
            granule = granule if said == _NO_GRANULE else max(granule, said)
            offsets.append(place)
            granules.append(granule)
            if head[5] & _LAST_PAGE:
                cut = ""
                break
        place = end
    if not offsets:
        raise unreadable(f"{media.name} begins like an Ogg file and has no whole page")
    return Pages(media, offsets, granules, cut)


def _read_page(media: Media, place: int) -> tuple[bytes, bytes]:
    count = media.read(place + 26, 1)[0]
    lacing = media.read(place + _HEADER_BYTES, count)
    return lacing, media.read(place + _HEADER_BYTES + count, sum(lacing))
