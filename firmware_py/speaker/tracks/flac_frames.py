"""Frame headers of FLAC (RFC 9639, 9): reading them, and writing a frame without sound."""

from __future__ import annotations

from dataclasses import dataclass

from firmware_py.speaker.tracks.track import Format

HEADER_BYTES = 16


def _crc8_table() -> bytes:
    """Return the table for the polynomial x^8 + x^2 + x + 1 (RFC 9639, 9.1.8)."""
    table = []
    for value in range(256):
        for _ in range(8):
            value = value << 1 ^ (0x107 if value & 0x80 else 0)  # noqa: PLW2901 - shifted bit by bit
        table.append(value)
    return bytes(table)


_CRC8 = _crc8_table()


@dataclass(frozen=True, slots=True)
class Header:
    """A frame header: where it stands, and which samples its frame holds."""

    place: int
    sample: int
    frames: int

    @property
    def after(self) -> int:
        """The first sample of the next frame."""
        return self.sample + self.frames


def parse_header(head: bytes, place: int, numbered_by: int) -> Header | None:
    """Return the header that stands at a place, None when there is none or its checksum is wrong.

    `head` holds 16 bytes from there; frames are numbered one by one or, with variable size, by their first sample.
    """
    number, at = _coded_number(head)
    block, at = _block_frames(head, at)
    at += {12: 1, 13: 2, 14: 2}.get(head[2] & 15, 0) if len(head) > 4 else 0
    if not block or number is None or at >= len(head) or _crc8(head[:at]) != head[at]:
        return None
    return Header(place, number * numbered_by, block)


def silent_frame(form: Format, sync: bytes, number: int) -> bytes:
    """Return a frame without sound: constant subframes, everything else as STREAMINFO says (RFC 9639, 9)."""
    head = sync + bytes([0x70, form.channels - 1 << 4]) + _code_number(number)
    head += (form.packet_frames - 1).to_bytes(2, "big")
    subframes = bytes((form.channels * (8 + form.bits) + 7) // 8)
    body = head + bytes([_crc8(head)]) + subframes
    return body + _crc16(body).to_bytes(2, "big")


def _coded_number(head: bytes) -> tuple[int | None, int]:
    """Return the number in its variable form (RFC 9639, 9.1.5) and where it ends."""
    if len(head) < 6 or head[3] & 1:
        return None, 0
    first = head[4]
    if first < 0x80:
        return first, 5
    more = next((count for count in range(1, 7) if first << count & 0x40 == 0), 0)
    if first < 0xC0 or not more or len(head) < 5 + more:
        return None, 0
    value = first & (0x3F >> more)
    for byte in head[5 : 5 + more]:
        value = value << 6 | byte & 0x3F
    return value, 5 + more


def _block_frames(head: bytes, place: int) -> tuple[int, int]:
    """Return how many samples a frame holds (RFC 9639, 9.1.1) and where the header goes on; 0 when it is none."""
    code = head[2] >> 4 if place else 0
    if code == 1:
        return 192, place
    if 2 <= code <= 5:
        return 144 << code, place
    if code >= 8:
        return 1 << code, place
    width = {6: 1, 7: 2}.get(code, 0)
    return (int.from_bytes(head[place : place + width], "big") + 1 if width else 0), place + width


def _code_number(value: int) -> bytes:
    """Return a number in its variable form."""
    if value < 0x80:
        return bytes([value])
    more = max(1, -(-(value.bit_length() - 6) // 5))
    tail = bytes(0x80 | value >> 6 * place & 0x3F for place in reversed(range(more)))
    return bytes([(0xFF << 7 - more) & 0xFF | value >> 6 * more]) + tail


def _crc16(data: bytes) -> int:
    """Return the checksum of a frame, polynomial x^16 + x^15 + x^2 + 1 (RFC 9639, 9.3)."""
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = crc << 1 ^ (0x18005 if crc & 0x8000 else 0)
    return crc


def _crc8(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc = _CRC8[crc ^ byte]
    return crc
