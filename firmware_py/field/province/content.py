"""The content server: HTTPS with client certificates, one thread a connection, files of a directory and nothing else.

GET and HEAD with Range, If-Range and ETag; PUT and POST below /up/{device}/ for the box of that certificate only.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

from firmware_py.core.errors import Unavailable
from firmware_py.link.crypto.certificates import Identity
from firmware_py.store.durable import make_directory, move, new_file, write_all

MAX_UPLOAD_BYTES = 16 * 1024 * 1024
TIMEOUT_S = 30.0
LINGER_S = 2.0
CHUNK_BYTES = 64 * 1024
BACKLOG_NAME = re.compile(r"events[\w.-]{0,100}")
"""Uploads of this name are batches of events and go to the ingest instead of into a file."""

_SEGMENT = re.compile(r"(?!\.)[\w.@+-]{1,128}")
_HASH = re.compile(r"[0-9a-f]{64}(?=\.|$)")
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")

Backlog = Callable[[str, bytes], str]
"""Takes box and body, from any thread; returns "" when all of it is kept for good, else what is wrong with it.

Raises TimeoutError when nobody could say so in time."""


class ContentServer:
    """A running content server. `port` is the one it got when 0 was asked for."""

    def __init__(
        self, address: tuple[str, int], ca: Path, identity: Identity, content: Path, up: Path, backlog: Backlog
    ) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(ca)
        context.load_cert_chain(identity.cert_path, identity.key_path)
        self._server = _Server(address, context, content.resolve(), up.resolve(), backlog)
        self.port = int(self._server.server_address[1])
        self._thread = Thread(target=self._server.serve_forever, args=(0.1,), name="content", daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether it still takes connections."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Stop taking connections."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(
        self,
        address: tuple[str, int],
        context: ssl.SSLContext,
        content: Path,
        up: Path,
        backlog: Backlog,
    ) -> None:
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        self.context, self.content, self.up, self.backlog = context, content, up, backlog
        super().__init__(address, _Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as socketserver has it
        """Shake hands in the connection's own thread: one that stalls there keeps nobody else waiting."""
        request.settimeout(TIMEOUT_S)
        with suppress(OSError), self.context.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "ttcs", ""
    timeout = TIMEOUT_S
    server: _Server

    def do_GET(self) -> None:
        """Give a file, or a part of it."""
        path = self._file()
        if path is None:
            return self._refuse(HTTPStatus.NOT_FOUND)
        with path.open("rb") as file:
            size, tag = path.stat().st_size, _tag(path)
            if self.headers.get("If-None-Match") == tag:
                return self._answer(HTTPStatus.NOT_MODIFIED, {"ETag": tag})
            begin, end = wanted(self.headers.get("Range"), self.headers.get("If-Range"), tag, size)
            if begin >= end and size:
                return self._refuse(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, {"Content-Range": f"bytes */{size}"})
            self._head(size, begin, end, tag)
            file.seek(begin)
            self._send(file, end - begin)
        return None

    do_HEAD = do_GET  # noqa: N815 - the name that http.server calls

    def do_PUT(self) -> None:
        """Take what a box sends of itself."""
        top, device, name = self._upload_path()
        length = self.headers.get("Content-Length", "")
        if top != "up" or device != self._peer():
            return self._turn_away(HTTPStatus.FORBIDDEN)
        if not length.isdecimal():
            return self._turn_away(HTTPStatus.LENGTH_REQUIRED)
        if int(length) > MAX_UPLOAD_BYTES:
            return self._turn_away(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        raw = self.rfile.read(int(length))
        if len(raw) < int(length):
            self.close_connection = True  # cut off: nothing of it counts, and nobody is there to be told
            return None
        return self._take(device, name, raw)

    do_POST = do_PUT  # noqa: N815 - the name that http.server calls

    def log_message(self, *_: object) -> None:
        """Say nothing: what matters is told by whoever takes it."""

    def _take(self, device: str, name: str, raw: bytes) -> None:
        if BACKLOG_NAME.fullmatch(name):
            return self._take_backlog(device, raw)
        try:
            directory = self.server.up / device
            make_directory(directory)
            part = directory / f"{name}.part"
            with new_file(part) as descriptor:
                write_all(descriptor, raw)
            move(part, directory / name)
        except (Unavailable, OSError):
            return self._refuse(HTTPStatus.INSUFFICIENT_STORAGE)
        return self._done()

    def _take_backlog(self, device: str, raw: bytes) -> None:
        try:
            refusal = self.server.backlog(device, raw)
        except TimeoutError:
            return self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": "60"})
        return self._refuse(HTTPStatus.UNPROCESSABLE_ENTITY, why=refusal) if refusal else self._done()

    def _turn_away(self, status: HTTPStatus) -> None:
        """Refuse an upload, then let it run into nothing for a while: closed at once, it would tear up the answer."""
        self._refuse(status)
        self.connection.settimeout(LINGER_S)
        left = 2 * MAX_UPLOAD_BYTES
        with suppress(OSError):
            while left > 0 and (chunk := self.rfile.read1(CHUNK_BYTES)):
                left -= len(chunk)

    def _parts(self) -> tuple[str, ...]:
        """Return the path of the request, nothing when a part of it could lead elsewhere."""
        parts = unquote(urlsplit(self.path).path).split("/")[1:]
        return tuple(parts) if all(_SEGMENT.fullmatch(part) for part in parts) else ()

    def _upload_path(self) -> tuple[str, str, str]:
        parts = self._parts()
        return (parts[0], parts[1], parts[2]) if len(parts) == 3 else ("", "", "")

    def _file(self) -> Path | None:
        """Return the file that the request names, if it lies in the directory."""
        path = self.server.content.joinpath(*self._parts()).resolve()
        return path if path.is_file() and path.is_relative_to(self.server.content) else None

    def _peer(self) -> str:
        """Return the name in the certificate of whoever asks."""
        certificate: Mapping[str, Any] = self.connection.getpeercert() or {}
        names = [value for part in certificate.get("subject", ()) for key, value in part if key == "commonName"]
        return names[0] if names else ""

    def _head(self, size: int, begin: int, end: int, tag: str) -> None:
        headers = {"ETag": tag, "Accept-Ranges": "bytes", "Content-Type": "application/octet-stream"}
        if end - begin < size:
            self._answer(
                HTTPStatus.PARTIAL_CONTENT, headers | {"Content-Range": f"bytes {begin}-{end - 1}/{size}"}, end - begin
            )
        else:
            self._answer(HTTPStatus.OK, headers, size)

    def _send(self, file: Any, count: int) -> None:  # noqa: ANN401 - a binary file
        while self.command != "HEAD" and count and (chunk := file.read(min(count, CHUNK_BYTES))):
            self.wfile.write(chunk)
            count -= len(chunk)

    def _answer(self, status: HTTPStatus, headers: dict[str, str], length: int = 0) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status is not HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _done(self) -> None:
        self._answer(HTTPStatus.NO_CONTENT, {})

    def _refuse(self, status: HTTPStatus, headers: dict[str, str] | None = None, why: str = "") -> None:
        """Refuse in words; what may still come on this connection is not read."""
        body = (why or status.phrase).encode()
        self.close_connection = True
        self._answer(
            status, (headers or {}) | {"Connection": "close", "Content-Type": "text/plain; charset=utf-8"}, len(body)
        )
        if self.command != "HEAD":
            self.wfile.write(body)


def _tag(path: Path) -> str:
    """Return a strong ETag: the hash that a file is named by, else what changes when it is replaced."""
    named = _HASH.match(path.name)
    return f'"{named[0]}"' if named else f'"{path.stat().st_size:x}-{path.stat().st_mtime_ns:x}"'


def wanted(asked: str | None, only_if: str | None, tag: str, size: int) -> tuple[int, int]:
    """Return begin and end of the bytes that a Range header asks for (RFC 9110, 14.2): all of them without a good one.

    A begin at or behind the end means that there is nothing to give.
    """
    found = _RANGE.fullmatch(asked or "")
    if found is None or found[0] == "bytes=-" or (only_if is not None and only_if != tag):
        return 0, size
    if not found[1]:
        return max(0, size - int(found[2])), size
    begin, last = int(found[1]), int(found[2] or size)
    return (0, size) if last < begin else (begin, min(size, last + 1))
