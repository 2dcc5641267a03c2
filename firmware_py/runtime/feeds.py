"""The feeds thread: reads the feeds that are followed, one after the other, again and again, and keeps what they say.

Other threads only put wishes into its queue; what it finds goes to the loop as events. What an earlier run has kept is
told first. Each feed is asked for once in a period, a little early or late by chance, so that the boards of a province
do not come as one. A feed that does not come is asked for sooner, and told of when it has not come several times.
"""

from __future__ import annotations

import logging
import queue
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

from firmware_py.core import events as ev
from firmware_py.core.content import Flaw
from firmware_py.core.errors import Code, Unavailable
from firmware_py.core.feeds import KeptFeed, Reading, Version
from firmware_py.core.units import HOUR, SECOND, DurationUs, MonoUs, WallUs
from firmware_py.runtime.clock import SystemClock
from firmware_py.runtime.output import Post

FIRST_PAUSE_US = 30 * SECOND
PATIENT_ROUNDS = 3
"""So often in a row a feed may fail to come, from a weak network or a busy server, before a person is told."""

USELESS_PAUSE_US = 6 * HOUR
"""What comes and is of no use may be large, and a network be paid by the megabyte: it is asked for ever more seldom."""

SPREAD_US = 30 * SECOND
"""What is kept already is read anew within this, when boards follow a new schedule or start all at once."""

KEEP_US = HOUR
"""A feed that says the same is written again after this, so that its age is right after a start; it wears the card."""

JITTER = 0.1
_FLEETING = frozenset({Code.FETCH_FAILED, Code.DECODER_FAILED})

_log = logging.getLogger("feeds")


class FeedReader(Protocol):
    """Reads a feed from its server."""

    def read(self, source: str, etag: str, modified: str) -> Version | Flaw:
        """Return what it says, or why it says nothing; takes no longer than its limit of time."""


class FeedShelf(Protocol):
    """Where what feeds said is kept, durably."""

    def get(self, source: str) -> KeptFeed | None:
        """Return what is kept of a feed."""

    def put(self, kept: KeptFeed) -> None:
        """Keep what a feed says; raise `Unavailable`."""

    def drop_others(self, sources: Iterable[str]) -> None:
        """Forget all feeds but these; raise `Unavailable`."""


class Follower(Protocol):
    """What follows feeds."""

    def follow(self, sources: tuple[str, ...]) -> None:
        """Read these from now on, and no others; from any thread."""

    def run(self) -> None:
        """Work, as the body of a thread."""


class NoFeeds:
    """For a box that shows none."""

    def __init__(self, _post: Post) -> None: ...

    def follow(self, sources: tuple[str, ...]) -> None:
        """Do nothing."""

    def run(self) -> None:
        """Do nothing."""


OpenFeeds: TypeAlias = Callable[[Post], Follower]


@dataclass(slots=True)
class _Followed:
    """A feed: when it is read next, what is known of it, when that was written, how often it has failed in a row."""

    source: str
    due_us: MonoUs
    kept: KeptFeed | None
    saved_us: WallUs
    failures: int = 0


class Feeds:
    """Fits `Follower`; `run` ends only by an exception."""

    def __init__(self, reader: FeedReader, shelf: FeedShelf, period_s: float, clock: SystemClock, post: Post) -> None:
        self._reader, self._shelf, self._clock, self._post = reader, shelf, clock, post
        self._period_us: DurationUs = round(period_s * SECOND)
        self._wishes: queue.SimpleQueue[tuple[str, ...]] = queue.SimpleQueue()
        self._followed: dict[str, _Followed] = {}

    def follow(self, sources: tuple[str, ...]) -> None:
        """Read these from now on, and no others; from any thread."""
        self._wishes.put(sources)

    def run(self) -> None:
        """Work for ever."""
        while True:
            self.turn(self._wait_s())

    def turn(self, wait_s: float | None) -> None:
        """Take up what is wished, waiting for it for so long (None: until there is something); read what is due."""
        self._take_wishes(wait_s)
        feed = min(self._followed.values(), key=lambda each: each.due_us, default=None)
        if feed is not None and feed.due_us <= self._clock.now().mono_us:
            self._read(feed)

    def _wait_s(self) -> float | None:
        due_us = min((each.due_us for each in self._followed.values()), default=None)
        return None if due_us is None else max(due_us - self._clock.now().mono_us, 0) / SECOND

    def _take_wishes(self, wait_s: float | None) -> None:
        try:
            wish = self._wishes.get_nowait() if wait_s == 0 else self._wishes.get(timeout=wait_s)
            while not self._wishes.empty():
                wish = self._wishes.get_nowait()
        except queue.Empty:
            return
        self._followed = {source: self._followed.get(source) or self._begin(source) for source in wish}
        try:
            self._shelf.drop_others(wish)
        except Unavailable as error:
            _log.warning("%s; what is not followed any more stays there", error.detail)

    def _begin(self, source: str) -> _Followed:
        kept = self._shelf.get(source)
        now_us = self._clock.now().mono_us
        if kept is None:
            return _Followed(source, now_us, None, 0)
        self._post(ev.FeedRead(source, Reading(kept.entries, kept.read_us)))
        return _Followed(source, now_us + round(SPREAD_US * _chance()), kept, kept.read_us)

    def _read(self, feed: _Followed) -> None:
        known = feed.kept
        answer = self._reader.read(feed.source, known.etag if known else "", known.modified if known else "")
        self._take_wishes(0)
        if self._followed.get(feed.source) is not feed:
            return  # nobody wants it any more
        now = self._clock.now()
        if isinstance(answer, Flaw):
            self._failed(feed, answer, now.mono_us)
            return
        feed.failures = 0
        feed.due_us = now.mono_us + round(self._period_us * (1 + JITTER * (2 * _chance() - 1)))
        feed.kept = _kept(feed, answer, now.wall_us)
        if known is None or known.entries != feed.kept.entries or abs(now.wall_us - feed.saved_us) > KEEP_US:
            self._save(feed, feed.kept)
        self._post(ev.FeedRead(feed.source, Reading(feed.kept.entries, now.wall_us, now.mono_us)))

    def _failed(self, feed: _Followed, flaw: Flaw, now_us: MonoUs) -> None:
        _log.info("%s %s", feed.source, flaw.detail)
        feed.failures += 1
        doublings = min(feed.failures - 1, 20)
        if flaw.code in _FLEETING:
            pause_us = min(self._period_us, FIRST_PAUSE_US << doublings)
        else:
            pause_us = min(max(self._period_us, USELESS_PAUSE_US), self._period_us << doublings)
        feed.due_us = now_us + round(pause_us * (1 - _chance() / 2))
        if flaw.code not in _FLEETING or feed.failures >= PATIENT_ROUNDS:
            self._post(ev.FeedFailed(feed.source, flaw))

    def _save(self, feed: _Followed, kept: KeptFeed) -> None:
        try:
            self._shelf.put(kept)
            feed.saved_us = kept.read_us
        except Unavailable as error:
            _log.warning("%s; a start without the network would not show this feed", error.detail)


def _kept(feed: _Followed, answer: Version, now_us: WallUs) -> KeptFeed:
    if answer.same and feed.kept is not None:
        return replace(feed.kept, read_us=now_us)
    return KeptFeed(feed.source, now_us, answer.entries, answer.etag, answer.modified)


def _chance() -> float:
    return random.random()  # noqa: S311 - nobody gains by guessing it
