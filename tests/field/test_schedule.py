"""`ttcs schedule`: what would be on air when, by the same function that decides it on the box."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from firmware_py.field.main import main
from tests.system.world import DAY, Feed, slot, text

DEMO = Path(__file__).resolve().parents[2] / "config" / "demo" / "feed" / "schedule.json"


def shown(capsys: pytest.CaptureFixture[str], path: Path, *words: str) -> list[str]:
    """Return the lines of the command."""
    assert main(["schedule", str(path), *words]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return str(out).splitlines()


def rows(capsys: pytest.CaptureFixture[str], path: Path, *words: str) -> list[dict[str, Any]]:
    """Return the rows of the command with --json."""
    return [json.loads(line) for line in shown(capsys, path, "--json", *words)]


def test_the_demos_day_is_shown_channel_by_channel(capsys: pytest.CaptureFixture[str]) -> None:
    """Sound, the board's pages with the fallback before and after, and the running line: with titles, in local time."""
    found = rows(capsys, DEMO, "--at", DAY)
    spans = [(row["channel"], row["start"][11:16], row["end"][11:16], row["rank"], row["slot"]) for row in found]
    assert spans == [
        ("sound", "05:30", "07:00", "normal", "chuong-trinh-sang"),
        ("main", "00:00", "05:30", "fallback", "fallback"),
        ("main", "05:30", "07:00", "normal", "bang-tin-sang"),
        ("main", "07:00", "00:00", "fallback", "fallback"),
        ("ticker", "05:00", "22:00", "normal", "chu-chay"),
    ]
    assert found[0]["bulletins"] == ["Nhạc chuông mở đầu", "Bản tin sáng của xã", "Nhạc hiệu kết thúc"]
    assert found[0]["start"] == f"{DAY}T05:30:00+07:00"
    assert {row["withheld"] for row in found} == {""}


def test_each_day_has_its_rows(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Three days from a Sunday on: a slot of weekdays is there on two of them; one over midnight on both its days."""
    feed, page = Feed(tmp_path), text("a", 3600)
    days = {"days": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"}
    feed.publish(
        page,
        slots=(slot("day", page, start="08:00") | days, slot("night", page, start="23:30") | days),
    )
    lines = shown(capsys, tmp_path / "schedule.json", "--at", "2026-11-22", "--days", "3")
    assert lines == [
        "2026-11-23 08:00:00-09:00:00  main    normal    day: Tin a",
        "2026-11-23 23:30:00-00:00:00  main    normal    night: Tin a",
        "2026-11-24 00:00:00-00:30:00  main    normal    night: Tin a",
        "2026-11-24 08:00:00-09:00:00  main    normal    day: Tin a",
        "2026-11-24 23:30:00-00:00:00  main    normal    night: Tin a",
    ]


def test_what_is_passed_over_is_shown_with_its_reason(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A file that is missing or is not the one that is meant: beside what does go out, or as a slot that does not."""
    feed, page = Feed(tmp_path), text("page", 60)
    gone, wrong = feed.image("gone", 60), feed.image("wrong", 60)
    (tmp_path / "gone.png").unlink()
    wrong["content"][0]["sha256"] = "0" * 64
    slots = (slot("some", page, gone, start="08:00"), slot("none", wrong, start="09:00", end="10:00"))
    feed.publish(page, gone, wrong, slots=slots)
    some, none = rows(capsys, tmp_path / "schedule.json", "--at", DAY)
    assert (some["bulletins"], some["withheld"]) == (["Tin page"], "gone (content_missing)")
    assert (none["slot"], none["bulletins"], none["withheld"]) == ("none", [], "content_mismatch")


@pytest.mark.parametrize(
    "words", [("--days", "0"), ("--days", "32"), ("--days", "x"), ("--at", "2026-02-30"), ("--at", "9999-12-31")]
)
def test_days_that_there_are_not_are_wrong_use(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    """Status 2 and what is right; nothing is computed."""
    try:
        status: object = main(["schedule", str(DEMO), *words])
    except SystemExit as ended:
        status = ended.code
    assert status == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words[0] in err


def test_a_feed_has_its_place_though_nobody_asks_its_server(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """On a desk nothing is known of what it says: it is shown as if it said something."""
    folder = Feed(tmp_path)
    feed = {"id": "tin", "kind": "feed", "title": "Tin xã", "source": "https://xa.example/rss", "duration_s": 3600}
    folder.publish(feed, slots=(slot("s", feed, start="10:00"), slot("d", feed, start="10:00", zone="ticker")))
    found = rows(capsys, tmp_path / "schedule.json", "--at", DAY)
    assert [(row["channel"], row["start"][11:16], row["bulletins"]) for row in found] == [
        ("main", "10:00", ["Tin xã"]),
        ("ticker", "10:00", ["Tin xã"]),
    ]
    assert main(["check", str(tmp_path / "schedule.json")]) == 0
