"""What systemd is told: ready, alive, stopping (sd_notify(3): datagrams to the socket in NOTIFY_SOCKET)."""

from __future__ import annotations

import socket


class Systemd:
    """Sends to systemd's socket; with an empty address (no systemd) every call does nothing."""

    def __init__(self, address: str) -> None:
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)

    def ready(self, status: str) -> None:
        """The agent works: its output is open and the first decision is made."""
        self._send(f"READY=1\nSTATUS={status}")

    def alive(self, status: str) -> None:
        """Every part has made progress; called by the loop only after it has seen that."""
        self._send(f"WATCHDOG=1\nSTATUS={status}")

    def stopping(self) -> None:
        """The agent is about to end because it was asked to."""
        self._send("STOPPING=1")

    def _send(self, text: str) -> None:
        if self._address:
            try:
                self._socket.sendto(text.encode(), self._address)
            except BlockingIOError:
                return  # systemd is busy: the next word says the same
