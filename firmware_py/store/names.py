"""Which content a path of the source had when it was last taken: a box that starts without its source plays on."""

from __future__ import annotations

from pathlib import Path

from firmware_py.core.codec import from_json_as, to_json
from firmware_py.core.errors import Malformed
from firmware_py.store.durable import PART, disk


class Names:
    """Path of the source to SHA-256, in one small file. A damaged file is an empty one: the source tells again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._hashes = from_json_as(dict[str, str], path.read_bytes())
        except (OSError, Malformed):
            self._hashes = {}

    def get(self, name: str) -> str | None:
        """Return the hash of the content that the path had, if it is known."""
        return self._hashes.get(name)

    def put(self, name: str, sha256: str, room: int) -> None:
        """Keep the hash of a path; of more than `room` paths the ones put first go. Raises `Unavailable`."""
        if self._hashes.get(name) == sha256:
            return
        self._hashes.pop(name, None)
        self._hashes[name] = sha256
        for surplus in list(self._hashes)[:-room]:
            del self._hashes[surplus]
        part = self._path.with_name(self._path.name + PART)
        with disk(self._path):
            part.write_bytes(to_json(self._hashes))
            part.replace(self._path)
