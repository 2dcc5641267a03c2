"""What kind of AAC is in an MP4 file: the decoder's configuration, out of nested boxes and descriptors."""

from __future__ import annotations

from collections.abc import Iterator

from firmware_py.speaker.tracks.mp4_boxes import Box
from firmware_py.speaker.tracks.track import unsupported

_CONFIG_TAG = 5


def aac_config(described: Box, name: str) -> tuple[bytes, int]:
    """Return the AudioSpecificConfig and the number of channels of the first sample entry."""
    entry = next(described.children(skip=8), None)
    if entry is None or entry.kind != b"mp4a":
        kind = entry.kind.decode("latin-1") if entry else "nothing"
        raise unsupported(f"{name}: the sound in this MP4 file is {kind!r}, not AAC")
    fields = 28 + {1: 16, 2: 36}.get(entry.number(8, 2), 0)
    box = next((child for child in _deep(entry, fields) if child.kind == b"esds"), None)
    config = _config_in(bytes(box.body[4:])) if box else b""
    if not config:
        raise unsupported(f"{name}: the sound in this MP4 file does not say what kind of AAC it is")
    return config, entry.number(16, 2)


def _deep(entry: Box, skip: int) -> Iterator[Box]:
    """Yield the boxes of a sample entry; QuickTime puts them one level deeper, into `wave`."""
    for child in entry.children(skip):
        yield child
        if child.kind == b"wave":
            yield from child.children()


def _config_in(descriptors: bytes) -> bytes:
    """Return the decoder's configuration from nested descriptors (ISO/IEC 14496-1, 7.2.6)."""
    place = 0
    while place + 2 <= len(descriptors):
        tag, place = descriptors[place], place + 1
        size = 0
        while place < len(descriptors):
            byte, place = descriptors[place], place + 1
            size = size << 7 | byte & 0x7F
            if byte < 0x80:
                break
        if tag == _CONFIG_TAG:
            return descriptors[place : place + size]
        place += {3: 3, 4: 13}.get(tag, size)
    return b""
