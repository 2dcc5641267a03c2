"""The worker thread: reads the source and checks content, so that the loop never waits for a disk or a decoder.

It keeps a list of bulletins to check; new wishes join it. Results go to the loop together, at most
`FLUSH_US` apart, so that a playlist is laid out anew once and not for every file. What failed because the box
was short of something (a full disk) is tried again by itself.
"""

from __future__ import annotations

import logging
import queue
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from firmware_py.core import events as ev
from firmware_py.core.content import Facts, Flaw
from firmware_py.core.errors import Code, Refused, Unavailable, Unplayable
from firmware_py.core.model import Bulletin, Content, Schedule, read_schedule
from firmware_py.core.news import News, SourceTrouble
from firmware_py.core.units import SECOND, MonoUs
from firmware_py.runtime.output import Post
from firmware_py.runtime.ports import Documents, Prober, Shelf, Source

FLUSH_US = SECOND
RETRY_US = 30 * SECOND
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
        self._paths: frozenset[str] = frozenset()
        self._hashes: dict[Content, str] = {}
        self._before: frozenset[str] = frozenset()
        self._flushed_us: MonoUs = 0
        self._retry_at_us: MonoUs = 0
        self._polled_us: MonoUs = 0
        self.ticked_us: MonoUs = _mono_us()

    def check(self, wish: ev.Check) -> None:
        """Ask for checks; may be called from the loop."""
        self._wishes.put(wish)

    def watch(self, schedule: Schedule) -> None:
        """Say which content files of the source matter; called in the worker thread and before it starts."""
        contents = {content for bulletin in schedule.bulletins for content in bulletin.content}
        self._before = frozenset(self._hashes.values())
        self._hashes = {content: sha256 for content, sha256 in self._hashes.items() if content in contents}
        self._paths = frozenset(content.path for content in contents)
        self._tools.source.files_changed(self._paths)

    def run(self) -> None:
        """Work for ever; an exception ends the process through whoever started the thread."""
        while True:
            self.turn(self._wait_s())

    def turn(self, wait_s: float) -> None:
        """Do one piece of work: take wishes, look at the source when that is due, check one bulletin."""
        self._take_wishes(wait_s)
        self.ticked_us = _mono_us()
        if self.ticked_us - self._polled_us >= self._poll_s * SECOND:
            self._polled_us = self.ticked_us
            self._poll()
        if self._pending:
            self._check_one()
        if self._results and (not self._pending or self.ticked_us - self._flushed_us > FLUSH_US):
            self._flush()

    def _wait_s(self) -> float:
        return 0 if self._pending else self._poll_s

    def _take_wishes(self, wait_s: float) -> None:
        try:
            wish = self._wishes.get(timeout=wait_s) if wait_s else self._wishes.get_nowait()
            while True:
                self._pending.update({bulletin.id: bulletin for bulletin in wish.bulletins})
                wish = self._wishes.get_nowait()
        except queue.Empty:
            return

    def _poll(self) -> None:
        news = self._tools.source.poll()
        if news is not None:
            self._take_news(news)
        changed = self._tools.source.files_changed(self._paths)
        if changed:
            self._post(ev.FilesChanged(changed))
        if self._retry and self.ticked_us >= self._retry_at_us:
            self._pending.update(self._retry)
            self._retry.clear()

    def _take_news(self, news: News) -> None:
        if isinstance(news, SourceTrouble):
            self._post(ev.Noticed(news.code, "source", news.detail))
        elif news.raw != self._tools.documents.active():
            self._take_document(news.raw)

    def _take_document(self, raw: bytes) -> None:
        try:
            schedule = read_schedule(raw, "schedule.json")
            self._tools.documents.put(raw)
        except Refused as refusal:
            self._post(ev.ScheduleRefused(refusal))
            return
        except Unavailable as error:
            self._post(ev.Noticed(error.code, "schedule.json", error.detail))
        self.watch(schedule)
        self._post(ev.ScheduleArrived(schedule))

    def _check_one(self) -> None:
        name = next(iter(self._pending))
        bulletin = self._pending.pop(name)
        for content in bulletin.content:
            outcome = self._outcome(bulletin, content)
            self._results.append((content, outcome))
            if isinstance(outcome, Flaw) and outcome.code in (Code.DISK_FULL, Code.FOLDER_UNREADABLE):
                self._retry[name] = bulletin
                self._retry_at_us = _mono_us() + RETRY_US

    def _outcome(self, bulletin: Bulletin, content: Content) -> Facts | Flaw:
        shelf = self._tools.shelf
        try:
            sha256 = shelf.ingest(self._tools.source.resolve(content.path), content)
            self._hashes[content] = sha256
            known = shelf.facts(sha256)
            return known or self._probe(bulletin, content, sha256)
        except (Unplayable, Unavailable) as error:
            return Flaw(error.code, error.detail)

    def _probe(self, bulletin: Bulletin, content: Content, sha256: str) -> Facts | Flaw:
        path = self._tools.shelf.path(sha256)
        found = self._tools.prober.probe(bulletin.kind, path, sha256)
        if isinstance(found, Flaw):
            found = replace(found, detail=found.detail.replace(str(path), content.path))
        self._tools.shelf.remember(sha256, found)
        _log.info("checked %s: %s", content.path, found)
        return found

    def _flush(self) -> None:
        self._flushed_us = self.ticked_us
        self._post(ev.Checked(tuple(self._results)))
        self._results.clear()
        if not self._pending:
            self._tools.shelf.evict(self._before.union(self._hashes.values()))


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
