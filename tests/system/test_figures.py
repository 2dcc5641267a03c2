"""A figure goes from `ttcs send` to a board, over the broker and its access list, and outlives a power cut."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_py.core.records import Result
from tests.system.province import source
from tests.system.world import Json, text

pytestmark = pytest.mark.timeout(120)


def test_a_board_shows_the_weather(tmp_path: Path) -> None:
    """Signed, retained, verified, journalled, shown; killed and started again while the broker is away, shown again."""
    weather: Json = {"id": "khi", "kind": "text", "title": "Thời tiết", "data": "thoi-tiet", "duration_s": 3600}
    with source(tmp_path) as province:
        board = province.enrol("board", "bang-1")
        always: Json = {"id": "luon", "days": "always", "playlist": ["khi"]}
        board.feed.publish(weather, text("nen", 3600), slots=(always,), fallback=["nen"])
        province.put_in_force(board.directory / "schedule.json", board)
        province.send("figure", "thoi-tiet", "--area", "23500", "--text", "vi=28 độ, trời nắng")
        board.start()
        board.play(weather)
        board.kill()
        province.stop()
        board.start()
        board.until(lambda: board.records(bulletin_id="khi", result=Result.ON_AIR))
        board.play(weather)
        board.stop()
        assert not board.faults(code="data_stale")
