"""MP3: frames of MPEG-1, 2 and 2.5 layer III, with the delays that the encoder wrote into the first one (LAME tag)."""

from __future__ import annotations

from dataclasses import dataclass

from firmware_py.speaker.tracks.frames import find_first, walk
from firmware_py.speaker.tracks.media import Media
from firmware_py.speaker.tracks.table import PacketTable, TableTrack
from firmware_py.speaker.tracks.track import Format, speaks_of, unreadable

DECODER_DELAY = 529
"""Frames by which every layer III decoder lags (filter bank), as the LAME documentation defines it."""

_WARM_PACKETS = 24
"""A frame may lean on up to 511 bytes before it: at the lowest bit rates these are twenty frames and more."""

_RATES_HZ = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_KBPS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBPS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_MONO = 3


@dataclass(frozen=True, slots=True)
class Header:
    """What a frame header says. Sizes in bytes, header included."""

    size: int
    rate_hz: int
    frames: int
    mono: bool
    side_bytes: int


def parse_header(head: bytes) -> Header | None:
    """Return what the four bytes of a frame header say, None when they are none (ISO/IEC 11172-3, 2.4.2.3)."""
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    rate, kbps = head[2] >> 2 & 3, head[2] >> 4
    if head[0] != 0xFF or head[1] < 0xE0 or version == 1 or layer != 1 or rate == 3 or not 0 < kbps < 15:
        return None
    newest, mono = version == 3, head[3] >> 6 == _MONO
    rate_hz, frames = _RATES_HZ[version][rate], 1152 if newest else 576
    bits_per_s = 1000 * (_KBPS_1 if newest else _KBPS_2)[kbps]
    size = frames // 8 * bits_per_s // rate_hz + (head[2] >> 1 & 1)
    side_bytes = (17 if mono else 32) if newest else (9 if mono else 17)
    return Header(size, rate_hz, frames, mono, side_bytes + (0 if head[1] & 1 else 2))


class _Sizes:
    """Measures frames, and takes only those for frames that have the version and rate of the first one found."""

    def __init__(self) -> None:
        self._known: dict[bytes, int] = {}
        self.first: Header | None = None

    def measure(self, data: bytes, place: int) -> int:
        """Return the size of the frame at a place, 0 when there is none."""
        # The bits that tell nothing of the size are left out, so that an hour of frames needs few answers.
        head = data[place : place + 3]
        size = self._known.get(head)
        if size is None:
            size = self._known[head] = self._judge(data[place : place + 4])
        return size

    def settle(self, header: Header) -> None:
        """From now on only frames like this one count."""
        self.first = header
        self._known.clear()

    def _judge(self, head: bytes) -> int:
        header = parse_header(head) if len(head) == 4 else None
        if header is None:
            return 0
        first = self.first or header
        return header.size if (header.rate_hz, header.frames) == (first.rate_hz, first.frames) else 0


def open_mp3(media: Media, start: int) -> TableTrack | None:
    """Return the track of an MP3 file whose tags end at `start`, None when no frame follows."""
    sizes = _Sizes()
    place = find_first(media, start, sizes.measure)
    header = None if place is None else parse_header(media.read(place, 4))
    if place is None or header is None:
        return None
    sizes.settle(header)
    info = _read_info(media.read(place, header.size), header)
    table = walk(media, place + (header.size if info.is_frame else 0), sizes.measure)
    return _track(media, header, info, table)


@dataclass(frozen=True, slots=True)
class _Info:
    """The tag in the first frame: how many frames there were, and what the encoder put before and after."""

    is_frame: bool = False
    packets: int = 0
    lead_frames: int = 0
    padding_frames: int = 0


def _read_info(frame: bytes, header: Header) -> _Info:
    place = 4 + header.side_bytes
    if frame[place : place + 4] in {b"Xing", b"Info"}:
        return _read_xing(frame[place:])
    return _Info(is_frame=frame[36:40] == b"VBRI")


def _read_xing(tag: bytes) -> _Info:
    flags, place, packets = int.from_bytes(tag[4:8], "big"), 8, 0
    if flags & 1:
        packets = int.from_bytes(tag[8:12], "big")
    place += sum(size for bit, size in ((1, 4), (2, 4), (4, 100), (8, 4)) if flags & bit)
    delays = int.from_bytes(tag[place + 21 : place + 24], "big")
    if not tag[place : place + 4].strip(b"\0") or not delays:
        return _Info(is_frame=True, packets=packets)
    return _Info(True, packets, (delays >> 12) + DECODER_DELAY, delays & 0xFFF)


def _track(media: Media, header: Header, info: _Info, table: PacketTable) -> TableTrack:
    if not table:
        raise unreadable(f"{media.name} begins like an MP3 file and has no frame of sound")
    whole = len(table) >= info.packets
    decoded = len(table) * header.frames - info.lead_frames
    # The padding counts from where the encoder's own delay ends, so the decoder's is not in it.
    padding = max(0, info.padding_frames - DECODER_DELAY) if whole and info.lead_frames else 0
    frames = max(0, decoded - padding)
    form = Format("A_MPEG/L3", header.rate_hz, 1 if header.mono else 2, header.frames)
    # Some encoders count the frame of the tag itself.
    cut = speaks_of(info.packets * header.frames, header.rate_hz) if len(table) + 1 < info.packets else ""
    return TableTrack(media, form, frames, table, info.lead_frames, _WARM_PACKETS, cut)
