"""A box's fetch thread with its stores; `python -m tests.link.downloads …` is one that can be killed."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

from firmware_py.core.errors import Unavailable
from firmware_py.core.model import Content
from firmware_py.core.news import News
from firmware_py.core.settings import Broker, Store
from firmware_py.core.times import Instant
from firmware_py.core.wire import Desired
from firmware_py.link.crypto.certificates import Authority, Identity
from firmware_py.link.fetching import Pace, Pauses
from firmware_py.link.https import Web
from firmware_py.link.remote import RemoteSource
from firmware_py.store.content import ContentStore
from firmware_py.store.landing import Landing
from tests.store.samples import LIMITS, sha256
from tests.waiting import until

PACE = Pace(connect_s=5.0, silence_s=5.0, slow_s=5.0)
HASTY = Pace(connect_s=5.0, silence_s=0.4, slow_s=0.4)
PAUSES = Pauses(first_s=0.02, longest_s=0.1, full_s=0.05)


RAW = Random(1).randbytes(300_000)
OTHER = Random(2).randbytes(300_000)
PATH = "media/bản tin #1.mp3"
NAME = sha256(RAW)
FILE = Content(PATH, NAME, len(RAW))

Papers: TypeAlias = tuple[Authority, Identity, Identity]
Open: TypeAlias = Callable[..., "Downloads"]


class Downloads:
    """A remote source, its fetch thread, and the stores that its files land in."""

    def __init__(
        self,
        broker: Broker,
        directory: Path,
        pace: Pace = PACE,
        pauses: Pauses = PAUSES,
        *,
        limits: Store = LIMITS,
        active: bytes | None = None,
    ) -> None:
        """Begin with what the directory has."""
        self.directory = directory
        self.store = ContentStore(directory / "content", limits)
        self.landing = Landing(self.store, directory / "content" / "landing")
        self.source = RemoteSource(broker, self.landing, active, pace, pauses)
        self.died: list[BaseException] = []
        self._ended = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.source.fetch_for_ever()
        except BaseException as error:  # noqa: BLE001 - shown when the test ends
            self.died.append(error)

    def end(self) -> None:
        """Let the thread die of a wish that is none, and look that it did not die before; before its servers do."""
        if self._ended:
            return
        self._ended = True
        assert not self.died
        self.source._fetcher.ask(None)  # type: ignore[arg-type]
        self._thread.join(30)
        assert not self._thread.is_alive()
        hang_up(self.source._fetcher._transfer._web)

    def name(self, *contents: Content) -> frozenset[str]:
        """Say which files matter, as the worker does when a schedule comes; return what it is told."""
        return self.source.files_changed(content.path for content in contents)

    def ask(self, *contents: Content) -> None:
        """Ask for files that are not here."""
        self.name(*contents)
        for content in contents:
            assert self.source.fetch(content) is None

    def come(self, *contents: Content, timeout_s: float = 20.0) -> None:
        """Wait until all of these have come, each named as changed and each with the right bytes."""
        named = set[str]()

        def are_here() -> bool:
            here = all(self.landing.find(content.sha256 or "") for content in contents)
            named.update(self.name(*contents))
            return here and named >= {content.path for content in contents}

        until(are_here, timeout_s)
        for content in contents:
            place = self.source.fetch(content)
            assert place is not None
            assert sha256(place.read_bytes()) == content.sha256

    def told(self, content: Content) -> Unavailable:
        """Wait until it is told that a file does not come, and return why."""
        until(lambda: content.path in self.name(content))
        try:
            assert self.source.fetch(content) is None
        except Unavailable as error:
            return error
        raise AssertionError(f"{content.path} is not missing")

    def news(self) -> News:
        """Wait for what the source has to tell."""
        news = until(self.source.poll)
        assert news is not None
        return news

    def parts(self) -> list[Path]:
        """Return the unfinished files."""
        return sorted((self.directory / "content" / "landing").iterdir())


def hang_up(web: Web) -> None:
    """Close the connections that are kept for the next call; urllib3 would leave that to the garbage collector."""
    adapter: Any = web._session.get_adapter("https://")
    pools = adapter.poolmanager.pools
    for key in pools.keys():  # noqa: SIM118 - it is no mapping that can be iterated
        pools[key].close()
    web._session.close()


def content(path: str, raw: bytes) -> Content:
    """Return the entry of a file in a schedule."""
    return Content(path, sha256(raw), len(raw))


def pointer(path: str, raw: bytes, version: int = 1) -> Desired:
    """Return the pointer to a schedule document."""
    begin: Instant = 1_785_000_000_000_000
    end: Instant = begin + 86_400_000_000
    return Desired("ttcs-desired/1", "all", version, begin, end, path, sha256(raw), len(raw))


def _main(directory: str, origin: str, ca: str, certificate: str, key: str, *entry: str) -> None:
    path, digest, size = entry
    downloads = Downloads(Broker("127.0.0.1", ca, certificate, key, (origin,)), Path(directory))
    wanted = Content(path, digest, int(size))
    downloads.ask(wanted)
    downloads.come(wanted)
    sys.stdout.write("landed\n")


if __name__ == "__main__":
    _main(*sys.argv[1:])
