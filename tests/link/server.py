"""A real HTTPS server for tests: mutual TLS, ranges, ETags, uploads, and faults on demand."""

from __future__ import annotations

import gzip
import hashlib
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self, TypeAlias
from urllib.parse import unquote

from firmware_py.core.settings import Broker
from firmware_py.link.crypto.certificates import Authority, Identity


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came, from whom, and what was sent along."""

    method: str
    path: str
    headers: Mapping[str, str]
    device: str
    body: bytes = b""
    at_s: float = 0.0


Fault: TypeAlias = Callable[["Handler", bytes], None]
"""Answers a request for a file with these bytes in a way of its own."""


@dataclass(slots=True)
class Shop:
    """What a server has, what it was asked, what was brought to it, and what it does wrong."""

    files: dict[str, bytes] = field(default_factory=dict)
    faults: dict[str, deque[Fault]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    taken: dict[str, bytes] = field(default_factory=dict)
    etags: bool = True
    closing: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    def fault(self, path: str, *faults: Fault) -> None:
        """Have these faults answer the next requests for a path, one each; then it is served well."""
        self.faults.setdefault(path, deque()).extend(faults)

    def next_fault(self, path: str) -> Fault | None:
        """Return the fault for this request."""
        waiting = self.faults.get(path)
        return waiting.popleft() if waiting else None

    def ranges(self, path: str) -> list[str]:
        """Return from where each request for a path wanted it."""
        return [each.headers.get("Range", "") for each in self.asked if each.path == path]


class Handler(BaseHTTPRequestHandler):
    """Serves one connection."""

    protocol_version = "HTTP/1.1"
    server: ContentServer
    timeout = 20

    @property
    def shop(self) -> Shop:
        """What this server has."""
        return self.server.shop

    def do_GET(self) -> None:
        """Serve a file, or what the test wants instead."""
        asked = self._note()
        fault = self.shop.next_fault(asked.path)
        raw = self.shop.files.get(asked.path)
        if fault:
            fault(self, raw or b"")
        elif raw is None:
            self.head(404, {"Content-Length": "0"})
        else:
            self.serve(raw)

    def do_PUT(self) -> None:
        """Take a file, or what the test wants instead."""
        asked = self._note()
        fault = self.shop.next_fault(asked.path)
        if fault:
            fault(self, b"")
            return
        self.shop.taken[asked.path] = asked.body
        self.head(201, {"Content-Length": "0"})

    do_POST = do_PUT  # noqa: N815 - http.server calls it so

    def serve(self, raw: bytes) -> None:
        """Serve a file as servers do: the rest of it when that is asked for and the version is still the same."""
        tag = etag(raw) if self.shop.etags else ""
        start = self._start(raw, tag)
        extra = {"ETag": tag} if tag else {}
        if start > len(raw):
            self.head(416, {"Content-Length": "0", "Content-Range": f"bytes */{len(raw)}"})
        elif start:
            span = {"Content-Range": f"bytes {start}-{len(raw) - 1}/{len(raw)}"}
            self.head(206, {"Content-Length": str(len(raw) - start)} | span | extra)
        else:
            self.head(200, {"Content-Length": str(len(raw))} | extra)
        self.wfile.write(raw[start:])

    def head(self, status: int, headers: Mapping[str, str]) -> None:
        """Send the head of an answer."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.flush()

    def log_message(self, *_: Any) -> None:  # noqa: ANN401 - as http.server calls it
        """Keep quiet."""

    def _start(self, raw: bytes, tag: str) -> int:
        wanted = self.headers.get("Range", "").removeprefix("bytes=").removesuffix("-")
        same = self.headers.get("If-Range", tag) == tag
        return int(wanted) if wanted and same and raw else 0

    def _note(self) -> Asked:
        length = int(self.headers.get("Content-Length", "0"))
        socket: Any = self.connection
        subject = dict(part[0] for part in socket.getpeercert()["subject"])
        body = self.rfile.read(length)
        path = unquote(self.path).removeprefix("/")
        asked = Asked(self.command, path, dict(self.headers), subject["commonName"], body, time.monotonic())
        self.shop.asked.append(asked)
        return asked


class ContentServer(ThreadingHTTPServer):
    """A server on an ephemeral port of 127.0.0.1, in threads of its own, until the block is left."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, authority: Authority, identity: Identity) -> None:
        """Open the port; only who has a certificate of the authority is let in."""
        super().__init__(("127.0.0.1", 0), Handler)
        self.shop = Shop()
        self.connections = 0
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(identity.cert_path, identity.key_path)
        self._context.load_verify_locations(authority.ca_path)
        self._context.verify_mode = ssl.CERT_REQUIRED
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    @property
    def origin(self) -> str:
        """Where it is reached."""
        return f"https://127.0.0.1:{self.server_port}"

    def get_request(self) -> tuple[Any, Any]:
        """Take a connection; the handshake is the business of its own thread."""
        connection, address = super().get_request()
        self.connections += 1
        secured = self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return secured, address

    def handle_error(self, *_: Any) -> None:  # noqa: ANN401 - as socketserver calls it
        """Take no notice: clients go away in the middle, and some are not let in."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shop.closing.set()
        self.shutdown()
        self._thread.join(10)
        self.server_close()


