"""HTTPS with mutual TLS, as few calls: the one module that knows requests.

A server must be vouched for by the CA of the config and is shown this box's certificate. Nothing of the surroundings
counts (proxies, netrc, other CAs), no redirect is followed, nothing is unpacked, and a plain `http` cannot be asked.
Strangers, from whom nothing but a web feed is wanted, are shown nothing, and may speak plain `http`.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPResponse
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Literal

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from firmware_py.core.errors import AgentError
from firmware_py.core.settings import Broker

CHUNK_BYTES = 64 * 1024


class Unreached(AgentError):
    """A server could not be reached, is not the right one, or stopped to speak; the text says which."""


@dataclass(frozen=True, slots=True)
class Strangers:
    """Servers that are no part of a source system. `ca`: a PEM file of who vouches for them, "" for public ones."""

    ca: str = ""


class Answer:
    """What a server has answered; headers are looked up without regard to case."""

    def __init__(self, response: requests.Response) -> None:
        self._response = response
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers

    def chunks(self) -> Iterator[bytes]:
        """Yield the body's bytes as they come, still packed if they are; raise `Unreached` when no more come."""
        with _spoken():
            while chunk := self._response.raw.read1(CHUNK_BYTES, decode_content=False):
                yield chunk


class Web:
    """One thread's way to the servers; connections are kept for the next call.

    A server gets `connect_s` seconds to take the connection, and `silence_s` seconds for the head of its answer and
    for each further piece of it.
    """

    def __init__(self, broker: Broker | Strangers, connect_s: float, silence_s: float) -> None:
        self._timeouts = (connect_s, silence_s)
        self._session = _Session()
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        self._session.verify = broker.ca or True
        self._session.headers.clear()
        self._session.headers.update({"Accept-Encoding": "identity", "User-Agent": "ttcs"})
        self._session.adapters.clear()
        self._session.mount("https://", _Adapter())
        if isinstance(broker, Broker):
            self._session.cert = (broker.certificate, broker.key)
        else:
            self._session.mount("http://", HTTPAdapter())

    @contextmanager
    def get(self, url: str, headers: Mapping[str, str]) -> Iterator[Answer]:
        """Give the answer to a GET, its body unread; raise `Unreached`. What is not read goes with the connection."""
        response = self._ask("GET", url, headers, None)
        try:
            yield Answer(response)
        finally:
            response.close()

    def send(self, method: Literal["PUT", "POST"], url: str, body: bytes, media_type: str) -> Answer:
        """Send a body and return the answer to it, whose own body is not looked at; raise `Unreached`."""
        response = self._ask(method, url, {"Content-Type": media_type}, body)
        response.close()
        return Answer(response)

    def _ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> requests.Response:
        with _spoken():
            return self._session.request(
                method,
                url,
                headers=dict(headers),
                data=body,
                timeout=self._timeouts,
                allow_redirects=False,
                stream=True,
            )


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Know no other place: merely to look at one, requests would read the whole body of the answer, unpacked."""


class _Head(io.RawIOBase):
    """The bytes of an answer, of which the head must be there in time, however slowly a server sends its letters."""

    def __init__(self, inner: Any, sock: Any) -> None:  # noqa: ANN401 - what http.client reads from has no public type
        self._inner, self._sock = inner, sock
        self._silence_s: float | None = sock.gettimeout()
        self._until_s: float | None = None if self._silence_s is None else time.monotonic() + self._silence_s

    def over(self) -> None:
        """The head is there: from now on only silence counts."""
        self._until_s = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 - any writable bytes
        if self._until_s is not None:
            self._sock.settimeout(max(self._until_s - time.monotonic(), 0.001))
        try:
            return int(self._inner.readinto(buffer))
        finally:
            self._sock.settimeout(self._silence_s)

    def close(self) -> None:
        self._inner.close()
        super().close()


class _Response(HTTPResponse):
    def __init__(self, sock: Any, *args: Any, **options: Any) -> None:  # noqa: ANN401 - as http.client calls it
        super().__init__(sock, *args, **options)
        self._head = _Head(self.fp.detach(), sock)
        self.fp = io.BufferedReader(self._head, CHUNK_BYTES)

    def begin(self) -> None:
        super().begin()
        self._head.over()


class _Connection(HTTPSConnection):
    response_class = _Response


class _Pool(HTTPSConnectionPool):
    ConnectionCls = _Connection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - as requests calls it
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"https": _Pool}


@contextmanager
def _spoken() -> Iterator[None]:
    """Turn whatever goes wrong between this box and a server into `Unreached`."""
    try:
        yield
    except (OSError, HTTPError) as error:  # all of requests' own are OSErrors
        raise Unreached(_reason(error)) from error


def _reason(error: BaseException) -> str:
    """Return what was behind an error, in one line; the outermost ones of the libraries only name themselves."""
    while inner := error.__cause__ or error.__context__:
        error = inner
    text = " ".join(str(error).split()) or type(error).__name__
    return text[:200]
