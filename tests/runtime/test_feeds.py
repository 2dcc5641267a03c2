"""The feeds that are followed are read in their time, and what they said outlives the process that read it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest

from firmware_py.core import events as ev
from firmware_py.core.content import Flaw
from firmware_py.core.errors import Code, Unavailable
from firmware_py.core.feeds import Entry, KeptFeed, Version
from firmware_py.core.units import HOUR, MINUTE, SECOND
from firmware_py.runtime.clock import SystemClock
from firmware_py.runtime.feeds import JITTER, PATIENT_ROUNDS, SPREAD_US, USELESS_PAUSE_US, Feeds, NoFeeds
from firmware_py.store.feeds import FeedStore
from tests.runtime.rig import BEGIN, HandClock

A, B = "https://xa.example/a", "https://xa.example/b"
PERIOD_US = 15 * MINUTE
NEWS = Version((Entry("Họp thôn"),), '"1"', "Mon")
SAME = Version(same=True)
AWAY, BROKEN = Flaw(Code.FETCH_FAILED, "does not come"), Flaw(Code.CONTENT_UNREADABLE, "is no XML")


@dataclass(slots=True)
class Reader:
    """Servers of which a test says what they answer; what they were asked is kept."""

    answers: dict[str, Version | Flaw] = field(default_factory=lambda: {A: NEWS, B: NEWS})
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    meanwhile: Feeds | None = None

    def read(self, source: str, etag: str, modified: str) -> Version | Flaw:
        """Answer, and let a test do something before the answer is there."""
        self.asked.append((source, etag, modified))
        if self.meanwhile:
            self.meanwhile.follow(())
        return self.answers[source]


@dataclass(slots=True)
class Shelf:
    """A shelf that may be full."""

    kept: dict[str, KeptFeed] = field(default_factory=dict)
    writes: int = 0
    full: bool = False

    def get(self, source: str) -> KeptFeed | None:
        """Return what was put there."""
        return self.kept.get(source)

    def put(self, kept: KeptFeed) -> None:
        """Take it, unless it is full."""
        if self.full:
            raise Unavailable(Code.DISK_FULL, "full")
        self.kept[kept.source] = kept
        self.writes += 1

    def drop_others(self, sources: Iterable[str]) -> None:
        """Forget the others."""
        self.kept = {source: self.kept[source] for source in sources if source in self.kept}


class Desk:
    """The thread's work, done by hand in a time moved by hand."""

    def __init__(self, shelf: Shelf | None = None) -> None:
        """Follow nothing yet."""
        self.clock, self.reader, self.shelf = HandClock(), Reader(), shelf or Shelf()
        self.told: list[ev.Event] = []
        clock = cast("SystemClock", self.clock)
        self.feeds = Feeds(self.reader, self.shelf, PERIOD_US / SECOND, clock, self.told.append)

    def follow(self, *sources: str) -> None:
        """Follow these, and do what is due."""
        self.feeds.follow(sources)
        self.feeds.turn(0)

    def pass_(self, duration_us: int, step_us: int = 10 * SECOND) -> None:
        """Let time pass, and what becomes due on the way be done."""
        for _ in range(0, duration_us, step_us):
            self.clock.pass_(step_us)
            self.feeds.turn(0)

    def flaws(self) -> list[Code]:
        """Return what was told of failures."""
        return [event.flaw.code for event in self.told if isinstance(event, ev.FeedFailed)]


def test_a_new_feed_is_read_at_once_and_then_once_in_a_period() -> None:
    """A tenth of the period sooner or later by chance; the second time with the names of the version."""
    desk = Desk()
    desk.follow(A)
    (event,) = desk.told
    assert isinstance(event, ev.FeedRead)
    assert (event.source, event.reading.entries) == (A, NEWS.entries)
    assert (event.reading.read_us, event.reading.read_mono_us) == (BEGIN.wall_us, BEGIN.mono_us)
    desk.pass_(round(PERIOD_US * (1 - JITTER)) - 10 * SECOND)
    assert desk.reader.asked == [(A, "", "")]
    desk.pass_(round(PERIOD_US * 2 * JITTER) + 20 * SECOND)
    assert desk.reader.asked == [(A, "", ""), (A, '"1"', "Mon")]


def test_nothing_is_read_while_nothing_is_followed() -> None:
    """Without a wish the thread waits for one for ever; with one until the next is due."""
    desk = Desk()
    assert desk.feeds._wait_s() is None
    desk.follow(A)
    wait_s = desk.feeds._wait_s()
    assert wait_s is not None
    assert wait_s > PERIOD_US / SECOND * 0.8
    desk.follow()
    desk.pass_(HOUR)
    assert len(desk.reader.asked) == 1


