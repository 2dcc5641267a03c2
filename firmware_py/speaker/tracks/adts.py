"""AAC without a container (ADTS, `.aac`)."""

from __future__ import annotations

from firmware_py.speaker.tracks.frames import HEADER_BYTES, find_first, walk
from firmware_py.speaker.tracks.media import Media
from firmware_py.speaker.tracks.table import PacketTable, TableTrack
from firmware_py.speaker.tracks.track import Format, unsupported

AAC_FRAMES = 1024
WARM_PACKETS = 4
"""AAC overlaps with the packet before; spectral band replication takes some more to settle."""

_RATES_HZ = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)


def open_adts(media: Media, start: int) -> TableTrack | None:
    """Return the track of an ADTS file whose tags end at `start`, None when no frame follows."""
    place = find_first(media, start, _measure)
    if place is None:
        return None
    head = media.read(place, HEADER_BYTES)
    profile, rate, channels = head[2] >> 6, head[2] >> 2 & 15, (head[2] & 1) << 2 | head[3] >> 6
    if rate >= len(_RATES_HZ) or channels == 0 or head[6] & 3:
        raise unsupported(f"{media.name} is AAC of a rare kind (rate, channels or several blocks in a frame)")
    same = head[1:3]
    table = walk(media, place, lambda data, at: _measure(data, at) if data[at + 1 : at + 3] == same else 0)
    private = ((profile + 1) << 11 | rate << 7 | channels << 3).to_bytes(2, "big")
    form = Format("A_AAC", _RATES_HZ[rate], channels, AAC_FRAMES, private)
    return TableTrack(media, form, len(table) * AAC_FRAMES, _without_headers(table, head), 0, WARM_PACKETS)


def _measure(data: bytes, place: int) -> int:
    """Return the size of the frame whose header stands at a place, 0 when there is none (ISO/IEC 13818-7, 6.2)."""
    head = data[place : place + 7]
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0:
        return 0
    size = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return size if size > 7 else 0


def _without_headers(table: PacketTable, head: bytes) -> PacketTable:
    header = 7 if head[1] & 1 else 9
    for index in range(len(table)):
        table.offsets[index] += header
        table.sizes[index] -= header
    return table
