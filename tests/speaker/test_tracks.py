"""Reading files packet by packet: formats told by content, exact lengths, damage that never does more than refuse."""

from __future__ import annotations

import gc
import random
from pathlib import Path

import pytest

from firmware_py.core.errors import Code, Unplayable
from firmware_py.speaker.tracks.media import Media
from firmware_py.speaker.tracks.opening import open_track
from firmware_py.speaker.tracks.track import TAIL_PACKETS, Track
from tests.speaker.samples import FORMATS, SECONDS

EXACT = [name for name in FORMATS if name not in {"plain.mp3", "stream.aac"}]
"""Formats that carry what the encoder put before and after the sound."""


def opened(path: Path) -> Track:
    """Return the track of a file."""
    return open_track(Media(path))


def refusal(path: Path) -> Unplayable:
    """Return the error with which a file is refused."""
    with pytest.raises(Unplayable) as caught:
        opened(path)
    return caught.value


def playable_frames(path: Path) -> int:
    """Return the length of a file, 0 when it is refused."""
    try:
        return opened(path).frames
    except Unplayable:
        return 0


@pytest.mark.parametrize("name", EXACT)
def test_length_is_that_of_the_source(media: Path, name: str) -> None:
    """The length of a file is that of the sound it was made from, to the frame: delay and padding do not count."""
    track = opened(media / name)
    assert track.frames == round(SECONDS * track.format.rate_hz)


@pytest.mark.parametrize("name", FORMATS)
def test_name_does_not_matter(media: Path, tmp_path: Path, name: str) -> None:
    """A file is told by its content: the same track comes from a file with a wrong name."""
    disguised = tmp_path / "notice.txt"
    disguised.write_bytes((media / name).read_bytes())
    assert opened(disguised).format == opened(media / name).format