def etag(raw: bytes) -> str:
    """Return the strong ETag that the server gives these bytes."""
    return f'"{hashlib.sha256(raw).hexdigest()[:16]}"'


def broker(authority: Authority, device: Identity, *origins: str) -> Broker:
    """Return the settings of a box with this identity."""
    ca, certificate, key = str(authority.ca_path), str(device.cert_path), str(device.key_path)
    return Broker("127.0.0.1", ca, certificate, key, origins)


def make_authority(directory: Path) -> tuple[Authority, Identity, Identity]:
    """Return a throw-away authority, the identity of a server at 127.0.0.1, and that of a box."""
    authority = Authority.create(directory, "Test")
    return authority, authority.issue_server(["127.0.0.1"]), authority.issue_device("loa-1")


def stall(after: int) -> Fault:
    """Return the fault of saying nothing more after so many bytes of the file."""

    def act(handler: Handler, raw: bytes) -> None:
        handler.head(200, {"Content-Length": str(len(raw)), "ETag": etag(raw)})
        handler.wfile.write(raw[:after])
        handler.shop.closing.wait(20)
        handler.close_connection = True

    return act


def stall_until_told(after: int) -> Fault:
    """Return the fault of pausing after so many bytes until the test sets `go_on`."""

    def act(handler: Handler, raw: bytes) -> None:
        handler.head(200, {"Content-Length": str(len(raw)), "ETag": etag(raw)})
        handler.wfile.write(raw[:after])
        handler.shop.go_on.wait(20)
        for at in range(after, len(raw), 1000):
            handler.wfile.write(raw[at : at + 1000])

    return act


def cut(after: int) -> Fault:
    """Return the fault of breaking the connection after so many more bytes of the file."""

    def act(handler: Handler, raw: bytes) -> None:
        start = handler._start(raw, etag(raw))
        span = {"Content-Range": f"bytes {start}-{len(raw) - 1}/{len(raw)}"} if start else {}
        head = {"Content-Length": str(len(raw) - start), "ETag": etag(raw)} | span
        handler.head(206 if start else 200, head)
        handler.wfile.write(raw[start : start + after])
        handler.close_connection = True

    return act


def status(code: int, **headers: str) -> Fault:
    """Return the fault of answering with a status and no file; `Retry_After` stands for Retry-After."""

    def act(handler: Handler, _raw: bytes) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        handler.head(code, {"Content-Length": "0"} | named)

    return act


def other(raw: bytes) -> Fault:
    """Return the fault of serving another file."""
    return lambda handler, _raw: handler.serve(raw)


def packed(handler: Handler, _raw: bytes) -> None:
    """Serve a hundred megabytes of nothing, packed: whoever unpacks it runs out of memory."""
    bomb = gzip.compress(bytes(1024 * 1024)) * 100
    handler.head(200, {"Content-Length": str(len(bomb)), "Content-Encoding": "gzip"})
    handler.wfile.write(bomb)


def endless(handler: Handler, raw: bytes) -> None:
    """Serve the file without saying how long it is, and go on after its end."""
    handler.head(200, {"Connection": "close"})
    handler.wfile.write(raw)
    while not handler.shop.closing.is_set():
        handler.wfile.write(bytes(64 * 1024))


def bottomless_redirect(handler: Handler, _raw: bytes) -> None:
    """Point elsewhere, with a body that has no end: whoever looks where to go reads for ever."""
    handler.head(302, {"Location": "https://127.0.0.1:1/", "Connection": "close"})
    while not handler.shop.closing.is_set():
        handler.wfile.write(bytes(64 * 1024))


def wrong_range(handler: Handler, raw: bytes) -> None:
    """Answer a wish for the rest with the beginning, and call it the rest."""
    span = f"bytes 0-{len(raw) - 1}/{len(raw)}"
    handler.head(206, {"Content-Length": str(len(raw)), "Content-Range": span})
    handler.wfile.write(raw)


def drip(pause_s: float, *, head: bool = False) -> Fault:
    """Return the fault of sending one byte after the other with such pauses: of the file, or of the head before it."""

    def act(handler: Handler, raw: bytes) -> None:
        if not head:
            handler.head(200, {"Content-Length": str(len(raw))})
        for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 60_000 if head else raw:
            if handler.shop.closing.wait(pause_s):
                break
            handler.wfile.write(bytes((byte,)))
        handler.close_connection = True

    return act
