"""A feed is fetched from its server within its limits, or it is told why not; strangers are never followed."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_py.board.webfeed import process
from firmware_py.board.webfeed.process import MAX_BYTES, read
from firmware_py.board.webfeed.reader import FeedProcess
from firmware_py.board.webfeed.request import Request
from firmware_py.core.content import Flaw
from firmware_py.core.errors import Code, Unavailable, Unplayable
from firmware_py.core.feeds import Version
from tests.board.newsroom import NewsServer, rss
from tests.link import server as faults
from tests.link.server import Fault, Handler, etag

NEWS = rss("Lịch tiêm chủng", "Họp thôn")


@pytest.fixture(name="server")
def _server(tmp_path: Path) -> Iterator[NewsServer]:
    with NewsServer(tmp_path) as server:
        server.shop.files["rss"] = NEWS
        yield server


def refused(server: NewsServer, *wrong: Fault, answer_s: float = 5.0) -> tuple[Code, str]:
    """Return what is said of a server that does this."""
    server.shop.fault("rss", *wrong)
    with pytest.raises((Unavailable, Unplayable)) as caught:
        read(Request(f"{server.origin}/rss", answer_s=answer_s))
    error = caught.value
    assert isinstance(error, (Unavailable, Unplayable))
    return error.code, error.detail


def test_a_feed_comes_with_the_name_of_its_version(server: NewsServer) -> None:
    """The entries, and the ETag to ask with next time."""
    version = read(Request(f"{server.origin}/rss"))
    assert [entry.title for entry in version.entries] == ["Lịch tiêm chủng", "Họp thôn"]
    assert (version.etag, version.same) == (etag(NEWS), False)


def test_a_feed_that_is_the_same_costs_no_body(server: NewsServer) -> None:
    """The names of the version that is known go along; the server says 304."""
    version = read(Request(f"{server.origin}/rss", etag(NEWS), "Mon, 23 Nov 2026 05:30:00 GMT"))
    assert version == Version((), etag(NEWS), "Mon, 23 Nov 2026 05:30:00 GMT", same=True)
    (asked,) = server.shop.asked
    assert asked.headers["If-None-Match"] == etag(NEWS)
    assert asked.headers["If-Modified-Since"] == "Mon, 23 Nov 2026 05:30:00 GMT"


def test_a_server_learns_nothing_of_the_box(server: NewsServer) -> None:
    """No cookie, no language, no version of a library; identity encoding is asked for."""
    read(Request(f"{server.origin}/rss"))
    (asked,) = server.shop.asked
    assert set(asked.headers) == {"Host", "User-Agent", "Accept", "Accept-Encoding"}
    assert (asked.headers["User-Agent"], asked.headers["Accept-Encoding"]) == ("ttcs", "identity")


def test_a_secured_server_must_be_vouched_for(tmp_path: Path) -> None:
    """With the CA of the config it is believed; with the public ones a server of the village is a stranger."""
    with NewsServer(tmp_path, secured=True) as server:
        server.shop.files["rss"] = NEWS
        assert read(Request(f"{server.origin}/rss", ca=server.ca)).entries
        with pytest.raises(Unavailable, match=r"certificate") as caught:
            read(Request(f"{server.origin}/rss"))
        assert caught.value.code is Code.FETCH_FAILED


def test_a_redirect_is_never_followed(server: NewsServer) -> None:
    """Not to itself in a loop, not elsewhere, and the endless body of one is not read."""
    code, detail = refused(server, faults.status(302, Location=f"{server.origin}/rss"))
    assert (code, len(server.shop.asked)) == (Code.FETCH_FAILED, 1)
    assert f"has moved to {server.origin}/rss (302)" in detail
    assert refused(server, faults.bottomless_redirect)[0] is Code.FETCH_FAILED


@pytest.mark.parametrize("status", [204, 206, 304, 401, 404, 410, 429, 500, 503])
def test_any_other_status_is_no_feed(server: NewsServer, status: int) -> None:
    """Also a 304 that nobody asked for."""
    code, detail = refused(server, faults.status(status))
    assert code is Code.FETCH_FAILED
    assert str(status) in detail


def test_a_packed_body_is_not_unpacked(server: NewsServer) -> None:
    """A hundred megabytes of nothing in a hundred kilobytes stay packed."""
    assert refused(server, faults.packed)[0] is Code.CONTENT_UNSUPPORTED


def test_a_body_of_fifty_megabytes_is_cut_off_at_the_limit(server: NewsServer) -> None:
    """With or without a length it is left when it has passed the limit; the server is stuck with the rest."""
    sent: list[int] = []

    def huge(handler: Handler, _raw: bytes) -> None:
        handler.head(200, {"Content-Length": str(50 << 20)})
        for _ in range(50 * 16):
            handler.wfile.write(b" " * (64 << 10))
            sent.append(64 << 10)

    code, detail = refused(server, huge)
    assert (code, detail.startswith("has more than 1 MiB")) == (Code.CONTENT_TOO_LARGE, True)
    assert sum(sent) < 25 << 20
    assert refused(server, faults.endless)[0] is Code.CONTENT_TOO_LARGE
    server.shop.files["rss"] = NEWS.ljust(MAX_BYTES)
    assert read(Request(f"{server.origin}/rss")).entries


def test_a_body_that_breaks_off_is_no_feed(server: NewsServer) -> None:
    """Half a document is never shown, also where half of it could be read."""
    code, detail = refused(server, faults.cut(len(NEWS) - 5))
    assert code is Code.FETCH_FAILED
    assert "does not come" in detail


def test_a_web_page_is_no_feed(server: NewsServer) -> None:
    """An HTML page, as servers send where a feed was once, is named as one."""
    for page in (b"<!DOCTYPE html><html><body><p>Xin", b"<html><br></html>", b"\xef\xbb\xbf\n<HTML lang=vi>"):
        server.shop.files["rss"] = page
        code, detail = refused(server)
        assert (code, "is a web page (HTML)" in detail) == (Code.CONTENT_UNSUPPORTED, True)


def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The reason is the network's own, in one line."""
    with NewsServer(tmp_path) as server:
        source = f"{server.origin}/rss"
    with pytest.raises(Unavailable, match="does not come"):
        read(Request(source, answer_s=2.0))


