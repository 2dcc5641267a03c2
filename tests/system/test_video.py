"""A video on a whole board: checked, on air at its time, recorded with its true length; a bad one is passed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_py.core.errors import Code
from firmware_py.core.records import Result
from firmware_py.core.units import SECOND
from tests.board.films import make_film
from tests.system.world import Json, box, clock, slot


def video(name: str) -> Json:
    """Return a bulletin with a film."""
    return {"id": name, "kind": "video", "title": name, "content": [{"path": f"{name}.mp4"}]}


def test_a_video_goes_on_air_and_a_bad_one_does_not(tmp_path: Path) -> None:
    """The film's own length is what counts, its record says that it was seen, and the file that is none is named."""
    with box(tmp_path, "board") as board:
        make_film(board.feed.folder / "good.mp4", frames=50, rate=25)
        board.feed.file("bad.mp4", b"no film at all" * 100)
        board.feed.publish(slots=())
        board.start()
        board.ready()
        begin = clock(board.soon_s(4))
        board.feed.publish(video("bad"), video("good"), slots=(slot("s", video("bad"), video("good"), start=begin),))
        (record,) = board.closed(video("good"))
        assert record.result is Result.COMPLETE, record
        assert record.played_us == pytest.approx(2 * SECOND, abs=0.5 * SECOND)
        assert record.frames > 20
        assert board.fault(subject="bad.mp4").code == Code.CONTENT_UNREADABLE
        assert board.stop() == 0
