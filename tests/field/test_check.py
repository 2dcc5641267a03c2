"""`ttcs check`: every fault of a config, or of a schedule and its media, each with its place and remedy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from firmware_py.field.main import main
from tests.system.world import Feed, png, slot, text

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(name="feed")
def _feed(tmp_path: Path) -> Feed:
    return Feed(tmp_path)


def checked(capsys: pytest.CaptureFixture[str], path: Path, status: int) -> list[str]:
    """Return what is said of a file, without the file's name; the last line must be the sum."""
    assert main(["check", str(path)]) == status
    shown = capsys.readouterr()
    lines = shown.err.splitlines()
    count = {0: "no faults", 1: "1 fault"}.get(len(lines), f"{len(lines)} faults")
    assert shown.out == f"{path}: {count}\n"
    assert all(line.startswith(f"{path}:") for line in lines)
    return [line.removeprefix(f"{path}:").strip() for line in lines]


@pytest.mark.parametrize("name", ["demo/speaker.toml", "demo/board.toml", "speaker.example.toml", "board.example.toml"])
def test_the_configs_that_come_with_it_have_no_faults(capsys: pytest.CaptureFixture[str], name: str) -> None:
    """What a technician begins with is right, for either product."""
    assert checked(capsys, ROOT / "config" / name, 0) == []


def test_the_demos_schedule_and_media_have_no_faults(capsys: pytest.CaptureFixture[str]) -> None:
    """Every file is there, has its size and hash, and can be played or shown."""
    assert checked(capsys, ROOT / "config" / "demo" / "feed" / "schedule.json", 0) == []


def test_every_fault_of_a_config_is_said_with_its_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The program that a file is for shows in its sections; faults come with line, key and remedy."""
    path = tmp_path / "my.toml"
    path.write_text('[device]\nid = ""\n[screen]\nfps = 0\nheigth = 3\n')
    assert (
        checked(capsys, path, 1)
        == [
            "5: screen.heigth: is not a known key (did you mean 'height'?)",
            "2: device.id: has length 0 (allowed: 1 to 64)",
            "1: device.name: is missing (it must be given)",
            "4: screen.fps: is 0 (allowed: 1 to 120 frames per second)",
            "link: is missing (it must be given)",
        ]
        or len(checked(capsys, path, 1)) == 5
    )


def test_every_fault_of_a_schedule_is_said(capsys: pytest.CaptureFixture[str], feed: Feed) -> None:
    """Faults of the document come alone: its media are looked at when it can be read."""
    document = feed.document(feed.image("gone"), slots=(slot("s", text("x"), start="25:00"),))
    path = feed.folder / "schedule.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    (said,) = checked(capsys, path, 1)
    assert said.startswith("slots[0].start: '25:00' is not a time of day (")


def test_every_bad_file_of_a_schedule_is_said(capsys: pytest.CaptureFixture[str], feed: Feed) -> None:
    """Missing, empty, no picture, no sound, leading out of the folder, not the one that the document means."""
    bulletins = [feed.image("good"), feed.image("missing"), feed.image("empty", raw=b""), feed.image("words", raw=b"x")]
    (feed.folder / "missing.png").unlink()
    (feed.folder / "words.wav").write_bytes(b"This is no sound.\n" * 20)
    bulletins.append({"id": "sound", "kind": "audio", "content": [{"path": "words.wav"}]})
    (feed.folder / "out.png").symlink_to("/etc/passwd")
    bulletins.append({**feed.image("out2"), "content": [{"path": "out.png"}]})
    feed.publish(*bulletins, slots=(slot("s", *bulletins),))
    said = checked(capsys, feed.folder / "schedule.json", 1)
    assert [line.partition(": ")[0] for line in said] == [f"bulletins[{index}].content[0]" for index in range(1, 6)]
    expected = ("missing.png: is not there", "empty.png", "words.png", "words.wav", "leads out of")
    for line, what in zip(said, expected, strict=True):
        assert what in line
    assert "put the file into the folder, or mend the path" in said[0]


def test_a_file_that_does_not_have_its_hash_is_said(capsys: pytest.CaptureFixture[str], feed: Feed) -> None:
    """A good picture under the wrong hash or size would never go on air: check says so before the box does."""
    wrong = feed.image("wrong")
    wrong["content"][0] |= {"sha256": "0" * 64, "size": len(png(48, 32))}
    short = feed.image("short")
    short["content"][0] |= {"size": 3}
    feed.publish(wrong, short, slots=(slot("s", wrong, short),))
    said = checked(capsys, feed.folder / "schedule.json", 1)
    assert ["SHA-256" in said[0], "bytes" in said[1]] == [True, True]


@pytest.mark.parametrize(("name", "remedy"), [("x.json", "check the name"), ("x.toml", "check the name")])
def test_a_file_that_is_not_there_is_said(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str, remedy: str
) -> None:
    """A wrong name on the command line is a fault like others."""
    (said,) = checked(capsys, tmp_path / name, 1)
    assert said.startswith("cannot be read: No such file or directory")
    assert remedy in said
