"""Vorbis in Ogg. How long a packet lasts is not written on it; the pages tell where they end."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, takewhile

from firmware_py.speaker.tracks.media import Media
from firmware_py.speaker.tracks.ogg import Pages
from firmware_py.speaker.tracks.track import Excerpt, Format, empty, unreadable, with_tail

_HEADERS = 3
_NOMINAL_FRAMES = 1024


@dataclass(frozen=True, slots=True)
class VorbisTrack:
    """A Vorbis file."""

    format: Format
    frames: int
    pages: Pages
    first_page: int

    @property
    def cut(self) -> str:
        """How the file shows that its end is missing."""
        return self.pages.cut

    def excerpt(self, from_frame: int) -> Excerpt:
        """Return what is heard from a frame on."""
        page = max(self.first_page, self.pages.before(from_frame))
        begins = self.pages.granules[page - 1] if page > self.first_page else 0
        return Excerpt(with_tail(self._packets(page)), from_frame - begins)

    def _packets(self, page: int) -> Iterator[bytes]:
        """Yield the packets from a page on, and first the one before: a packet is heard with its successor."""
        if page > self.first_page:
            earlier = takewhile(lambda found: found[0] < page, self.pages.packets(self._page_before(page)))
            yield from (packet for _, packet in deque(earlier, maxlen=1))
        for _, packet in self.pages.packets(page):
            yield packet

    def _page_before(self, page: int) -> int:
        """Return a page before another on which a packet ends."""
        before = page - 1
        while before > self.first_page and self.pages.granules[before] == self.pages.granules[before - 1]:
            before -= 1
        return before


def open_vorbis(media: Media, pages: Pages) -> VorbisTrack:
    """Return the track of an Ogg file that begins with a Vorbis header; raise `Unplayable`."""
    headers = list(islice(pages.packets(0), _HEADERS))
    if len(headers) < _HEADERS or len(headers[0][1]) < 30:
        raise unreadable(f"{media.name} begins like a Vorbis file and has no complete header")
    first_page = headers[-1][0] + 1
    if first_page >= len(pages.offsets) or not pages.granules[-1]:
        raise empty(f"{media.name} is a Vorbis file without sound")
    packets = [packet for _, packet in headers]
    rate_hz, channels = int.from_bytes(packets[0][12:16], "little"), packets[0][11]
    form = Format("A_VORBIS", rate_hz, channels, _NOMINAL_FRAMES, _laced(packets))
    return VorbisTrack(form, pages.granules[-1], pages, first_page)


def _laced(headers: list[bytes]) -> bytes:
    """Return the three headers in the form that Matroska wants: sizes of the first two, then all."""
    sizes = b"".join(b"\xff" * (len(header) // 255) + bytes([len(header) % 255]) for header in headers[:2])
    return bytes([len(headers) - 1]) + sizes + b"".join(headers)
