"""AAC in MP4 (`.m4a`, `.mp4`): the tables of its first sound track (ISO/IEC 14496-12)."""

from __future__ import annotations

from array import array

from firmware_py.speaker.tracks.adts import WARM_PACKETS
from firmware_py.speaker.tracks.media import Media
from firmware_py.speaker.tracks.mp4_aac import aac_config
from firmware_py.speaker.tracks.mp4_boxes import Box, box_head
from firmware_py.speaker.tracks.table import PacketTable, TableTrack
from firmware_py.speaker.tracks.track import Format, empty, speaks_of, unreadable, unsupported

_MOOV_BYTES_MAX = 1 << 25
_CHUNKS_MAX = 1 << 22
_PACKET_BYTES_MAX = 1 << 16
_TOP_BOXES_MAX = 10_000


def open_mp4(media: Media) -> TableTrack:
    """Return the first sound track of an MP4 file; raise `Unplayable`."""
    try:
        moov = _moov(media)
        track = next((box for box in moov.children() if box.kind == b"trak" and _is_sound(box)), None)
        if track is None:
            raise unsupported(f"{media.name} is an MP4 file without a sound track")
        return _open_track(media, moov, track)
    except (IndexError, OverflowError) as error:
        raise unreadable(f"{media.name} is a damaged MP4 file ({error})") from error


def _open_track(media: Media, moov: Box, track: Box) -> TableTrack:
    table = _need(track.find(b"mdia", b"minf", b"stbl"), media)
    config, channels = aac_config(_need(table.find(b"stsd"), media), media.name)
    packets = _packets(table, media)
    timescale = _timescale(_need(track.find(b"mdia", b"mdhd"), media))
    length, total = _durations(_need(table.find(b"stts"), media))
    if not packets or not length or not timescale:
        raise _fragmented_or_empty(moov, media)
    lead, heard = _edit(track, _timescale(_need(moov.find(b"mvhd"), media)), timescale)
    frames = min(min(total, len(packets) * length) - lead, heard or total)
    form = Format("A_AAC", timescale, channels, length, config)
    cut = speaks_of(total, timescale) if (len(packets) + 1) * length < total else ""
    return TableTrack(media, form, max(0, frames), packets, lead, WARM_PACKETS, cut)


def _moov(media: Media) -> Box:
    place = 0
    for _ in range(_TOP_BOXES_MAX):
        size, kind, head = box_head(media.read(place, 16), media.size - place)
        if kind == b"moov" and head <= size <= _MOOV_BYTES_MAX:
            return Box(kind, memoryview(media.read(place + head, size - head)))
        if size < 8:
            break
        place += size
    raise unreadable(f"{media.name} begins like an MP4 file and has no table of contents (it was cut?)")


def _need(box: Box | None, media: Media) -> Box:
    if box is None:
        raise unreadable(f"{media.name} is an MP4 file that lacks a table")
    return box


def _is_sound(track: Box) -> bool:
    handler = track.find(b"mdia", b"hdlr")
    return handler is not None and bytes(handler.body[8:12]) == b"soun"


def _fragmented_or_empty(moov: Box, media: Media) -> Exception:
    if moov.find(b"mvex"):
        return unsupported(f"{media.name} is an MP4 file in fragments")
    return empty(f"{media.name} is an MP4 file without sound")


def _timescale(header: Box) -> int:
    return header.number(20 if header.number(0, 1) else 12)


def _durations(times: Box) -> tuple[int, int]:
    """Return what the first packet lasts and what all of them last together."""
    pairs = [(times.number(8 + 8 * i), times.number(12 + 8 * i)) for i in range(min(times.number(4), 1 << 16))]
    return (pairs[0][1] if pairs else 0), sum(count * length for count, length in pairs)


def _edit(track: Box, movie_scale: int, timescale: int) -> tuple[int, int]:
    """Return from where and how long the edit list says that the track is heard; 0 is: all."""
    edits = track.find(b"edts", b"elst")
    if edits is None:
        return 0, 0
    width = 8 if edits.number(0, 1) else 4
    for index in range(min(edits.number(4), 16)):
        place = 8 + index * (2 * width + 4)
        duration, media_time = edits.number(place, width), edits.number(place + width, width)
        if media_time != (1 << 8 * width) - 1:  # an empty edit delays what follows; sound here begins at once
            # The duration is in the coarse time of the film: a rounded one must not cost the last frames.
            return media_time, -(-(duration + (movie_scale != timescale)) * timescale // (movie_scale or 1))
    return 0, 0


def _packets(table: Box, media: Media) -> PacketTable:
    sizes = _sizes(_need(table.find(b"stsz"), media), media)
    chunks = _chunk_offsets(table, media)
    counts = _need(table.find(b"stsc"), media)
    runs = [(counts.number(8 + 12 * i), counts.number(12 + 12 * i)) for i in range(min(counts.number(4), 1 << 20))]
    offsets: array[int] = array("Q")
    for chunk, place in enumerate(chunks, start=1):
        while len(runs) > 1 and runs[1][0] <= chunk:
            runs.pop(0)
        index = len(offsets)
        for size in sizes[index : index + (runs[0][1] if runs else 0)]:
            if place + size > media.size:
                return PacketTable(offsets, sizes[: len(offsets)])
            offsets.append(place)
            place += size  # noqa: PLW2901 - packets lie one behind the other in a chunk
    return PacketTable(offsets, sizes[: len(offsets)])


def _sizes(box: Box, media: Media) -> array[int]:
    same, count = box.number(4), box.number(8)
    if same * count > media.size:
        raise OverflowError(f"{count} packets of {same} bytes")
    sizes = array("I", (same or box.number(12 + 4 * i) for i in range(count)))
    if max(sizes, default=0) > _PACKET_BYTES_MAX:
        raise OverflowError("a packet too large for AAC")
    return sizes


def _chunk_offsets(table: Box, media: Media) -> array[int]:
    short = table.find(b"stco")
    box, width = (short, 4) if short else (_need(table.find(b"co64"), media), 8)
    return array("Q", (box.number(8 + width * i, width) for i in range(min(box.number(4), _CHUNKS_MAX))))
