"""Real libVLC: every format from its first sample to its last and from any place, and nothing of the network."""

from __future__ import annotations

import socket
import threading
from array import array
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware_py.core.errors import Code
from firmware_py.core.units import SECOND, DurationUs
from firmware_py.speaker.decoder import Decoder
from firmware_py.speaker.decoding import Decoding
from firmware_py.speaker.reel import Reel
from tests.speaker import listening
from tests.speaker.outputs import item, mono_us
from tests.speaker.samples import FORMATS, RATES_HZ, TONE_HZ, write_tones
from tests.waiting import until

PIECE = 4_000
LOSSLESS = ["level5.flac", "pcm16.wav"]
"""Formats from which, at the rate of the device, every bit must come through."""


class Decoded:
    """All that one decoding gave."""

    def __init__(self, decoder: Decoder, path: Path, late_us: DurationUs = 0, duration_us: DurationUs = 0) -> None:
        """Decode a file that was due `late_us` ago."""
        reel = Reel(10**9)
        start_us = mono_us() - late_us if late_us else mono_us() + SECOND
        decoding = Decoding(decoder, item(1, path, start_us, duration_us), reel)
        until(lambda: reel.finished, 20)
        self.first_frame, self.error = reel.first_frame, reel.error
        self.length_frames = reel.length_frames
        self.stereo = reel.take(10**9)
        self.left = listening.left(self.stereo)
        decoding.close()


@pytest.fixture(scope="module")
def decode(decoder: Decoder) -> Callable[..., Decoded]:
    """A function that decodes a file to its end."""
    return lambda *what, **how: Decoded(decoder, *what, **how)


