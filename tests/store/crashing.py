"""`python -m tests.store.crashing OPERATION DIRECTORY`: dies by SIGKILL at every step of an operation in turn.

A step is a call that changes a file or a directory; a write counts twice, because it may end half way. For step
n the operation runs in `DIRECTORY/n`, in a forked process that is killed just before the step. The last directory
is that of the run which met no more steps. Its calls are printed, one a line: name and file name.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from firmware_py.core.content import Facts
from firmware_py.core.feeds import Entry, KeptFeed
from firmware_py.store.content import ContentStore
from firmware_py.store.documents import DocumentStore
from firmware_py.store.feeds import FeedStore
from firmware_py.store.journal import Journal
from firmware_py.store.landing import Landing
from tests.store.samples import LIMITS, put, record, sha256

OLD, NEW = b'{"version": 1}', b'{"version": 2}' * 500
OLD_FEED = KeptFeed("https://xa.example/rss", 1, (Entry("cũ"),))
NEW_FEED = KeptFeed("https://xa.example/rss", 2, (Entry("mới"),) * 20)
CALLS = ("open", "write", "fsync", "replace", "rename", "link", "unlink", "mkdir", "utime")
DAMAGE = b"\xff" * 64

Operation = Callable[[Path], None]


class Countdown:
    """Stands in for the calls of `os` in a process that is to die; real files, real calls until then."""

    def __init__(self, steps: int) -> None:
        self._left = steps
        self.calls: list[str] = []

    def arm(self) -> None:
        """Put a step before each call."""
        for name in CALLS:
            setattr(os, name, self._guarded(name, getattr(os, name)))

    def _guarded(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - every call of os
            self._step()
            if name == "write" and self._left == 1:
                call(args[0], args[1][: len(args[1]) // 2])
            if name == "write":
                self._step()
            self.calls.append(f"{name} {_named(args[-1] if name in ('replace', 'rename', 'link') else args[0])}")
            return call(*args, **options)

        return guarded

    def _step(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def _named(file: int | str | Path) -> str:
    return Path(os.readlink(f"/proc/self/fd/{file}") if isinstance(file, int) else file).name  # noqa: PTH115 - by number


def _before_documents(directory: Path) -> None:
    DocumentStore(directory).put(OLD)


def _documents(directory: Path) -> None:
    DocumentStore(directory).put(NEW)


def _before_content(directory: Path) -> None:
    put(directory / "source", NEW)


def _content(directory: Path) -> None:
    store = ContentStore(directory / "store", LIMITS)
    name = store.ingest(directory / "source", put(directory / "other", NEW))
    store.remember(name, Facts(name, str(store.path(name)), duration_us=7))


def _before_aside(directory: Path) -> None:
    path = directory / "journal.db"
    with Journal.open(path) as journal:
        journal.write(*map(record, range(1, 100)))
    path.write_bytes(path.read_bytes()[:4096] + DAMAGE + path.read_bytes()[4096 + len(DAMAGE) :])
    path.with_name("journal.db-wal").write_bytes(DAMAGE)


def _aside(directory: Path) -> None:
    Journal.open(directory / "journal.db").close()


def _before_landing(directory: Path) -> None:
    Landing(ContentStore(directory / "content", LIMITS), directory / "content" / "landing")


def _landing(directory: Path) -> None:
    place = Landing(ContentStore(directory / "content", LIMITS), directory / "content" / "landing")
    raw = bytes(range(256)) * 300
    with place.open("a.mp3", sha256(raw), len(raw)) as part:
        part.restart('"v1"')
        part.write(raw[:30_000])
        part.write(raw[30_000:])
        part.finish()


def _before_feeds(directory: Path) -> None:
    FeedStore(directory).put(OLD_FEED)


def _feeds(directory: Path) -> None:
    FeedStore(directory).put(NEW_FEED)


OPERATIONS: dict[str, tuple[Operation, Operation]] = {
    "documents": (_before_documents, _documents),
    "content": (_before_content, _content),
    "landing": (_before_landing, _landing),
    "aside": (_before_aside, _aside),
    "feeds": (_before_feeds, _feeds),
}
NAME = sha256(NEW)


def _run(operation: str, directory: Path, steps: int) -> bool:
    """Return whether the operation came to its end."""
    before, act = OPERATIONS[operation]
    directory.mkdir()
    before(directory)
    child = os.fork()
    if child == 0:
        countdown = Countdown(steps)
        countdown.arm()
        act(directory)
        sys.stdout.write("\n".join(countdown.calls))
        sys.stdout.flush()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"step {steps} did not die of SIGKILL")
    return os.WIFEXITED(status)


if __name__ == "__main__":
    next(steps for steps in count(1) if _run(sys.argv[1], Path(sys.argv[2], str(steps)), steps))
