"""The fetch thread: has one file come after the other, from the first origin that gives it, and tries again for ever.

Other threads only put wishes into its queue; what has come of them it puts into another one. A failure is told once
for as long as it lasts: one that concerns the file for each file, one that concerns the server, the network or the
disk for one file only, because the others suffer the same.
"""

from __future__ import annotations

import logging
import queue
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from firmware_py.core.errors import Code, Unavailable
from firmware_py.link.fetching import Landed, Landing, Missing, Named, Outcome, Pace, Part, Pauses, Wanted
from firmware_py.link.https import Web
from firmware_py.link.jobs import Job, Jobs
from firmware_py.link.memory import MemoryPart
from firmware_py.link.transfer import Failure, Interrupted, Transfer

PATIENT_ROUNDS = 3
"""How often all origins are tried before a weak network or a busy server is told of."""

PROGRESS_BYTES = 64 * 1024
"""An attempt that brought so much was none in vain: the file keeps its place, and the next one comes soon."""

SHAKY_S = 60.0
"""For so long an origin that could not be reached is tried after the others."""

LOOK_S = 1.0

_log = logging.getLogger("fetch")


@dataclass(frozen=True, slots=True)
class Ways:
    """How to fetch: by what, from where (tried in this order), at what pace."""

    web: Web
    origins: tuple[str, ...]
    pace: Pace
    pauses: Pauses


