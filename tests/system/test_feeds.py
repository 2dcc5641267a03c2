"""A board reads a feed from its server, shows it, and goes on showing it after a power cut without the server."""

from __future__ import annotations

from pathlib import Path

from firmware_py.core.records import Result
from tests.board.newsroom import NewsServer, rss
from tests.system import world
from tests.system.world import Box, Json

SETTINGS = '[feeds]\norigins = ["{origin}"]\nperiod_s = 60\nanswer_s = 5\nca = "ca.pem"\n'


def publish(board: Box, source: str) -> Json:
    """Put a schedule into the folder that shows a feed in both zones, and a text when there is none."""
    feed: Json = {"id": "tin", "kind": "feed", "title": "Tin xã", "source": source, "duration_s": 600}
    other = world.text("nen")
    slots = ({"id": "dong", "days": "always", "zone": "ticker", "playlist": ["tin"]}, world.slot("s", feed))
    board.feed.publish(feed, other, slots=slots, fallback=["nen"])
    return feed


def test_a_feed_outlives_its_server_and_a_power_cut(tmp_path: Path) -> None:
    """Read over TLS in the main zone and as the running line; killed and started again, shown from the disk."""
    (tmp_path / "web").mkdir()
    with NewsServer(tmp_path / "web", secured=True) as server:
        server.shop.files["rss"] = rss("Lịch tiêm chủng", "Họp thôn")
        (tmp_path / "ca.pem").write_bytes(Path(server.ca).read_bytes())
        with world.box(tmp_path, "board", settings=SETTINGS.format(origin=server.origin)) as board:
            feed = publish(board, f"{server.origin}/rss")
            board.start()
            board.play(feed)
            board.until(lambda: board.records(channel="ticker", bulletin_id="tin", result=Result.ON_AIR))
            board.kill()
            asked = len(server.shop.asked)
            server.shop.files.clear()
            board.start()
            board.play(feed)
            board.stop()
            assert board.faults() == []
    assert asked == 1
    assert {record.kind for record in board.records(bulletin_id="tin")} == {"feed"}
