"""Which files are to be fetched, and which of them next: the schedule document before all, then as they were asked for.

Two bulletins with the same file make one job. What was asked for since the newest change of the schedule goes before
what was asked for earlier: the worker asks in the order in which things are due.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from firmware_py.link.fetching import Named, Wanted

_Key: TypeAlias = tuple[str, int, bool]
_FIRST = -(2**62)


@dataclass(slots=True)
class Job:
    """A file to fetch: for which paths, when to try next (monotonic), how often it has failed in a row.

    Of two that are due the one of the lower `urgency` goes first, then one that has not failed, then that of the lower
    `turn`. `told` is the code of the failure that was told last, `wrong` are the origins that had another file.
    """

    wanted: Wanted
    urgency: int = 0
    turn: int = 0
    paths: set[str] = field(default_factory=set)
    due_s: float = 0.0
    failures: int = 0
    told: str = ""
    wrong: set[str] = field(default_factory=set)

    @property
    def order(self) -> tuple[int, bool, float]:
        """What the lower of goes first; of those that failed the one that waits for longest, so that all get a turn."""
        failed = self.failures > 0
        return (self.urgency, failed, self.due_s if failed else self.turn)


class Jobs:
    """The files that are wanted and not here. `document` is the hash of the schedule document that is here."""

    def __init__(self, document: str) -> None:
        self._jobs: dict[_Key, Job] = {}
        self._document = document
        self._changes = 0
        self._asked = 0

    def take(self, wish: Wanted | Named) -> None:
        """Take up a wish; one that is there already is tried at once."""
        if isinstance(wish, Named):
            self._name(wish.paths)
        elif wish.is_document:
            self._drop(lambda job: job.wanted.is_document and _key(job.wanted) != _key(wish))
            if wish.sha256 != self._document:
                self._add(wish, _FIRST)
        else:
            self._take_path_from_others(wish)
            self._add(wish, -self._changes)

    def next(self, now_s: float) -> Job | None:
        """Return the job to do now, if any is due."""
        due = (job for job in self._jobs.values() if job.due_s <= now_s)
        return min(due, key=lambda job: job.order, default=None)

    def due_s(self) -> float:
        """Return when the next job is due, infinity when there is none."""
        return min((job.due_s for job in self._jobs.values()), default=float("inf"))

    def is_off(self, wanted: Wanted, now_s: float) -> bool:
        """Tell whether the work on a file is to end: nobody wants it any more, or one not tried yet is more urgent."""
        job, first = self._jobs.get(_key(wanted)), self.next(now_s)
        if job is None or first is None:
            return job is None
        return first.urgency < job.urgency or (first.turn < job.turn and first.failures == 0)

    def done(self, job: Job) -> Job | None:
        """Forget the wish for the file of a job and return it; None when nobody wanted the file any more."""
        if job.wanted.is_document:
            self._document = job.wanted.sha256
        return self._jobs.pop(_key(job.wanted), None)

    def wants(self, job: Job) -> bool:
        """Tell whether somebody still wants this file."""
        return self._jobs.get(_key(job.wanted)) is job

    def hashes(self) -> frozenset[str]:
        """Return the hashes of all files that are wanted."""
        return frozenset(job.wanted.sha256 for job in self._jobs.values())

    def _add(self, wish: Wanted, urgency: int) -> None:
        job = self._jobs.setdefault(_key(wish), Job(wish, urgency + 1))
        job.paths.add(wish.path)
        job.due_s = 0.0
        if urgency < job.urgency:
            self._asked += 1
            job.urgency, job.turn = urgency, self._asked

    def _name(self, paths: frozenset[str]) -> None:
        self._changes += 1
        for job in self._jobs.values():
            if not job.wanted.is_document:
                _keep_paths(job, paths)
        self._drop(lambda job: not job.paths)

    def _take_path_from_others(self, wish: Wanted) -> None:
        """A path has one content: whoever had it before is wanted for its other paths only."""
        for key, job in self._jobs.items():
            if wish.path in job.paths and key != _key(wish) and not job.wanted.is_document:
                _keep_paths(job, job.paths - {wish.path})
        self._drop(lambda job: not job.paths)

    def _drop(self, unwanted: Callable[[Job], bool]) -> None:
        self._jobs = {key: job for key, job in self._jobs.items() if not unwanted(job)}


def _keep_paths(job: Job, paths: frozenset[str] | set[str]) -> None:
    job.paths &= paths
    if job.paths and job.wanted.path not in job.paths:
        job.wanted = replace(job.wanted, path=min(job.paths))


def _key(wanted: Wanted) -> _Key:
    return (wanted.sha256, wanted.size, wanted.is_document)
