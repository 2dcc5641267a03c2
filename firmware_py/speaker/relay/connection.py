"""One thread's way to web servers: an address asked for, its answer handed over piece by piece.

The standard library's client, because the output has little memory: what others add (redirects, proxies, cookies,
unpacking) would be forbidden here anyway. A connection whose answer was read to its end serves the next address of the
same server: a segment of HTTP Live Streaming every few seconds is not worth a handshake each over 4G.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection, RemoteDisconnected
from urllib.parse import SplitResult, urlsplit

import certifi

_HEADERS = {"User-Agent": "ttcs"}
_CUT_OFF = (
    RemoteDisconnected,
    BrokenPipeError,
    ConnectionResetError,
    ssl.SSLEOFError,
    ssl.SSLZeroReturnError,
)
"""How it shows that a server has closed a connection that was kept."""


class Answer:
    """What a server answers: `status`, `reason`, the headers and the body."""

    def __init__(self, response: HTTPResponse) -> None:
        """Take an answer whose body is unread."""
        self.status, self.reason = response.status, response.reason
        self.whole = False
        self._response = response
        self._left = response.length

    def header(self, name: str) -> str:
        """Return a header, "" when there is none."""
        return self._response.getheader(name, "")

    def piece(self, most_bytes: int) -> bytes:
        """Return the next bytes as soon as there are some, none at the end."""
        # The length is counted here because `read1` of Python 3.11 does not, and waits for more behind the end.
        wanted = most_bytes if self._left is None else min(most_bytes, self._left)
        piece = self._response.read1(wanted) if wanted else b""
        if self._left is not None:
            self._left -= len(piece)
        self.whole = not piece and not self._left
        return piece


class Connection:
    """To one server at a time. Whatever fails is an `OSError`, `http.client.HTTPException` or `ValueError`."""

    def __init__(self, open_s: float, read_s: float) -> None:
        """Take how long opening, and each wait for what comes, may take."""
        self._open_s, self._read_s = open_s, read_s
        self._server = ("", "")
        self._kept: HTTPConnection | None = None

    @contextmanager
    def get(self, address: str) -> Iterator[Answer]:
        """Ask for an address; give the answer, which may be left at any place."""
        parts = urlsplit(address)
        connection, response = self._asked(parts)
        try:
            answer = Answer(response)
            yield answer
            if answer.whole and connection.sock is not None:
                self._kept, self._server = connection, parts[:2]
        finally:
            response.close()
            if self._kept is not connection:
                connection.close()

    def close(self) -> None:
        """Let the server go."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def _asked(self, parts: SplitResult) -> tuple[HTTPConnection, HTTPResponse]:
        """Return a connection with the answer that begins on it."""
        kept = self._taken(parts)
        if kept is not None:
            try:
                return kept, _answer(kept, parts)
            except _CUT_OFF:
                pass
        connection = self._opened(parts)
        return connection, _answer(connection, parts)

    def _taken(self, parts: SplitResult) -> HTTPConnection | None:
        """Return the connection that was kept, if it leads there; any other is closed."""
        if self._server != parts[:2]:
            self.close()
        kept, self._kept = self._kept, None
        return kept

    def _opened(self, parts: SplitResult) -> HTTPConnection:
        host, port = parts.hostname or "", parts.port
        made = (
            HTTPSConnection(host, port, timeout=self._open_s, context=_vouched_for())
            if parts.scheme == "https"
            else HTTPConnection(host, port, timeout=self._open_s)
        )
        made.connect()
        made.sock.settimeout(self._read_s)
        return made


def _answer(connection: HTTPConnection, parts: SplitResult) -> HTTPResponse:
    target = parts._replace(scheme="", netloc="", fragment="", path=parts.path or "/").geturl()
    try:
        connection.request("GET", target, headers=_HEADERS)
        return connection.getresponse()
    except BaseException:
        connection.close()
        raise


@cache
def _vouched_for() -> ssl.SSLContext:
    """Return the terms of a connection to a server that a public CA vouches for, whatever else the box trusts."""
    return ssl.create_default_context(cafile=certifi.where())
