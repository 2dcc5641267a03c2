"""A province's content servers as the source system: the schedule that a signed pointer names, and what it names.

The loop says which schedule is wanted; the worker asks what has come, as it asks a folder; the fetch thread fetches.
They share nothing but queues.
"""

from __future__ import annotations

import hashlib
import queue
from collections.abc import Iterable
from pathlib import Path

from firmware_py.core.errors import Code, Unavailable, Unplayable
from firmware_py.core.model import Content
from firmware_py.core.news import DocumentArrived, News, SourceTrouble
from firmware_py.core.settings import Broker
from firmware_py.core.wire import Desired
from firmware_py.link.fetcher import Fetcher, Ways
from firmware_py.link.fetching import Landed, Landing, Missing, Named, Outcome, Pace, Pauses, Wanted
from firmware_py.link.https import Web


class RemoteSource:
    """Fits `runtime.ports.Source`; `fetch_for_ever` is the body of its thread.

    `active` is the schedule document that the box has already: it is not fetched again. `want` is called by the loop,
    all else by the worker.
    """

    def __init__(self, broker: Broker, landing: Landing, active: bytes | None, pace: Pace, pauses: Pauses) -> None:
        ways = Ways(Web(broker, pace.connect_s, pace.silence_s), broker.origins, pace, pauses)
        document = hashlib.sha256(active).hexdigest() if active is not None else ""
        self._outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._fetcher = Fetcher(ways, landing, document, self._outcomes.put)
        self._landing = landing
        self._news: list[News] = []
        self._paths: frozenset[str] = frozenset()
        self._asked: dict[str, Wanted] = {}
        self._missing: dict[str, Missing] = {}
        self._changed: set[str] = set()

    def fetch_for_ever(self) -> None:
        """Fetch what is wanted; ends only by an exception, which is to end the process."""
        self._fetcher.run()

    def want(self, pointer: Desired) -> None:
        """Have the schedule come that a signed pointer names, and no other; the same one again is tried at once."""
        self._fetcher.ask(Wanted(pointer.path, pointer.sha256, pointer.size, is_document=True))

    def poll(self) -> News | None:
        """Return a schedule that has come, or why none comes; None when there is nothing new."""
        self._take_outcomes()
        return self._news.pop(0) if self._news else None

    def files_changed(self, paths: Iterable[str]) -> frozenset[str]:
        """Return those of the paths whose file has come, or has been found not to come, since the last call.

        What is fetched for other paths is dropped.
        """
        named = frozenset(paths)
        if named != self._paths:
            self._paths = named
            self._asked.clear()
            self._missing = {sha: each for sha, each in self._missing.items() if each.paths & named}
            self._fetcher.ask(Named(named))
        self._take_outcomes()
        changed, self._changed = self._changed, set()
        return named & changed

    def fetch(self, content: Content) -> Path | None:
        """Return where a file is; None while it comes, after which `files_changed` names its path.

        Raises `Unplayable` when it can never come, `Unavailable` for as long as no server gives it, or no disk room.
        """
        if content.sha256 is None or content.size is None:
            what = f"{content.path}: comes over a network and names no sha256 or no size; give both in the schedule"
            raise Unplayable(Code.CONTENT_MISMATCH, what)
        if place := self._landing.find(content.sha256):
            return place
        self._landing.check_size(content.path, content.size)
        self._ask(Wanted(content.path, content.sha256, content.size))
        missing = self._missing.get(content.sha256)
        if missing:
            raise Unavailable(missing.error.code, missing.error.detail)
        return None

    def _ask(self, wanted: Wanted) -> None:
        if self._asked.get(wanted.path) != wanted:
            self._asked[wanted.path] = wanted
            self._fetcher.ask(wanted)

    def _take_outcomes(self) -> None:
        try:
            while True:
                self._take(self._outcomes.get_nowait())
        except queue.Empty:
            return

    def _take(self, outcome: Outcome) -> None:
        if outcome.wanted.is_document:
            self._news.append(_news(outcome))
            return
        self._changed |= outcome.paths
        if isinstance(outcome, Missing):
            self._missing[outcome.wanted.sha256] = outcome
            return
        self._missing.pop(outcome.wanted.sha256, None)
        for path in outcome.paths:
            self._asked.pop(path, None)


def _news(outcome: Outcome) -> News:
    if isinstance(outcome, Landed):
        return DocumentArrived(outcome.raw, remote=True)
    return SourceTrouble(outcome.error.code, outcome.error.detail)
