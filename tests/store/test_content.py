"""The content store takes what is right, refuses what is not with its reason, and removes only what nobody needs."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from firmware_py.core.content import Facts, Flaw
from firmware_py.core.errors import AgentError, Code, Unavailable, Unplayable
from firmware_py.core.model import Content
from firmware_py.store import facts
from firmware_py.store.content import MB, YOUNG_NS, ContentStore
from firmware_py.store.source import open_source
from tests.store.samples import LIMITS, put, sha256
from tests.store.surroundings import files_end_at, open_directory, without_privilege

RAW = b"ID3" + bytes(range(256)) * 40
NAME = sha256(RAW)


@pytest.fixture
def store(tmp_path: Path) -> ContentStore:
    """Return an empty store."""
    return ContentStore(tmp_path / "store", LIMITS)


def files(store: ContentStore) -> list[Path]:
    """Return all files of a store."""
    return sorted(path for path in store._root.rglob("*") if path.is_file())


def refused(store: ContentStore, source: Path, expected: Content) -> tuple[Code, str]:
    """Return why the store does not take a file; nothing of it stays behind."""
    with pytest.raises(AgentError) as raised:
        store.ingest(source, expected)
    assert files(store) == []
    assert isinstance(raised.value, Unplayable | Unavailable)
    return raised.value.code, raised.value.detail


def test_a_file_is_copied_under_its_hash(store: ContentStore, tmp_path: Path) -> None:
    """The copy has the bytes of the source, is named by its hash and outlives the source."""
    source = tmp_path / "bản tin.mp3"
    assert store.ingest(source, put(source, RAW)) == NAME
    source.unlink()
    assert store.path(NAME).read_bytes() == RAW
    assert store.path(NAME).relative_to(tmp_path / "store") == Path(NAME[:2], NAME)
    assert files(store) == [store.path(NAME)]


def test_without_a_hash_the_file_gets_its_own(store: ContentStore, tmp_path: Path) -> None:
    """An entry that names only the path takes whatever file is there."""
    put(tmp_path / "a", RAW)
    assert store.ingest(tmp_path / "a", Content("a")) == NAME
    assert store.has(NAME)


def test_the_same_bytes_are_kept_once(store: ContentStore, tmp_path: Path) -> None:
    """Two sources with the same bytes make one object, with and without a hash in the document."""
    store.ingest(tmp_path / "a", put(tmp_path / "a", RAW))
    inode = store.path(NAME).stat().st_ino
    put(tmp_path / "b", RAW)
    assert store.ingest(tmp_path / "b", Content("b")) == NAME
    assert files(store) == [store.path(NAME)]
    assert store.path(NAME).stat().st_ino == inode


def test_a_file_that_was_not_touched_is_not_read_again(tmp_path: Path) -> None:
    """A path whose size and times are the same needs no reading at the next start, whatever its bytes are now."""
    source, content = tmp_path / "a", Content("a")
    put(source, RAW)
    old = ContentStore(tmp_path / "store", LIMITS, lambda: source.stat().st_ctime_ns + YOUNG_NS)
    old.name(content, old.ingest(source, content))
    old.save_names()
    status = source.stat()
    new = ContentStore(tmp_path / "store", LIMITS, lambda: status.st_ctime_ns + YOUNG_NS)
    with files_end_at(0):  # a copy would fail
        assert new.ingest(source, content) == NAME
    put(source, RAW[::-1])
    assert new.ingest(source, content) == sha256(RAW[::-1])


def test_a_file_that_was_written_just_now_is_read_again(tmp_path: Path) -> None:
    """Within the step of a memory stick's times a file may change unseen: its stamp does not count."""
    source, content = tmp_path / "a", Content("a")
    put(source, RAW)
    store = ContentStore(tmp_path / "store", LIMITS, lambda: source.stat().st_ctime_ns + YOUNG_NS - 1)
    store.name(content, store.ingest(source, content))
    with files_end_at(0), pytest.raises(Unavailable):
        store.ingest(source, content)


def test_names_that_cannot_be_kept_are_told(store: ContentStore, tmp_path: Path) -> None:
    """On a full disk the names are not saved and the caller hears of it; later they are."""
    put(tmp_path / "a", RAW)
    store.name(Content("a"), store.ingest(tmp_path / "a", Content("a")))
    with files_end_at(0), pytest.raises(Unavailable):
        store.save_names()
    store.save_names()
    store.remember(NAME, FINDINGS[0])
    assert ContentStore(tmp_path / "store", LIMITS).former(Content("a")) is not None


