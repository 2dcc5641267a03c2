"""The sources of a live play that a notice has cut in on, opened anew beside it: afterwards it is heard at once.

A stream takes a second to open. An item that is foreseen is opened ten seconds before; when an alert will be over
nobody knows, and whether the stream is then still wanted is the agent's to say.
"""

from __future__ import annotations

from typing import TypeAlias

from firmware_py.core.messages import Item
from firmware_py.speaker.source import OpenSource, Running, Source

_Key: TypeAlias = tuple[object, ...]


class Spare:
    """Opens sources, and keeps those of one play at most until it is known whether it goes on."""

    def __init__(self, sources: OpenSource) -> None:
        """Take where sound comes from."""
        self._sources = sources
        self._kept: dict[_Key, tuple[Source, Running]] = {}

    def keep(self, item: Item) -> None:
        """Open what an item needs, for the case that it goes on."""
        if _key(item) not in self._kept:
            self.close()
            self._kept[_key(item)] = self._sources(item)

    def open(self, item: Item) -> tuple[Source, Running]:
        """Return the sound of an item: what was kept for it, or opened now."""
        return self._kept.pop(_key(item), None) or self._sources(item)

    def tend(self) -> None:
        """Do what is due."""
        for _, running in self._kept.values():
            running.tend()

    def close(self) -> None:
        """Give up what is kept."""
        for _, running in self._kept.values():
            running.close()
        self._kept.clear()


def _key(item: Item) -> _Key:
    """Return what two plays have in common that are parts of the same."""
    return (item.bulletin_id, item.kind, item.sources, item.path, item.start_us, item.duration_us)