def test_a_name_of_a_version_that_could_break_a_request_is_dropped(server: NewsServer) -> None:
    """What is sent back later is short, printable and ASCII."""

    def odd(handler: Handler, raw: bytes) -> None:
        handler.head(200, {"Content-Length": str(len(raw)), "ETag": "x" * 2000, "Last-Modified": "th\xe1ng"})
        handler.wfile.write(raw)

    server.shop.fault("rss", odd)
    version = read(Request(f"{server.origin}/rss"))
    assert (version.etag, version.modified) == ("", "")


def test_a_process_of_its_own_reads_the_feed(server: NewsServer) -> None:
    """Under limits of memory that a box can bear; a fault comes back as a flaw."""
    reader = FeedProcess(5.0, "")
    version = reader.read(f"{server.origin}/rss", "", "")
    assert isinstance(version, Version)
    assert len(version.entries) == 2
    server.shop.fault("rss", faults.status(503))
    flaw = reader.read(f"{server.origin}/rss", "", "")
    assert isinstance(flaw, Flaw)
    assert (flaw.code, "503" in flaw.detail) == (Code.FETCH_FAILED, True)


@pytest.mark.parametrize("head", [False, True])
def test_a_server_that_sends_a_byte_now_and_then_is_left_in_time(server: NewsServer, *, head: bool) -> None:
    """However steadily it drips, of its head or of its body, the whole answer has its time."""
    server.shop.fault("rss", faults.drip(0.05, head=head))
    begun_s = time.monotonic()
    flaw = FeedProcess(0.5, "").read(f"{server.origin}/rss", "", "")
    assert isinstance(flaw, Flaw)
    assert flaw.code is Code.FETCH_FAILED
    assert time.monotonic() - begun_s < 5


@pytest.mark.parametrize(
    ("program", "what"),
    [
        ("import os; os.abort()", "SIGABRT"),
        ("print('nonsense')", "without an answer"),
        ("raise SystemExit(1)", "without an answer"),
        ("print('x' * 300_000)", "wrote more than"),
        ("x = bytearray(400_000_000)", "without an answer"),
        ("print('{\"entries\": [' + ','.join(['{\"title\": \"a\"}'] * 21) + ']}')", "more than was asked for"),
        ("print('{\"entries\": [{\"title\": \"' + 'a' * 201 + '\"}]}')", "more than was asked for"),
    ],
)
def test_what_reads_feeds_may_break(program: str, what: str) -> None:
    """A reader that a stranger's feed has broken, or taken over, is a feed that did not come."""
    flaw = FeedProcess(5.0, "", (sys.executable, "-c", program)).read("https://xa.example/rss", "", "")
    assert isinstance(flaw, Flaw)
    assert flaw.code is Code.FETCH_FAILED
    assert what in flaw.detail


def test_the_process_says_what_it_found(server: NewsServer, capfd: pytest.CaptureFixture[str]) -> None:
    """One line of JSON, and a status."""
    assert process.main([f'{{"source": "{server.origin}/rss", "answer_s": 5}}']) == 0
    assert '"entries":[{"title":"Lịch tiêm chủng"' in capfd.readouterr().out
    server.shop.fault("rss", faults.stall(10))
    assert process.main([f'{{"source": "{server.origin}/rss", "answer_s": 0.2}}']) == 1
    assert '"code":"fetch_failed"' in capfd.readouterr().out
