"""The content server gives files in pieces, takes what a box sends of itself, and believes certificates only."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from itertools import count

import pytest

from firmware_py.core.wire import Sync
from firmware_py.field.province.content import MAX_UPLOAD_BYTES, wanted
from tests.field.province_world import EPOCH, PATIENCE_S, Province, ScriptedBox
from tests.waiting import until

NUMBERS = count(1)
FILE = bytes(range(256)) * 1000


@pytest.fixture
def box(province: Province) -> ScriptedBox:
    """Give an enrolled box, and a file on the server."""
    (province.place.content / "objects" / "clip.bin").write_bytes(FILE)
    return province.enrol("board", f"box-{next(NUMBERS)}", "62")


def test_a_file_comes_whole_or_in_pieces(box: ScriptedBox) -> None:
    """GET, HEAD, the rest from a byte, a span, the last bytes; each with its length and the same ETag."""
    status, headers, body = box.get("/objects/clip.bin")
    assert (status, body, headers["Accept-Ranges"]) == (200, FILE, "bytes")
    assert box.ask("HEAD", "/objects/clip.bin")[0::2] == (200, b"")
    for asked, begin, end in (
        ("bytes=1000-", 1000, len(FILE)),
        ("bytes=5-9", 5, 10),
        ("bytes=-7", len(FILE) - 7, None),
    ):
        status, part, body = box.get("/objects/clip.bin", Range=asked)
        assert (status, body, part["ETag"]) == (206, FILE[begin:end], headers["ETag"])
        assert part["Content-Range"] == f"bytes {begin}-{(end or len(FILE)) - 1}/{len(FILE)}"


def test_a_piece_of_another_version_is_not_given(box: ScriptedBox) -> None:
    """If-Range with the ETag of another version brings the whole file; with the right one the piece."""
    tag = box.get("/objects/clip.bin")[1]["ETag"]
    assert box.get("/objects/clip.bin", Range="bytes=9-", **{"If-Range": '"other"'})[0::2] == (200, FILE)
    assert box.get("/objects/clip.bin", Range="bytes=9-", **{"If-Range": tag})[0::2] == (206, FILE[9:])
    assert box.get("/objects/clip.bin", **{"If-None-Match": tag})[0::2] == (304, b"")


def test_a_file_by_its_hash_keeps_its_etag(province: Province, box: ScriptedBox) -> None:
    """Put there again, it is the same version: a fetch that was cut off goes on."""
    path = province.place.content / "objects" / f"{'ab' * 32}.bin"
    path.write_bytes(FILE)
    tag = box.get(f"/objects/{path.name}")[1]["ETag"]
    path.unlink()
    path.write_bytes(FILE)
    assert box.get(f"/objects/{path.name}")[1]["ETag"] == tag == f'"{"ab" * 32}"'


@pytest.mark.parametrize(
    ("asked", "span"),
    [
        (None, (0, 10)),
        ("bytes=3-", (3, 10)),
        ("bytes=3-99", (3, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-99", (0, 10)),
        ("bytes=10-", (10, 10)),
        ("bytes=-0", (10, 10)),
        ("bytes=-", (0, 10)),
        ("bytes=5-3", (0, 10)),
        ("bytes=1-2,4-5", (0, 10)),
        ("lines=1-2", (0, 10)),
    ],
)
def test_what_a_range_means(asked: str | None, span: tuple[int, int]) -> None:
    """A range that makes no sense, or several at once, brings the whole file, as RFC 9110 allows."""
    assert wanted(asked, None, '"t"', 10) == span


def test_a_piece_behind_the_end_is_refused(box: ScriptedBox) -> None:
    """416 with the true size."""
    status, headers, _ = box.get("/objects/clip.bin", Range=f"bytes={len(FILE)}-")
    assert (status, headers["Content-Range"]) == (416, f"bytes */{len(FILE)}")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/objects",
        "/objects/",
        "/none",
        "/../province.json",
        "/%2e%2e/province.json",
        "/objects/..%2f..%2fkeyring.json",
        "//etc/passwd",
        "/objects/clip.bin%00",
    ],
)
def test_nothing_but_its_files_is_given(box: ScriptedBox, path: str) -> None:
    """No directory, nothing above it, however that is written."""
    assert box.get(path)[0] == 404


def test_who_shows_no_certificate_gets_nothing(box: ScriptedBox) -> None:
    """The server ends the conversation before a byte of a file."""
    host, _, port = box.broker.origins[0].removeprefix("https://").rpartition(":")
    connection = http.client.HTTPSConnection(host, int(port), timeout=PATIENCE_S, context=box.context(shown=False))
    with pytest.raises((ssl.SSLError, ConnectionError)):
        _ask(connection)
    connection.close()


def _ask(connection: http.client.HTTPSConnection) -> None:
    connection.request("GET", "/objects/clip.bin")
    connection.getresponse()


def test_who_stalls_keeps_nobody_waiting(box: ScriptedBox) -> None:
    """Five connections that never shake hands: a box is served meanwhile."""
    host, _, port = box.broker.origins[0].removeprefix("https://").rpartition(":")
    stalled = [socket.create_connection((host, int(port))) for _ in range(5)]
    assert box.get("/objects/clip.bin")[0] == 200
    for each in stalled:
        each.close()


def test_a_box_sends_files_of_itself_only(province: Province, box: ScriptedBox) -> None:
    """A snapshot arrives under the box's name; under another name, outside, or too large it does not."""
    assert box.ask("PUT", f"/up/{box.name}/snapshot.png", b"png")[0] == 204
    assert (province.place.up / box.name / "snapshot.png").read_bytes() == b"png"
    refused = {"/up/another/x": 403, "/objects/x": 403, f"/up/{box.name}/a/b": 403, f"/up/{box.name}/..%2f..%2fx": 403}
    assert {path: box.ask("PUT", path, b"x")[0] for path in refused} == refused
    size = {"Content-Length": str(MAX_UPLOAD_BYTES + 1)}
    assert box.ask("PUT", f"/up/{box.name}/large", headers=size)[0] == 413
    assert {path.name for path in (province.place.up / box.name).iterdir()} == {"snapshot.png"}


def test_a_backlog_by_https_is_kept_like_one_by_mqtt(province: Province, box: ScriptedBox) -> None:
    """Both ways bring the same events once; the answer is 204 when they are kept, and the ack covers them."""
    with box.connected():
        box.hello()
        box.say("events", box.events(1, 2))
        until(lambda: any(sync.through == 2 for sync in box.received(Sync)), PATIENCE_S)
        raw = json.dumps(box.events(1, 2, 3)).encode()
        assert box.ask("POST", f"/up/{box.name}/events-1.json", raw)[0] == 204
        until(lambda: any((sync.epoch, sync.through) == (EPOCH, 3) for sync in box.received(Sync)), PATIENCE_S)
    with province.book() as book:
        assert [row.body["detail"] for row in book.events(device=box.name)] == ["fault 1", "fault 2", "fault 3"]


def test_a_backlog_that_is_none_is_refused_in_words(box: ScriptedBox) -> None:
    """Another box's events, or no events at all."""
    raw = json.dumps(box.events(1) | {"device": "another"}).encode()
    status, _, said = box.ask("POST", f"/up/{box.name}/events", raw)
    assert (status, b"no batch of this box" in said) == (422, True)
    assert box.ask("POST", f"/up/{box.name}/events", b"{")[0] == 422