@pytest.mark.parametrize("name", FORMATS)
def test_excerpt_is_the_end_of_the_whole(media: Path, name: str) -> None:
    """The packets of an excerpt are the last ones of the whole file, and begin before the place asked for."""
    track = opened(media / name)
    excerpt = track.excerpt(track.frames * 3 // 4)
    whole, part = (b"".join(list(e.packets)[:-TAIL_PACKETS]) for e in (track.excerpt(0), excerpt))
    assert excerpt.skip_frames >= 0
    assert 0 < len(part) < len(whole)
    assert whole.endswith(part)


def test_tags_before_the_sound_are_passed_over(media: Path, tmp_path: Path) -> None:
    """An ID3 tag with a picture of half a megabyte, and a FLAC file behind one, change nothing."""
    tag = b"ID3\x04\x00\x00" + bytes([0, 32, 0, 0]) + b"\xff\xfb\x90\x00" * (32 * 16384 // 4)
    for name in ("cbr.mp3", "level5.flac", "stream.aac"):
        tagged = tmp_path / name
        tagged.write_bytes(tag + (media / name).read_bytes())
        assert opened(tagged).frames == opened(media / name).frames


def test_tags_behind_the_sound_are_no_sound(media: Path, tmp_path: Path) -> None:
    """An ID3v1 tag at the end adds no frame."""
    tagged = tmp_path / "tagged.mp3"
    tagged.write_bytes((media / "cbr.mp3").read_bytes() + b"TAG" + bytes(125))
    assert opened(tagged).frames == opened(media / "cbr.mp3").frames


def test_damage_in_the_middle_costs_only_the_damaged_frames(media: Path, tmp_path: Path) -> None:
    """A kilobyte of zeros in an MP3 file costs some frames; what follows is found again."""
    data = bytearray((media / "cbr.mp3").read_bytes())
    data[10_000:11_000] = bytes(1_000)
    damaged = tmp_path / "damaged.mp3"
    damaged.write_bytes(data)
    assert 0 < opened(media / "cbr.mp3").frames - opened(damaged).frames <= 6 * 1152


@pytest.mark.parametrize("name", ["cbr.mp3", "vbr.mp3", "stream.aac", "level5.flac", "pcm16.wav", "pages.opus"])
def test_half_a_file_is_as_long_as_what_is_there(media: Path, tmp_path: Path, name: str) -> None:
    """A file cut in half plays for what is there: roughly half, and not a frame that is not."""
    data = (media / name).read_bytes()
    half = tmp_path / name
    half.write_bytes(data[: len(data) // 2])
    share = opened(half).frames / opened(media / name).frames
    assert 0.2 < share < 0.7


def test_m4a_without_its_tables_is_refused(media: Path, tmp_path: Path) -> None:
    """An M4A file whose table of contents was cut off cannot be played, and says what happened."""
    data = (media / "lc.m4a").read_bytes()
    half = tmp_path / "half.m4a"
    half.write_bytes(data[: len(data) // 2])
    assert refusal(half).code == Code.CONTENT_UNREADABLE
    assert "cut" in refusal(half).detail


@pytest.mark.parametrize(
    "content",
    [
        b"Uy ban nhan dan xa thong bao: cat dien tu 8 gio den 11 gio.\n" * 50,
        b"#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1:9/x.mp3\n",
        b'<?xml version="1.0"?><playlist xmlns="http://xspf.org/ns/0/"><location>http://127.0.0.1:9/</location>',
        b"\x1f\x8b\x08" + bytes(1000),
        b"\x89PNG\r\n\x1a\n" + bytes(1000),
        b"RIFF\x00\x00\x00\x00AVI LIST" + bytes(1000),
        b"\xff" * 5000,
    ],
)
def test_what_is_no_sound_is_refused(tmp_path: Path, content: bytes) -> None:
    """Text, playlists, archives and pictures with the name of a sound file are refused as unreadable."""
    path = tmp_path / "news.mp3"
    path.write_bytes(content)
    assert refusal(path).code == Code.CONTENT_UNREADABLE


def test_wav_that_is_text_is_refused(tmp_path: Path) -> None:
    """A WAV file that is text is unreadable, and the message names it."""
    path = tmp_path / "bulletin.wav"
    path.write_text("ban tin sang\n" * 100)
    assert refusal(path).code == Code.CONTENT_UNREADABLE
    assert "bulletin.wav" in refusal(path).detail


def test_empty_and_missing_files_say_so(tmp_path: Path) -> None:
    """An empty file, a header without sound, a missing file and a directory have each their own word."""
    empty, header = tmp_path / "empty.mp3", tmp_path / "header.wav"
    empty.touch()
    header.write_bytes(b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x02\0\x80\xbb\0\0\0\xee\x02\0\x04\0\x10\0data\0\0\0\0")
    assert refusal(empty).code == Code.CONTENT_EMPTY
    assert refusal(header).code == Code.CONTENT_EMPTY
    assert refusal(tmp_path / "absent.mp3").code == Code.CONTENT_MISSING
    assert refusal(tmp_path).code == Code.CONTENT_UNREADABLE


def test_unknown_sound_is_unsupported(media: Path, tmp_path: Path) -> None:
    """Sound of a kind that is not played here (Speex in Ogg, ADPCM in WAV) is unsupported, not damaged."""
    speex = tmp_path / "old.ogg"
    data = bytearray((media / "voice.opus").read_bytes())
    data[data.index(b"OpusHead") :][:8] = b"Speex   "
    speex.write_bytes(data.replace(b"OpusHead", b"Speex   ", 1))
    adpcm = tmp_path / "adpcm.wav"
    wav = bytearray((media / "pcm16.wav").read_bytes())
    wav[20] = 2
    adpcm.write_bytes(wav)
    assert refusal(speex).code == Code.CONTENT_UNSUPPORTED
    assert refusal(adpcm).code == Code.CONTENT_UNSUPPORTED


@pytest.mark.parametrize("name", FORMATS)
def test_damage_never_does_more_than_refuse(media: Path, tmp_path: Path, name: str) -> None:
    """Whatever bytes of a file are changed or cut off: it opens and gives packets, or it is refused in words."""
    rng = random.Random(name)
    whole = (media / name).read_bytes()
    damaged = tmp_path / name
    played = 0
    for _ in range(60):
        data = bytearray(whole[: rng.choice((len(whole), rng.randrange(len(whole))))])
        for _ in range(rng.choice((1, 4, 40))):
            # Most of what can be got wrong stands in the first and last kilobyte.
            spot = rng.choice((rng.randrange(1024), -rng.randrange(1, 1024), rng.randrange(len(whole))))
            if -len(data) <= spot < len(data):
                data[spot] = rng.choice((0, 0xFF, rng.randrange(256)))
        damaged.write_bytes(data)
        try:
            track = opened(damaged)
        except Unplayable:
            continue
        excerpt = track.excerpt(rng.randrange(track.frames))
        assert excerpt.skip_frames >= 0
        played += sum(len(packet) for _, packet in zip(range(500), excerpt.packets, strict=False)) > 0
    assert played > 0


def test_a_refused_file_is_let_go(tmp_path: Path) -> None:
    """However many files are refused, none stays open: a process may open a thousand."""
    rubbish = tmp_path / "rubbish.mp3"
    rubbish.write_bytes(b"rubbish")
    opened_before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(10):
        refusal(rubbish)
    gc.collect()  # an error that was looked at holds on to where it was raised
    assert len(list(Path("/proc/self/fd").iterdir())) <= opened_before


def test_hostile_tables_are_refused_quickly(media: Path, tmp_path: Path) -> None:
    """An M4A file that claims four thousand million packets in a chunk, or as many packets, is not counted out."""
    data = (media / "faststart.m4a").read_bytes()
    for box, field in ((b"stsc", 12), (b"stsz", 8), (b"stsz", 4), (b"stts", 8), (b"stco", 4)):
        hostile = bytearray(data)
        place = hostile.index(box) + 4 + field
        hostile[place : place + 4] = b"\xff\xff\xff\xff"
        path = tmp_path / "hostile.m4a"
        path.write_bytes(hostile)
        assert playable_frames(path) <= opened(media / "faststart.m4a").frames + 1024
