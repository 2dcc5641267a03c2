"""Which feeds are followed, and what becomes of what they say.

1. The feeds of the newest schedule that some slot or the fallback names, of origins of this box's config, are followed.
2. What a feed says is good for `max_age_s` of the bulletin that shows it. A feed that fails leaves what it said before.
3. A failure, a feed without entries and one that has become too old are told once, until the next good word.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from zlib import crc32

from firmware_py.core import events as ev
from firmware_py.core import ledger
from firmware_py.core.errors import Code
from firmware_py.core.feeds import UNREAD, Feed, good_until_us, written_out
from firmware_py.core.model import Bulletin, Kind, Schedule
from firmware_py.core.records import ClockState
from firmware_py.core.state import State, Turn
from firmware_py.core.streams import pinned
from firmware_py.core.units import FAR_FUTURE_US, SECOND, Now, WallUs, to_datetime
from firmware_py.core.windows import Playable, Skip


def follow(turn: Turn, schedule: Schedule) -> None:
    """Have the feeds of a schedule read from now on, and no others."""
    sources = _sources(turn.state, schedule)
    if sources != turn.state.followed:
        turn.change(followed=sources)
        turn.do(ev.Follow(sources))


def read(turn: Turn, event: ev.FeedRead) -> None:
    """Take up what a feed says."""
    if event.source not in turn.state.followed:
        return
    before = turn.state.feeds.get(event.source, UNREAD).reading
    if not event.reading.entries and (before is None or before.entries):
        turn.note(Code.CONTENT_EMPTY, event.source, "the feed has no entries; write one, or take it out")
    if before is None or before.entries != event.reading.entries:
        ledger.forgive_words(turn, event.source)
    turn.change(feeds={**turn.state.feeds, event.source: Feed(event.reading)})
    turn.plan_changed = True


def failed(turn: Turn, event: ev.FeedFailed) -> None:
    """Tell once that a feed cannot be read; what it said before stays good for as long as it would have."""
    if event.source not in turn.state.followed:
        return
    known = turn.state.feeds.get(event.source, UNREAD)
    if known.flaw is None or known.flaw.code is not event.flaw.code:
        turn.note(event.flaw.code, event.source, event.flaw.detail)
    turn.change(feeds={**turn.state.feeds, event.source: replace(known, flaw=event.flaw)})
    turn.plan_changed |= known.reading is None


def standing(state: State, bulletin: Bulletin, now: Now) -> Playable | Skip:
    """Return a feed with what it says now, if it may be shown."""
    if not pinned(bulletin.addresses, state.ways.feed_origins):
        return Skip(bulletin.id, Code.FEED_REFUSED)
    known = state.feeds.get(bulletin.source or "", UNREAD)
    if known.reading is None:
        return Skip(bulletin.id, known.flaw.code if known.flaw else Code.CONTENT_PENDING)
    if _good_until_us(state, bulletin, now) <= now.wall_us:
        return Skip(bulletin.id, Code.FEED_STALE)
    text = written_out(known.reading.entries, bulletin.entries, bulletin.parts)
    if not text:
        return Skip(bulletin.id, Code.CONTENT_EMPTY)
    mark = crc32(f"{bulletin.title}\0{text}".encode())
    return Playable(bulletin, bulletin.shown_us, mark=f"{mark:08x}", text=text)


def renew_at_us(state: State, now: Now) -> WallUs:
    """Return when the next of the feeds that are good now will be too old."""
    ends = (_good_until_us(state, each, now) for each in state.schedule.bulletins if each.kind is Kind.FEED)
    return min((end_us for end_us in ends if end_us > now.wall_us), default=FAR_FUTURE_US)


def complain(turn: Turn, before: frozenset[str]) -> None:
    """Tell which feeds and figures have become too old since an earlier step."""
    new = turn.state.stale - before
    for bulletin in turn.state.schedule.bulletins if new else ():
        if bulletin.id in new and bulletin.data:
            what = f"the figure {bulletin.data!r} has expired, or the time is not known; send a newer one"
            turn.note(Code.DATA_STALE, bulletin.id, what)
        elif bulletin.id in new:
            known = turn.state.feeds[bulletin.source or ""]
            since = to_datetime(known.reading.read_us if known.reading else 0).isoformat(timespec="seconds")
            why = f" ({known.flaw.detail})" if known.flaw else ""
            what = f"{bulletin.source} was last read at {since}{why}; it is shown again once it can be read"
            turn.note(Code.FEED_STALE, bulletin.id, what)


def _good_until_us(state: State, bulletin: Bulletin, now: Now) -> WallUs:
    reading = state.feeds.get(bulletin.source or "", UNREAD).reading
    clock_known = state.clock is not ClockState.UNTRUSTED
    max_age_us = round(bulletin.max_age_s * SECOND)
    return good_until_us(reading, max_age_us, now, clock_known=clock_known) if reading else 0


def _sources(state: State, schedule: Schedule) -> tuple[str, ...]:
    if all(Kind.FEED not in channel.channel.kinds for channel in state.channels):
        return ()
    feeds = [bulletin for bulletin in schedule.bulletins if bulletin.kind is Kind.FEED]
    named = frozenset(chain(schedule.fallback, *(slot.playlist for slot in schedule.slots))) if feeds else frozenset()
    wanted = (address for each in feeds if each.id in named for address in each.addresses)
    return tuple(sorted(frozenset(pinned(tuple(wanted), state.ways.feed_origins))))
