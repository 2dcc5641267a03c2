"""The document store holds the active document and the one before."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_py.core.errors import Code, Unavailable
from firmware_py.store.documents import DocumentStore
from tests.store.surroundings import files_end_at


def pair(store: DocumentStore) -> tuple[bytes | None, bytes | None]:
    """Return what is active and what was before."""
    return store.active(), store.previous()


def test_the_former_document_becomes_the_previous_one(tmp_path: Path) -> None:
    """Each new document takes the place of the one before, in this process and the next."""
    store = DocumentStore(tmp_path / "new" / "schedule")
    assert pair(store) == (None, None)
    for raw, former in ((b"1", None), (b"2", b"1"), (b"3", b"2"), (b"2", b"3")):
        store.put(raw)
        assert pair(store) == pair(DocumentStore(tmp_path / "new" / "schedule")) == (raw, former)


def test_the_same_document_again_writes_nothing(tmp_path: Path) -> None:
    """The same bytes leave both files as they are."""
    store = DocumentStore(tmp_path)
    store.put(b"1")
    store.put(b"2")
    before = sorted((path.name, path.stat().st_ino, path.stat().st_mtime_ns) for path in tmp_path.iterdir())
    store.put(b"2")
    assert sorted((path.name, path.stat().st_ino, path.stat().st_mtime_ns) for path in tmp_path.iterdir()) == before


def test_a_full_disk_leaves_what_was(tmp_path: Path) -> None:
    """A document that does not fit on the disk changes nothing and leaves nothing."""
    store = DocumentStore(tmp_path)
    store.put(b"1")
    store.put(b"2")
    with files_end_at(100), pytest.raises(Unavailable, match=r"active\.json: the disk is full") as raised:
        store.put(b"x" * 101)
    assert raised.value.code is Code.DISK_FULL
    assert pair(store) == (b"2", b"1")
    assert len(list(tmp_path.iterdir())) == 2
