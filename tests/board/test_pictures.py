"""Picture files: probed and decoded in a child process under limits, whatever is in them."""

from __future__ import annotations

import struct
import threading
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from firmware_py.board.agent import PROBE_MEMORY_MB, PROBES
from firmware_py.board.decoder import Decoded, Decoder, decode
from firmware_py.board.pictures import load
from firmware_py.board.visual import Picture, Wanted
from firmware_py.core.content import Facts, Flaw
from firmware_py.core.errors import Code, Unplayable
from firmware_py.core.messages import Trouble
from firmware_py.runtime.probe import ProbeRunner
from tests.board.samples import quarters, write_bomb
from tests.waiting import until

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
Rgb = tuple[int, int, int]


def probed(path: Path) -> Facts | Flaw:
    """Return what the check of a picture says, run as the agent runs it."""
    return ProbeRunner(PROBES, timeout_s=30, memory_mb=PROBE_MEMORY_MB).probe("image", path, "0" * 64)


def corners(picture: Picture) -> list[Rgb]:
    """Return the colours in the middle of the four quarters, row by row."""
    return [colour(picture, x, y) for y in (1, 3) for x in (1, 3)]


def colour(picture: Picture, x_quarter: int, y_quarter: int) -> Rgb:
    """Return the colour at so many quarters of width and height."""
    place = 3 * (picture.height_px * y_quarter // 4 * picture.width_px + picture.width_px * x_quarter // 4)
    red, green, blue = picture.rgb[place : place + 3]
    return red, green, blue


def close(one: Rgb, other: Rgb, by: int = 12) -> bool:
    """Return whether two colours look the same: lossy formats shift them a little."""
    return all(abs(a - b) <= by for a, b in zip(one, other, strict=True))


def decoded(wanted: Wanted) -> Picture:
    """Return a file that is a picture, decoded in a child process."""
    visual = decode(wanted)
    assert isinstance(visual, Picture)
    return visual


def shown(path: Path, size: tuple[int, int] = (80, 60)) -> Picture:
    """Return a still picture as the board would show it in a zone."""
    _, pixels = load(str(path), *size, "contain")
    return Picture(pixels.width, pixels.height, pixels.rgb)


@pytest.mark.parametrize(
    ("name", "progressive"),
    [("a.jpg", False), ("b.jpg", True), ("a.png", False), ("a.webp", False), ("a.gif", False)],
)
def test_formats_that_are_shown(tmp_path: Path, name: str, progressive: bool) -> None:  # noqa: FBT001 - a parameter
    """JPEG, PNG, WebP and GIF are found good and come out the right way round."""
    quarters().save(tmp_path / name, progressive=progressive)
    facts = probed(tmp_path / name)
    assert isinstance(facts, Facts)
    assert (facts.width, facts.height) == (160, 120)
    for seen, meant in zip(corners(shown(tmp_path / name)), (RED, GREEN, BLUE, WHITE), strict=True):
        assert close(seen, meant, 40)


@pytest.mark.parametrize("mode", ["CMYK", "P", "L", "1", "RGBA", "LA"])
def test_kinds_of_colour(tmp_path: Path, mode: str) -> None:
    """Print colours, palettes, grey, black and white, and transparency become RGB."""
    path = tmp_path / ("a.jpg" if mode == "CMYK" else "a.png")
    quarters().convert(mode).save(path)
    picture = shown(path)
    assert len(picture.rgb) == 3 * picture.width_px * picture.height_px
    assert close(corners(picture)[3], WHITE)


def test_sixteen_bits_keep_their_greys(tmp_path: Path) -> None:
    """A grey picture of 16 bits a pixel becomes the same greys, not white."""
    values = (0x1000, 0x4000, 0x8000, 0xF000)
    row = b"".join(struct.pack("<H", value) * 40 for value in values)
    Image.frombytes("I;16", (160, 40), row * 40).save(tmp_path / "deep.png")
    picture = shown(tmp_path / "deep.png", (160, 40))
    middle = [picture.rgb[3 * (20 * 160 + 20 + 40 * n)] for n in range(4)]
    assert all(abs(seen - value // 256) <= 2 for seen, value in zip(middle, values, strict=True))


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        (1, (RED, GREEN, BLUE, WHITE)),
        (3, (WHITE, BLUE, GREEN, RED)),
        (6, (BLUE, RED, WHITE, GREEN)),
        (8, (GREEN, WHITE, RED, BLUE)),
    ],
)
def test_camera_turns_are_undone(tmp_path: Path, mark: int, expected: tuple[Rgb, ...]) -> None:
    """A picture with an EXIF mark is shown upright, and its size is told as it is shown."""
    exif = Image.Exif()
    exif[0x0112] = mark
    quarters((1600, 1200)).save(tmp_path / "turned.jpg", exif=exif, quality=95)
    header, _ = load(str(tmp_path / "turned.jpg"), 80, 60, "contain")
    assert (header.width, header.height) == ((1200, 1600) if mark in {6, 8} else (1600, 1200))
    picture = shown(tmp_path / "turned.jpg")
    assert (picture.width_px, picture.height_px) == ((45, 60) if mark in {6, 8} else (80, 60))
    assert all(close(seen, meant, 40) for seen, meant in zip(corners(picture), expected, strict=True))


def test_contain_shows_all_and_cover_fills(tmp_path: Path) -> None:
    """`contain` keeps the proportions within the zone; `cover` has the zone's size and loses two edges equally."""
    quarters((200, 100)).save(tmp_path / "wide.png")
    path = str(tmp_path / "wide.png")
    contained, covered = (decoded(Wanted(path, 80, 80, fit)) for fit in ("contain", "cover"))
    assert (contained.width_px, contained.height_px) == (80, 40)
    assert (covered.width_px, covered.height_px) == (80, 80)
    assert corners(contained) == corners(covered) == [RED, GREEN, BLUE, WHITE]


def test_transparent_parts_show_the_ground(tmp_path: Path) -> None:
    """What cannot be seen through a picture is the board's own colour, not black or white."""
    Image.new("RGBA", (40, 40), (255, 255, 255, 0)).save(tmp_path / "clear.png")
    assert shown(tmp_path / "clear.png").rgb[:3] == bytes((8, 24, 52))


def write_bad(path: Path) -> None:
    """Write the file that its name tells."""
    quarters((800, 600)).save(path.with_name("good.png"))
    quarters((800, 600)).save(path.with_name("good.jpg"))
    good = {kind: path.with_name(f"good{kind}").read_bytes() for kind in (".png", ".jpg")}
    contents = {
        "text.jpg": b"khong phai la anh\n" * 20,
        "empty.jpg": b"",
        "truncated.jpg": good[".jpg"][: len(good[".jpg"]) // 2],
        "truncated.png": good[".png"][: len(good[".png"]) // 2],
        "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "film.heic": b"\x00\x00\x00\x18ftypheic" + bytes(40),
    }
    path.write_bytes(contents[path.name])


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("text.jpg", Code.CONTENT_UNREADABLE),
        ("empty.jpg", Code.CONTENT_EMPTY),
        ("truncated.jpg", Code.CONTENT_UNREADABLE),
        ("truncated.png", Code.CONTENT_UNREADABLE),
        ("drawing.svg", Code.CONTENT_UNSUPPORTED),
        ("film.heic", Code.CONTENT_UNSUPPORTED),
    ],
)
def test_bad_files_are_refused_with_a_code(tmp_path: Path, name: str, code: Code) -> None:
    """What is no picture, or half of one, is refused; the detail names the file and what to do."""
    write_bad(tmp_path / name)
    flaw = probed(tmp_path / name)
    assert isinstance(flaw, Flaw)
    assert flaw.code is code
    assert name in flaw.detail
    assert "; " in flaw.detail


@pytest.mark.parametrize("name", ["missing.png", "a directory"])
def test_files_that_are_none(tmp_path: Path, name: str) -> None:
    """A file that is not there, or is a directory, is a flaw and no crash."""
    (tmp_path / "a directory").mkdir()
    flaw = probed(tmp_path / name)
    assert isinstance(flaw, Flaw)
    assert flaw.code is (Code.CONTENT_MISSING if name == "missing.png" else Code.CONTENT_UNREADABLE)


def test_a_bomb_is_refused_by_its_header(tmp_path: Path) -> None:
    """A small file of 30000 by 30000 pixels is refused before it is decoded, naming its size and the limit."""
    write_bomb(tmp_path / "bomb.png", 30_000, 30_000)
    assert (tmp_path / "bomb.png").stat().st_size < 200_000
    flaw = probed(tmp_path / "bomb.png")
    assert isinstance(flaw, Flaw)
    assert flaw.code is Code.CONTENT_TOO_LARGE
    assert "30000×30000" in flaw.detail
    assert "50 megapixels" in flaw.detail


def test_a_webp_bomb_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    """WebP, whose decoder takes memory for the whole picture when it is opened, is judged before that."""
    canvas = (16_383 - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<L", 10) + bytes(4) + canvas * 2
    (tmp_path / "bomb.webp").write_bytes(b"RIFF" + struct.pack("<L", len(body)) + body)
    flaw = probed(tmp_path / "bomb.webp")
    assert isinstance(flaw, Flaw)
    assert flaw.code is Code.CONTENT_TOO_LARGE
    assert "too many pixels" in flaw.detail


def test_the_largest_picture_is_decoded_within_the_memory_of_a_check(tmp_path: Path) -> None:
    """A picture just below the limit passes the check under the limit of memory that the agent gives it."""
    write_bomb(tmp_path / "large.png", 7_000, 7_000)
    facts = probed(tmp_path / "large.png")
    assert isinstance(facts, Facts)
    assert (facts.width, facts.height) == (7_000, 7_000)


def adobe_rgb() -> bytes:
    """Return a profile whose green is far from a screen's, made from that of sRGB."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack_from(">I", profile, 128)[0]
    entries = (struct.unpack_from(">4sII", profile, 132 + 12 * number) for number in range(count))
    places = {tag: place for tag, place, _ in entries}
    # Adobe RGB (1998), adapted to D50: X, Y and Z of its green, as fixed-point numbers of 16.16 bits.
    struct.pack_into(">3i", profile, places[b"gXYZ"] + 8, *(round(value * 65536) for value in (0.2053, 0.6257, 0.0609)))
    return bytes(profile)


def test_a_profile_of_colours_counts(tmp_path: Path) -> None:
    """A camera's green in Adobe RGB is more vivid than the same numbers on a screen, so less red goes with it."""
    Image.new("RGB", (60, 60), (120, 200, 60)).save(tmp_path / "camera.jpg", quality=95, icc_profile=adobe_rgb())
    _, pixels = load(str(tmp_path / "camera.jpg"), 60, 60, "contain")
    red, green, blue = pixels.rgb[:3]
    assert red < 100
    assert abs(green - 200) < 8
    assert abs(blue - 60) < 25


@pytest.mark.parametrize("profile", [b"no profile", bytes(200)])
def test_a_useless_profile_costs_nothing_but_colours(tmp_path: Path, profile: bytes) -> None:
    """The picture is shown as if it had none."""
    Image.new("RGB", (60, 60), RED).save(tmp_path / "a.png", icc_profile=profile)
    _, pixels = load(str(tmp_path / "a.png"), 60, 60, "contain")
    assert pixels.rgb[:3] == bytes(RED)


def test_odd_proportions(tmp_path: Path) -> None:
    """A line of one pixel's height is still a picture."""
    Image.new("RGB", (9_000, 1), RED).save(tmp_path / "line.png")
    _, pixels = load(str(tmp_path / "line.png"), 300, 200, "contain")
    assert (pixels.width, pixels.height) == (300, 1)


def test_a_decoder_answers_in_its_own_time(tmp_path: Path) -> None:
    """A started decoding comes back with its picture, a broken file with its reason."""
    quarters().save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"no")
    ended: list[Decoded | Trouble] = []
    decoder = Decoder(ended.append)
    for name in ("a.png", "b.png"):
        decoder.start(Wanted(str(tmp_path / name), 80, 60, "contain"))
    until(lambda: len(ended) == 2, 20)
    results = {Path(each.wanted.path).name: each.result for each in ended if isinstance(each, Decoded)}
    assert isinstance(results["a.png"], Picture)
    assert isinstance(results["b.png"], Unplayable)
    decoder.close()


def test_a_stopped_decoding_ends_at_once(tmp_path: Path) -> None:
    """A picture that is not wanted any more does not keep a process busy."""
    write_bomb(tmp_path / "large.png", 7_000, 7_000)
    ended: list[Decoded | Trouble] = []
    decoder = Decoder(ended.append)
    wanted = Wanted(str(tmp_path / "large.png"), 80, 60, "contain")
    decoder.start(wanted)
    (watcher,) = [thread for thread in threading.enumerate() if thread.name == "picture"]
    decoder.stop(wanted)
    watcher.join(5)
    assert not watcher.is_alive()
    assert ended == []
