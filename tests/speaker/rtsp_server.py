"""A small RTSP server (RFC 2326) with one tone in plain PCM (L16, RFC 3551).

It knows as much as a client needs that wants all of it in one connection.
"""

from __future__ import annotations

import math
import socket
import struct
import threading
import time
from array import array
from typing import Self

RATE_HZ, FRAME_BYTES = 44_100, 2
PACKET_FRAMES = 441
SDP = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=tone\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
    "m=audio 0 RTP/AVP 11\r\na=control:sound\r\n"
)
SESSION = "Session: 1\r\n"


class RtspServer:
    """Serves whoever connects, each in a thread, until it is closed; `halted` keeps connections open in silence."""

    def __init__(self, hz: int) -> None:
        """Begin to listen on a port of its own."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"rtsp://127.0.0.1:{self._listener.getsockname()[1]}/tone"
        wave = array("h", (round(8_000 * math.sin(math.tau * hz * n / RATE_HZ)) for n in range(RATE_HZ)))
        wave.byteswap()  # the network has the high byte first
        self._sound = wave.tobytes()
        self.asked: list[str] = []
        self._clients: list[socket.socket] = []
        self._over = threading.Event()

    def __enter__(self) -> Self:
        """Take connections."""
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        """Break all of them off."""
        self._over.set()
        self._listener.close()
        for client in self._clients:
            client.close()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._clients.append(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            self._converse(client)
        except OSError:
            client.close()

    def _converse(self, client: socket.socket) -> None:
        heard = b""
        while more := client.recv(4_096):
            heard += more
            while b"\r\n\r\n" in heard:
                request, _, heard = heard.partition(b"\r\n\r\n")
                self._answer(client, request.decode("ascii"))

    def _answer(self, client: socket.socket, request: str) -> None:
        method = request.partition(" ")[0]
        number = next(line for line in request.splitlines() if line.startswith("CSeq:"))
        self.asked.append(method)
        more, body = {
            "OPTIONS": ("Public: DESCRIBE, SETUP, PLAY, TEARDOWN\r\n", ""),
            "DESCRIBE": (f"Content-Type: application/sdp\r\nContent-Length: {len(SDP)}\r\n", SDP),
            "SETUP": (SESSION + "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n", ""),
        }.get(method, (SESSION, ""))
        client.sendall(f"RTSP/1.0 200 OK\r\n{number}\r\n{more}\r\n{body}".encode("ascii"))
        if method == "PLAY":
            threading.Thread(target=self._play, args=(client,), daemon=True).start()

    def _play(self, client: socket.socket) -> None:
        """Send a packet each 10 ms."""
        begin_s, packet = time.monotonic(), 0
        while not self._over.wait(max(0.0, begin_s + packet * PACKET_FRAMES / RATE_HZ - time.monotonic())):
            place = packet * PACKET_FRAMES * FRAME_BYTES % len(self._sound)
            rtp = struct.pack(">BBHII", 0x80, 11, packet & 0xFFFF, packet * PACKET_FRAMES, 7)
            rtp += self._sound[place : place + PACKET_FRAMES * FRAME_BYTES]
            try:
                client.sendall(b"$\0" + struct.pack(">H", len(rtp)) + rtp)
            except OSError:
                return
            packet += 1
