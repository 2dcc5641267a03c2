"""A relay (tiếp âm) from several sources of one programme: which of them is heard, as a pure machine.

    resting ──its rest is over, nothing better is heard──▶ opening ──sound──▶ flowing
       ▲                                                      │                 │
       └──────── no sound in `open` ──────────────────────────┘                 │
       └──────── no data for `stall`, silence for `silence`, or it broke off ───┘

1. Sources stand in the order of their worth; behind the last of them is the local file, which never fails.
2. Whichever fails rests before it is tried again: `rest` after the first time, twice as long after each further
   one, `longest_rest` at most. One that has flowed for that long begins anew.
3. Where what is heard fails, the best source that flows takes its place at once, else the file.
4. Only what is better than what is heard is tried; below a source that has not failed yet nothing is. The file gives
   way to any source that flows; a source to a better one only when that has flowed for `steady`, so that one that
   comes and goes does not chop the programme.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from firmware_py.core.units import FAR_FUTURE_US, SECOND, DurationUs, MonoUs

FeedState: TypeAlias = Literal["resting", "opening", "flowing"]


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a source may take, and how long it rests (see above)."""

    open_us: DurationUs = 8 * SECOND
    stall_us: DurationUs = 5 * SECOND
    silence_us: DurationUs = 10 * SECOND
    rest_us: DurationUs = 10 * SECOND
    longest_rest_us: DurationUs = 180 * SECOND
    steady_us: DurationUs = 10 * SECOND


@dataclass(frozen=True, slots=True)
class Feed:
    """What is known of one source: since when it is in its state, when data and sound last came, how long it rests."""

    state: FeedState = "resting"
    since_us: MonoUs = 0
    data_us: MonoUs = 0
    sound_us: MonoUs = 0
    until_us: MonoUs = 0
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """What came from a source since the last time: any data, any of it louder than silence; `error`: it broke off."""

    data: bool = False
    sound: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True)
class Lost:
    """A source has failed; `on_air` when it was being heard."""

    index: int
    why: str
    on_air: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """A source is heard from now on; `index` is that of the file when it is as many as there are sources."""

    index: int


News: TypeAlias = Lost | Taken


@dataclass(frozen=True, slots=True)
class Chain:
    """The sources in the order of their worth, and which is heard: None before the first sound."""

    feeds: tuple[Feed, ...]
    on_air: int | None = None

    @property
    def file(self) -> int:
        """The place of the local file, behind the last source."""
        return len(self.feeds)


def chain_of(count: int) -> Chain:
    """Return a chain of so many sources, none of them opened."""
    return Chain((Feed(),) * count)


def moved(chain: Chain, terms: Terms, now_us: MonoUs, seen: tuple[Seen, ...]) -> tuple[Chain, tuple[News, ...]]:
    """Return the chain as it is now, given what came from each source, and what is new about it."""
    news: list[News] = []
    feeds = []
    for index, (feed, sight) in enumerate(zip(chain.feeds, seen, strict=True)):
        why = _failure(_noted(feed, now_us, sight), terms, now_us, sight)
        if why:
            news.append(Lost(index, why, on_air=index == chain.on_air))
        feeds.append(_rested(feed, terms, now_us) if why else _noted(feed, now_us, sight))
    on_air = _choice(replace(chain, feeds=tuple(feeds)), terms, now_us)
    if on_air is not None and on_air != chain.on_air:
        news.append(Taken(on_air))
    opened = _opened(Chain(tuple(feeds), on_air), now_us)
    return opened, tuple(news)


def due_us(chain: Chain, terms: Terms) -> MonoUs:
    """Return when time alone may move it next."""
    return min((_deadline(feed, terms) for feed in chain.feeds), default=FAR_FUTURE_US)


def _deadline(feed: Feed, terms: Terms) -> MonoUs:
    if feed.state == "resting":
        return feed.until_us
    if feed.state == "opening":
        return feed.since_us + terms.open_us
    return min(feed.data_us + terms.stall_us, feed.sound_us + terms.silence_us)


def _noted(feed: Feed, now_us: MonoUs, seen: Seen) -> Feed:
    """Return the source with what came from it."""
    if feed.state == "resting":
        return feed
    data_us = now_us if seen.data else feed.data_us
    sound_us = now_us if seen.sound else feed.sound_us
    if feed.state == "opening" and seen.sound:
        return replace(feed, state="flowing", since_us=now_us, data_us=data_us, sound_us=sound_us)
    return replace(feed, data_us=data_us, sound_us=sound_us)


def _failure(feed: Feed, terms: Terms, now_us: MonoUs, seen: Seen) -> str:
    """Return why a source has failed, "" when it has not."""
    if feed.state == "resting":
        return ""
    if seen.error:
        return seen.error
    if feed.state == "opening":
        return _after(now_us - feed.since_us, terms.open_us, "gave no sound")
    return _after(now_us - feed.data_us, terms.stall_us, "gave no data") or _after(
        now_us - feed.sound_us, terms.silence_us, "was silent"
    )


def _after(passed_us: DurationUs, limit_us: DurationUs, what: str) -> str:
    return f"{what} for {limit_us / SECOND:g} s" if passed_us >= limit_us else ""


def _rested(feed: Feed, terms: Terms, now_us: MonoUs) -> Feed:
    """Return a source that has failed, at rest."""
    good = feed.state == "flowing" and now_us - feed.since_us >= terms.longest_rest_us
    failures = 1 if good else feed.failures + 1
    rest_us = min(terms.rest_us << min(failures - 1, 16), terms.longest_rest_us)
    return Feed("resting", now_us, until_us=now_us + rest_us, failures=failures)


def _choice(chain: Chain, terms: Terms, now_us: MonoUs) -> int | None:
    """Return which source is heard now."""
    flowing = [index for index, feed in enumerate(chain.feeds) if feed.state == "flowing"]
    heard = chain.on_air
    if heard is not None and (heard in flowing or heard == chain.file):
        steady_us = 0 if heard == chain.file else terms.steady_us
        settled = (i for i in flowing if i < heard and now_us - chain.feeds[i].since_us >= steady_us)
        return min(settled, default=heard)
    begun = not chain.feeds or any(feed.failures for feed in chain.feeds) or heard is not None
    return min(flowing, default=chain.file if begun else None)


def _opened(chain: Chain, now_us: MonoUs) -> Chain:
    """Return the chain with those sources opening that are worth it, and those closed that are not any more."""
    feeds = list(chain.feeds)
    heard = chain.file if chain.on_air is None else chain.on_air
    hopeful = False
    for index, feed in enumerate(chain.feeds):
        if index > heard or (hopeful and index != heard):
            feeds[index] = _closed(feed, now_us)
        elif feed.state == "resting" and now_us >= feed.until_us:
            feeds[index] = Feed("opening", now_us, failures=feed.failures)
        hopeful = hopeful or (feeds[index].state != "resting" and not feed.failures)
    return replace(chain, feeds=tuple(feeds))


def _closed(feed: Feed, now_us: MonoUs) -> Feed:
    """Return a source that nobody needs now; it may be opened again at once."""
    return feed if feed.state == "resting" else Feed("resting", now_us, until_us=now_us, failures=feed.failures)
