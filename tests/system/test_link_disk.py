"""A disk that is full while content comes and commands are journalled: the programme goes on, then all is made up."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from random import Random
from typing import TypeAlias

import pytest

from firmware_py.core.errors import Code
from firmware_py.core.units import SECOND, WallUs
from firmware_py.core.wire import CommandKind, Role
from tests.faults.test_full_disk import files_end_at
from tests.system.province import LinkedBox, Source, slot_from, source, wall_us
from tests.system.world import Json, png, text

DISK = "4m"
CHUNK_BYTES = 4096
PICTURE_BYTES = 300_000
MOST_COMMANDS = 40
NEWS = text("news", 900)
SLOTS = {"big": "1", "news": "2", "small": "3"}
FULL = {Code.DISK_FULL, Code.DISK_FAILED}

Full: TypeAlias = Callable[[LinkedBox], AbstractContextManager[None]]

pytestmark = pytest.mark.timeout(120)


@contextmanager
def forbidden(box: LinkedBox) -> Iterator[None]:
    """Have the kernel refuse the agent to write any file."""
    with files_end_at(box, 0):
        yield


@contextmanager
def filled(box: LinkedBox) -> Iterator[None]:
    """Fill the disk of the box to the last byte."""
    filler = box.directory / "state" / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(CHUNK_BYTES)):
                pass
        except OSError:
            pass
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def _own_disk(state: Path, full: Full) -> Iterator[None]:
    """Give the box a small disk of its own where the test is to fill one."""
    if full is forbidden:
        yield
        return
    state.mkdir()
    mount = ("mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(state))
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("nobody may mount a file system here")
    try:
        yield
    finally:
        subprocess.run(("umount", "--lazy", str(state)), check=True)


@pytest.fixture
def province(tmp_path: Path) -> Iterator[Source]:
    """Give a province that runs."""
    with source(tmp_path) as made:
        yield made


def image(directory: Path, name: str, extra_bytes: int = 0) -> Json:
    """Write a picture and return its bulletin."""
    (directory / f"{name}.png").write_bytes(png(48, 32) + Random(name).randbytes(extra_bytes))
    return {"id": name, "kind": "image", "title": name, "duration_s": 900, "content": [{"path": f"{name}.png"}]}


def schedule(directory: Path, version: int, begin_us: WallUs, *bulletins: Json) -> Path:
    """Write a schedule by which all begin at once: what can be shown and has the first slot by name is on air."""
    slots = [slot_from(SLOTS[item["id"]], begin_us, item) for item in bulletins]
    document = {"format": "ttcs-schedule/1", "version": version, "bulletins": list(bulletins), "slots": slots}
    path = directory / "schedule.json"
    path.write_text(json.dumps(document))
    return path


def _command(province: Source, box: LinkedBox) -> str:
    with province.desk() as desk:
        values: dict[str, object] = {"volume_pct": 50}
        return desk.order(desk.boxes([box.name])[0], CommandKind.VOLUME, 5, values, Role.COMMAND).id


def _sent_into_a_full_journal(province: Source, box: LinkedBox) -> list[str]:
    """Send commands until something cannot be journalled, and one more that is obeyed all the same; return them."""
    sent: list[str] = []
    while "journal: " not in box.log and len(sent) < MOST_COMMANDS:
        sent.append(_command(province, box))
        province.until(lambda: "journal: " in box.log or province.answers(box, sent[-1]))
    assert "what is on air goes on" in box.log
    sent.append(_command(province, box))
    province.until(lambda: "succeeded" in province.answers(box, sent[-1]))
    tried_us = wall_us() + 2 * SECOND  # by then the journal was tried again, in vain
    province.until(lambda: wall_us() > tried_us)
    return sent


def obeyed(province: Source, box: LinkedBox) -> set[str]:
    """Return the commands that the box's journal says it has obeyed, as far as the province has that."""
    return {each["id"] for each in province.said_of_commands(box) if each["state"] == "succeeded"}


def full_disks(province: Source, box: LinkedBox) -> set[str]:
    """Return what the province was told could not be written."""
    found = {each["subject"] for each in province.faults(box) if each["code"] in FULL}
    return {"content" if subject.startswith("objects/") else subject for subject in found}


@pytest.mark.parametrize("full", [forbidden, filled])
def test_a_full_disk_stops_neither_programme_nor_commands_for_good(
    province: Source, tmp_path: Path, full: Full
) -> None:
    """News stay on the board, the faults reach the province, and with room again picture and journal are made up."""
    box = province.enrol("board", "bang", changes=("store.keep_free_mb=1",))
    begin_us = wall_us() - 10 * SECOND
    big, small = image(tmp_path, "big", PICTURE_BYTES), image(tmp_path, "small")
    with _own_disk(box.directory / "state", full):
        box.start()
        province.put_in_force(schedule(tmp_path, 1, begin_us, NEWS), box)
        box.play(NEWS)
        with full(box):
            province.put_in_force(schedule(tmp_path, 2, begin_us, NEWS, big), box)
            sent = _sent_into_a_full_journal(province, box)
            province.until(lambda: "disk_full: objects/" in box.log)
            assert not obeyed(province, box).intersection(sent[-1:])
        # Another file is wanted too: so all that is missing is tried at once, and not half a minute later.
        province.put_in_force(schedule(tmp_path, 3, begin_us, NEWS, big, small), box)
        box.play(big)
        province.until(lambda: set(sent) == obeyed(province, box))
        province.until(lambda: {"journal", "content"} <= full_disks(province, box))
        (record,) = box.closed(NEWS)
        assert record.played_us == pytest.approx(record.actual_end_us - record.actual_start_us, abs=SECOND // 2)
        assert box.stop() == 0
