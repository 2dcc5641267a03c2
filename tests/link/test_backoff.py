"""Pauses between attempts, and the sign of a copied memory card, without a network."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from firmware_py.link.backoff import Backoff
from firmware_py.link.flapping import Flapping
from firmware_py.link.letters import End

CLOSED, CUT = End("closed", closed=True), End("cut")


@given(st.integers(), st.floats(0.1, 10), st.floats(10, 3600))
def test_pauses_have_a_bound_that_doubles_to_the_longest(seed: int, first_s: float, most_s: float) -> None:
    """Each pause lies between 0 and a bound, twice the one before it, never above the longest; for ever."""
    backoff = Backoff(first_s, most_s, random.Random(seed))
    for attempt in range(100):
        assert 0 <= backoff.pause_s() <= min(most_s, first_s * 2.0**attempt)


def test_pauses_fill_the_whole_span() -> None:
    """Boxes that failed equally often come back evenly over the longest pause, and not together."""
    pauses = []
    for seed in range(1000):
        backoff = Backoff(2, 300, random.Random(seed))
        pauses.append([backoff.pause_s() for _ in range(12)][-1])
    counts = [sum(1 for pause in pauses if 30 * part <= pause < 30 * (part + 1)) for part in range(10)]
    assert min(counts) > 60
    assert max(counts) < 140


def test_a_connection_that_held_begins_anew() -> None:
    """After a steady connection the first pause is short again; after one that did not hold it is at most 16 times."""
    steady, unsteady = (Backoff(1, 300, random.Random(seed)) for seed in (1, 1))
    for _ in range(20):
        steady.pause_s()
        unsteady.pause_s()
    steady.connected(steady=True)
    unsteady.connected(steady=False)
    assert steady.pause_s() <= 1
    assert max(restless(unsteady)) <= 16


def restless(backoff: Backoff) -> list[float]:
    """Return pauses, each after a connection that did not hold."""
    pauses = []
    for _ in range(200):
        pauses.append(backoff.pause_s())
        backoff.connected(steady=False)
    return pauses


def test_six_short_connections_that_the_broker_closed_are_flapping() -> None:
    """Six in a row are a sign; after it the count begins anew."""
    flapping = Flapping(60, 6)
    assert [flapping.ended(CLOSED, 5) for _ in range(12)] == ([False] * 5 + [True]) * 2


def test_what_is_in_between_breaks_the_row() -> None:
    """A connection that lasted, one that was cut, or a broker that was away show that it was something else."""
    for between in (lambda each: each.ended(CLOSED, 61), lambda each: each.ended(CUT, 5), Flapping.unreachable):
        flapping = Flapping(60, 6)
        assert not any(flapping.ended(CLOSED, 5) for _ in range(5))
        between(flapping)
        assert not any(flapping.ended(CLOSED, 5) for _ in range(5))


def test_the_broker_s_own_word_is_enough() -> None:
    """«Session taken over» is a sign by itself, however long the connection lasted."""
    assert Flapping(60, 6).ended(End("taken over", taken_over=True), 9999)