@pytest.mark.parametrize("name", FORMATS)
def test_whole_file_is_what_ffmpeg_decodes(media: Path, decode: Callable[..., Decoded], name: str) -> None:
    """Beginning, middle and end lie, to the sample, where an independent decoder has them, and sound the same."""
    ours, theirs = decode(media / name), listening.independent(media / name)
    assert ours.error is None
    assert len(ours.left) // 2 == ours.length_frames
    for place in (200, len(ours.left) // 4, ours.length_frames - PIECE - 2_200):
        found = listening.find(listening.cut(ours.left, place, PIECE), theirs, place, 1_500)
        assert abs(found.frame - place) <= 1
        assert found.likeness > 0.995


@pytest.mark.parametrize("name", LOSSLESS)
def test_lossless_sound_passes_unchanged(media: Path, decode: Callable[..., Decoded], name: str) -> None:
    """What was not compressed with loss comes out bit by bit, when the device has its rate."""
    assert decode(media / name).left == listening.independent(media / name)


@pytest.mark.parametrize("name", FORMATS)
def test_late_start_is_at_the_right_place(media: Path, decode: Callable[..., Decoded], name: str) -> None:
    """Opened in the middle, the first sample is the one that it says it is, and the last one comes."""
    ours, theirs = decode(media / name, late_us=SECOND), listening.independent(media / name)
    assert SECOND * 48 // 1000 <= ours.first_frame < 1.5 * SECOND * 48 // 1000
    assert ours.first_frame + len(ours.left) // 2 == ours.length_frames
    found = listening.find(listening.cut(ours.left, 0, PIECE), theirs, ours.first_frame, 1_500)
    assert abs(found.frame - ours.first_frame) <= 1
    assert found.likeness > 0.99


@pytest.mark.parametrize("kind", ["wav", "mp3", "m4a", "opus", "flac"])
def test_all_rates_keep_pitch_and_length(decode: Callable[..., Decoded], tmp_path: Path, kind: str) -> None:
    """A second of 440 Hz from 8 to 48 kHz, mono or stereo, is a second of 440 Hz on both channels."""
    rates_hz = (8_000, 16_000, 48_000) if kind == "opus" else RATES_HZ  # Opus has no others
    write_tones(tmp_path, kind, rates_hz)
    for path in sorted(tmp_path.iterdir()):
        ours = decode(path)
        assert ours.error is None
        # An encoder may round the length up to its own packets.
        assert 47_990 <= len(ours.left) // 2 <= 48_000 * 1.15
        assert listening.tone_hz(listening.cut(ours.left, 8_000, 32_000)) == pytest.approx(TONE_HZ, abs=0.5)
        right = array("h", ours.stereo)[1::2].tobytes()
        assert listening.likeness(ours.left, right) > 0.999
    assert len(list(tmp_path.iterdir())) == 2 * len(rates_hz)


def test_half_an_mp3_plays_to_its_end(media: Path, tmp_path: Path, decode: Callable[..., Decoded]) -> None:
    """A file cut in half gives what is there, and that is no failure when the plan was laid out for it."""
    data = (media / "cbr.mp3").read_bytes()
    half = tmp_path / "half.mp3"
    half.write_bytes(data[: len(data) // 2])
    ours = decode(half, duration_us=SECOND)
    assert ours.error is None
    assert 0.7 < len(ours.left) / 2 / 48_000 < 1.1


def test_damaged_frames_do_not_end_a_play(media: Path, tmp_path: Path, decode: Callable[..., Decoded]) -> None:
    """Frames with good headers and rubbish inside cost themselves at most."""
    data = bytearray((media / "cbr.mp3").read_bytes())
    data[12_010:12_200] = bytes(range(190))
    path = tmp_path / "damaged.mp3"
    path.write_bytes(data)
    ours = decode(path)
    assert len(ours.left) // 2 >= ours.length_frames - 4 * 1152


def test_rubbish_with_good_headers_fails_in_words(media: Path, tmp_path: Path, decode: Callable[..., Decoded]) -> None:
    """A file that looks right and that the decoder cannot make sense of is a decoder's failure, not silence."""
    data = bytearray((media / "level5.flac").read_bytes())
    for place in range(9_000, len(data), 64):
        data[place] ^= 0xFF
    path = tmp_path / "rubbish.flac"
    path.write_bytes(data)
    ours = decode(path, duration_us=2 * SECOND)
    assert ours.error is not None
    assert ours.error.code in {Code.DECODER_FAILED, Code.CONTENT_UNREADABLE}
    assert "rubbish.flac" in ours.error.detail


def test_a_full_reel_holds_the_decoder(media: Path, decoder: Decoder) -> None:
    """Nobody takes: the decoder stops when the reel is full, and goes on to the last sample when somebody does."""
    reel = Reel(4_800)
    decoding = Decoding(decoder, item(1, media / "cbr.mp3", mono_us() + SECOND), reel)
    until(lambda: reel.waiting >= 4_800)
    assert reel.waiting < 4_800 + 2 * 1_152
    taken = 0
    while not reel.over:
        taken += until(lambda: len(reel.take(480)) // 4 or reel.over)
    decoding.close()
    assert taken >= reel.length_frames == 96_000


def test_a_decoding_can_be_given_up_at_any_time(media: Path, decoder: Decoder) -> None:
    """Giving up returns at once, also while the decoder waits for room, and its thread ends."""
    for _ in range(10):
        reel = Reel(1_000)
        decoding = Decoding(decoder, item(7, media / "vbr.mp3", mono_us() + SECOND), reel)
        until(lambda reel=reel: reel.waiting)  # type: ignore[misc]
        decoding.close()
    until(lambda: not [thread for thread in threading.enumerate() if thread.name == "decoding 7"])


def test_a_file_removed_while_it_plays_plays_on(media: Path, tmp_path: Path, decoder: Decoder) -> None:
    """A file that is deleted after it was opened is heard to its end."""
    path = tmp_path / "short-lived.mp3"
    path.write_bytes((media / "cbr.mp3").read_bytes())
    reel = Reel(4_800)
    decoding = Decoding(decoder, item(1, path, mono_us() + SECOND), reel)
    until(lambda: reel.waiting)
    path.unlink()
    taken = 0
    while not reel.over:
        taken += until(lambda: len(reel.take(4_800)) // 4 or reel.over)
    decoding.close()
    assert reel.error is None
    assert taken >= 96_000


PLAYLISTS = {
    "m3u": "#EXTM3U\n#EXTINF:10,x\n{url}\n",
    "bare": "{url}\n",
    "hls": "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{url}\n#EXT-X-ENDLIST\n",
    "pls": "[playlist]\nFile1={url}\nNumberOfEntries=1\n",
    "asx": '<asx version="3.0"><entry><ref href="{url}"/></entry></asx>',
    "xspf": '<?xml version="1.0"?><playlist version="1" xmlns="http://xspf.org/ns/0/"><trackList><track>'
    "<location>{url}</location></track></trackList></playlist>",
    "smil": '<smil><body><audio src="{url}"/></body></smil>',
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>{url}</BaseURL></MPD>',
    "ram": "{url}\n",
}


@pytest.mark.parametrize("tail", [b"", b"\xff\xfb\x90\x64" + bytes(414)])
def test_an_address_inside_a_file_is_never_called(
    tmp_path: Path, decode: Callable[..., Decoded], media: Path, tail: bytes
) -> None:
    """Playlists of all kinds with the name of an MP3, alone or with sound behind them, lead to no connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/live.mp3"
        for kind, text in PLAYLISTS.items():
            path = tmp_path / f"{kind}.mp3"
            path.write_bytes(text.format(url=url).encode() + (tail and tail * 3 + (media / "cbr.mp3").read_bytes()))
            ours = decode(path)
            assert tail or (ours.error is not None and ours.error.code == Code.CONTENT_UNREADABLE)
        server.settimeout(0.3)
        with pytest.raises(TimeoutError):
            server.accept()
