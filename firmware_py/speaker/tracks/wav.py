"""WAV (RIFF): PCM of 8 to 32 bits, floats, and the two telephone codes."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from firmware_py.speaker.tracks.media import Media
from firmware_py.speaker.tracks.track import TAIL_PACKETS, Excerpt, Format, empty, speaks_of, unreadable, unsupported

_PACKET_FRAMES = 1024
_PCM, _FLOAT, _A_LAW, _MU_LAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_CODECS = {_PCM: "A_PCM/INT/LIT", _FLOAT: "A_PCM/FLOAT/IEEE", _A_LAW: "A_MS/ACM", _MU_LAW: "A_MS/ACM"}
_BITS = {_PCM: {8, 16, 24, 32}, _FLOAT: {32}, _A_LAW: {8}, _MU_LAW: {8}}
"""Not 64: at floats of that size libVLC 3.0.24 writes beyond its own memory."""

_SILENT_BYTES = {(_PCM, 8): b"\x80", (_A_LAW, 8): b"\xd5", (_MU_LAW, 8): b"\xff"}
_CHUNKS_MAX = 1000
_SIZE_MAX = 0x7FFF_0000
"""Who writes to a pipe does not know the size, and says the largest that there is, or nearly."""


@dataclass(frozen=True, slots=True)
class WavTrack:
    """A WAV file: every frame lies where arithmetic says."""

    media: Media
    format: Format
    frames: int
    start: int
    frame_bytes: int
    silent_byte: bytes
    cut: str = ""

    def excerpt(self, from_frame: int) -> Excerpt:
        """Return what is heard from a frame on."""
        return Excerpt(self._packets(from_frame), 0)

    def _packets(self, frame: int) -> Iterator[bytes]:
        while frame < self.frames:
            count = min(_PACKET_FRAMES, self.frames - frame)
            yield self.media.read(self.start + frame * self.frame_bytes, count * self.frame_bytes)
            frame += count
        yield from [self.silent_byte * _PACKET_FRAMES * self.frame_bytes] * TAIL_PACKETS


def open_wav(media: Media) -> WavTrack:
    """Return the track of a WAV file; raise `Unplayable`."""
    layout = _layout(media)
    kind, channels, rate_hz, _, frame_bytes, bits = struct.unpack_from("<HHIIHH", layout.form)
    if kind == _EXTENSIBLE and len(layout.form) >= 26:
        kind = int.from_bytes(layout.form[24:26], "little")
    if kind not in _CODECS or bits not in _BITS[kind] or not 1 <= channels <= 8 or not 1000 <= rate_hz <= 384_000:
        raise unsupported(f"{media.name}: WAV with code {kind}, {bits} bits, {channels} channels, {rate_hz} Hz")
    if frame_bytes != channels * bits // 8:
        raise unreadable(f"{media.name}: the WAV header contradicts itself")
    # A recorder that was cut off, or that wrote to a pipe, left no true size: what is there counts.
    frames = min(layout.size, media.size - layout.start) // frame_bytes
    if frames <= 0:
        raise empty(f"{media.name} is a WAV file without sound")
    private = struct.pack("<HHIIHHH", kind, channels, rate_hz, rate_hz * frame_bytes, frame_bytes, bits, 0)
    form = Format(_CODECS[kind], rate_hz, channels, _PACKET_FRAMES, private if kind >= _A_LAW else b"", bits)
    # What follows the end must be silent: a resampler looks ahead, and would ring.
    silent_byte = _SILENT_BYTES.get((kind, bits), b"\0")
    promised = layout.size // frame_bytes if layout.size < _SIZE_MAX else 0
    cut = speaks_of(promised, rate_hz) if promised > frames else ""
    return WavTrack(media, form, frames, layout.start, frame_bytes, silent_byte, cut)


@dataclass(frozen=True, slots=True)
class _Layout:
    form: bytes
    start: int
    size: int


def _layout(media: Media) -> _Layout:
    form = b""
    for name, start, size in _chunks(media):
        if name == b"fmt ":
            form = media.read(start, min(size, 64))
        elif name == b"data" and len(form) >= 16:
            return _Layout(form, start, size or media.size - start)
    raise unreadable(f"{media.name} begins like a WAV file and has no sound in it")


def _chunks(media: Media) -> Iterator[tuple[bytes, int, int]]:
    place = 12
    for _ in range(_CHUNKS_MAX):
        head = media.read(place, 8)
        if len(head) < 8:
            return
        size = int.from_bytes(head[4:], "little")
        yield head[:4], place + 8, size
        place += 8 + size + size % 2
