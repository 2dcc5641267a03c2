"""Packets as a Matroska stream (RFC 9559): the neutral container in which libVLC gets everything.

One sound track, a cluster for each packet, no index, sizes unknown in advance. Time stamps only keep the packets
in order: what is heard when is counted in frames after decoding.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from firmware_py.speaker.tracks.track import Format

_UNKNOWN_SIZE = b"\x01" + b"\xff" * 7
_BLOCK_HEAD = b"\x81\x00\x00\x80"  # track 1, at the time of its cluster, a key frame

_EBML, _SEGMENT, _INFO, _TRACKS, _CLUSTER = 0x1A45DFA3, 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675
_ENTRY, _AUDIO = 0xAE, 0xE1


def stream(form: Format, packets: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the pieces of a stream, one packet at a time as they are wanted."""
    yield _header(form)
    for count, packet in enumerate(packets):
        yield _cluster(count, form, packet)


def _header(form: Format) -> bytes:
    ebml = _element(_EBML, _element(0x4282, b"matroska") + _number(0x4287, 4) + _number(0x4285, 2))
    segment = _SEGMENT.to_bytes(4, "big") + _UNKNOWN_SIZE
    info = _element(_INFO, _number(0x2AD7B1, 1_000_000) + _element(0x4D80, b"ttcs") + _element(0x5741, b"ttcs"))
    return ebml + segment + info + _element(_TRACKS, _element(_ENTRY, _entry(form)))


def _entry(form: Format) -> bytes:
    audio = _element(0xB5, struct.pack(">d", form.rate_hz)) + _number(0x9F, form.channels)
    if form.bits:
        audio += _number(0x6264, form.bits)
    entry = _number(0xD7, 1) + _number(0x73C5, 1) + _number(0x83, 2) + _number(0x9C, 0)
    entry += _element(0x86, form.codec.encode())
    if form.private:
        entry += _element(0x63A2, form.private)
    return entry + _element(_AUDIO, audio)


def _cluster(count: int, form: Format, packet: bytes) -> bytes:
    at_ms = count * form.packet_frames * 1000 // form.rate_hz
    return _element(_CLUSTER, _number(0xE7, at_ms) + _element(0xA3, _BLOCK_HEAD + packet))


def _element(name: int, body: bytes) -> bytes:
    size = (len(body) | 1 << 56).to_bytes(8, "big")
    return name.to_bytes((name.bit_length() + 7) // 8, "big") + size + body


def _number(name: int, value: int) -> bytes:
    return _element(name, value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big"))
