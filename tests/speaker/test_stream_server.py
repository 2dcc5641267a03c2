"""Servers of live streams that are not what they should be: each is given up with a reason that helps."""

from __future__ import annotations

import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from firmware_py.core.settings import Relay
from firmware_py.link.crypto.certificates import Authority, Identity
from firmware_py.speaker.relay.connection import Connection
from firmware_py.speaker.relay.server import StreamFailed
from firmware_py.speaker.relay.tuner import serve_for
from firmware_py.speaker.relay.web import WebServer

HEAD = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:{}\n"
Pages = dict[str, list[tuple[int, dict[str, str], bytes]]]


class Web:
    """A web server whose pages the test writes; a page with several answers gives one after the other."""

    protocol = "HTTP/1.0"

    def __init__(self) -> None:
        """Serve on a port of 127.0.0.1."""
        self.pages: Pages = {}
        self.asked: list[str] = []
        self.connections = 0
        self.hangs_up_after = 0
        web = self

        class Handler(BaseHTTPRequestHandler):
            disable_nagle_algorithm = True
            protocol_version = web.protocol

            def setup(self) -> None:
                """Count the connections."""
                super().setup()
                web.connections += 1

            def do_GET(self) -> None:
                web.asked.append(self.path)
                answers = web.pages[self.path]
                status, headers, body = answers.pop(0) if len(answers) > 1 else answers[0]
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
                self.close_connection |= len(web.asked) == web.hangs_up_after

            def log_message(self, *_words: Any) -> None:  # noqa: ANN401 - as in the class above it
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def page(self, path: str, body: str | bytes, kind: str = "", status: int = 200, **headers: str) -> None:
        """Add an answer to a page."""
        raw = body.encode() if isinstance(body, str) else body
        self.pages.setdefault(path, []).append((status, ({"Content-Type": kind} if kind else {}) | headers, raw))

    def sized(self, path: str, text: str, status: int = 200) -> None:
        """Add an answer that says how long it is."""
        raw = text.encode()
        self.pages.setdefault(path, []).append((status, {"Content-Length": str(len(raw))}, raw))

    def listen(self, path: str = "/live", *origins: str) -> list[bytes]:
        """Return all that is heard of a page, to its end."""
        server = WebServer(Relay(origins=origins or (self.origin,), open_s=1, stall_s=1))
        return list(server.listen(self.origin + path))

    def fails(self, path: str = "/live") -> str:
        """Return why a page cannot be listened to."""
        with pytest.raises(StreamFailed) as caught:
            self.listen(path)
        return str(caught.value)

    def speak_tls(self, identity: Identity) -> None:
        """From now on be an HTTPS server with this certificate."""
        terms = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        terms.load_cert_chain(identity.cert_path, identity.key_path)
        self._server.socket = terms.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.origin = self.origin.replace("http:", "https:")

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()


class KeepingWeb(Web):
    """Such a server that keeps its connections open."""

    protocol = "HTTP/1.1"


@pytest.fixture(name="web")
def _web() -> Iterator[Web]:
    made = Web()
    yield made
    made.close()


@pytest.fixture(name="keeping")
def _keeping() -> Iterator[Web]:
    made = KeepingWeb()
    yield made
    made.close()


def test_a_stream_is_handed_over_as_it_comes(web: Web) -> None:
    """Byte for byte, whatever it calls itself."""
    web.page("/live", b"\xff\xfb" * 40_000, "audio/mpeg")
    assert b"".join(web.listen()) == b"\xff\xfb" * 40_000


def test_another_origin_is_not_asked(web: Web) -> None:
    """Neither directly nor by a redirect nor by a playlist."""
    with pytest.raises(StreamFailed, match=r"no origin of relay\.origins"):
        web.listen("/live", "https://station.example")
    web.page("/live", "", status=302, Location="http://other.example/live")
    assert "has moved to http://other.example/live" in web.fails()
    web.page("/list", HEAD.format(1) + "http://other.example/1.ts\n", "application/vnd.apple.mpegurl")
    assert "no origin of relay.origins" in web.fails("/list")
    assert web.asked == ["/live", "/list"]


