"""The files of bulletins, by their SHA-256: what is in here is whole, has its hash, and stays while it is needed."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from firmware_py.core import settings
from firmware_py.core.content import Facts, Flaw
from firmware_py.core.errors import Code, Unavailable, Unplayable
from firmware_py.core.model import Content
from firmware_py.store import facts
from firmware_py.store.durable import PART, disk, make_directory, move, new_file, remove_parts, write_all
from firmware_py.store.names import UNSURE, Named, Names, Stamp
from firmware_py.store.source import Source, open_source

MB = 1_000_000
MAX_NAMES = 20_000
"""As many paths as a schedule may name."""

YOUNG_NS = 3_000_000_000
"""Memory sticks keep times in steps of 2 s: a file written later than this ago may change and look the same."""

_IS_SHA256 = re.compile("[0-9a-f]{64}").fullmatch


@dataclass(frozen=True, slots=True, order=True)
class _Object:
    """A stored file; the order is the one in which they go: longest unused first."""

    used_ns: int
    sha256: str
    size: int


class ContentStore:
    """Content-addressed files below `root` (`root/ab/ab12…`), without duplicates.

    One thread uses it; `path`, `has` and what says so may be called from others.

    The quota bounds what is kept beyond need: content that the schedule names is taken as long as
    `keep_free_mb` of the disk stay free. Raises `Unavailable` when `root` cannot be made.
    """

    def __init__(self, root: Path, limits: settings.Store, clock_ns: Callable[[], int] = time.time_ns) -> None:
        self._root, self._clock_ns = root, clock_ns
        self._limits = limits
        make_directory(root)
        self._names = Names(root / "names.json", MAX_NAMES)
        self._stamps: dict[str, Stamp] = {}
        for directory in (root, *root.glob("??")):
            remove_parts(directory)

    def path(self, sha256: str) -> Path:
        """Return where the content with this hash is, or would be."""
        return self._root / sha256[:2] / sha256

    def has(self, sha256: str) -> bool:
        """Tell whether this content is here, whole."""
        return self.path(sha256).is_file()

    def verify(self, sha256: str) -> bool:
        """Read the content again and tell whether it still has its hash; what has not is removed."""
        with open_source(self.path(sha256)) as source:
            good = _hash(source) == sha256
        if not good:
            self._remove(sha256)
        return good

    def ingest(self, source: Path, expected: Content) -> str:
        """Take a copy of the file at `source` and return its SHA-256.

        What is here already is not read again: content whose hash the document names, and a file that has the
        size and the times that it had when it was taken.

        Raises `Unplayable` when the file is missing, empty, too large, no regular file, or not the expected one;
        `Unavailable` when it cannot be read, is being written, or does not fit on the disk.
        """
        if expected.sha256 and self.has(expected.sha256):
            return self._found(expected.sha256, source, expected)
        with open_source(source) as opened:
            self.check_size(opened.path, opened.size)
            _check_expected(opened.path, expected, None, opened.size)
            self._stamps[expected.path] = self._stamp(opened)
            known = self._known(opened, expected)
            if known:
                return self._found(known, source, expected)
            self.check_room(opened.path, opened.size)
            return self._copy(opened, expected)

    def check_size(self, name: Path | str, size: int) -> None:
        """Raise `Unplayable` when a file of `size` bytes is never taken; `name` is what the message calls it."""
        if size == 0:
            raise Unplayable(Code.CONTENT_EMPTY, f"{name}: is empty; copy it there again")
        if size > self._limits.max_file_mb * MB:
            what = f"has {size} bytes, store.max_file_mb is {self._limits.max_file_mb}"
            raise Unplayable(Code.CONTENT_TOO_LARGE, f"{name}: {what}; make it smaller, or raise that")

    def check_room(self, name: Path | str, size: int) -> None:
        """Raise `Unavailable` (DISK_FULL) when `size` more bytes do not fit with `keep_free_mb`; from any thread."""
        needed = size + self._limits.keep_free_mb * MB
        if (free := self._free_bytes()) < needed:
            what = f"{name}: needs {needed} bytes with store.keep_free_mb, {self._root} has {free} free"
            raise Unavailable(Code.DISK_FULL, f"{what}; delete files, or lower store.quota_mb")

    def adopt(self, part: Path, sha256: str) -> None:
        """Give a synced file with this hash, on the disk of the store, its place; from any thread."""
        target = self.path(sha256)
        if self.has(sha256):
            os.utime(target)
        else:
            make_directory(target.parent)
            move(part, target)

    def facts(self, sha256: str) -> Facts | Flaw | None:
        """Return what is known of this content from an earlier check; None when it has to be checked."""
        return facts.recall(self.path(sha256)) if self.has(sha256) else None

    def remember(self, sha256: str, found: Facts | Flaw) -> None:
        """Keep what a check of this content has found, for as long as the content is here."""
        if self.has(sha256):
            facts.note(self.path(sha256), found)

    def name(self, content: Content, sha256: str) -> None:
        """Note that the path of `content` had this content, and that it was good; `save_names` keeps it."""
        self._names.put(content.path, Named(sha256, self._stamps.pop(content.path, UNSURE)))

    def save_names(self) -> None:
        """Keep what was noted by `name`. Raises `Unavailable`."""
        self._names.save()

    def former(self, content: Content) -> Facts | None:
        """Return the good content that this path had before, if it is still here and may stand for `content`."""
        named = self._names.get(content.path)
        if named is None or content.sha256 not in (None, named.sha256):
            return None
        found = self.facts(named.sha256)
        return found if isinstance(found, Facts) else None

    def evict(self, keep: frozenset[str], room_bytes: int = 0) -> tuple[str, ...]:
        """Remove what was not used for longest and is not in `keep`, until the quota and the free space are met.

        `room_bytes` more are to fit in afterwards. Returns the hashes of what went.
        """
        objects = sorted(self._objects())
        surplus = self._surplus(sum(each.size for each in objects) + room_bytes, room_bytes)
        gone = []
        for each in objects:
            if surplus > 0 and each.sha256 not in keep:
                self._remove(each.sha256)
                surplus -= each.size
                gone.append(each.sha256)
        return tuple(gone)

    def _surplus(self, total: int, room_bytes: int) -> int:
        over_quota = total - self._limits.quota_mb * MB
        return max(over_quota, self._limits.keep_free_mb * MB + room_bytes - self._free_bytes())

    def _objects(self) -> Iterator[_Object]:
        for path in self._root.glob("??/*"):
            if _IS_SHA256(path.name):
                status = path.stat()
                yield _Object(status.st_mtime_ns, path.name, status.st_size)

    def _remove(self, sha256: str) -> None:
        facts.forget(self.path(sha256))
        self.path(sha256).unlink()

    def _free_bytes(self) -> int:
        with disk(self._root):
            status = os.statvfs(self._root)
        return status.f_bavail * status.f_frsize

    def _found(self, sha256: str, source: Path, expected: Content) -> str:
        _check_expected(source, expected, sha256, self.path(sha256).stat().st_size)
        with disk(self.path(sha256)):
            os.utime(self.path(sha256))
        return sha256

    def _known(self, source: Source, expected: Content) -> str:
        """Return the hash of a file that is what it was when it was taken; "" for any other."""
        named = self._names.get(expected.path)
        same = named is not None and UNSURE != named.stamp == self._stamp(source)
        return named.sha256 if named and same and self.has(named.sha256) else ""

    def _stamp(self, source: Source) -> Stamp:
        age_ns = abs(self._clock_ns() - max(source.changed_ns))
        return UNSURE if age_ns < YOUNG_NS else (source.size, *source.changed_ns)

    def _copy(self, source: Source, expected: Content) -> str:
        part = self._root / f"incoming{PART}"
        with disk(part):
            with new_file(part) as descriptor:
                sha256 = _hash(source, descriptor)
                _check_expected(source.path, expected, sha256, source.size)
            try:
                self.adopt(part, sha256)
            finally:
                part.unlink(missing_ok=True)
        return sha256


def _hash(source: Source, copy_to: int | None = None) -> str:
    digest = hashlib.sha256()
    for chunk in source.chunks():
        digest.update(chunk)
        if copy_to is not None:
            write_all(copy_to, chunk)
    return digest.hexdigest()


def _check_expected(source: Path, expected: Content, sha256: str | None, size: int) -> None:
    """Hold a file's size, and its hash once that is known, against what the document says; None is anything."""
    if expected.size not in (None, size):
        what = f"has {size} bytes, the document says {expected.size}"
        raise Unplayable(Code.CONTENT_MISMATCH, f"{source}: {what}; copy the file again, or mend the document")
    if None not in (sha256, expected.sha256) and sha256 != expected.sha256:
        what = f"has the SHA-256 {sha256}, the document says {expected.sha256}"
        raise Unplayable(Code.CONTENT_MISMATCH, f"{source}: {what}; copy the file again, or mend the document")