class Fetcher:
    """The body of the fetch thread: `run` ends only by an exception. `document`: the hash of the one that is here."""

    def __init__(self, ways: Ways, landing: Landing, document: str, tell: Callable[[Outcome], None]) -> None:
        self._landing, self._tell = landing, tell
        self._origins, self._pauses = ways.origins, ways.pauses
        self._transfer = Transfer(ways.web, ways.pace, self._is_off)
        self._wishes: queue.SimpleQueue[Wanted | Named] = queue.SimpleQueue()
        self._jobs = Jobs(document)
        self._document = MemoryPart("")
        self._held_s: dict[str, float] = {}
        self._shaky_s: dict[str, float] = {}
        self._spokesmen: dict[Code, Job] = {}
        self._looked_s = 0.0

    def ask(self, wish: Wanted | Named) -> None:
        """Have a file come, or say which ones matter; from any thread."""
        self._wishes.put(wish)

    def run(self) -> None:
        """Work for ever."""
        while True:
            self._take_wishes(self._wait_s())
            job = self._jobs.next(time.monotonic())
            if job is not None:
                self._work(job)

    def _wait_s(self) -> float | None:
        due_s = self._jobs.due_s()
        return None if due_s == float("inf") else max(due_s - time.monotonic(), 0.0)

    def _take_wishes(self, wait_s: float | None) -> bool:
        """Take up what is asked for; wait for it for so long (None: until there is something)."""
        taken = False
        try:
            wish = self._wishes.get_nowait() if wait_s == 0 else self._wishes.get(timeout=wait_s)
            while True:
                self._jobs.take(wish)
                taken = True
                wish = self._wishes.get_nowait()
        except queue.Empty:
            return taken

    def _is_off(self, wanted: Wanted) -> bool:
        """Look between two pieces of a file whether the next one is still wanted first."""
        now_s = time.monotonic()
        if not self._take_wishes(0) and now_s - self._looked_s < LOOK_S:
            return False
        self._looked_s = now_s
        return self._jobs.is_off(wanted, now_s)

    def _work(self, job: Job) -> None:
        if not job.wanted.is_document and self._landing.find(job.wanted.sha256):
            self._landed(job)
            return
        try:
            with self._part(job.wanted) as part:
                self._try_origins(job, part)
        except Interrupted:
            _log.info("%s: waits for what is more urgent, or is not wanted any more", job.wanted.path)
        except Unavailable as error:
            self._no_room(job, error)
        except Failure as failure:
            self._failed(job, failure)
        else:
            self._landed(job)

    @contextmanager
    def _part(self, wanted: Wanted) -> Iterator[Part]:
        if not wanted.is_document:
            with self._landing.open(wanted.path, wanted.sha256, wanted.size) as part:
                yield part
            return
        if self._document.sha256 != wanted.sha256:
            self._document = MemoryPart(wanted.sha256)
        yield self._document

    def _try_origins(self, job: Job, part: Part) -> None:
        """Return when an origin has given the file; raise the failures of all of them as one."""
        failures = []
        for origin in self._in_order(job):
            before = part.kept
            try:
                self._transfer.fetch(origin, job.wanted, part)
            except Failure as failure:
                _log.info("%s: %s", job.wanted.path, failure.detail)
                self._note(job, origin, failure)
                failures.append(failure)
                if part.kept - before >= PROGRESS_BYTES:
                    job.failures = -1
            else:
                return
        raise _together(job.wanted, failures)

    def _in_order(self, job: Job) -> list[str]:
        """Return the origins that may be asked now: those that had the wrong file or did not answer lately last."""
        now_s = time.monotonic()
        free = [origin for origin in self._origins if self._held_s.get(origin, 0.0) <= now_s]
        return sorted(free, key=lambda origin: (origin in job.wrong, self._shaky_s.get(origin, 0.0) > now_s))

    def _note(self, job: Job, origin: str, failure: Failure) -> None:
        now_s = time.monotonic()
        if failure.code is Code.CONTENT_MISMATCH:
            job.wrong.add(origin)
        if failure.general:
            self._shaky_s[origin] = now_s + SHAKY_S
        if failure.pause_s:
            self._held_s[origin] = now_s + failure.pause_s

    def _failed(self, job: Job, failure: Failure) -> None:
        if not self._jobs.wants(job):
            return
        job.failures += 1
        now_s = time.monotonic()
        pause_s = self._pauses.pause_s(max(job.failures - 1, 0), random.random())  # noqa: S311 - nobody gains by guessing it
        free_s = min(self._held_s.get(origin, 0.0) for origin in self._origins)
        job.due_s = max(now_s + pause_s, free_s)
        if not failure.general:
            self._tell_of(job, Unavailable(failure.code, failure.detail))
        elif job.failures >= PATIENT_ROUNDS:
            self._speak_for_all(job, Unavailable(failure.code, failure.detail))

    def _no_room(self, job: Job, error: Unavailable) -> None:
        """Try again at once when there was something to throw away, else later."""
        full = error.code is Code.DISK_FULL
        if not self._jobs.wants(job) or (full and self._landing.drop_others(self._jobs.hashes())):
            return
        job.due_s = time.monotonic() + self._pauses.full_s
        self._speak_for_all(job, error)

    def _speak_for_all(self, job: Job, error: Unavailable) -> None:
        """Tell of what all files suffer from, for one of them."""
        speaker = self._spokesmen.get(error.code)
        if speaker is None or not self._jobs.wants(speaker):
            self._spokesmen[error.code] = speaker = job
        if speaker is job:
            self._tell_of(job, error)

    def _tell_of(self, job: Job, error: Unavailable) -> None:
        if job.told != error.code:
            job.told = error.code
            self._tell(Missing(job.wanted, frozenset(job.paths), error))

    def _landed(self, job: Job) -> None:
        wanted = self._jobs.done(job)
        if not job.wanted.is_document:
            self._tell(Landed(job.wanted, frozenset(wanted.paths if wanted else job.paths)))
            return
        raw, self._document = bytes(self._document.raw), MemoryPart("")
        if wanted:
            self._tell(Landed(job.wanted, frozenset(), raw))


def _together(wanted: Wanted, failures: list[Failure]) -> Failure:
    """Return one failure that tells of all origins; the wrong file is worth more words than a server that is away."""
    if not failures:
        return Failure(Code.FETCH_FAILED, f"{wanted.path}: all servers ask for a pause", general=True)
    code = min((failure.code for failure in failures), key=lambda code: code is not Code.CONTENT_MISMATCH)
    general = all(failure.general for failure in failures)
    return Failure(code, f"{wanted.path}: " + "; ".join(failure.detail for failure in failures), general=general)
