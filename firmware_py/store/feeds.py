"""What each feed last said, kept so that a box that starts without its network shows it for as long as it is good.

One small file a feed, named by the hash of its address. Whenever the power goes it is a whole one, the old or the new;
a damaged one is none: the server tells again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from firmware_py.core.codec import from_json_as, to_json
from firmware_py.core.errors import Malformed
from firmware_py.core.feeds import KeptFeed
from firmware_py.store.durable import PART, disk, make_directory, move, new_file, remove_parts, write_all

MAX_FILE_BYTES = 1 << 20
_SUFFIX = ".json"


class FeedStore:
    """The files below `root`, used by one thread. Raises `Unavailable` when the disk does not take them."""

    def __init__(self, root: Path) -> None:
        self._root = root
        make_directory(root)
        remove_parts(root)

    def get(self, source: str) -> KeptFeed | None:
        """Return what is kept of a feed, if that can be read."""
        try:
            with self._place(source).open("rb") as file:
                kept = from_json_as(KeptFeed, file.read(MAX_FILE_BYTES))
        except (OSError, Malformed):
            return None
        return kept if kept.source == source else None

    def put(self, kept: KeptFeed) -> None:
        """Keep what a feed says, in place of what it said before."""
        place = self._place(kept.source)
        part = place.with_name(place.name + PART)
        with disk(place):
            with new_file(part) as descriptor:
                write_all(descriptor, to_json(kept))
            move(part, place)

    def drop_others(self, sources: Iterable[str]) -> None:
        """Forget all feeds but these."""
        kept = {self._place(source) for source in sources}
        with disk(self._root):
            for place in set(self._root.glob(f"*{_SUFFIX}")) - kept:
                place.unlink(missing_ok=True)

    def _place(self, source: str) -> Path:
        return self._root / (hashlib.sha256(source.encode()).hexdigest() + _SUFFIX)
