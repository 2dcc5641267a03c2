"""A download lands whole, with its hash, in its place, written once; what was begun is gone on with."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from firmware_py.core.errors import Code, Unavailable, Unplayable
from firmware_py.core.settings import Store
from firmware_py.store.content import MB, ContentStore
from firmware_py.store.landing import FORGOTTEN_S, Landing, LandingPart
from tests.store.samples import LIMITS, sha256
from tests.store.surroundings import files_end_at
from tests.store.test_crashes import crash

RAW = bytes(range(256)) * 300
NAME = sha256(RAW)
HALF = len(RAW) // 2


def landing(directory: Path, limits: Store = LIMITS) -> Landing:
    """Return the landing of a store in a directory."""
    return Landing(ContentStore(directory / "content", limits), directory / "content" / "landing")


def begin(place: Landing, raw: bytes = RAW, etag: str = '"v1"') -> None:
    """Have some bytes of the file come, and no more."""
    with place.open("a.mp3", NAME, len(RAW)) as part:
        part.restart(etag)
        part.write(raw)


def files(directory: Path) -> list[str]:
    """Return the names of all files below a directory."""
    return sorted(path.name for path in directory.rglob("*") if path.is_file())


def test_a_file_lands_in_its_place(tmp_path: Path) -> None:
    """What came in pieces is in the store under its hash; it is the same file, moved and not copied."""
    place = landing(tmp_path)
    assert place.find(NAME) is None
    with place.open("a.mp3", NAME, len(RAW)) as part:
        part.restart('"v1"')
        part.write(RAW[:HALF])
        part.write(RAW[HALF:])
        inode = (tmp_path / "content" / "landing" / f"{NAME}.part").stat().st_ino
        assert part.finish()
    found = place.find(NAME)
    assert found == tmp_path / "content" / NAME[:2] / NAME
    assert found.stat().st_ino == inode
    assert found.read_bytes() == RAW
    assert files(tmp_path) == [NAME]


@pytest.mark.parametrize("anew", [False, True])
def test_what_was_begun_is_gone_on_with(tmp_path: Path, anew: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """By the same process and by the next one: bytes, version and hash are taken up where they were."""
    place = landing(tmp_path)
    begin(place, RAW[:HALF])
    place = landing(tmp_path) if anew else place
    with place.open("a.mp3", NAME, len(RAW)) as part:
        assert (part.kept, part.etag) == (HALF, '"v1"')
        part.write(RAW[HALF:])
        assert part.finish()
    assert place.find(NAME)


def test_a_part_that_was_changed_on_the_disk_is_found_out(tmp_path: Path) -> None:
    """A power cut may leave rubbish in a part: the next process reads it again, and its hash is the wrong one."""
    begin(landing(tmp_path), RAW[:HALF])
    part_path = tmp_path / "content" / "landing" / f"{NAME}.part"
    part_path.write_bytes(bytes(HALF))
    with landing(tmp_path).open("a.mp3", NAME, len(RAW)) as part:
        part.write(RAW[HALF:])
        assert not part.finish()
        assert part.kept == 0


def test_the_wrong_file_is_thrown_away(tmp_path: Path) -> None:
    """Nothing of it is in the store; the right one can come at once, into the same part."""
    place = landing(tmp_path)
    with place.open("a.mp3", NAME, len(RAW)) as part:
        part.write(RAW[::-1])
        assert not part.finish()
        assert place.find(NAME) is None
        assert (part.kept, part.etag) == (0, "")
        part.write(RAW)
        assert part.finish()
    assert files(tmp_path) == [NAME]


def test_a_part_that_is_longer_than_the_file_begins_anew(tmp_path: Path) -> None:
    """Somebody signs a shorter size than before: what was kept is of no use."""
    begin(landing(tmp_path), RAW + b"x")
    with landing(tmp_path).open("a.mp3", NAME, len(RAW)) as part:
        assert (part.kept, part.etag) == (0, "")


@pytest.mark.parametrize("etag", ["", '"' + "x" * 5000 + '"'])
def test_a_version_without_a_usable_name_is_kept_without(tmp_path: Path, etag: str) -> None:
    """No ETag, or one of a length that no server needs: the bytes are kept, the hash will judge them."""
    begin(landing(tmp_path), RAW[:HALF], etag)
    with landing(tmp_path).open("a.mp3", NAME, len(RAW)) as part:
        assert (part.kept, part.etag) == (HALF, "")


def test_a_file_that_is_here_twice_is_kept_once(tmp_path: Path) -> None:
    """A folder brought the same bytes meanwhile: nothing is left over."""
    place = landing(tmp_path)
    (tmp_path / "a.mp3").write_bytes(RAW)
    with place.open("a.mp3", NAME, len(RAW)) as part:
        part.write(RAW)
        place._store.path(NAME).parent.mkdir(parents=True)
        place._store.path(NAME).write_bytes(RAW)
        assert part.finish()
    assert files(tmp_path / "content") == [NAME]


def test_what_does_not_fit_is_not_begun(tmp_path: Path) -> None:
    """The rest of the file and keep_free_mb together are more than is free: the figures are told."""
    place = landing(tmp_path, Store(quota_mb=16, keep_free_mb=1_000_000, max_file_mb=1))
    with pytest.raises(Unavailable) as raised, place.open("a.mp3", NAME, len(RAW)):
        pytest.fail("was begun")
    assert raised.value.code is Code.DISK_FULL
    assert raised.value.detail.startswith(f"a.mp3: needs {len(RAW) + 1_000_000 * MB} bytes with store.keep_free_mb, ")


def test_the_room_is_looked_at_while_a_file_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others fill the disk while a long file comes: it stops before the last keep_free_mb are gone."""
    store = ContentStore(tmp_path / "content", LIMITS)
    place = Landing(store, tmp_path / "content" / "landing")
    free = [10 * MB]
    monkeypatch.setattr(store, "_free_bytes", lambda: free[0])
    with place.open("a.mp3", NAME, 5 * MB) as part:
        part.write(bytes(MB))
        free[0] = MB
        with pytest.raises(Unavailable, match=r"a\.mp3: needs"):
            part.write(bytes(MB))
    assert part.kept == MB


