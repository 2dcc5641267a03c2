"""The servers of live streams: HTTP and HTTPS, and HTTP Live Streaming on top of it.

They are strangers: only origins of the config are asked, no redirect is followed, nothing is unpacked, nothing of the
surroundings counts (proxies, netrc), and an `https` server must be vouched for by a public CA.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http import HTTPStatus
from http.client import HTTPException
from urllib.parse import urljoin

from firmware_py.core.hls import Playlist, is_playlist, read_playlist
from firmware_py.core.settings import Relay
from firmware_py.core.streams import origin_of
from firmware_py.speaker.relay.connection import Answer, Connection
from firmware_py.speaker.relay.server import StreamFailed

_CHUNK_BYTES = 16 * 1024
_PLAYLIST_BYTES = 1 << 20
_BEHIND = 3
"""How many segments before the newest one it is begun with (RFC 8216, 6.3.3)."""

_LATER_S = 1.0

_MOVED = (301, 302, 303, 307, 308)
_NO_SOUND = ("text/", "application/json", "application/xml")
_LISTS = ("mpegurl", "scpls", "xspf")


class WebServer:
    """A `Server`: one thread's way to the web servers of one source."""

    def __init__(self, terms: Relay) -> None:
        """Take whom it may ask, and how long they may take."""
        self._origins = frozenset(terms.origins)
        self._closed = threading.Event()
        # The chain gives a source up first, and says in its own words why; this ends the thread that listened.
        self._connection = Connection(terms.open_s + _LATER_S, terms.stall_s + _LATER_S)

    def close(self) -> None:
        """Have `listen` end; returns at once."""
        self._closed.set()

    def listen(self, address: str) -> Iterator[bytes]:
        """Yield what a stream sends, until `close`; raise `StreamFailed`."""
        with closing(self._connection):
            yield from self._stream(address)

    def _stream(self, address: str) -> Iterator[bytes]:
        with self._asked(address) as answer:
            kind = answer.header("Content-Type").lower()
            chunks = self._chunks(answer)
            first = next(chunks, b"")
            if not is_playlist(first[:_CHUNK_BYTES].decode("utf-8", "replace")):
                _refuse_lists(kind)
                yield first
                yield from chunks
                return
            text = _text(first, chunks)
        yield from self._programme(address, text)

    def _programme(self, address: str, text: str) -> Iterator[bytes]:
        """Yield the segments of a playlist one after the other, as they come to be."""
        playlist = read_playlist(text)
        if playlist.variants:
            address = _joined(address, playlist.variants[0])
            playlist = read_playlist(self._playlist(address))
        number = max(playlist.first_number, playlist.first_number + len(playlist.segments) - _BEHIND)
        number = playlist.first_number if playlist.whole else number
        if playlist.head:
            yield from self._body(_joined(address, playlist.head))
        while not self._closed.is_set():
            if playlist.sealed:
                raise StreamFailed("its segments are encrypted; that is not supported")
            fresh = _from(playlist, number)
            for segment in fresh:
                yield from self._body(_joined(address, segment))
            number = _behind(playlist) if fresh else number
            if playlist.whole:
                return
            if not fresh:
                self._closed.wait(playlist.target_s / 2)
            playlist = read_playlist(self._playlist(address))

    def _playlist(self, address: str) -> str:
        with self._asked(address) as answer:
            return _text(b"", self._chunks(answer))

    def _body(self, address: str) -> Iterator[bytes]:
        with self._asked(address) as answer:
            yield from self._chunks(answer)

    @contextmanager
    def _asked(self, address: str) -> Iterator[Answer]:
        """Give the answer to a GET, its body unread."""
        if origin_of(address) not in self._origins:
            raise StreamFailed(f"it leads to {address[:200]}, which is no origin of relay.origins")
        with _spoken(), self._connection.get(address) as answer:
            if answer.status in _MOVED and (target := answer.header("Location")):
                raise StreamFailed(f"it has moved to {target[:200]}; write that into the schedule")
            if answer.status != HTTPStatus.OK:
                raise StreamFailed(f"the server answers {answer.status} {answer.reason[:80]}")
            yield answer

    def _chunks(self, answer: Answer) -> Iterator[bytes]:
        while not self._closed.is_set():
            with _spoken():
                chunk = answer.piece(_CHUNK_BYTES)
            if not chunk:
                return
            yield chunk


@contextmanager
def _spoken() -> Iterator[None]:
    try:
        yield
    except (HTTPException, OSError, ValueError) as error:
        raise StreamFailed(f"{type(error).__name__}: {error}"[:300]) from error


def _joined(address: str, other: str) -> str:
    """Return where a playlist leads to; what is no address is the stream's fault."""
    with _spoken():
        return urljoin(address, other)


def _refuse_lists(kind: str) -> None:
    if any(word in kind for word in _LISTS):
        raise StreamFailed(f"it is a list ({kind}); write the address that stands in it into the schedule")
    if kind.startswith(_NO_SOUND):
        raise StreamFailed(f"it is no sound but {kind}")


def _text(begin: bytes, rest: Iterator[bytes]) -> str:
    """Return a playlist's text, of which no more is read than any playlist needs."""
    whole = bytearray(begin)
    for chunk in rest:
        whole += chunk
        if len(whole) > _PLAYLIST_BYTES:
            raise StreamFailed(f"its playlist has more than {_PLAYLIST_BYTES} bytes")
    return whole.decode("utf-8", "replace")


def _behind(playlist: Playlist) -> int:
    """Return the number of the segment that will come behind the newest."""
    return playlist.first_number + len(playlist.segments)


def _from(playlist: Playlist, number: int) -> tuple[str, ...]:
    """Return the segments from a number on; all of them where the numbers have begun anew.

    One of several servers may be some segments behind the others: then there is nothing new yet.
    """
    passed, count = number - playlist.first_number, len(playlist.segments)
    return playlist.segments if passed < 0 or passed > 2 * count else playlist.segments[passed:]
