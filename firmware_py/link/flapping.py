"""Two boxes with one identity (a memory card that was copied) throw each other off the broker for ever.

MQTT 5 has a reason code for it (0x8E, session taken over); mosquitto before 2.1 only closes the connection, in good
order. A network that drops connections does not do that, and a broker that is restarted is away in between.
"""

from __future__ import annotations

from firmware_py.link.letters import End


class Flapping:
    """Counts connections that the broker has closed within `short_s`; `most` in a row are no accident."""

    def __init__(self, short_s: float, most: int) -> None:
        self._short_s, self._most = short_s, most
        self._count = 0

    def ended(self, end: End, lasted_s: float) -> bool:
        """Take the end of a connection that had come about; return whether another box must be behind it."""
        self._count = self._count + 1 if end.closed and lasted_s < self._short_s else 0
        if not end.taken_over and self._count < self._most:
            return False
        self._count = 0
        return True

    def unreachable(self) -> None:
        """Take that a connection could not be made at all: whoever ended the last one was not another box."""
        self._count = 0
