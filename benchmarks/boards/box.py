"""A board as a user has it: a config, a folder with a schedule, and `ttcs run board`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen
from typing import Any, TypeAlias

from benchmarks.boards.tree import running
from firmware_py.core.overview import Status
from firmware_py.runtime.status import read_status
from tests.waiting import until

Json: TypeAlias = dict[str, Any]

NAME = "Bảng tin xã"
PLAIN = "firmware_py.field.main"
TIMED = "benchmarks.boards.timed_agent"
"""The program as it is, and one whose output notes its frames."""

START_S = 60.0
_CONFIG = f"""
[device]
id = "bench"
name = "{NAME}"
state_dir = "state"
run_dir = "run"
[link]
kind = "folder"
path = "feed"
trust = "unsigned"
[clock]
source = "assume-trusted"
"""
_OWN = {
    "board": '[screen]\ndriver = "screen"\n[sound]\nsink = "off"\n',
    "speaker": '[sound]\nsink = "portaudio"\ndevice = "pulse"\n',
}


def always(zone: str, *bulletins: Json) -> Json:
    """Return a slot that shows bulletins in turn, at all times."""
    return {"id": zone, "days": "always", "zone": zone, "playlist": [each["id"] for each in bulletins]}


def text(name: str, words: str, seconds: float, **more: object) -> Json:
    """Return a text bulletin."""
    return {"id": name, "kind": "text", "text": words, "duration_s": seconds, **more}


def file(name: str, path: str, seconds: float, **more: object) -> Json:
    """Return a bulletin that is a picture, an animation or a document."""
    return {"id": name, "kind": "image", "content": [{"path": path}], "duration_s": seconds, **more}


def film(name: str, path: str) -> Json:
    """Return a video bulletin."""
    return {"id": name, "kind": "video", "content": [{"path": path}]}


def document(bulletins: Sequence[Json], slots: Sequence[Json]) -> Json:
    """Return a schedule."""
    return {"format": "ttcs-schedule/1", "version": 1, "bulletins": list(bulletins), "slots": list(slots)}


def furnish(place: Path, schedule: Json, config: str = "board") -> None:
    """Write the config of a product and, into its folder, a schedule; media are put there by whoever has them."""
    folder = place / "feed"
    folder.mkdir(parents=True)
    (place / f"{config}.toml").write_text(_CONFIG + _OWN[config], encoding="utf-8")
    (folder / "schedule.json").write_text(json.dumps(schedule), encoding="utf-8")


def command(place: Path, changes: Sequence[str] = (), module: str = PLAIN) -> list[str]:
    """Return the command that runs the board whose config lies in a place, with settings changed."""
    words = [word for change in changes for word in ("--set", change)]
    return [sys.executable, "-P", "-m", module, "run", "board", "--config", str(place / "board.toml"), *words]


@contextmanager
def board(
    place: Path,
    display: str,
    changes: Sequence[str] = (),
    *,
    module: str = PLAIN,
    more: Mapping[str, str] | None = None,
) -> Iterator[Popen[bytes]]:
    """Run a board on a display, and wait until it has something on air."""
    surroundings = {"DISPLAY": display, "SDL_VIDEODRIVER": "x11", **(more or {})}
    with running(command(place, changes, module), surroundings) as agent:
        until(lambda: is_on_air(place), START_S)
        yield agent


def status(place: Path) -> Status | None:
    """Return what a board says of itself."""
    return read_status(place / "run" / "status.json")


def is_on_air(place: Path) -> bool:
    """Return whether every channel that has something to show shows it."""
    said = status(place)
    return said is not None and any(each.channel == "main" and each.bulletin_id for each in said.on_air)