def test_what_is_here_needs_no_source(store: ContentStore, tmp_path: Path) -> None:
    """Content that the store has by its hash is taken without a look at the source."""
    expected = put(tmp_path / "a", RAW)
    store.ingest(tmp_path / "a", expected)
    assert store.ingest(tmp_path / "gone", expected) == NAME


def test_a_missing_file_is_named(store: ContentStore, tmp_path: Path) -> None:
    """No file, no directory on the way to it, or a name that no file system takes: the file is missing."""
    (tmp_path / "file").touch()
    for name in ("none.mp3", "none/none.mp3", "file/below.mp3", "ạ" * 200):
        code, detail = refused(store, tmp_path / name, Content(name))
        assert code is Code.CONTENT_MISSING
        assert name in detail


def test_another_hash_is_refused_with_both(store: ContentStore, tmp_path: Path) -> None:
    """A file with the right size and other bytes is refused; the message names both hashes."""
    expected = replace(put(tmp_path / "a", RAW), sha256=sha256(b"other"))
    code, detail = refused(store, tmp_path / "a", expected)
    assert code is Code.CONTENT_MISMATCH
    assert NAME in detail
    assert sha256(b"other") in detail


def test_another_size_is_refused_with_both(store: ContentStore, tmp_path: Path) -> None:
    """A file of another size is refused, also when the store has its bytes; the message names both sizes."""
    expected = replace(put(tmp_path / "a", RAW), size=12)
    code, detail = refused(store, tmp_path / "a", expected)
    assert code is Code.CONTENT_MISMATCH
    assert f"has {len(RAW)} bytes, the document says 12" in detail
    store.ingest(tmp_path / "a", Content("a"))
    with pytest.raises(Unplayable, match="the document says 12"):
        store.ingest(tmp_path / "a", expected)


def test_an_empty_file_is_refused(store: ContentStore, tmp_path: Path) -> None:
    """A file of no bytes is nothing to play, whatever the document says of it."""
    code, _ = refused(store, tmp_path / "a", put(tmp_path / "a", b""))
    assert code is Code.CONTENT_EMPTY


def test_a_file_over_the_limit_is_refused_unread(store: ContentStore, tmp_path: Path) -> None:
    """A file larger than max_file_mb is refused by its size, one of just that size is taken."""
    with (tmp_path / "a").open("wb") as file:
        file.truncate(LIMITS.max_file_mb * MB + 1)
    code, detail = refused(store, tmp_path / "a", Content("a"))
    assert code is Code.CONTENT_TOO_LARGE
    assert "store.max_file_mb" in detail
    os.truncate(tmp_path / "a", LIMITS.max_file_mb * MB)
    assert store.has(store.ingest(tmp_path / "a", Content("a")))