def test_what_an_earlier_run_has_kept_is_told_before_anything_is_read() -> None:
    """It is as old as it says; the server is asked soon, and not by all boards in the same second."""
    desk = Desk(Shelf({A: KeptFeed(A, BEGIN.wall_us - HOUR, NEWS.entries, '"1"')}))
    desk.follow(A)
    (event,) = desk.told
    assert isinstance(event, ev.FeedRead)
    assert (event.reading.read_us, event.reading.read_mono_us) == (BEGIN.wall_us - HOUR, 0)
    desk.reader.answers[A] = SAME
    desk.pass_(SPREAD_US)
    assert desk.reader.asked == [(A, '"1"', "")]
    event = desk.told[-1]
    assert isinstance(event, ev.FeedRead)
    assert event.reading.entries == NEWS.entries
    assert event.reading.read_mono_us > BEGIN.mono_us


def test_a_feed_that_says_the_same_is_written_once_an_hour_only() -> None:
    """Each write wears the card; its age on disk is right within that hour."""
    desk = Desk()
    desk.follow(A)
    desk.reader.answers[A] = SAME
    desk.pass_(4 * HOUR)
    assert len(desk.reader.asked) > 13
    assert 4 <= desk.shelf.writes <= 5
    desk.reader.answers[A] = Version((Entry("Mưa lớn"),), '"2"')
    desk.pass_(PERIOD_US * 2)
    assert desk.shelf.kept[A].entries == (Entry("Mưa lớn"),)


def test_a_weak_network_is_told_of_after_some_rounds() -> None:
    """It is tried again soon at first; what it said before is kept, and a good word begins the count anew."""
    desk = Desk()
    desk.follow(A)
    desk.reader.answers[A] = AWAY
    desk.pass_(PERIOD_US + 2 * MINUTE)
    assert len(desk.reader.asked) >= 2
    desk.pass_(5 * MINUTE)
    assert desk.flaws()[:1] == [Code.FETCH_FAILED]
    assert len(desk.flaws()) == len(desk.reader.asked) - PATIENT_ROUNDS
    assert desk.shelf.kept[A].entries == NEWS.entries
    desk.reader.answers[A] = NEWS
    desk.pass_(PERIOD_US)
    assert isinstance(desk.told[-1], ev.FeedRead)


def test_a_feed_of_no_use_is_told_of_at_once_and_asked_for_ever_more_seldom() -> None:
    """It may be large, and the network is paid by the megabyte."""
    desk = Desk()
    desk.reader.answers[A] = BROKEN
    desk.follow(A)
    assert desk.flaws() == [Code.CONTENT_UNREADABLE]
    desk.pass_(24 * HOUR, MINUTE)
    assert 6 <= len(desk.reader.asked) <= 14
    asked = len(desk.reader.asked)
    desk.pass_(USELESS_PAUSE_US, MINUTE)
    assert 1 <= len(desk.reader.asked) - asked <= 2


def test_what_is_not_followed_any_more_is_not_told_of() -> None:
    """Also when that is so only by the time of the answer; nothing of it is kept."""
    desk = Desk()
    desk.reader.meanwhile = desk.feeds
    desk.follow(A, B)
    assert (desk.told, desk.shelf.kept, len(desk.reader.asked)) == ([], {}, 1)


def test_a_schedule_that_goes_on_with_a_feed_asks_for_nothing() -> None:
    """Only the new one is read; a full disk is no reason not to show it."""
    desk = Desk()
    desk.follow(A)
    desk.shelf.full = True
    desk.follow(A, B)
    assert [source for source, _, _ in desk.reader.asked] == [A, B]
    assert len(desk.told) == 2


def test_a_box_without_feeds_needs_no_thread() -> None:
    """Its body ends at once, and wishes are nobody's."""
    nobody = NoFeeds(lambda _: None)
    nobody.follow((A,))
    nobody.run()


def test_the_store_keeps_what_a_feed_said(tmp_path: Path) -> None:
    """Over a start; damage, another feed's file and a half written one are nothing."""
    root = tmp_path / "feeds"
    kept = KeptFeed(A, BEGIN.wall_us, (Entry("Họp thôn", "19 giờ", 5),), '"1"', "Mon")
    FeedStore(root).put(kept)
    FeedStore(root).put(replace(kept, source=B))
    (root / "x.json.part").write_bytes(b"{")
    store = FeedStore(root)
    assert (store.get(A), store.get(B)) == (kept, replace(kept, source=B))
    assert not (root / "x.json.part").exists()
    store.drop_others([A])
    assert store.get(B) is None
    (place,) = root.glob("*.json")
    for raw in (b"", b"{}", b"\xff", b"[" * 100_000, place.read_bytes()[:-1], place.read_bytes().replace(b"/a", b"/b")):
        place.write_bytes(raw)
        assert store.get(A) is None


def test_a_disk_that_takes_nothing_is_named(tmp_path: Path) -> None:
    """As with all that is kept."""
    store = FeedStore(tmp_path / "feeds")
    (tmp_path / "feeds").rmdir()
    with pytest.raises(Unavailable) as caught:
        store.put(KeptFeed(A, 0, ()))
    assert caught.value.code is Code.DISK_FAILED
