"""How long to wait before the next attempt to connect: full jitter, so that 100,000 boxes do not come back as one."""

from __future__ import annotations

import random

MOST_DOUBLINGS = 30
SHORT_DOUBLINGS = 4
"""Where the broker answers and connections do not hold, the bound grows to 16 times `first_s` only: alerts wait."""


class Backoff:
    """Pauses drawn from 0 to a bound, which begins at `first_s`, doubles with each attempt, and ends at `most_s`."""

    def __init__(self, first_s: float, most_s: float, chance: random.Random) -> None:
        self._first_s, self._most_s, self._chance = first_s, most_s, chance
        self._doublings = 0

    def pause_s(self) -> float:
        """Return how long to wait before the next attempt."""
        bound_s = min(self._most_s, self._first_s * 2**self._doublings)
        self._doublings = min(self._doublings + 1, MOST_DOUBLINGS)
        return self._chance.uniform(0, bound_s)

    def connected(self, *, steady: bool) -> None:
        """Say that a connection had come about, and whether it held."""
        self._doublings = 0 if steady else min(self._doublings, SHORT_DOUBLINGS)

    def rest_s(self, least_s: float, most_s: float) -> float:
        """Return how long to leave the broker to another box."""
        return self._chance.uniform(least_s, most_s)
