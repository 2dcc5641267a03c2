"""Opus in Ogg (RFC 7845)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from firmware_py.speaker.tracks.media import Media
from firmware_py.speaker.tracks.ogg import Pages
from firmware_py.speaker.tracks.track import Excerpt, Format, empty, unreadable, with_tail

_RATE_HZ = 48_000
_WARM_FRAMES = 4_800
"""RFC 7845 asks for at least 80 ms of decoding before a place in the middle; this is 100."""


@dataclass(frozen=True, slots=True)
class OpusTrack:
    """An Opus file; `origin` is the granule at which decoding begins, pre-skip included."""

    format: Format
    frames: int
    pages: Pages
    first_page: int
    pre_skip: int
    origin: int

    @property
    def cut(self) -> str:
        """How the file shows that its end is missing."""
        return self.pages.cut

    def excerpt(self, from_frame: int) -> Excerpt:
        """Return what is heard from a frame on."""
        wanted = self.origin + self.pre_skip + from_frame
        page = max(self.first_page, self.pages.before(wanted - _WARM_FRAMES))
        begins = self.pages.granules[page - 1] if page > self.first_page else self.origin
        return Excerpt(with_tail(self._packets(page)), wanted - begins)

    def _packets(self, page: int) -> Iterator[bytes]:
        return (packet for _, packet in self.pages.packets(page))


def open_opus(media: Media, pages: Pages, head: bytes) -> OpusTrack:
    """Return the track of an Ogg file that begins with an Opus header; raise `Unplayable`."""
    if len(head) < 19 or head[8] >> 4:
        raise unreadable(f"{media.name} begins like an Opus file and has a header of an unknown version")
    pre_skip = int.from_bytes(head[10:12], "little")
    first_page = _first_page(pages)
    if first_page >= len(pages.offsets):
        raise empty(f"{media.name} is an Opus file without sound")
    origin, packet_frames = _origin(pages, first_page)
    form = Format("A_OPUS", _RATE_HZ, head[9], packet_frames, head)
    frames = max(0, pages.granules[-1] - origin - pre_skip)
    return OpusTrack(form, frames, pages, first_page, pre_skip, origin)


def packet_frames(packet: bytes) -> int:
    """Return how many frames of 48 kHz a packet lasts (RFC 6716, 3.1)."""
    config, code = packet[0] >> 3, packet[0] & 3
    if config < 12:
        size = (480, 960, 1920, 2880)[config & 3]
    elif config < 16:
        size = (480, 960)[config & 1]
    else:
        size = (120, 240, 480, 960)[config & 3]
    count = (1, 2, 2)[code] if code < 3 else (packet[1] & 0x3F if len(packet) > 1 else 0)
    return size * count


def _first_page(pages: Pages) -> int:
    """Return the page after the two headers: sound begins on a page of its own."""
    for count, (page, _) in enumerate(pages.packets(0), start=1):
        if count == 2:
            return page + 1
    return len(pages.offsets)


def _origin(pages: Pages, first_page: int) -> tuple[int, int]:
    """Return the granule at which the first packet begins, and what it lasts."""
    durations: list[int] = []
    for page, packet in pages.packets(first_page):
        if page > first_page and durations:
            break
        durations.append(packet_frames(packet) if packet else 0)
    ends = pages.granules[first_page]
    whole = first_page + 1 < len(pages.offsets)
    # The last page may end before its packets do; if it is also the first, decoding begins at zero.
    return (max(0, ends - sum(durations)) if whole else 0), max(durations, default=0) or 960
