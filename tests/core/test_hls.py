"""Playlists of HTTP Live Streaming: what is understood, and that nothing breaks the reader."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from firmware_py.core.hls import Playlist, is_playlist, read_playlist

MASTER = """#EXTM3U
#EXT-X-STREAM-INF:BANDWIDTH=256000,CODECS="mp4a.40.2"
high/live.m3u8
#EXT-X-STREAM-INF:PROGRAM-ID=1,BANDWIDTH=64000
low/live.m3u8
"""
LIVE = """#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:4
#EXT-X-MEDIA-SEQUENCE:2680
#EXT-X-MAP:URI="init.mp4"
#EXTINF:3.9,
a/2680.ts
#EXTINF:4.0,
https://other.example/2681.ts?x=1
"""
PIECES = st.sampled_from([*MASTER.splitlines(), *LIVE.splitlines(), "#EXT-X-KEY:METHOD=AES-128", "#EXT-X-ENDLIST", ""])


def test_a_master_playlist_gives_its_variants_with_the_least_traffic_first() -> None:
    """A loudspeaker on 4G takes the smallest stream."""
    assert read_playlist(MASTER) == Playlist(variants=("low/live.m3u8", "high/live.m3u8"))


def test_a_live_playlist_gives_numbered_segments() -> None:
    """Addresses as they stand there, the number of the first, how long to wait, and what belongs before them."""
    segments = ("a/2680.ts", "https://other.example/2681.ts?x=1")
    assert read_playlist(LIVE) == Playlist((), segments, 2680, 4.0, "init.mp4", whole=False, sealed=False)


def test_an_end_and_a_key_are_seen() -> None:
    """A playlist that is over is not asked for again; encrypted segments are known as such, and an absent key too."""
    assert read_playlist(f"{LIVE}#EXT-X-ENDLIST\n").whole
    assert read_playlist(f'{LIVE}#EXT-X-KEY:METHOD=AES-128,URI="k"\n').sealed
    assert not read_playlist(f"{LIVE}#EXT-X-KEY:METHOD=NONE\n").sealed


def test_a_plain_list_of_addresses_is_none() -> None:
    """The .m3u file of a station is not such a playlist."""
    assert not is_playlist("#EXTM3U\n#EXTINF:-1,Station\nhttp://station.example/live\n")
    assert is_playlist(LIVE)


@given(st.text(max_size=400) | st.lists(PIECES | st.text(max_size=30), max_size=40).map("\n".join))
def test_whatever_comes_is_read(text: str) -> None:
    """Nonsense gives a playlist with nothing in it that is out of range."""
    playlist = read_playlist(text)
    assert 1 <= playlist.target_s <= 60
    assert playlist.first_number >= 0
    assert all(segment and "\n" not in segment for segment in (*playlist.segments, *playlist.variants))
