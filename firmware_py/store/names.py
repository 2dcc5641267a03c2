"""Which content a path of the source had when it was last taken: a box that starts without its source plays on.

With the times and the size that the file had then, a file that was not touched since is not read again.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from firmware_py.core.codec import from_json_as, to_json
from firmware_py.core.errors import Malformed
from firmware_py.store.durable import PART, disk

Stamp: TypeAlias = tuple[int, int, int]
"""Size in bytes, time of the last writing and of the last change of any kind in ns."""

UNSURE: Stamp = (-1, 0, 0)
"""The stamp of a file that may change without its stamp changing, because it was written only just now."""


@dataclass(frozen=True, slots=True)
class Named:
    """The content of a path."""

    sha256: str
    stamp: Stamp


class Names:
    """Path of the source to content, in one small file. A damaged file is an empty one: the source tells again."""

    def __init__(self, path: Path, room: int) -> None:
        """Read what is there; of more than `room` paths the ones put first go."""
        self._path, self._room = path, room
        self._changed = False
        try:
            self._named = from_json_as(dict[str, Named], path.read_bytes())
        except (OSError, Malformed):
            self._named = {}

    def get(self, name: str) -> Named | None:
        """Return the content that the path had, if it is known."""
        return self._named.get(name)

    def put(self, name: str, named: Named) -> None:
        """Note the content of a path; `save` keeps it."""
        if self._named.get(name) == named:
            return
        self._changed = True
        self._named.pop(name, None)
        self._named[name] = named
        while len(self._named) > self._room:
            del self._named[next(iter(self._named))]

    def save(self) -> None:
        """Write what was noted since the last time, not synced: it is a cache. Raises `Unavailable`."""
        if not self._changed:
            return
        part = self._path.with_name(self._path.name + PART)
        with disk(self._path):
            part.write_bytes(to_json(self._named))
            part.replace(self._path)
        self._changed = False
