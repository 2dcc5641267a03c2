"""The file of last words gives back what was written last, or what was written before that, or nothing."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_py.core.errors import Code, Unavailable
from firmware_py.store.progress import SLOT_BYTES, ProgressFile
from tests.store.samples import word
from tests.store.surroundings import files_end_at

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def file(tmp_path: Path) -> Iterator[ProgressFile]:
    """Give a file with nothing in it."""
    opened = ProgressFile(tmp_path / "progress")
    yield opened
    opened.close()


def read(path: Path, epoch: str = "") -> object:
    """Return what another process reads from the file."""
    other = ProgressFile(path, epoch)
    try:
        return other.read()
    finally:
        other.close()


def test_a_new_file_has_no_words(file: ProgressFile) -> None:
    """Nothing was said yet."""
    assert file.read() == {}


def test_the_last_words_count(file: ProgressFile, tmp_path: Path) -> None:
    """Each write takes the place of the one before, here and in another process."""
    for words in ({1: word(1)}, {1: word(1, 13), 2: word(2)}, {}, {9: word(9)}):
        file.write(words)
        assert file.read() == words
        assert read(tmp_path / "progress") == words


def test_a_new_process_goes_on_after_the_old(tmp_path: Path) -> None:
    """Whichever slot was written last, the next process writes what counts."""
    for number in range(1, 6):
        opened = ProgressFile(tmp_path / "progress")
        opened.write({number: word(number)})
        opened.close()
        assert read(tmp_path / "progress") == {number: word(number)}


def test_clearing_forgets_all(file: ProgressFile, tmp_path: Path) -> None:
    """After clearing nothing is there, and writing goes on."""
    file.write({1: word(1)})
    file.write({1: word(1)})
    file.clear()
    assert read(tmp_path / "progress") == file.read() == {}
    file.write({2: word(2)})
    assert read(tmp_path / "progress") == {2: word(2)}


def test_another_epoch_has_other_plays(tmp_path: Path) -> None:
    """Words of a journal that was set aside are not taken for plays of the new one."""
    opened = ProgressFile(tmp_path / "progress", "a")
    opened.write({1: word(1)})
    opened.close()
    assert read(tmp_path / "progress", "a") == {1: word(1)}
    assert read(tmp_path / "progress", "b") == {}


def test_what_does_not_fit_is_the_oldest(file: ProgressFile, tmp_path: Path) -> None:
    """The file never grows; of too many words the newest plays are kept."""
    file.write({no: word(no) for no in range(1, 101)})
    kept = sorted(file.read())
    assert 8 < len(kept) < 100
    assert kept == list(range(101 - len(kept), 101))
    assert (tmp_path / "progress").stat().st_size == 2 * SLOT_BYTES


def test_a_torn_write_leaves_the_one_before(file: ProgressFile, tmp_path: Path) -> None:
    """A slot of which only a part reached the disk does not count; the other one does."""
    file.write({1: word(1)})
    before = (tmp_path / "progress").read_bytes()
    file.write({2: word(2)})
    after = (tmp_path / "progress").read_bytes()
    changed = [at for at in range(len(before)) if before[at] != after[at]]
    for cut in range(changed[0] + 1, changed[-1], 7):
        (tmp_path / "progress").write_bytes(after[:cut] + before[cut:])
        assert read(tmp_path / "progress") == {1: word(1)}


def test_a_changed_digit_is_noticed(file: ProgressFile, tmp_path: Path) -> None:
    """Damage that still reads as well-formed words does not count as such; the write before does."""
    file.write({1: word(1)})
    file.write({2: word(2)})
    raw = (tmp_path / "progress").read_bytes()
    digits = [at for at in range(SLOT_BYTES) if raw[at : at + 1].isdigit() and at > 20]
    assert len(digits) > 20
    for at in digits:
        (tmp_path / "progress").write_bytes(raw[:at] + (b"1" if raw[at : at + 1] != b"1" else b"2") + raw[at + 1 :])
        assert read(tmp_path / "progress") == {1: word(1)}


def test_a_disk_that_fills_up_later_does_not_matter(file: ProgressFile, tmp_path: Path) -> None:
    """The file's space is taken at the start; when that fails it is said."""
    with files_end_at(2 * SLOT_BYTES):
        file.write({1: word(1)})
    assert file.read() == {1: word(1)}
    with files_end_at(SLOT_BYTES), pytest.raises(Unavailable, match="progress2: the disk is full") as raised:
        ProgressFile(tmp_path / "progress2")
    assert raised.value.code is Code.DISK_FULL


def test_words_survive_kill_9(tmp_path: Path) -> None:
    """What a killed process wrote is read by the next."""
    code = (
        "import os, pathlib, sys; from firmware_py.store.progress import ProgressFile; "
        "from tests.store.samples import word; file = ProgressFile(pathlib.Path(sys.argv[1])); "
        "[file.write({no: word(no)}) for no in range(1, 8)]; os.kill(os.getpid(), 9)"
    )
    done = subprocess.run((sys.executable, "-c", code, str(tmp_path / "progress")), cwd=ROOT, timeout=30, check=False)
    assert done.returncode == -9
    assert read(tmp_path / "progress") == {7: word(7)}


DAMAGE = st.lists(st.tuples(st.integers(0, 2 * SLOT_BYTES), st.binary(min_size=1, max_size=40)), max_size=6)


@settings(max_examples=300)
@given(damage=DAMAGE, length=st.one_of(st.just(2 * SLOT_BYTES), st.integers(0, 3 * SLOT_BYTES)))
def test_damage_never_makes_up_words(damage: list[tuple[int, bytes]], length: int) -> None:
    """Whatever bytes are changed, cut off or added, what is read is one of the last two writes or nothing."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "progress")
        file = ProgressFile(path)
        for number in (1, 2, 3):
            file.write({number: word(number)})
        file.close()
        raw = bytearray(path.read_bytes())
        for at, noise in damage:
            raw[at : at + len(noise)] = noise
        path.write_bytes(bytes(raw[:length]).ljust(length, b"\1"))
        assert read(path) in ({3: word(3)}, {2: word(2)}, {})