def test_a_disk_that_takes_no_more_is_told_and_gone_on_with(tmp_path: Path) -> None:
    """The kernel refuses in the middle of a piece: DISK_FULL; what was written counts when there is room again."""
    place = landing(tmp_path)
    with files_end_at(HALF), pytest.raises(Unavailable) as raised, place.open("a.mp3", NAME, len(RAW)) as part:
        part.write(RAW)
    assert raised.value.code is Code.DISK_FULL
    with place.open("a.mp3", NAME, len(RAW)) as part:
        assert part.kept == HALF
        part.write(RAW[HALF:])
        assert part.finish()


def test_a_file_of_no_size_or_over_the_limit_is_never_begun(tmp_path: Path) -> None:
    """The same bounds as for a file from a folder, found by what the schedule says."""
    place = landing(tmp_path)
    for size, code in ((0, Code.CONTENT_EMPTY), (LIMITS.max_file_mb * MB + 1, Code.CONTENT_TOO_LARGE)):
        with pytest.raises(Unplayable, match=r"^a\.mp3: ") as raised:
            place.check_size("a.mp3", size)
        assert raised.value.code is code
    place.check_size("a.mp3", LIMITS.max_file_mb * MB)


def test_room_is_made_from_what_nobody_wants(tmp_path: Path) -> None:
    """Unfinished files of other hashes go, with what stands beside them; the wanted one stays."""
    place = landing(tmp_path)
    begin(place, RAW[:HALF])
    with place.open("b.mp3", sha256(b"b"), 9) as part:
        part.restart('"v2"')
        part.write(b"12")
    assert place.drop_others(frozenset({NAME}))
    assert files(tmp_path) == [f"{NAME}.etag", f"{NAME}.part"]
    assert not place.drop_others(frozenset({NAME}))


def test_what_was_begun_a_week_ago_is_forgotten_at_a_start(tmp_path: Path) -> None:
    """A younger one, and one from the future of a clock that is not set, stay."""
    place = landing(tmp_path)
    directory = tmp_path / "content" / "landing"
    for name, age_s in (("old", FORGOTTEN_S + 60), ("young", FORGOTTEN_S - 60), ("future", -9e6)):
        with place.open("x.mp3", sha256(name.encode()), 9) as part:
            part.write(name.encode())
        path = directory / f"{sha256(name.encode())}.part"
        os.utime(path, (path.stat().st_mtime - age_s,) * 2)
    landing(tmp_path)
    assert files(directory) == sorted(f"{sha256(name)}.part" for name in (b"young", b"future"))


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A file where the directory should be: the agent does not start, and says where."""
    store = ContentStore(tmp_path / "content", LIMITS)
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="file/landing"):
        Landing(store, tmp_path / "file" / "landing")


def test_a_process_killed_at_any_step_leaves_what_the_next_one_goes_on_with(tmp_path: Path) -> None:
    """What is in the store is whole at whichever step it dies; what is not there yet comes without a wrong byte."""
    directories, calls = crash("landing", tmp_path)
    had = []
    for directory in directories:
        place = landing(directory)
        had.append(place.find(NAME) is not None)
        with place.open("a.mp3", NAME, len(RAW)) as part:
            _go_on(part, had=had[-1])
        assert place._store.verify(NAME)
    assert (had[0], had[-1]) == (False, True)
    assert had == sorted(had)
    assert len(had) > 8
    order = [f"fsync {NAME}.part", f"replace {NAME}", f"fsync {NAME[:2]}"]
    assert [call for call in calls if call in order] == order


def _go_on(part: LandingPart, *, had: bool) -> None:
    if not had:
        part.write(RAW[part.kept :])
        assert part.finish()
