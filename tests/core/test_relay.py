"""The chain of a relay: what is heard when sources open, stall, fall silent, break off and come back."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_py.core.relay import Chain, Lost, News, Seen, Taken, Terms, chain_of, due_us, moved
from firmware_py.core.units import SECOND

TERMS = Terms()
SOUND, SILENCE, NOTHING = Seen(data=True, sound=True), Seen(data=True), Seen()


class Relay:
    """A chain that is moved twice a second, with what each source does written as one word for as long as it does."""

    def __init__(self, count: int) -> None:
        self.chain = chain_of(count)
        self.now_us = 0
        self.news: list[tuple[float, News]] = []

    def go(self, seconds: float, *sights: Seen) -> Relay:
        """Let time pass; a source that rests shows nothing, whatever it would show."""
        for _ in range(round(seconds * 2)):
            self.now_us += SECOND // 2
            seen = zip(self.chain.feeds, sights, strict=True)
            shown = tuple(NOTHING if feed.state == "resting" else sight for feed, sight in seen)
            self.chain, news = moved(self.chain, TERMS, self.now_us, shown)
            self.news += ((self.now_us / SECOND, each) for each in news)
        return self

    @property
    def states(self) -> list[str]:
        """The state of each source."""
        return [feed.state for feed in self.chain.feeds]


def test_the_first_source_is_heard_and_no_other_is_opened() -> None:
    """A relay that works costs one stream."""
    relay = Relay(2).go(1, NOTHING, NOTHING)
    assert (relay.states, relay.chain.on_air) == (["opening", "resting"], None)
    relay.go(60, SOUND, SOUND)
    assert (relay.states, relay.chain.on_air) == (["flowing", "resting"], 0)
    assert [news for _, news in relay.news] == [Taken(0)]


def test_without_a_source_that_may_be_heard_the_file_is() -> None:
    """A box whose config pins none of them plays what the bulletin brings for that case, at once."""
    chain, news = moved(chain_of(0), Terms(), 0, ())
    assert chain.on_air == chain.file
    assert news == (Taken(0),)


def test_a_source_that_does_not_open_gives_way_to_the_next() -> None:
    """After eight seconds the file is heard, and the second source as soon as it has sound."""
    relay = Relay(2).go(10, NOTHING, NOTHING)
    assert relay.news == [(8.5, Lost(0, "gave no sound for 8 s", on_air=False)), (8.5, Taken(2))]
    relay.go(1, NOTHING, SOUND)
    assert relay.chain.on_air == 1


@pytest.mark.parametrize(
    ("sight", "why", "within_s"),
    [
        (NOTHING, "gave no data for 5 s", 5),
        (SILENCE, "was silent for 10 s", 10),
        (Seen(error="the server closed the connection"), "the server closed the connection", 0.5),
    ],
)
def test_a_source_that_fails_on_air_is_named_and_replaced(sight: Seen, why: str, within_s: float) -> None:
    """The file fills the gap at once, until the second source has sound."""
    relay = Relay(2).go(20, SOUND, SOUND)
    del relay.news[:]
    relay.go(within_s, sight, NOTHING)
    assert relay.news == [(20 + within_s, Lost(0, why, on_air=True)), (20 + within_s, Taken(2))]
    relay.go(0.5, sight, SOUND)
    assert relay.chain.on_air == 1


def test_the_first_is_taken_back_when_it_is_steady_and_the_other_closed() -> None:
    """Ten seconds after it has sound again; the second one is not needed any more."""
    relay = Relay(2).go(20, SOUND, SOUND).go(0.5, Seen(error="gone"), SOUND).go(0.5, SOUND, SOUND)
    assert relay.chain.on_air == 1
    relay.go(19, SOUND, SOUND)
    assert (relay.states, relay.chain.on_air) == (["flowing", "flowing"], 1)
    relay.go(1.5, SOUND, SOUND)
    assert (relay.states, relay.chain.on_air) == (["flowing", "resting"], 0)


def test_a_source_that_comes_and_goes_does_not_chop_the_programme() -> None:
    """Five seconds of sound are not enough to be taken back."""
    relay = Relay(2).go(20, SOUND, SOUND).go(0.5, Seen(error="gone"), SOUND)
    for _ in range(6):
        relay.go(10, SOUND, SOUND).go(0.5, Seen(error="gone"), SOUND)
    assert relay.chain.on_air == 1


def test_rests_grow_to_three_minutes_and_begin_anew_after_a_good_time() -> None:
    """10, 20, 40, 80, 160, 180 s between attempts; 10 again after three minutes of sound."""
    relay = Relay(1).go(1800, Seen(error="refused"))
    lost = [at_s for at_s, news in relay.news if isinstance(news, Lost)]
    rests = [round(later - earlier - 0.5) for earlier, later in pairwise(lost)]
    assert rests[:7] == [10, 20, 40, 80, 160, 180, 180]
    relay.go(400, SOUND)
    del relay.news[:]
    relay.go(12, Seen(error="refused"))
    assert len([news for _, news in relay.news if isinstance(news, Lost)]) == 2


def test_where_all_fail_the_file_stays_and_all_are_tried() -> None:
    """Every source is tried again and again, the better one is taken when both come back."""
    relay = Relay(3).go(300, *[Seen(error="refused")] * 3)
    assert relay.chain.on_air == relay.chain.file
    assert all(feed.failures >= 4 for feed in relay.chain.feeds)
    relay.go(400, SOUND, SOUND, SOUND)
    assert (relay.chain.on_air, relay.states) == (0, ["flowing", "resting", "resting"])


SIGHTS = st.sampled_from([SOUND, SOUND, SILENCE, NOTHING, Seen(error="broke off")])


@given(st.integers(1, 4).flatmap(lambda count: st.lists(st.lists(SIGHTS, min_size=count, max_size=count), max_size=60)))
def test_laws_of_every_relay(story: list[list[Seen]]) -> None:
    """What is heard flows or is the file; nothing worse is open; who rests is let alone."""
    count = len(story[0]) if story else 1
    relay = Relay(count)
    for sights in story:
        before = relay.chain
        relay.go(3, *sights)
        holds(relay.chain, relay.now_us)
        assert all(old.failures <= new.failures + 1 for old, new in zip(before.feeds, relay.chain.feeds, strict=True))
    relay.go(800, *[SOUND] * count)
    assert relay.chain.on_air == 0


def holds(chain: Chain, now_us: int) -> None:
    """Hold one chain against the rules."""
    heard = chain.on_air
    assert heard is None or heard == chain.file or chain.feeds[heard].state == "flowing"
    assert heard is None or all(feed.state == "resting" for feed in chain.feeds[heard + 1 :])
    assert any(feed.state != "resting" for feed in chain.feeds) or due_us(chain, TERMS) > now_us
    if heard == chain.file:
        assert all(feed.state != "flowing" for feed in chain.feeds)
