"""PNG files (W3C, 3rd edition) packed in slices: an encoder called for a whole picture would hold a frame up."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

from firmware_py.board.layout import Box
from firmware_py.board.steps import Steps

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_RGB_8 = (8, 2, 0, 0, 0)
_NO_FILTER = b"\x00"
_LEVEL = 1
_PIXELS_IN_A_SLICE = 1 << 16


def pack_png(width_px: int, height_px: int, rgb_of: Callable[[Box], bytes]) -> Steps[bytes]:
    """Return a picture as a PNG file of 8-bit RGB; `rgb_of` gives the pixels of a band of rows when it is its turn."""
    packer = zlib.compressobj(_LEVEL)
    packed: list[bytes] = []
    rows = max(1, _PIXELS_IN_A_SLICE // width_px)
    for y in range(0, height_px, rows):
        band = rgb_of(Box(0, y, width_px, min(rows, height_px - y)))
        packed.append(packer.compress(_filtered(band, 3 * width_px)))
        yield
    packed.append(packer.flush())
    header = struct.pack(">LLBBBBB", width_px, height_px, *_RGB_8)
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", b"".join(packed)), _chunk(b"IEND", b""))
    return b"".join((_SIGNATURE, *chunks))


def _filtered(band: bytes, row_bytes: int) -> bytes:
    """Return rows, each after the mark that says how it was filtered: not at all."""
    return b"".join(_NO_FILTER + band[start : start + row_bytes] for start in range(0, len(band), row_bytes))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))