@pytest.mark.parametrize("place", ["http://[x", b"\xe9\xff".decode("latin-1"), "http://\x00/"])
def test_an_odd_redirect_is_a_fault_of_the_server(web: Web, place: str) -> None:
    """Whatever a portal in between writes into its answer, the stream is given up and nothing else."""
    web.page("/live", "x" * 100_000, status=302, Location=place)
    assert "has moved to" in web.fails()


@pytest.mark.parametrize("line", ["http://[x", "http://[::1", "//[/1.ts"])
def test_an_odd_address_in_a_playlist_is_a_fault_of_the_server(web: Web, line: str) -> None:
    """As a segment, as a variant and as what comes before the segments."""
    web.page("/live", HEAD.format(1) + f"{line}\n", "audio/x-mpegurl")
    assert "ValueError" in web.fails()
    web.page("/master", f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{line}\n", "audio/x-mpegurl")
    assert "ValueError" in web.fails("/master")
    web.page("/map", HEAD.format(1) + f'#EXT-X-MAP:URI="{line}"\n1.ts\n', "audio/x-mpegurl")
    assert "ValueError" in web.fails("/map")


def test_a_server_that_is_behind_the_others_repeats_nothing(web: Web) -> None:
    """One of a network of servers knows the newest segment not yet: what was heard is not heard again."""
    for first, last in ((1, 3), (1, 2), (2, 4)):
        lines = "".join(f"{number}.ts\n" for number in range(first, last + 1))
        end = "#EXT-X-ENDLIST\n" if last == 4 else ""
        web.page("/live", HEAD.format(first) + lines + end, "audio/x-mpegurl")
    for number in range(1, 5):
        web.page(f"/{number}.ts", str(number))
    assert b"".join(web.listen()) == b"1234"


@pytest.mark.parametrize(
    ("page", "why"),
    [
        (("<html>", "text/html; charset=utf-8"), "it is no sound but text/html"),
        (("#EXTM3U\nhttp://station.example/live\n", "audio/x-mpegurl"), "it is a list"),
        (("[playlist]\nFile1=x\n", "audio/x-scpls"), "it is a list"),
        (("gone", "text/plain", 404), "the server answers 404"),
        ((HEAD.format(1) + "#EXT-X-KEY:METHOD=AES-128\n1.ts\n", "audio/x-mpegurl"), "encrypted"),
        ((HEAD.format(1) + "x" * (1 << 20), "audio/x-mpegurl"), "more than 1048576 bytes"),
    ],
)
def test_what_is_no_stream_is_named(web: Web, page: Any, why: str) -> None:  # noqa: ANN401 - what `Web.page` takes
    """The reason says what came instead, and what to write where that helps."""
    web.page("/live", *page)
    assert why in web.fails()


def test_nobody_there_and_a_server_that_says_nothing_are_named() -> None:
    """Refused connections, and an answer that does not come within the term."""
    with pytest.raises(StreamFailed, match="Connection"):
        list(WebServer(Relay(origins=("http://127.0.0.1:9",), open_s=1)).listen("http://127.0.0.1:9/live"))


def test_a_server_that_no_public_ca_vouches_for_is_refused(web: Web, tmp_path: Path) -> None:
    """Whoever sits between the box and the station can speak TLS too: nothing is heard of him."""
    identity = Authority.create(tmp_path, "Somebody").issue_server(["127.0.0.1"])
    web.page("/live", b"\xff\xfb" * 1000, "audio/mpeg")
    web.speak_tls(identity)
    assert "CERTIFICATE_VERIFY_FAILED" in web.fails()
    assert web.asked == []


_LOADED = """
import sys
from firmware_py.core.settings import Relay
import firmware_py.speaker.output
from firmware_py.speaker.relay.tuner import serve_for
serve_for(Relay(origins=tuple(sys.argv[1:])))
print("http.client" in sys.modules)
"""


@pytest.mark.parametrize(
    ("origins", "loaded"), [((), False), (("udp://239.1.2.3:5000",), False), (("http://x",), True)]
)
def test_what_speaks_http_is_loaded_where_it_is_needed_only(origins: tuple[str, ...], loaded: bool) -> None:  # noqa: FBT001 - a column
    """It takes a twelfth of the output's memory: a box that listens to no web server does without."""
    said = subprocess.run([sys.executable, "-c", _LOADED, *origins], check=True, capture_output=True, text=True)
    assert said.stdout.strip() == str(loaded)


def test_without_an_origin_of_that_kind_every_address_is_refused() -> None:
    """As one of a foreign origin is."""
    terms = Relay(origins=("udp://239.1.2.3:5000",))
    with pytest.raises(StreamFailed, match=r"no origin of relay\.origins"):
        list(serve_for(terms)(terms).listen("http://127.0.0.1:9/live"))


def test_a_live_playlist_is_followed(web: Web) -> None:
    """The smallest variant, from three segments before its newest on, each once, to the end."""
    for number in range(10, 17):
        web.page(f"/low/{number}.ts", f"<{number}>")
    web.page("/live", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=9\nhigh.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=8\nlow/a.m3u8\n")
    web.page("/low/a.m3u8", HEAD.format(10) + "".join(f"{number}.ts\n" for number in range(10, 15)))
    web.page("/low/a.m3u8", HEAD.format(12) + "".join(f"{number}.ts\n" for number in range(12, 16)))
    web.page("/low/a.m3u8", HEAD.format(15) + "15.ts\n16.ts\n#EXT-X-ENDLIST\n")
    assert b"".join(web.listen()) == b"<12><13><14><15><16>"


def test_numbers_that_begin_anew_are_taken(web: Web) -> None:
    """A station that restarts its encoder begins to count at 0: nothing hangs, nothing is skipped for ever."""
    web.page("/live", HEAD.format(900) + "a.ts\n")
    web.page("/live", HEAD.format(0) + "b.ts\n#EXT-X-ENDLIST\n")
    web.page("/a.ts", "<a>")
    web.page("/b.ts", "<b>")
    assert b"".join(web.listen()) == b"<a><b>"


def test_what_stands_before_the_segments_comes_first(web: Web) -> None:
    """The head of fragmented MP4, once."""
    web.page("/live", HEAD.format(1) + '#EXT-X-MAP:URI="head.mp4"\n1.m4s\n2.m4s\n#EXT-X-ENDLIST\n')
    for name in ("head.mp4", "1.m4s", "2.m4s"):
        web.page(f"/{name}", f"<{name}>")
    assert b"".join(web.listen()) == b"<head.mp4><1.m4s><2.m4s>"


def test_one_connection_serves_a_whole_programme(keeping: Web) -> None:
    """List and segments, sized or in chunks, come over the same connection."""
    listed = HEAD.format(1) + "1.ts\n2.ts\n3.ts\n#EXT-X-ENDLIST\n"
    keeping.sized("/live", listed)
    keeping.sized("/1.ts", "a" * 40_000)
    keeping.pages["/2.ts"] = [(200, {"Transfer-Encoding": "chunked"}, b"2\r\nbb\r\n3\r\nbbb\r\n0\r\n\r\n")]
    keeping.sized("/3.ts", "c")
    assert b"".join(keeping.listen()) == b"a" * 40_000 + b"bbbbb" + b"c"
    assert keeping.connections == 1


def test_a_connection_that_was_closed_meanwhile_is_made_anew(keeping: Web) -> None:
    """A server that tells nobody before it hangs up costs a connection, not the programme."""
    listed = HEAD.format(1) + "1.ts\n2.ts\n#EXT-X-ENDLIST\n"
    keeping.sized("/live", listed)
    keeping.sized("/1.ts", "a")
    keeping.sized("/2.ts", "b")
    keeping.hangs_up_after = 2
    assert b"".join(keeping.listen()) == b"ab"
    assert keeping.connections == 2


def test_an_answer_that_was_not_read_is_no_answer_to_the_next_address(keeping: Web) -> None:
    """What is left of a list that was too long, or of an error, is thrown away with its connection."""
    with closing(Connection(1, 1)) as connection:
        keeping.sized("/list", "x" * 100_000)
        keeping.sized("/error", "no", status=500)
        keeping.sized("/1.ts", "a")
        for path in ("/list", "/error"):
            with connection.get(keeping.origin + path) as answer:
                assert answer.header("Content-Length")
        with connection.get(keeping.origin + "/1.ts") as answer:
            assert answer.piece(100) == b"a"
    assert keeping.connections == 3
