"""The folder tells of each change once, says what is wrong with it once, and never leads out of itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from firmware_py.core.errors import Code, Unplayable
from firmware_py.core.model import MAX_DOCUMENT_BYTES
from firmware_py.core.news import DocumentArrived, SourceTrouble
from firmware_py.link.folder import Folder
from tests.store.surroundings import open_directory, without_privilege

OLD = 1_700_000_000_000_000_000


def write(path: Path, raw: bytes, at_ns: int | None = None) -> None:
    """Write a file, with a time of its own if that is given."""
    path.write_bytes(raw)
    if at_ns is not None:
        os.utime(path, ns=(at_ns, at_ns))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a directory with a schedule."""
    write(tmp_path / "schedule.json", b"one", OLD)
    return tmp_path


@pytest.fixture
def folder(place: Path) -> Folder:
    """Return the folder at that directory, read once."""
    folder = Folder(place)
    assert folder.poll() == DocumentArrived(b"one")
    return folder


def trouble(folder: Folder) -> str:
    """Return the trouble that the folder tells of now, and that it tells once."""
    news = folder.poll()
    assert isinstance(news, SourceTrouble)
    assert news.code in (Code.FOLDER_UNREADABLE, Code.CONTENT_UNREADABLE)
    assert folder.poll() is None
    return news.detail


def test_a_document_arrives_once(folder: Folder) -> None:
    """What has not changed is no news."""
    assert [folder.poll() for _ in range(3)] == [None] * 3


def test_a_changed_document_arrives(folder: Folder, place: Path) -> None:
    """New bytes in the same file and a new file in its place are both news, once."""
    write(place / "schedule.json", b"two!", OLD)
    assert folder.poll() == DocumentArrived(b"two!")
    assert folder.poll() is None
    write(place / "new", b"3333", OLD)
    (place / "new").replace(place / "schedule.json")
    assert folder.poll() == DocumentArrived(b"3333")
    assert folder.poll() is None


def test_a_change_that_the_times_do_not_show_arrives(place: Path) -> None:
    """A young file is read again, because a coarse clock gives two writes the same time; an old one is not."""
    folder = Folder(place)
    folder.poll()
    write(place / "schedule.json", b"aaa")
    assert folder.poll() == DocumentArrived(b"aaa")
    write(place / "schedule.json", b"bbb")
    folder._signature = _seen(place)
    assert folder.poll() == DocumentArrived(b"bbb")
    assert folder.poll() is None


def _seen(place: Path) -> tuple[int, ...]:
    status = (place / "schedule.json").stat()
    return (status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size)


def test_a_missing_document_is_said_and_heals(folder: Folder, place: Path) -> None:
    """Without schedule.json the folder says what to do; when the same file comes back it is news again."""
    (place / "schedule.json").rename(place / "away")
    assert trouble(folder) == f"{place}: has no schedule.json; copy the schedule there under this name"
    (place / "away").rename(place / "schedule.json")
    assert folder.poll() == DocumentArrived(b"one")
    assert folder.poll() is None


def test_a_missing_folder_is_said_and_heals(place: Path) -> None:
    """A memory stick that is not mounted yet is told from a folder without a schedule."""
    folder = Folder(place / "usb")
    assert "make or mount that directory" in trouble(folder)
    (place / "usb").mkdir()
    assert "has no schedule.json" in trouble(folder)
    write(place / "usb" / "schedule.json", b"one")
    assert folder.poll() == DocumentArrived(b"one")


@pytest.mark.parametrize("locked", ["", "schedule.json"])
def test_missing_permission_is_said_and_heals(locked: str) -> None:
    """A folder, or a document in it, that may not be read is said once with the remedy."""
    with open_directory() as place:
        write(place / "schedule.json", b"one", OLD)
        folder = Folder(place)
        (place / locked).chmod(0)
        with without_privilege():
            assert "give the agent's user the right to read" in trouble(folder)
        (place / locked).chmod(0o755)
        with without_privilege():
            assert folder.poll() == DocumentArrived(b"one")
            assert folder.poll() is None


def _make_directory(path: Path) -> None:
    path.mkdir()


def _make_pipe(path: Path) -> None:
    os.mkfifo(path)


def _make_loop(path: Path) -> None:
    path.symlink_to(path)


def _make_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("make", [_make_directory, _make_pipe, _make_loop, _make_device])
def test_what_is_no_file_is_said_and_heals(folder: Folder, place: Path, make: object) -> None:
    """A directory, a pipe, a link to itself or to a device in the place of the document neither block nor end us."""
    (place / "schedule.json").unlink()
    assert callable(make)
    make(place / "schedule.json")
    assert str(place) in trouble(folder)
    assert "schedule.json" in (folder._trouble.detail if folder._trouble else "")
    if (place / "schedule.json").is_dir():
        (place / "schedule.json").rmdir()
    else:
        (place / "schedule.json").unlink()
    write(place / "schedule.json", b"new")
    assert folder.poll() == DocumentArrived(b"new")


