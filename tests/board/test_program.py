"""What is on air on a board: orders and the clock in, items out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from firmware_py.board.program import Channel, OnAir, Program, end_of
from firmware_py.core.messages import Item, Next, Now
from firmware_py.core.units import FAR_FUTURE_US, SECOND
from tests.board.board_process import item

T = 1_795_400_000 * SECOND
A = item(1, start_us=T, seconds=10)
B = item(2, start_us=T + 10 * SECOND, seconds=10)
C = item(3, start_us=T + 5 * SECOND, seconds=60)


def on_air(channel: Channel) -> int:
    """Return the number of the item on air, 0 for none."""
    return 0 if channel.on_air is None else channel.on_air.no


def test_now_takes_the_place_of_what_is_there() -> None:
    """An item whose start is past comes at once; nothing leaves nothing on air."""
    channel = Channel().take(Now("main", A)).at(T + 1).take(Now("main", C))
    assert [on_air(channel.at(T + 2)), on_air(channel.at(C.start_us))] == [1, 3]
    assert on_air(channel.take(Now("main", None))) == 0


def test_next_takes_over_at_its_start() -> None:
    """The prepared item comes on air by itself, and at the end there is nothing."""
    channel = Channel().take(Now("main", A)).take(Next("main", B))
    seen = [on_air(channel.at(T).at(T + s * SECOND)) for s in (0, 9, 10, 19, 20)]
    assert seen == [1, 1, 2, 2, 0]


def test_an_item_ends_without_a_next() -> None:
    """An item whose time is over leaves the air though nothing else was ordered."""
    channel = Channel().take(Now("main", A)).at(T)
    assert (on_air(channel.at(end_of(A) - 1)), on_air(channel.at(end_of(A)))) == (1, 0)


def test_next_replaces_and_forgets() -> None:
    """A second `Next` takes the place of the first, and an empty one leaves none."""
    channel = Channel().take(Next("main", B)).take(Next("main", C))
    assert channel.next == C
    assert channel.take(Next("main", None)).next is None


def test_the_same_play_is_only_brought_up_to_date() -> None:
    """An order for the play on air changes its end, and is not a second play."""
    longer = item(1, start_us=T, seconds=30)
    for order in (Now("main", longer), Next("main", longer)):
        channel = Channel().take(Now("main", A)).at(T).take(order)
        assert (channel.on_air, channel.ordered, channel.next) == (longer, None, None)


def test_changes_are_announced() -> None:
    """The next change is the start of what comes or the end of what is there, whichever is first."""
    program = Program().take(Now("main", A)).take(Next("main", B)).at(T)
    assert program.change_after(T) == end_of(A)
    assert program.at(B.start_us).change_after(B.start_us) == end_of(B)
    assert Program().change_after(T) == FAR_FUTURE_US


def test_channels_do_not_touch_each_other() -> None:
    """The ticker's orders leave the main channel alone; what cannot be shown is taken out of both."""
    ticker = item(9, start_us=T, channel="ticker")
    program = Program().take(Now("main", A)).take(Now("ticker", ticker)).at(T)
    assert program.on_air == OnAir(A, ticker)
    assert program.take(Now("ticker", None)).on_air == OnAir(A, None)
    assert program.without(1).on_air == OnAir(None, ticker)


# A play keeps its number and its start; only its end may be moved.
items = st.builds(
    lambda start, seconds: item(start + 21, start_us=T + start * SECOND, seconds=seconds),
    st.integers(-20, 20),
    st.integers(1, 15),
)
orders = st.one_of(
    st.builds(Now, st.just("main"), st.none() | items), st.builds(Next, st.just("main"), st.none() | items)
)


@given(st.lists(st.tuples(st.integers(0, 5), orders), max_size=12))
def test_what_is_on_air_has_begun_and_is_not_over(script: list[tuple[int, Now | Next]]) -> None:
    """Whatever is ordered whenever, nothing is on air outside of its time, and time alone changes it when announced."""
    channel, now = Channel(), T
    for wait_s, order in script:
        before = channel.at(now)
        quiet_us = min(wait_s * SECOND, before.change_after(now) - now - 1)
        assert before.at(now + quiet_us) is before
        now += wait_s * SECOND
        channel = channel.at(now).take(order).at(now)
        shown: Item | None = channel.on_air
        assert shown is None or shown.start_us <= now < end_of(shown)
        assert all(other is None or other.start_us > now for other in (channel.ordered, channel.next))
