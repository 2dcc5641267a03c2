"""`ttcs preview`: what a board would show at an instant, as a PNG file."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from firmware_py.field.main import main
from tests.system.world import DAY, Feed, png, slot, text

DEMO = Path(__file__).resolve().parents[2] / "config" / "demo" / "feed" / "schedule.json"


@pytest.mark.parametrize("size", [(1920, 1080), (160, 32), (64, 128)])
def test_a_picture_of_the_size_asked_for_is_drawn(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, size: tuple[int, int]
) -> None:
    """Large, small, upright: the file has that size, shows something, and its name is printed."""
    output = tmp_path / "board.png"
    size_text = f"{size[0]}x{size[1]}"
    words = ["--size", size_text, "--at", f"{DAY}T05:30:03+07:00", "--name", "Xã Đăk Hà"]
    assert main(["preview", str(DEMO), *words, "-o", str(output)]) == 0
    assert capsys.readouterr().out == f"{output}\n"
    with Image.open(output) as picture:
        assert (picture.format, picture.size) == ("PNG", size)
        assert len(picture.convert("RGB").getcolors(1 << 24) or []) > 1


def test_the_picture_is_that_of_the_instant(tmp_path: Path) -> None:
    """A white picture is on air for a minute: it is there at its time, and not an hour later."""
    feed = Feed(tmp_path)
    white = feed.image("white", 60, raw=png(160, 90, shade=255))
    feed.publish(white, text("t"), slots=(slot("s", white, start="10:00"),))
    shares = []
    for hour in (10, 11):
        output = tmp_path / f"{hour}.png"
        words = ["--size", "160x90", "--at", f"{DAY}T{hour}:00:30+07:00", "-o", str(output)]
        assert main(["preview", str(tmp_path / "schedule.json"), *words]) == 0
        with Image.open(output) as picture:
            histogram = picture.convert("L").histogram()
        shares.append(sum(histogram[250:]) / sum(histogram))
    assert shares[0] > 0.3 > shares[1]


@pytest.mark.parametrize(
    "words",
    [("--size", "5x5"), ("--size", "9000x10"), ("--size", "big"), ("--at", "05:30"), ("--at", "2026-11-23T05:30:00")],
)
def test_a_size_or_instant_that_there_is_not_is_wrong_use(
    capsys: pytest.CaptureFixture[str], words: tuple[str, str]
) -> None:
    """Status 2, and what is wrong with it."""
    with pytest.raises(SystemExit) as ended:
        main(["preview", str(DEMO), *words])
    assert ended.value.code == 2
    assert words[1] in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Status 1, the file's name and what to do instead."""
    output = tmp_path / "nowhere" / "board.png"
    noon = "2026-11-24T12:00:00+07:00"
    assert main(["preview", str(DEMO), "--size", "64x32", "--at", noon, "-o", str(output)]) == 1
    said = capsys.readouterr().err
    remedy = "name another place with -o or --sheet"
    assert said == f"ttcs: {output}: cannot be written: No such file or directory; {remedy}\n"


def test_a_contact_sheet_has_every_panel_in_every_layout(tmp_path: Path) -> None:
    """Each panel is a picture of its own size in each layout, and all of them are on the sheet."""
    languages = Path(__file__).resolve().parents[1] / "board" / "languages.json"
    words = ["preview", str(languages), "--at", "2026-11-24T05:02:05+07:00", "--sheet", str(tmp_path / "out")]
    assert main(words) == 0
    files = {path.stem: path for path in (tmp_path / "out").glob("*.png")}
    assert len(files) == 9 * 8 + 1
    with Image.open(files["1-sed-full-160x320"]) as picture:
        assert picture.size == (160, 320)
    columns = ("own", "auto", "full", "header", "side", "ticker", "actual", "drill", "cancel")
    assert len({files[f"1-sed-{name}-384x192"].read_bytes() for name in columns}) == len(columns)


def test_a_feed_is_drawn_with_words_that_stand_for_its_own(tmp_path: Path) -> None:
    """No server is asked: pages and running line show where the words will come from."""
    folder, output = Feed(tmp_path), tmp_path / "board.png"
    feed = {"id": "tin", "kind": "feed", "title": "Tin xã", "source": "https://xa.example/rss", "duration_s": 60}
    shares = []
    for zones in (("main", "ticker"), ()):
        slots = (slot(zone, feed, start="10:00", zone=zone) for zone in zones)
        folder.publish(feed, slots=tuple(slots))
        words = ["--size", "384x192", "--at", f"{DAY}T10:00:30+07:00", "-o", str(output)]
        assert main(["preview", str(tmp_path / "schedule.json"), *words]) == 0
        with Image.open(output) as picture:
            shares.append(len(picture.convert("RGB").getcolors(1 << 24) or []))
    assert shares[0] != shares[1]
