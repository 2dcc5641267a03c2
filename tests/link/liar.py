"""A broker that keeps no rules: it says what a test tells it to say."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from contextlib import suppress

from firmware_py.link.crypto.certificates import Authority

HOST = "127.0.0.1"
CONNECT, PUBLISH, PUBACK, SUBSCRIBE, DISCONNECT = 0x10, 0x32, 0x40, 0x82, 0xE0
WELCOME = b"\x20\x03\x00\x00\x00"


class Liar:
    """Answers CONNECT with `greeting` and SUBSCRIBE with `speech`; `heard` are the packets that came, first byte on."""

    def __init__(self, authority: Authority, greeting: bytes = WELCOME, speech: bytes = b"") -> None:
        self.heard: list[bytes] = []
        self._greeting, self._speech = greeting, speech
        own = authority.issue_server([HOST])
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(own.cert_path, own.key_path)
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                plain, _ = self._listener.accept()
                threading.Thread(target=self._speak, args=(plain,), daemon=True).start()

    def _speak(self, plain: socket.socket) -> None:
        with suppress(OSError), plain, self._context.wrap_socket(plain, server_side=True) as peer:
            while packet := _packet(peer):
                self.heard.append(packet)
                if packet[0] == CONNECT:
                    peer.sendall(self._greeting)
                if packet[0] == SUBSCRIBE:
                    peer.sendall(self._speech)


def publish(topic: bytes, body: bytes, *, qos: int = 1, mid: int = 1, properties: bytes = b"\x00") -> bytes:
    """Return a PUBLISH packet of less than 128 bytes."""
    number = struct.pack("!H", mid) if qos else b""
    rest = struct.pack("!H", len(topic)) + topic + number + properties + body
    return bytes([0x30 | qos << 1, len(rest)]) + rest


def _packet(peer: ssl.SSLSocket) -> bytes:
    head = peer.recv(1)
    length = shift = 0
    while head:
        (byte,) = peer.recv(1)
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    body = b""
    while len(body) < length and (more := peer.recv(length - len(body))):
        body += more
    return head + body
