"""Tracks whose packets all last equally long: MP3, AAC in ADTS and AAC in MP4."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from firmware_py.speaker.tracks.media import Media
from firmware_py.speaker.tracks.track import Excerpt, Format, with_tail


@dataclass(frozen=True, slots=True)
class PacketTable:
    """Where each packet lies in the file."""

    offsets: array[int]
    sizes: array[int]

    def __len__(self) -> int:
        """Return the number of packets."""
        return len(self.offsets)


@dataclass(frozen=True, slots=True)
class TableTrack:
    """A track read by a packet table.

    `lead_frames` are decoded before the first that counts (encoder and decoder delay); `warm_packets` are given to
    the decoder before a place in the middle, because packets lean on those before them.
    """

    media: Media
    format: Format
    frames: int
    table: PacketTable
    lead_frames: int
    warm_packets: int
    cut: str = ""

    def excerpt(self, from_frame: int) -> Excerpt:
        """Return what is heard from a frame on."""
        place, length = from_frame + self.lead_frames, self.format.packet_frames
        first = max(0, place // length - self.warm_packets)
        return Excerpt(with_tail(self._packets(first)), place - first * length)

    def _packets(self, first: int) -> Iterator[bytes]:
        for index in range(first, len(self.table)):
            yield self.media.read(self.table.offsets[index], self.table.sizes[index])