def test_what_is_no_file_is_refused_at_once(store: ContentStore, tmp_path: Path) -> None:
    """A pipe that nobody writes to does not block; pipes, directories, sockets, devices and links are refused."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "directory").mkdir()
    put(tmp_path / "a", RAW)
    (tmp_path / "link").symlink_to(tmp_path / "a")
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind(str(tmp_path / "socket"))
        for source in [*(tmp_path / name for name in ("pipe", "directory", "socket", "link")), Path("/dev/zero")]:
            code, detail = refused(store, source, Content("x"))
            assert code is Code.CONTENT_UNREADABLE
            assert f"{source}: is no regular file" in detail


def test_a_file_without_permission_may_be_readable_later() -> None:
    """A file that the agent may not read is unavailable, says so, and is taken once it may be read."""
    with open_directory() as directory:
        expected = put(directory / "a", RAW)
        (directory / "store").mkdir(mode=0o777)
        (directory / "store").chmod(0o777)
        (directory / "a").chmod(0)
        with without_privilege():
            store = ContentStore(directory / "store", LIMITS)
            with pytest.raises(Unavailable, match="the right to read") as raised:
                store.ingest(directory / "a", expected)
        assert raised.value.code is Code.FOLDER_UNREADABLE
        (directory / "a").chmod(0o644)
        with without_privilege():
            assert store.ingest(directory / "a", expected) == NAME


def test_a_state_directory_without_permission_is_named() -> None:
    """A store that cannot be made says which directory, and that its owner is the matter."""
    with open_directory() as directory, without_privilege():
        directory.chmod(0o555) if os.geteuid() == directory.stat().st_uid else None
        with pytest.raises(Unavailable, match=f"{directory}/store: cannot be written"):
            ContentStore(directory / "store", LIMITS)


@pytest.mark.parametrize("change", ["grows", "shrinks", "is rewritten"])
def test_a_file_that_is_being_written_waits(tmp_path: Path, change: str) -> None:
    """A source that changes while it is read is pending, not half taken."""
    path = tmp_path / "a"
    put(path, RAW)
    os.utime(path, ns=(1, 1))
    with open_source(path) as source:
        path.write_bytes({"grows": RAW + b"more", "shrinks": RAW[:9], "is rewritten": RAW[::-1]}[change])
        with pytest.raises(Unavailable) as raised:
            list(source.chunks())
    assert raised.value.code is Code.CONTENT_PENDING


@pytest.mark.parametrize("more", [1, -1])
def test_a_size_that_is_not_as_announced_waits(tmp_path: Path, more: int) -> None:
    """Growing and shrinking are noticed also when a coarse clock gives the file the same times."""
    put(tmp_path / "a", RAW)
    with open_source(tmp_path / "a") as source, pytest.raises(Unavailable, match="is being written"):
        list(replace(source, size=source.size - more).chunks())


def test_too_little_free_space_is_seen_before_writing(store: ContentStore, tmp_path: Path) -> None:
    """When keep_free_mb would not stay free, nothing is written and the message has the figures."""
    tight = ContentStore(tmp_path / "store", replace(LIMITS, keep_free_mb=10**9))
    code, detail = refused(tight, tmp_path / "a", put(tmp_path / "a", RAW))
    assert code is Code.DISK_FULL
    assert "store.keep_free_mb" in detail
    assert store.ingest(tmp_path / "a", Content("a")) == NAME


def test_a_disk_that_fills_up_while_copying_leaves_nothing(store: ContentStore, tmp_path: Path) -> None:
    """When a write fails for want of space the part is removed, and the file is taken when there is space again."""
    expected = put(tmp_path / "a", RAW)
    with files_end_at(len(RAW) - 1):
        code, detail = refused(store, tmp_path / "a", expected)
    assert code is Code.DISK_FULL
    assert "delete files" in detail
    assert store.ingest(tmp_path / "a", expected) == NAME


def test_leftovers_go_at_the_start(store: ContentStore, tmp_path: Path) -> None:
    """What a dead process left half written is removed, and nothing else."""
    store.ingest(tmp_path / "a", put(tmp_path / "a", RAW))
    (tmp_path / "store" / "incoming.part").write_bytes(b"half")
    store.path(NAME).with_suffix(".json.part").write_bytes(b"half")
    assert files(ContentStore(tmp_path / "store", LIMITS)) == [store.path(NAME)]


def test_damage_is_found_on_demand(store: ContentStore, tmp_path: Path) -> None:
    """`verify` is true for sound content; a changed byte makes it false and the content is fetched again."""
    expected = put(tmp_path / "a", RAW)
    store.ingest(tmp_path / "a", expected)
    store.remember(NAME, Facts(NAME, "x"))
    assert store.verify(NAME)
    store.path(NAME).write_bytes(b"x" + RAW[1:])
    assert not store.verify(NAME)
    assert files(store) == []
    store.ingest(tmp_path / "a", expected)
    assert store.verify(NAME)


FINDINGS: list[Facts | Flaw] = [
    Facts(NAME, "elsewhere", 61_000_000, 44_100, 2, -18.5, -1.25, 0.125, 2.5, format="mp3"),
    Flaw(Code.CONTENT_UNSUPPORTED, "ảnh.tiff: is no picture that boards show; save it as PNG"),
]


@pytest.mark.parametrize("found", FINDINGS)
def test_findings_survive_a_restart(store: ContentStore, tmp_path: Path, found: Facts | Flaw) -> None:
    """What a check found comes back in the next process, facts with the place where the content is now."""
    store.ingest(tmp_path / "a", put(tmp_path / "a", RAW))
    assert store.facts(NAME) is None
    store.remember(NAME, found)
    again = ContentStore(tmp_path / "store", LIMITS)
    assert again.facts(NAME) == (replace(found, path=str(store.path(NAME))) if isinstance(found, Facts) else found)


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"facts": 3}', b"[]", b'{"x":' + b"[" * 9999]
)
def test_findings_that_cannot_be_read_are_unknown(store: ContentStore, tmp_path: Path, raw: bytes) -> None:
    """A damaged note leads to a new check, never to an error."""
    store.ingest(tmp_path / "a", put(tmp_path / "a", RAW))
    store.remember(NAME, FINDINGS[0])
    facts._beside(store.path(NAME)).write_bytes(raw)
    assert store.facts(NAME) is None


def test_findings_of_another_program_are_unknown(store: ContentStore, tmp_path: Path) -> None:
    """A new version of the program judges anew."""
    store.ingest(tmp_path / "a", put(tmp_path / "a", RAW))
    store.remember(NAME, FINDINGS[1])
    note = facts._beside(store.path(NAME))
    note.write_bytes(note.read_bytes().replace(b'"program":"', b'"program":"9'))
    assert store.facts(NAME) is None


def test_findings_need_their_content(store: ContentStore) -> None:
    """Of content that is not here nothing is remembered."""
    store.remember(NAME, FINDINGS[0])
    assert store.facts(NAME) is None
    assert files(store) == []


def test_a_full_disk_when_remembering_is_said(store: ContentStore, tmp_path: Path) -> None:
    """A note that cannot be written is an error, and the former note stays."""
    store.ingest(tmp_path / "a", put(tmp_path / "a", RAW))
    store.remember(NAME, FINDINGS[1])
    with files_end_at(10), pytest.raises(Unavailable, match="disk is full"):
        store.remember(NAME, FINDINGS[0])
    assert store.facts(NAME) == FINDINGS[1]


def fill(store: ContentStore, directory: Path, count: int) -> list[str]:
    """Take `count` files of 1 MB, used in this order, and return their hashes."""
    names = []
    for number in range(count):
        put(directory / "a", b"%07d " % number * (MB // 8))
        names.append(store.ingest(directory / "a", Content("a")))
        os.utime(store.path(names[-1]), ns=(number, number))
    return names


def test_the_longest_unused_goes_first(tmp_path: Path) -> None:
    """Over the quota what was used longest ago goes, until it is met, with its findings; what is kept is spared."""
    store = ContentStore(tmp_path / "store", replace(LIMITS, quota_mb=4))
    names = fill(store, tmp_path, 7)
    store.remember(names[1], FINDINGS[1])
    assert store.evict(frozenset({names[0], names[2]})) == (names[1], names[3], names[4])
    assert [name for name in names if store.has(name)] == [names[0], names[2], names[5], names[6]]
    assert len(files(store)) == 4


def test_under_the_quota_nothing_goes(tmp_path: Path) -> None:
    """Exactly at the quota all stays; room for one more byte costs the oldest."""
    store = ContentStore(tmp_path / "store", replace(LIMITS, quota_mb=3))
    names = fill(store, tmp_path, 3)
    assert store.evict(frozenset()) == ()
    assert store.evict(frozenset(), room_bytes=1) == (names[0],)


def test_taking_again_counts_as_use(tmp_path: Path) -> None:
    """Content that was asked for again is younger than what was not, with and without a hash in the document."""
    store = ContentStore(tmp_path / "store", replace(LIMITS, quota_mb=2))
    names = fill(store, tmp_path, 4)
    store.ingest(tmp_path / "gone", Content("gone", names[0]))
    put(tmp_path / "b", b"%07d " % 1 * (MB // 8))
    store.ingest(tmp_path / "b", Content("b"))
    assert store.evict(frozenset()) == (names[2], names[3])


def test_needed_content_is_never_evicted(tmp_path: Path) -> None:
    """Whatever the quota and the free space say, what is to be kept stays."""
    store = ContentStore(tmp_path / "store", LIMITS)
    names = fill(store, tmp_path, 3)
    store = ContentStore(tmp_path / "store", replace(LIMITS, quota_mb=1, keep_free_mb=10**9))
    assert store.evict(frozenset(names)) == ()
    assert store.evict(frozenset(names[1:])) == (names[0],)
