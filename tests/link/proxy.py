"""A TCP proxy for networks as they are: cut, stalled, slow, in slices, or not there at all."""

from __future__ import annotations

import random
import socket
import threading
from contextlib import suppress

HOST = "127.0.0.1"
PIECE_BYTES = 65_536


class Proxy:
    """Passes connections on to a port of this machine. What a test sets is true from the next bytes on.

    `delay_s` is added to each piece of at most `piece_bytes`; `cut_after` ends a connection once so many bytes have
    passed, both ways together; `loss` is the share of new connections that get such an end by chance.
    """

    def __init__(self, target: int, chance: random.Random) -> None:
        self.delay_s = 0.0
        self.piece_bytes = PIECE_BYTES
        self.cut_after: int | None = None
        self.loss = 0.0
        self.taken = 0
        self._target, self._chance = target, chance
        self._flowing = threading.Event()
        self._flowing.set()
        self._pairs: list[_Pair] = []
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self.admit()

    def admit(self) -> None:
        """Listen, as it does from the beginning."""
        if self._listener.fileno() < 0:
            self._listener = socket.create_server((HOST, self.port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def refuse(self) -> None:
        """Cut all connections and take no new ones."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """End all connections as they are; the next ones flow."""
        pairs, self._pairs = self._pairs, []
        for pair in pairs:
            pair.cut()
        self._flowing.set()

    def stall(self) -> None:
        """Let nothing pass any more, and say nothing."""
        self._flowing.clear()

    def flow(self) -> None:
        """Let pass what was held, and all that follows."""
        self._flowing.set()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                self.taken += 1
                self._join(near)

    def _join(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection((HOST, self._target))
        except OSError:
            near.close()
            return
        lost = self._chance.random() < self.loss
        pair = _Pair(near, far, self._chance.randrange(8000) if lost else self.cut_after)
        self._pairs.append(pair)
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=self._pump, args=(pair, source, sink), daemon=True).start()

    def _pump(self, pair: _Pair, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(min(self.piece_bytes, PIECE_BYTES)):
                if self.delay_s:
                    threading.Event().wait(self.delay_s)
                self._flowing.wait()
                sink.sendall(data[: pair.room(len(data))])
                if pair.is_full:
                    break
        pair.cut()
        source.close()


class _Pair:
    """The two ends of a connection, and how many bytes may still pass (None: any number)."""

    def __init__(self, near: socket.socket, far: socket.socket, room: int | None) -> None:
        self._ends = (near, far)
        self._room = room

    @property
    def is_full(self) -> bool:
        """Whether all bytes that may pass have passed."""
        return self._room == 0

    def room(self, wanted: int) -> int:
        """Return how many of the wanted bytes may pass, and count them."""
        if self._room is None:
            return wanted
        granted = min(wanted, self._room)
        self._room -= granted
        return granted

    def cut(self) -> None:
        """Wake both pumps; each closes what it reads from."""
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
