"""Content that is bad: it is named with its place and a remedy, passed over, and everything else goes on."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from firmware_py.core.errors import Code
from firmware_py.core.records import Result
from tests.system.world import Box, box, chunk, slot, text, under_permissions


@pytest.mark.parametrize(("script", "code"), [("dies=bad", "output_died"), ("fails=bad", "decoder_failed")])
def test_a_bulletin_that_fails_three_times_is_put_in_quarantine(tmp_path: Path, script: str, code: str) -> None:
    """What takes the output down three times is not tried again; that is reported, and the rest goes on air."""
    bad, rest = text("bad"), text("rest")
    with box(tmp_path, "board", program=("-m", "tests.system.scripted_box", script)) as board:
        board.feed.publish(bad, rest, slots=(slot("s", bad, rest),))
        board.start()
        board.play(rest)
        assert board.stop() == 0
    failed = board.records(bulletin_id="bad", result=Result.FAILED)
    assert [record.code for record in failed] == [code] * 3
    assert [later.resumes for later in failed] == [0, failed[0].no, failed[1].no]
    (skipped,) = board.records(bulletin_id="bad", result=Result.SKIPPED)
    assert skipped.code == Code.QUARANTINED
    (fault,) = board.faults(code="quarantined")
    assert (fault.subject, "replace its content or send a new schedule" in fault.detail) == ("bad", True)
    assert len(board.faults(code=code)) == 3


def huge_picture() -> bytes:
    """Return a sound picture of 30000×30000 pixels in black and white: a hundred kilobytes, 900 megapixels."""
    packer = zlib.compressobj(9)
    rows = [packer.compress(bytes(3751 * 1000)) for _ in range(30)]
    header = (30_000).to_bytes(4, "big") * 2 + bytes((1, 0, 0, 0, 0))
    image = chunk(b"IHDR", header) + chunk(b"IDAT", b"".join(rows) + packer.flush()) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + image


def test_bad_pictures_are_each_named_and_passed_over(board: Box) -> None:
    """Too large, no picture, empty, missing, a directory, cut off: a fault and a record each, the good one plays."""
    feed = board.feed
    good = feed.image("good")
    expected = {
        "huge": (feed.image("huge", raw=huge_picture()), Code.CONTENT_TOO_LARGE),
        "words": (feed.image("words", raw=b"This is no picture.\n" * 9), Code.CONTENT_UNREADABLE),
        "empty": (feed.image("empty", raw=b""), Code.CONTENT_EMPTY),
        "missing": (feed.image("missing"), Code.CONTENT_MISSING),
        "directory": (feed.image("directory"), Code.CONTENT_UNREADABLE),
        "cut": (feed.image("cut", raw=(feed.folder / "good.png").read_bytes()[:-30]), Code.CONTENT_UNREADABLE),
    }
    (feed.folder / "missing.png").unlink()
    (feed.folder / "directory.png").unlink()
    (feed.folder / "directory.png").mkdir()
    bad = [bulletin for bulletin, _ in expected.values()]
    feed.publish(*bad, good, slots=(slot("s", *bad, good),))
    board.start()
    board.play(good)
    for name, (_, code) in expected.items():
        fault = board.fault(subject=f"{name}.png")
        assert fault.code == code, fault
        assert f"{name}.png: " in fault.detail
        assert "; " in fault.detail  # what is wrong; how to mend it
        (record,) = board.records(bulletin_id=name)
        assert (record.result, record.code) == (Result.SKIPPED, code)
    assert board.stop() == 0
    assert len(board.faults()) == len(expected)


def test_bad_sounds_are_each_named_and_passed_over(tmp_path: Path) -> None:
    """No sound, empty, missing: a fault with file and remedy and a record each, and the good one plays."""
    with box(tmp_path, "speaker") as speaker:
        names = {"words": Code.CONTENT_UNREADABLE, "empty": Code.CONTENT_EMPTY, "missing": Code.CONTENT_MISSING}
        good, *bad = (speaker.feed.tone(name, 60 if name == "good" else 1) for name in ("good", *names))
        speaker.feed.file("words.wav", b"This is no sound.\n" * 50)
        speaker.feed.file("empty.wav", b"")
        (speaker.feed.folder / "missing.wav").unlink()
        speaker.feed.publish(*bad, good, slots=(slot("s", *bad, good),))
        speaker.start()
        speaker.play(good)
        for name, code in names.items():
            fault = speaker.fault(subject=f"{name}.wav")
            assert (fault.code, "; " in fault.detail) == (code, True)
            assert f"{name}.wav" in fault.detail
            (record,) = speaker.records(bulletin_id=name)
            assert (record.result, record.code) == (Result.SKIPPED, code)
        assert speaker.stop() == 0
        assert len(speaker.faults()) == len(names)


def test_a_file_that_is_removed_while_it_is_shown_stays_on_air(board: Box) -> None:
    """The box shows its own copy: the play goes on without a break, and the fault names the file and the remedy."""
    picture = board.feed.image("picture")
    board.feed.publish(picture, slots=(slot("s", picture),))
    board.start()
    board.play(picture)
    (board.feed.folder / "picture.png").unlink()
    fault = board.fault(code="content_missing")
    assert (fault.subject, "copy it there, or mend its path" in fault.detail) == ("picture.png", True)
    shown_us = board.on_air().played_us
    board.until(lambda: board.on_air().played_us > shown_us)
    board.stop()
    assert [record.result for record in board.records(bulletin_id="picture")] == [Result.STOPPED]


def test_a_file_that_is_replaced_with_the_schedule_is_shown(board: Box) -> None:
    """New schedule and new file in one go, under the same name and without hashes: the new file goes on air."""
    picture = board.feed.image("picture")
    board.feed.publish(picture, slots=(slot("s", picture),))
    board.start()
    board.play(picture)
    before = board.records(bulletin_id="picture")[0].sha256
    board.feed.image("picture", raw=(board.feed.folder / "picture.png").read_bytes() + b"\0")
    board.feed.publish(picture, text("more"), slots=(slot("s", picture),))
    board.until(lambda: {record.sha256 for record in board.records(bulletin_id="picture")} - {before})
    assert board.stop() == 0


def test_a_directory_without_permission_is_named_and_what_is_there_goes_on(tmp_path: Path) -> None:
    """A file, then the folder, that may not be read: a fault with place and remedy each; what is on air stays."""
    with box(tmp_path, "board", wrapper=under_permissions()) as board:
        picture, words = board.feed.image("picture"), text("words")
        closed = board.feed.folder / "picture.png"
        closed.chmod(0)
        board.feed.publish(picture, words, slots=(slot("s", picture, words),))
        board.start()
        board.play(words)
        fault = board.fault(subject="picture.png")
        assert fault.code == Code.FOLDER_UNREADABLE
        assert f"{closed}: cannot be read (Permission denied); give the agent's user the right" in fault.detail
        board.feed.folder.chmod(0)
        fault = board.fault(subject="source")
        assert f"{board.feed.folder}: schedule.json may not be read; give the agent's user the right" in fault.detail
        assert board.on_air().bulletin_id == "words"
        board.feed.folder.chmod(0o755)
        closed.chmod(0o644)
        board.until(lambda: board.on_air().bulletin_id == "picture")
        assert board.stop() == 0
