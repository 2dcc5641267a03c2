"""The worker thread: reads the source and checks content, so that the loop never waits for a disk or a decoder.

It keeps a list of bulletins to check; new wishes join it. Results go to the loop together, at most
`FLUSH_US` apart, so that a playlist is laid out anew once and not for every file. What failed because the box
was short of something (a full disk) is tried again by itself.
"""

from __future__ import annotations

import hashlib
import logging
import queue
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from firmware_py.core import events as ev
from firmware_py.core.content import Facts, Flaw
from firmware_py.core.errors import Code, Refused, Unavailable, Unplayable
from firmware_py.core.model import Bulletin, Content, Schedule, read_schedule
from firmware_py.core.news import DocumentArrived, News, SourceTrouble
from firmware_py.core.units import FAR_FUTURE_US, SECOND, MonoUs
from firmware_py.runtime.output import Post
from firmware_py.runtime.ports import Documents, Prober, Shelf, Source

FLUSH_US = SECOND
RETRY_US = 30 * SECOND
MOST_GUESTS = 8
LONGEST_WAIT_S = 60.0
"""The loop takes a worker for dead that shows no sign of life for longer; `poll_s` may be an hour."""

_NEVER_US: MonoUs = -FAR_FUTURE_US
"""Not 0: the monotonic clock begins with the box, which may have run for less than `poll_s`."""

_log = logging.getLogger("worker")


@dataclass(frozen=True, slots=True)
class Tools:
    """What the worker works with."""

    source: Source
    shelf: Shelf
    documents: Documents
    prober: Prober


