"""Snapshots, logs and left-over events reach one of the servers, or whoever asked hears why not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from firmware_py.core.events import Uploaded
from firmware_py.link import uploads as module
from firmware_py.link.uploads import Uploads
from tests.link import server as faults
from tests.link.downloads import PACE, PAUSES, hang_up
from tests.link.server import ContentServer, broker, make_authority
from tests.waiting import until


class Desk:
    """Two servers, and a box that brings things to them."""

    def __init__(self, first: ContentServer, second: ContentServer, uploads: Uploads, posted: list[Uploaded]) -> None:
        """Start the thread."""
        self.first, self.second, self.uploads, self._posted = first.shop, second.shop, uploads, posted
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with suppress(AttributeError):  # of None, which is no parcel
            self.uploads.send_for_ever()

    def end(self) -> None:
        """Let the thread end."""
        self.uploads._parcels.put(None)  # type: ignore[arg-type]
        self._thread.join(30)
        hang_up(self.uploads._web)

    def told(self) -> Uploaded:
        """Wait for how it went."""
        until(lambda: self._posted)
        return self._posted.pop(0)


@pytest.fixture(name="desk")
def _desk(tmp_path: Path) -> Iterator[Desk]:
    authority, identity, device = make_authority(tmp_path / "ca")
    posted: list[Uploaded] = []
    with ContentServer(authority, identity) as first, ContentServer(authority, identity) as second:
        settings = broker(authority, device, first.origin, second.origin)
        desk = Desk(first, second, Uploads(settings, "loa 1", posted.append, PACE, PAUSES), posted)
        yield desk
        desk.end()


def test_a_file_is_put_below_the_name_of_the_box(desk: Desk, tmp_path: Path) -> None:
    """The bytes arrive whole at the first server, under the given name, with their type; it is told."""
    (tmp_path / "x.png").write_bytes(b"PNG" * 100_000)
    desk.uploads.upload("snapshot-7.png", str(tmp_path / "x.png"))
    assert desk.told() == Uploaded("snapshot-7.png")
    assert desk.first.taken == {"up/loa 1/snapshot-7.png": b"PNG" * 100_000}
    (asked,) = desk.first.asked
    assert (asked.method, asked.headers["Content-Type"], asked.device) == ("PUT", "image/png", "loa-1")
    assert desk.second.asked == []


def test_events_are_posted(desk: Desk) -> None:
    """A batch goes as it is to the place for events, and that is told under the name `events`."""
    desk.uploads.post_backlog(b'{"events": []}')
    assert desk.told() == Uploaded("events")
    (asked,) = desk.first.asked
    assert (asked.method, asked.path, asked.body) == ("POST", "up/loa 1/events", b'{"events": []}')
    assert asked.headers["Content-Type"] == "application/json"


def test_a_server_that_is_busy_is_tried_again(desk: Desk) -> None:
    """503 at both servers, twice: the third round brings it."""
    for shop in (desk.first, desk.second):
        shop.fault("up/loa 1/events", faults.status(503), faults.status(503))
    desk.uploads.post_backlog(b"{}")
    assert desk.told() == Uploaded("events")
    assert len(desk.first.asked) == 3
    assert len(desk.second.asked) == 2


def test_a_server_that_refuses_is_passed_by(desk: Desk) -> None:
    """403 at the first server: the second takes it."""
    desk.first.fault("up/loa 1/events", faults.status(403))
    desk.uploads.post_backlog(b"{}")
    assert desk.told() == Uploaded("events")
    assert desk.second.taken == {"up/loa 1/events": b"{}"}


def test_what_all_refuse_is_told_at_once(desk: Desk) -> None:
    """A refusal or a redirect will be the same the next time: each server's answer is told, nothing is repeated."""
    desk.first.fault("up/loa 1/events", faults.status(413))
    desk.second.fault("up/loa 1/events", faults.status(307, Location="https://127.0.0.1:1/"))
    desk.uploads.post_backlog(b"{}")
    told = desk.told()
    assert told.name == "events"
    assert "/up/loa%201/events answers 413; " in told.detail
    assert told.detail.endswith("answers 307")
    assert len(desk.first.asked) == len(desk.second.asked) == 1


def test_what_nobody_takes_is_given_up_and_told(desk: Desk) -> None:
    """Busy for ever: after some rounds whoever asked hears of it, and the next parcel has its turn."""
    for shop in (desk.first, desk.second):
        shop.fault("up/loa 1/events", *[faults.status(500)] * module.ROUNDS)
    desk.uploads.post_backlog(b"{}")
    desk.uploads.post_backlog(b"[]")
    assert "answers 500" in desk.told().detail
    assert desk.told() == Uploaded("events")
    assert len(desk.first.asked) == module.ROUNDS + 1


def test_a_file_that_is_not_there_is_told(desk: Desk, tmp_path: Path) -> None:
    """No request is made for it."""
    desk.uploads.upload("x.png", str(tmp_path / "none.png"))
    assert desk.told() == Uploaded("x.png", f"{tmp_path / 'none.png'}: cannot be read (No such file or directory)")
    assert desk.first.asked == []


def test_a_file_that_is_too_large_is_told(desk: Desk, tmp_path: Path) -> None:
    """A log that has grown beyond all measure is not sent over 4G."""
    with (tmp_path / "log").open("wb") as file:
        file.truncate(module.MAX_BYTES + 1)
    desk.uploads.upload("log", str(tmp_path / "log"))
    assert "too much to send" in desk.told().detail
    assert desk.first.asked == []
