"""Playlists of HTTP Live Streaming (RFC 8216), as far as one programme of sound needs them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

MAX_LINES = 20_000
_BANDWIDTH = re.compile(r"(?:^|[:,])BANDWIDTH=(\d{1,12})(?:,|$)").search
_URI = re.compile(r'(?:^|[:,])URI="([^"]{1,2048})"').search


@dataclass(frozen=True, slots=True)
class Playlist:
    """What a playlist says: either variants of the programme (a master playlist), or segments of one.

    `segments` are numbered from `first_number` on; `head` is what a decoder needs before any of them; `whole` when no
    more will come. `sealed`: the segments are encrypted.
    """

    variants: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    first_number: int = 0
    target_s: float = 10.0
    head: str = ""
    whole: bool = False
    sealed: bool = False


def is_playlist(text: str) -> bool:
    """Return whether this begins as such a playlist does."""
    return text.startswith("#EXTM3U") and "#EXT-X-" in text


def read_playlist(text: str) -> Playlist:
    """Return what a playlist says, variants with the least traffic first; what is not understood is passed over."""
    lines = [line.strip() for line in text.splitlines()[:MAX_LINES]]
    tags = dict(_tag(line) for line in lines if line.startswith("#EXT"))
    addresses = [(line, before) for before, line in _addresses(lines)]
    variants = sorted(
        (address for address in addresses if "BANDWIDTH=" in address[1]), key=lambda each: _traffic(each[1])
    )
    if "#EXT-X-STREAM-INF" in tags:
        return Playlist(variants=tuple(address for address, _ in variants))
    return Playlist(
        segments=tuple(address for address, _ in addresses),
        first_number=_number(tags.get("#EXT-X-MEDIA-SEQUENCE", "")),
        target_s=min(60.0, max(1.0, _seconds(tags.get("#EXT-X-TARGETDURATION", "")))),
        head=_first(_URI(tags.get("#EXT-X-MAP", ""))),
        whole="#EXT-X-ENDLIST" in tags,
        sealed=tags.get("#EXT-X-KEY", "METHOD=NONE").find("METHOD=NONE") < 0,
    )


def _tag(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name, value


def _addresses(lines: list[str]) -> list[tuple[str, str]]:
    """Return each address with the tag right before it."""
    found, before = [], ""
    for line in lines:
        if line and not line.startswith("#"):
            found.append((before, line))
        before = line if line.startswith("#EXT") else before
    return found


def _traffic(tag: str) -> int:
    return int(_first(_BANDWIDTH(tag)) or 0)


def _first(found: re.Match[str] | None) -> str:
    return found[1] if found else ""


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0


def _seconds(text: str) -> float:
    try:
        seconds = float(text[:20])
    except ValueError:
        return 10.0
    return seconds if math.isfinite(seconds) else 10.0
