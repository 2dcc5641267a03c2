"""One source being listened to: opened, decoded into a reel, let go."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol, TypeAlias

from firmware_py.core.settings import Relay
from firmware_py.runtime.heap import clear_up
from firmware_py.speaker.decoder import Decoder
from firmware_py.speaker.relay.live import LiveReel
from firmware_py.speaker.relay.rtsp import Rtsp
from firmware_py.speaker.relay.server import NoServer, Serve, Server, StreamFailed

_WEB = ("http://", "https://")


class Tuned(Protocol):
    """A source that fills a reel until it is closed."""

    def close(self) -> None:
        """Let it go; returns at once."""


Tune: TypeAlias = Callable[[str, LiveReel], Tuned]


def tuned(decoder: Decoder, terms: Relay, serve: Serve, address: str, reel: LiveReel) -> Tuned:
    """Begin to listen to an address; `reel` is told what comes, and why no more comes."""
    if address.startswith("rtsp://"):
        return Rtsp(terms, address, decoder.rate_hz, reel)
    return Tuner(decoder, serve(terms), address, reel)


def serve_for(terms: Relay) -> Serve:
    """Return how servers are asked.

    What speaks HTTP takes 5 MB, a twelfth of what the output may hold, so a box without an origin of that kind goes
    without. Where there is one it is loaded now: later it would hold up the thread that feeds the sound card.
    """
    if not any(origin.startswith(_WEB) for origin in terms.origins):
        return NoServer
    from firmware_py.speaker.relay import web  # noqa: PLC0415 - only here

    return web.WebServer


class Tuner:
    """Has a thread that opens the source, waits and releases. Nobody waits for that thread: a network may hang."""

    def __init__(self, decoder: Decoder, server: Server, address: str, reel: LiveReel) -> None:
        """Begin at once."""
        self._decoder, self._address, self._reel = decoder, address, reel
        self._server = server
        self._over = threading.Event()
        self._why = ""
        threading.Thread(target=self._run, name=f"listening to {address}", daemon=True).start()

    def close(self) -> None:
        """Let it go; returns at once."""
        self._server.close()
        self._over.set()

    def _run(self) -> None:
        running = self._decoder.listen(self._stream(), self._reel, self._over.set)
        self._over.wait()
        self._reel.finish(self._why or "it broke off, or could not be opened")
        running.release()
        del running
        clear_up()

    def _stream(self) -> str | Callable[[], bytes]:
        """Return what libVLC opens itself, or what gives it the next piece of what we have fetched."""
        if not self._address.startswith(_WEB):
            return self._address.replace("://", "://@", 1)
        pieces = self._server.listen(self._address)

        def following() -> bytes:
            try:
                return next(pieces, b"")
            except StreamFailed as error:
                self._why = str(error)
            except Exception as error:  # noqa: BLE001 - whatever a stranger sends ends his stream, never the output
                self._why = f"{type(error).__name__}: {error}"[:300]
            return b""

        return following
