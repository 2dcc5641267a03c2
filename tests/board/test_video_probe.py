"""Which videos are taken and which are refused, and what is said of them."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from firmware_py.board.agent import PROBE_MEMORY_MB, PROBES
from firmware_py.board.decoder import decode
from firmware_py.board.video.container import opened
from firmware_py.board.video.reel import FRAME_BYTES, RATE_HZ
from firmware_py.board.video.survey import Survey, survey
from firmware_py.board.video.track import track_of
from firmware_py.board.visual import Picture, Wanted
from firmware_py.core.content import Facts, Flaw
from firmware_py.core.errors import Code, Unplayable
from firmware_py.core.units import MS, SECOND
from firmware_py.runtime.probe import ProbeRunner
from tests.board.films import FORMATS, H264, make_film, number_in

FRAMES = 75


def surveyed(path: Path) -> Survey:
    """Return what is found of a file."""
    with opened(str(path)) as film:
        return survey(film, (384, 192))


def refused(path: Path) -> Unplayable:
    """Return why a file is refused."""
    with pytest.raises(Unplayable) as caught:
        surveyed(path)
    return caught.value


@pytest.mark.parametrize(("name", "options"), FORMATS.items())
def test_the_usual_files_are_taken(tmp_path: Path, name: str, options: tuple[str, ...]) -> None:
    """Their length is where their last frame ends, their size that of the picture."""
    found = surveyed(make_film(tmp_path / name, frames=FRAMES, rate=25, gop=12, tone_hz=440, options=options))
    assert abs(found.duration_us - 3 * SECOND) <= 80 * MS
    assert (found.width, found.height) == (320, 180)


def test_a_film_that_was_held_upright_is_upright(tmp_path: Path) -> None:
    """The turn that a camera writes beside the picture counts."""
    lying = make_film(tmp_path / "lying.mp4", frames=10)
    upright = tmp_path / "upright.mp4"
    turn = ("-i", str(lying), "-c", "copy", "-metadata:s:v:0", "rotate=90")
    subprocess.run(("ffmpeg", "-v", "error", *turn, str(upright)), check=True)
    assert (surveyed(upright).width, surveyed(upright).height) == (180, 320)


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv", "film.avi"])
def test_a_title_in_an_old_coding_does_no_harm(tmp_path: Path, name: str) -> None:
    """Programs of the years of TCVN3 wrote letters that are no UTF-8."""
    options = (*H264, "-metadata", "title=BanTinSang")
    film = make_film(tmp_path / name, frames=25, rate=25, gop=12, options=options)
    film.write_bytes(film.read_bytes().replace(b"BanTinSang", b"B\xb6nTinS\xb8ng"))
    assert surveyed(film).duration_us > SECOND // 2


def test_what_is_no_video_is_named(tmp_path: Path) -> None:
    """An empty file, a text, and a file that is not there."""
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("no film\n" * 1000)
    assert refused(tmp_path / "empty.mp4").code is Code.CONTENT_EMPTY
    assert refused(tmp_path / "text.mp4").code is Code.CONTENT_UNREADABLE
    assert refused(tmp_path / "none.mp4").code is Code.CONTENT_MISSING


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n{film}\n#EXT-X-ENDLIST\n"),
        ("list.ffconcat", "ffconcat version 1.0\nfile '{film}'\n"),
        ("list.sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"),
    ],
)
def test_a_list_leads_nowhere(tmp_path: Path, name: str, text: str) -> None:
    """A file that names another file or an address gets none of them."""
    film = make_film(tmp_path / "film.mp4", frames=30)
    (tmp_path / name).write_text(text.replace("{film}", str(film)))
    assert refused(tmp_path / name).code is Code.CONTENT_UNREADABLE


def test_sound_with_a_cover_is_no_video(tmp_path: Path) -> None:
    """The picture of a record does not move."""
    cover, song = tmp_path / "cover.png", tmp_path / "song.mp3"
    ffmpeg = ("ffmpeg", "-v", "error", "-f", "lavfi", "-i")
    subprocess.run((*ffmpeg, "color=red:s=64x64:d=1", "-frames:v", "1", str(cover)), check=True)
    cover_too = ("-i", str(cover), "-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v", "attached_pic")
    subprocess.run((*ffmpeg, "sine=duration=2", *cover_too, str(song)), check=True)
    assert refused(song).code in {Code.CONTENT_UNREADABLE, Code.CONTENT_UNSUPPORTED}
    film = make_film(tmp_path / "song.mka", frames=2, options=("-vn",), tone_hz=440)
    assert "has no moving picture" in refused(film).detail


def test_a_film_that_cannot_be_joined_is_refused(tmp_path: Path) -> None:
    """Without key frames a box that was switched on in its middle would show nothing for minutes."""
    found = refused(make_film(tmp_path / "film.mp4", frames=40, rate=1, gop=1000))
    assert found.code is Code.CONTENT_UNSUPPORTED
    assert "40 s without a key frame" in found.detail


def test_a_picture_larger_than_any_panel_is_refused_by_its_header(tmp_path: Path) -> None:
    """It would need hundreds of megabytes."""
    film = make_film(
        tmp_path / "film.avi", frames=1, size=(5000, 100), options=("-c:v", "mjpeg", "-pix_fmt", "yuvj420p")
    )
    assert refused(film).code is Code.CONTENT_TOO_LARGE


def test_a_film_that_was_cut_off_is_as_long_as_what_is_there(tmp_path: Path) -> None:
    """Half a film in a container that needs no end is half a film; in one that does it is refused."""
    for name, is_taken in (("film.ts", True), ("film.mp4", False)):
        film = make_film(tmp_path / name, frames=FRAMES, rate=25, gop=12)
        film.write_bytes(film.read_bytes()[: film.stat().st_size // 2])
        if is_taken:
            assert SECOND < surveyed(film).duration_us < 2 * SECOND
        else:
            assert refused(film).code is Code.CONTENT_UNREADABLE


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv", "film.ts"])
def test_damaged_films_get_a_verdict(tmp_path: Path, name: str) -> None:
    """Bytes that were lost or turned on the way: the check ends in its time, with facts or with a reason."""
    good = make_film(tmp_path / name, frames=FRAMES, rate=25, gop=12, tone_hz=440).read_bytes()
    runner = ProbeRunner(PROBES, 20.0, PROBE_MEMORY_MB)
    for seed in range(4):
        dice, bad = random.Random(seed), bytearray(good)
        for _ in range(10 ** (seed + 1)):
            bad[dice.randrange(len(bad))] = dice.randrange(256)
        path = tmp_path / f"{seed}-{name}"
        path.write_bytes(bad[: dice.randrange(len(bad) // 2, len(bad))])
        verdict = runner.probe("video", path, "")
        assert isinstance(verdict, Facts | Flaw)
        if isinstance(verdict, Flaw):
            assert path.name in verdict.detail


def test_the_check_of_a_board_gives_the_length(tmp_path: Path) -> None:
    """As the agent runs it, within its limits of memory."""
    film = make_film(tmp_path / "film.mp4", frames=FRAMES, rate=25, gop=12, size=(1920, 1080))
    facts = ProbeRunner(PROBES, 20.0, PROBE_MEMORY_MB).probe("video", film, "")
    assert isinstance(facts, Facts)
    assert (facts.duration_us, facts.width, facts.height) == (3 * SECOND, 1920, 1080)


@pytest.mark.parametrize(("size", "matrix", "tag"), [("640x360", "bt601", "smpte170m"), ("1280x720", "bt709", "bt709")])
@pytest.mark.parametrize("told", [True, False])
def test_colours_are_those_of_the_film(tmp_path: Path, size: str, matrix: str, tag: str, told: bool) -> None:  # noqa: FBT001 - a parameter
    """What the file says of them counts; one that says nothing is taken for what its size usually means."""
    film = tmp_path / "film.mp4"
    made = (
        "-f",
        "lavfi",
        "-i",
        f"color=0xd02040:s={size}:d=1",
        "-vf",
        f"scale=out_color_matrix={matrix},format=yuv420p",
    )
    tags = ("-colorspace", tag) if told else ("-bsf:v", "h264_metadata=matrix_coefficients=2")
    subprocess.run(("ffmpeg", "-v", "error", *made, *H264, *tags, str(film)), check=True)
    shown = decode(Wanted(str(film), 171, 90, "contain", SECOND))
    assert isinstance(shown, Picture)
    assert all(abs(one - other) <= 8 for one, other in zip(shown.rgb[:3], (0xD0, 0x20, 0x40), strict=True))


@pytest.mark.parametrize("number", [0, 13, 74])
def test_a_preview_shows_the_frame_of_its_instant(tmp_path: Path, number: int) -> None:
    """At the size of the zone, whatever lies between two key frames."""
    film = make_film(tmp_path / "film.mp4", frames=FRAMES, rate=25, gop=12)
    start_us = SECOND
    shown = decode(Wanted(str(film), 160, 90, "contain", start_us), number * SECOND // 25)
    assert isinstance(shown, Picture)
    assert (shown.width_px, shown.height_px) == (160, 90)
    assert number_in(memoryview(shown.rgb), 160, row_bytes=480, y=45, bytes_a_pixel=3) == number


def test_sound_that_changes_in_its_middle_goes_on(tmp_path: Path) -> None:
    """A file put together from two has another rate and other channels from some place on."""
    for name, rate, channels in (("one", 48_000, 2), ("two", 22_050, 1)):
        tone = ("-f", "lavfi", "-i", f"sine=frequency=440:duration=2:sample_rate={rate}", "-ac", str(channels))
        picture = ("-f", "lavfi", "-i", "color=red:s=64x64:d=2")
        made = ("-shortest", *H264, "-c:a", "mp2", str(tmp_path / f"{name}.ts"))
        subprocess.run(("ffmpeg", "-v", "error", *picture, *tone, *made), check=True)
    film = tmp_path / "film.ts"
    film.write_bytes((tmp_path / "one.ts").read_bytes() + (tmp_path / "two.ts").read_bytes())
    with opened(str(film)) as whole:
        track = track_of(whole)
        assert track is not None
        seconds = sum(len(block.pcm) for block in track) / (FRAME_BYTES * RATE_HZ)
    assert 3.5 < seconds < 4.3
