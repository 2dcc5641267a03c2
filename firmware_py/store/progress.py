"""How far the plays on air have come, written several times a second without wearing the card: it is never synced.

The file outlives the process, which is what a `kill -9` needs; a power cut may cost the last half minute of it.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from firmware_py.core.codec import from_json_as, to_json
from firmware_py.core.errors import Malformed
from firmware_py.core.records import LastWord
from firmware_py.store.durable import disk

SLOT_BYTES = 4096
_SLOTS = 2
_HEADER = struct.Struct("<4sIQI")
_MAGIC = b"ttp1"


@dataclass(frozen=True, slots=True)
class _Block:
    """What one slot holds. The epoch is the journal's: in another one the numbers mean other plays."""

    epoch: str
    words: dict[int, LastWord]


class ProgressFile:
    """Two slots, written in turn with a rising sequence and a checksum: a torn write leaves the other one.

    Words of another `epoch` than the given one do not count. Raises `Unavailable` when the file cannot be made;
    its space is taken then, so that a disk that fills up later does not matter.
    """

    def __init__(self, path: Path, epoch: str = "") -> None:
        self._path = path
        self._epoch = epoch
        with disk(path):
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o640)
            os.posix_fallocate(self._descriptor, 0, SLOT_BYTES * _SLOTS)
        self._sequence = max((sequence for sequence, _ in self._slots()), default=0)

    def write(self, words: Mapping[int, LastWord]) -> None:
        """Note the newest word of each play by its number. Those that do not fit, the lowest numbers, are left out.

        Raises `Unavailable` when the disk fails.
        """
        self._sequence += 1
        block = _pack(self._sequence, self._payload(words))
        with disk(self._path):
            os.pwrite(self._descriptor, block, self._sequence % _SLOTS * SLOT_BYTES)

    def read(self) -> dict[int, LastWord]:
        """Return what was written last; {} when nothing was, or all of it is damaged."""
        for _, payload in sorted(self._slots(), reverse=True):
            try:
                block = from_json_as(_Block, payload)
            except Malformed:
                continue  # a sound checksum over another version's form: as good as absent
            return block.words if block.epoch == self._epoch else {}
        return {}

    def clear(self) -> None:
        """Forget all words."""
        with disk(self._path):
            os.pwrite(self._descriptor, bytes(SLOT_BYTES * _SLOTS), 0)

    def close(self) -> None:
        """Close the file; what it says stays."""
        os.close(self._descriptor)

    def _payload(self, words: Mapping[int, LastWord]) -> bytes:
        kept = dict(sorted(words.items()))
        while len(payload := to_json(_Block(self._epoch, kept))) > SLOT_BYTES - _HEADER.size:
            del kept[min(kept)]
        return payload

    def _slots(self) -> list[tuple[int, bytes]]:
        with disk(self._path):
            raw = os.pread(self._descriptor, SLOT_BYTES * _SLOTS, 0)
        found = (_unpack(raw[at : at + SLOT_BYTES]) for at in range(0, len(raw), SLOT_BYTES))
        return [slot for slot in found if slot is not None]


def _pack(sequence: int, payload: bytes) -> bytes:
    checksum = zlib.crc32(payload, sequence & 0xFFFFFFFF)
    return (_HEADER.pack(_MAGIC, len(payload), sequence, checksum) + payload).ljust(SLOT_BYTES, b"\0")


def _unpack(slot: bytes) -> tuple[int, bytes] | None:
    if len(slot) < _HEADER.size:
        return None
    magic, length, sequence, checksum = _HEADER.unpack_from(slot)
    payload = slot[_HEADER.size : _HEADER.size + length]
    sound = magic == _MAGIC and len(payload) == length and zlib.crc32(payload, sequence & 0xFFFFFFFF) == checksum
    return (sequence, payload) if sound else None