def test_another_trouble_is_news(folder: Folder, place: Path) -> None:
    """When one trouble gives way to another, that is said."""
    (place / "schedule.json").unlink()
    first = trouble(folder)
    os.mkfifo(place / "schedule.json")
    assert trouble(folder) != first


def test_no_more_is_read_than_is_needed_to_refuse(place: Path) -> None:
    """Of a document without end come so many bytes that the model can say it is too long, and no more."""
    write(place / "schedule.json", b"")
    os.truncate(place / "schedule.json", MAX_DOCUMENT_BYTES * 20)
    news = Folder(place).poll()
    assert isinstance(news, DocumentArrived)
    assert len(news.raw) == MAX_DOCUMENT_BYTES + 1


def test_a_document_that_is_being_written_waits(place: Path) -> None:
    """A file that changes while it is read is no news; the next poll has it whole."""
    folder = Folder(place)
    descriptor = os.open(place / "schedule.json", os.O_RDONLY)
    with (place / "schedule.json").open("ab") as writer:
        assert _read_while(folder, descriptor, writer.fileno()) is None
    os.close(descriptor)
    assert folder.poll() == DocumentArrived(b"one and more")


def _read_while(folder: Folder, descriptor: int, writer: int) -> object:
    """Let the folder read, with a writer that adds something as soon as the first bytes were read."""
    read = os.read

    def read_and_write(descriptor: int, length: int) -> bytes:
        chunk = read(descriptor, min(length, 3))
        if chunk == b"one":
            os.write(writer, b" and more")
        return chunk

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "read", read_and_write)
        return folder._read(descriptor)


@pytest.fixture
def media(place: Path) -> Path:
    """Return the directory of media, with two files."""
    (place / "media").mkdir()
    write(place / "media" / "a.mp3", b"a", OLD)
    write(place / "media" / "b.mp3", b"b", OLD)
    return place / "media"


PATHS = ("media/a.mp3", "media/b.mp3", "media/none.mp3")


def test_what_was_never_asked_for_has_changed(folder: Folder, media: Path) -> None:
    """All files count as changed when they are first asked for, there or not; then none, until one is touched."""
    assert media.is_dir()
    assert folder.files_changed(PATHS) == set(PATHS)
    assert folder.files_changed(PATHS) == set()
    assert folder.files_changed(PATHS[:2]) == set()
    assert folder.files_changed(PATHS) == {"media/none.mp3"}


def test_files_that_change_come_or_go_are_told_once(folder: Folder, media: Path) -> None:
    """A rewritten, a replaced, a removed and a new file are changes; so is a right that was given."""
    folder.files_changed(PATHS)
    write(media / "a.mp3", b"A", OLD)
    assert folder.files_changed(PATHS) == {"media/a.mp3"}
    write(media / "none.mp3", b"new")
    (media / "b.mp3").unlink()
    assert folder.files_changed(PATHS) == {"media/none.mp3", "media/b.mp3"}
    (media / "a.mp3").chmod(0o600)
    assert folder.files_changed(PATHS) == {"media/a.mp3"}
    media.rename(media.with_name("gone"))
    assert folder.files_changed(PATHS) == {"media/a.mp3", "media/none.mp3"}
    assert folder.files_changed(PATHS) == set()


def test_a_path_inside_is_resolved(folder: Folder, media: Path) -> None:
    """A relative path gives the file itself, also through links that stay inside, and when it is not there yet."""
    assert folder.resolve("media/a.mp3") == media / "a.mp3"
    assert folder.resolve("media/none.mp3") == media / "none.mp3"
    (media / "link.mp3").symlink_to("../media/b.mp3")
    assert folder.resolve("media/link.mp3") == media / "b.mp3"


def test_a_folder_may_be_a_link_itself(place: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A folder that is reached through a link is the folder that the link means."""
    link = tmp_path_factory.mktemp("links") / "usb"
    link.symlink_to(place)
    folder = Folder(link)
    assert folder.poll() == DocumentArrived(b"one")
    assert folder.resolve("media/a.mp3") == place / "media" / "a.mp3"


def test_no_path_leads_out(folder: Folder, media: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Links to elsewhere, dots, absolute paths and the neighbour whose name begins the same are refused."""
    outside = tmp_path_factory.mktemp("outside")
    write(outside / "secret", b"x")
    neighbour = media.parent.with_name(media.parent.name + "x")
    neighbour.mkdir()
    (media / "file").symlink_to(outside / "secret")
    (media / "directory").symlink_to(outside)
    (media / "neighbour").symlink_to(neighbour)
    bad = ("media/file", "media/directory/secret", "media/neighbour/y", "../x", "media/../../x", "/etc/passwd")
    for path in bad:
        with pytest.raises(Unplayable, match="leads out of the folder") as raised:
            folder.resolve(path)
        assert raised.value.code is Code.CONTENT_UNREADABLE
