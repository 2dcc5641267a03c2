"""FLAC: every frame tells its number and protects it with a checksum, so any place is found by bisection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from firmware_py.speaker.tracks.flac_frames import HEADER_BYTES, Header, parse_header, silent_frame
from firmware_py.speaker.tracks.media import Media
from firmware_py.speaker.tracks.track import TAIL_PACKETS, Excerpt, Format, empty, speaks_of, unreadable

_STREAMINFO_BYTES = 34
_WINDOW_BYTES = 1 << 15
_TAIL_BYTES = 1 << 18
_LINEAR_BYTES = 1 << 17
_GAP_S = 60
"""A damaged stretch of a file is jumped over if it is not longer than this."""


@dataclass(frozen=True, slots=True)
class _Stream:
    """What STREAMINFO says (RFC 9639, 8.2)."""

    private: bytes
    block_frames: int
    rate_hz: int
    channels: int
    bits: int
    frames: int


@dataclass(frozen=True, slots=True)
class FlacTrack:
    """A FLAC file."""

    media: Media
    format: Format
    frames: int
    finder: Finder
    first: Header
    cut: str = ""

    def excerpt(self, from_frame: int) -> Excerpt:
        """Return what is heard from a frame on."""
        header = self._before(from_frame)
        return Excerpt(self._packets(header), from_frame - header.sample)

    def _before(self, frame: int) -> Header:
        """Return the header of the frame that holds a sample, or of one a little before it."""
        low, high = self.first, self.media.size
        while high - low.place > _LINEAR_BYTES:
            middle = (low.place + high) // 2
            header = self.finder.after(middle, low.sample, self.frames)
            if header is None or header.sample > frame or header.place >= high:
                high = middle
            else:
                low = header
        return self._walk(low, frame)

    def _walk(self, header: Header, frame: int) -> Header:
        while header.after <= frame:
            following = self.finder.following(header)
            if following is None or following.sample > frame:
                break
            header = following
        return header

    def _packets(self, header: Header) -> Iterator[bytes]:
        here: Header | None = header
        while here is not None:
            header, here = here, self.finder.following(here)
            end = here.place if here else self.media.size
            yield self.media.read(header.place, end - header.place)
        number = header.sample // self.finder.numbered_by + 1
        for extra in range(TAIL_PACKETS):
            yield silent_frame(self.format, self.finder.sync, number + extra * self.finder.step)


class Finder:
    """Finds frame headers of one file."""

    def __init__(self, media: Media, sync: bytes, block_frames: int, gap_frames: int) -> None:
        """Take the file, the two bytes that every frame begins with, the block size, and how long damage may be."""
        self._media, self._gap_frames = media, gap_frames
        by_block = sync == b"\xff\xf8"
        self.sync = sync
        self.numbered_by, self.step = (block_frames, 1) if by_block else (1, block_frames)

    def following(self, header: Header) -> Header | None:
        """Return the header of the frame after another, or after some damage; None at the end."""
        return self.after(header.place + 2, header.after, header.after + self._gap_frames)

    def after(self, start: int, sample_min: int, sample_max: int) -> Header | None:
        """Return the first header at or after a place whose first sample is within the limits."""
        while start < self._media.size:
            window = self._media.read(start, _WINDOW_BYTES + HEADER_BYTES)
            place = window.find(self.sync)
            while 0 <= place < _WINDOW_BYTES:
                header = parse_header(window[place : place + HEADER_BYTES], start + place, self.numbered_by)
                if header and sample_min <= header.sample <= sample_max:
                    return header
                place = window.find(self.sync, place + 1)
            start += _WINDOW_BYTES
        return None


def open_flac(media: Media, start: int) -> FlacTrack:
    """Return the track of a FLAC file whose marker stands at `start`; raise `Unplayable`."""
    stream, place = _read_metadata(media, start)
    sync = media.read(place, 2)
    if sync not in {b"\xff\xf8", b"\xff\xf9"}:
        raise empty(f"{media.name} is a FLAC file without sound")
    finder = Finder(media, sync, stream.block_frames, _GAP_S * stream.rate_hz)
    first = finder.after(place, 0, stream.rate_hz * 86_400)
    if first is None:
        raise unreadable(f"{media.name} is a damaged FLAC file")
    form = Format("A_FLAC", stream.rate_hz, stream.channels, stream.block_frames, stream.private, stream.bits)
    frames = _frames(media, finder, stream, first)
    cut = speaks_of(stream.frames, stream.rate_hz) if frames < stream.frames else ""
    return FlacTrack(media, form, frames, finder, first, cut)


def _read_metadata(media: Media, start: int) -> tuple[_Stream, int]:
    place, stream, last = start + 4, None, False
    while not last:
        head = media.read(place, 4 + _STREAMINFO_BYTES)
        if len(head) < 4:
            break
        last, kind, size = bool(head[0] & 0x80), head[0] & 0x7F, int.from_bytes(head[1:4], "big")
        if kind == 0 and len(head) == 4 + _STREAMINFO_BYTES:
            stream = _read_stream(head[4:])
        place += 4 + size
    if stream is None or not stream.rate_hz or not stream.block_frames:
        raise unreadable(f"{media.name} begins like a FLAC file and does not say what is in it")
    return stream, place


def _read_stream(info: bytes) -> _Stream:
    packed = int.from_bytes(info[10:18], "big")
    # Without the sizes of the smallest and largest frame: the short ones of the tail are not in them.
    private = b"fLaC" + bytes([0x80, 0, 0, _STREAMINFO_BYTES]) + info[:4] + bytes(6) + info[10:]
    return _Stream(
        private=private,
        block_frames=int.from_bytes(info[2:4], "big"),
        rate_hz=packed >> 44,
        channels=(packed >> 41 & 7) + 1,
        bits=(packed >> 36 & 31) + 1,
        frames=packed & (1 << 36) - 1,
    )


def _frames(media: Media, finder: Finder, stream: _Stream, first: Header) -> int:
    """Return how many frames are really there: a file may be cut, and an encoder may not have known."""
    limit = stream.frames or 1 << 36
    last = finder.after(max(first.place, media.size - _TAIL_BYTES), first.sample, limit) or first
    while header := finder.following(last):
        last = header
    # The last frame of a file that was cut has lost its end: it is not counted.
    return last.sample if last.after < stream.frames else min(last.after, limit)
