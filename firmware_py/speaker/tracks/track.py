"""The common form of an audio file: its format, its length, and excerpts from any sample on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from firmware_py.core.errors import Code, Unplayable

TAIL_PACKETS = 32


@dataclass(frozen=True, slots=True)
class Format:
    """What a decoder must know before the first packet.

    `codec` and `private` as in the Matroska specification (CodecID, CodecPrivate). Times inside the file count in
    frames of `rate_hz`; `packet_frames` is what a packet lasts, near enough to give it a time stamp.
    """

    codec: str
    rate_hz: int
    channels: int
    packet_frames: int
    private: bytes = b""
    bits: int = 0


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Packets that, decoded, give `skip_frames` frames to throw away, then what was asked for, then more.

    More, because packetizers, decoders and resamplers hold back what they were given last, and only further packets
    get it out of them. Whoever listens counts frames and stops at the true end.
    """

    packets: Iterator[bytes]
    skip_frames: int


class Track(Protocol):
    """One audio file, opened."""

    @property
    def format(self) -> Format:
        """What is inside."""

    @property
    def frames(self) -> int:
        """How many frames can be heard, encoder delay and padding taken off."""

    @property
    def cut(self) -> str:
        """How the file shows that its end is missing, "" when it does not: `it speaks of 12.0 s`."""

    def excerpt(self, from_frame: int) -> Excerpt:
        """Return what is heard from frame `from_frame` (0 to `frames`) on."""


def with_tail(packets: Iterator[bytes]) -> Iterator[bytes]:
    """Yield packets, and the last one some more times."""
    last = b""
    for last in packets:
        yield last
    for _ in range(TAIL_PACKETS if last else 0):
        yield last


def speaks_of(frames: int, rate_hz: int) -> str:
    """Return the words for a file that says itself how long it should be."""
    return f"it speaks of {frames / rate_hz:.1f} s"


def unreadable(what: str) -> Unplayable:
    """Return the error for a file that is damaged or not what it seems."""
    return Unplayable(Code.CONTENT_UNREADABLE, f"{what}; make the file again, or convert it to MP3 or FLAC")


def unsupported(what: str) -> Unplayable:
    """Return the error for a file that may be good but is not one of those that are played here."""
    return Unplayable(Code.CONTENT_UNSUPPORTED, f"{what}; convert it to MP3, AAC (M4A), Opus, FLAC or WAV")


def empty(what: str) -> Unplayable:
    """Return the error for a file without a single frame of sound."""
    return Unplayable(Code.CONTENT_EMPTY, f"{what}; send the file again")
