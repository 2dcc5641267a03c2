"""From a path to a track: what a file is, told by its first bytes and never by its name.

Only what is known here reaches a decoder. A playlist, a page of text or a compressed archive with the name of an MP3
is refused before libVLC hears of it.
"""

from __future__ import annotations

from firmware_py.speaker.tracks.adts import open_adts
from firmware_py.speaker.tracks.flac import open_flac
from firmware_py.speaker.tracks.media import Media
from firmware_py.speaker.tracks.mp3 import open_mp3
from firmware_py.speaker.tracks.mp4 import open_mp4
from firmware_py.speaker.tracks.ogg import read_pages
from firmware_py.speaker.tracks.opus import open_opus
from firmware_py.speaker.tracks.track import Track, empty, unreadable, unsupported
from firmware_py.speaker.tracks.vorbis import open_vorbis
from firmware_py.speaker.tracks.wav import open_wav

_TAGS_MAX = 16


def open_track(media: Media) -> Track:
    """Return the track of a file; raise `Unplayable` when it is none of the known formats, damaged or empty."""
    track = _open(media)
    if track.frames <= 0:
        raise empty(f"{media.name} has no sound in it")
    return track


def _open(media: Media) -> Track:
    head = media.read(0, 12)
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return open_wav(media)
    if head[:4] == b"OggS":
        return _open_ogg(media)
    if head[4:8] == b"ftyp":
        return open_mp4(media)
    start = _after_tags(media)
    if media.read(start, 4) == b"fLaC":
        return open_flac(media, start)
    track = open_mp3(media, start) or open_adts(media, start)
    if track is None:
        raise unreadable(f"{media.name} is no sound file")
    return track


def _open_ogg(media: Media) -> Track:
    pages = read_pages(media)
    head = next((packet for _, packet in pages.packets(0)), b"")
    if head.startswith(b"OpusHead"):
        return open_opus(media, pages, head)
    if head.startswith(b"\x01vorbis"):
        return open_vorbis(media, pages)
    raise unsupported(f"{media.name} is an Ogg file with something else than Opus or Vorbis in it")


def _after_tags(media: Media) -> int:
    """Return the place after all ID3v2 tags at the beginning (id3v2.4.0, 3.1)."""
    place = 0
    for _ in range(_TAGS_MAX):
        head = media.read(place, 10)
        if head[:3] != b"ID3" or len(head) < 10:
            break
        size = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
        place += 10 + size + (10 if head[5] & 0x10 else 0)
    return place
