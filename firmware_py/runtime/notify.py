"""What systemd is told: ready, alive, stopping (sd_notify(3): datagrams to the socket in NOTIFY_SOCKET)."""

from __future__ import annotations

import logging
import socket

MAX_STATUS_LETTERS = 200
_log = logging.getLogger("systemd")


class Systemd:
    """Sends to systemd's socket; with an empty address (no systemd) every call does nothing."""

    def __init__(self, address: str) -> None:
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._heard = True

    def ready(self, status: str) -> None:
        """The agent works: its output is open and the first decision is made."""
        self._send(f"READY=1\nSTATUS={_line(status)}")

    def alive(self, status: str) -> None:
        """Every part has made progress; called by the loop only after it has seen that."""
        self._send(f"WATCHDOG=1\nSTATUS={_line(status)}")

    def stopping(self) -> None:
        """The agent is about to end because it was asked to."""
        self._send("STOPPING=1")

    def _send(self, text: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sender:
                sender.sendto(text.encode(), self._address)
            self._heard = True
        except BlockingIOError:
            return  # systemd is busy: the next word says the same
        except OSError as error:
            self._complain(error)

    def _complain(self, error: OSError) -> None:
        """Say once that nobody hears: that is no reason to fall silent on air; whether to restart, systemd decides."""
        if self._heard:
            _log.warning("NOTIFY_SOCKET=%s: cannot be reached (%s); going on", self._address, error)
        self._heard = False


def _line(text: str) -> str:
    """Return a text as one line: a title must not be read as another word of the protocol, nor be too long for it."""
    return " ".join(text.split())[:MAX_STATUS_LETTERS]
