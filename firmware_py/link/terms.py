"""What a box asks of a broker, and how long it waits for what."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_SILENCE_S = 120.0
"""A link thread may show no sign of life for this long: name servers that do not answer, connecting, TLS."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Seconds, bytes and numbers of the link; a box uses these values, tests have less time.

    `connect_s` bounds the TCP connection and, once more, the TLS handshake; `answer_s` the broker's answers to CONNECT
    and SUBSCRIBE. `first_s` is the longest pause before the first attempt; it doubles with each one that fails.
    A connection of `steady_s` ends the doubling. `flaps` connections that the broker closed within `short_s` mean that
    another box has this one's identity: the link rests for a time between the two of `rest_s`.
    """

    session_s: int = 24 * 3600
    will_delay_s: int = 45
    receive_max: int = 16
    packet_max_bytes: int = 256 * 1024
    queue_max: int = 64
    connect_s: float = 15.0
    answer_s: float = 30.0
    turn_s: float = 2.0
    first_s: float = 2.0
    steady_s: float = 30.0
    short_s: float = 60.0
    flaps: int = 6
    rest_s: tuple[float, float] = (600.0, 1800.0)