class Worker:
    """The body of the worker thread: `run` returns only when the process ends."""

    def __init__(self, tools: Tools, post: Post, poll_s: float) -> None:
        self._tools, self._post, self._poll_s = tools, post, poll_s
        self._wishes: queue.SimpleQueue[ev.Check] = queue.SimpleQueue()
        self._pending: dict[str, Bulletin] = {}
        self._results: list[tuple[Content, Facts | Flaw]] = []
        self._retry: dict[str, Bulletin] = {}
        self._guests: dict[str, Bulletin] = {}
        self._short: dict[Content, Code] = {}
        self._taken = _digest(tools.documents.active())
        self._unstored: bytes | None = None
        self._paths: frozenset[str] = frozenset()
        self._hashes: dict[Content, str] = {}
        self._before: frozenset[str] = frozenset()
        self._named: frozenset[str] = frozenset()
        self._room_bytes = 0
        self._results_since_us: MonoUs = 0
        self._retry_at_us: MonoUs = 0
        self._polled_us: MonoUs = _NEVER_US
        self.ticked_us: MonoUs = _mono_us()

    def check(self, wish: ev.Check) -> None:
        """Ask for checks; may be called from the loop."""
        self._wishes.put(wish)

    def watch(self, schedule: Schedule) -> frozenset[str]:
        """Say which content files of the source matter; called in the worker thread and before it starts.

        Returns the paths of files that mattered before too and have changed since the source was looked at.
        """
        bulletins = (*schedule.bulletins, *self._guests.values())
        contents = {content for bulletin in bulletins for content in bulletin.content}
        self._before = frozenset(self._hashes.values())
        self._named = frozenset(content.sha256 for content in contents if content.sha256)
        self._hashes = {content: sha256 for content, sha256 in self._hashes.items() if content in contents}
        self._pending = _still_in(bulletins, self._pending)
        self._retry = _still_in(bulletins, self._retry)
        self._short.clear()
        before, self._paths = self._paths, frozenset(content.path for content in contents)
        return self._tools.source.files_changed(self._paths) & before

    def run(self) -> None:
        """Work for ever; an exception ends the process through whoever started the thread."""
        while True:
            self.turn(self._wait_s())

    def turn(self, wait_s: float) -> None:
        """Do one piece of work: take wishes, look at the source when that is due, check one bulletin."""
        self._take_wishes(wait_s)
        self._tick()
        if self.ticked_us - self._polled_us >= self._poll_s * SECOND:
            self._polled_us = self.ticked_us
            self._poll()
        if self._pending:
            self._check_one()
        if self._results and (not self._pending or self.ticked_us - self._results_since_us > FLUSH_US):
            self._flush()

    def _tick(self) -> None:
        self.ticked_us = _mono_us()

    def _wait_s(self) -> float:
        due_s = self._polled_us / SECOND + self._poll_s - _mono_us() / SECOND
        return 0 if self._pending else min(max(due_s, 0), LONGEST_WAIT_S)

    def _take_wishes(self, wait_s: float) -> None:
        try:
            wish = self._wishes.get(timeout=wait_s) if wait_s else self._wishes.get_nowait()
            while True:
                if wish.guests:
                    self._host(wish.bulletins)
                self._pending.update({bulletin.id: bulletin for bulletin in wish.bulletins})
                wish = self._wishes.get_nowait()
        except queue.Empty:
            return

    def _host(self, guests: tuple[Bulletin, ...]) -> None:
        """Have files come that are of no schedule; of many the newest matter."""
        self._guests = dict([*self._guests.items(), *((guest.id, guest) for guest in guests)][-MOST_GUESTS:])
        self._paths |= {content.path for guest in guests for content in guest.content}
        self._polled_us = _NEVER_US  # the source is told of the paths at once: somebody waits for these words

    def _poll(self) -> None:
        news = self._tools.source.poll()
        if news is not None:
            self._take_news(news)
        changed = self._tools.source.files_changed(self._paths)
        if changed:
            self._post(ev.FilesChanged(changed))
        if self.ticked_us >= self._retry_at_us:
            self._pending.update(self._retry)
            self._retry.clear()
            self._store(lambda error: _log.warning("schedule.json: %s", error.detail))

    def _take_news(self, news: News) -> None:
        if isinstance(news, SourceTrouble):
            self._post(ev.Noticed(news.code, "source", news.detail))
        elif _digest(news.raw) != self._taken:
            self._take_document(news)

    def _take_document(self, news: DocumentArrived) -> None:
        raw = news.raw
        try:
            schedule = read_schedule(raw, "schedule.json", remote=news.remote)
        except Refused as refusal:
            self._post(ev.ScheduleRefused(refusal))
            return
        self._unstored = raw
        self._store(lambda error: self._post(ev.Noticed(error.code, "schedule.json", error.detail)))
        self._taken = _digest(raw)
        changed = self.watch(schedule)
        self._post(ev.ScheduleArrived(schedule))
        if changed:
            self._post(ev.FilesChanged(changed))

    def _store(self, complain: Callable[[Unavailable], None]) -> None:
        """Keep the newest schedule for the next start; what the disk does not take now is tried again."""
        if self._unstored is None:
            return
        try:
            self._tools.documents.put(self._unstored)
            self._unstored = None
        except Unavailable as error:
            self._retry_at_us = _mono_us() + RETRY_US
            complain(error)

    def _check_one(self) -> None:
        name = next(iter(self._pending))
        bulletin = self._pending.pop(name)
        if not self._results:
            self._results_since_us = self.ticked_us
        for content in bulletin.content:
            try:
                outcome = self._outcome(bulletin, content)
            except Unplayable as error:
                outcome = Flaw(error.code, error.detail)
            except Unavailable as error:
                self._try_again(bulletin, content, error)
                continue
            if outcome is None:
                continue  # the source names the path once the file is there
            self._short.pop(content, None)
            self._results.append((content, self._kept(content, outcome)))

    def _outcome(self, bulletin: Bulletin, content: Content) -> Facts | Flaw | None:
        shelf, file = self._tools.shelf, self._tools.source.fetch(content)
        if file is None:
            return None
        sha256 = shelf.ingest(file, content)
        self._tick()
        self._hashes[content] = sha256
        return shelf.facts(sha256) or self._probe(bulletin, content, sha256)

    def _kept(self, content: Content, outcome: Facts | Flaw) -> Facts | Flaw:
        """Return the outcome; in place of a flaw the content from before if there is any, and say so."""
        if isinstance(outcome, Facts):
            self._tools.shelf.name(content, outcome.sha256)
            return outcome
        former = self._tools.shelf.former(content)
        if former is None:
            return outcome
        self._hashes[content] = former.sha256
        self._post(ev.Noticed(outcome.code, content.path, f"{outcome.detail}; what was there before stays"))
        return former

    def _try_again(self, bulletin: Bulletin, content: Content, error: Unavailable) -> None:
        """Put a bulletin back for later; what the box is short of is told once, not with every attempt."""
        if self._short.get(content) is not error.code:
            self._results.append((content, self._kept(content, Flaw(error.code, error.detail))))
        self._short[content] = error.code
        if error.code is Code.DISK_FULL:
            self._room_bytes = max(self._room_bytes, content.size or 0)
        self._retry[bulletin.id] = bulletin
        self._retry_at_us = _mono_us() + RETRY_US

    def _probe(self, bulletin: Bulletin, content: Content, sha256: str) -> Facts | Flaw:
        path = self._tools.shelf.path(sha256)
        found = self._tools.prober.probe(bulletin.kind, path, sha256)
        if isinstance(found, Flaw):
            named = found.detail.replace(str(path), content.path).replace(path.name, content.path)
            found = replace(found, detail=named)
        _log.info("checked %s: %s", content.path, found)
        try:
            self._tools.shelf.remember(sha256, found)
        except Unavailable as error:
            _log.warning("%s; the next start checks %s again", error.detail, content.path)
        return found

    def _flush(self) -> None:
        self._post(ev.Checked(tuple(self._results)))
        self._results.clear()
        self._save_names()
        if not self._pending:
            self._tools.shelf.evict(self._before.union(self._named, self._hashes.values()), self._room_bytes)
            self._room_bytes = 0

    def _save_names(self) -> None:
        try:
            self._tools.shelf.save_names()
        except Unavailable as error:
            _log.warning("%s; a start without the source would not find what was taken now", error.detail)


def _still_in(bulletins: tuple[Bulletin, ...], waiting: dict[str, Bulletin]) -> dict[str, Bulletin]:
    """Return those that a new schedule names with the same content; all others it asks for anew."""
    return {new.id: new for new in bulletins if new.id in waiting and _same_content(new, waiting[new.id])}


def _same_content(one: Bulletin, other: Bulletin) -> bool:
    return (one.kind, one.content) == (other.kind, other.content)


def _digest(document: bytes | None) -> bytes:
    return hashlib.sha256(document or b"").digest()


def _mono_us() -> MonoUs:
    return time.monotonic_ns() // 1000


def deadly(body: Callable[[], None], died: Callable[[BaseException], None]) -> Callable[[], None]:
    """Return a thread body whose exception is handed to `died`: a part that dies takes the process down."""

    def run() -> None:
        try:
            body()
        except BaseException as error:  # noqa: BLE001 - whatever it was, the process must not go on without this part
            died(error)

    return run
