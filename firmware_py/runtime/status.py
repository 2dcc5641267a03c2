"""What the agent says of itself to whoever may read its run directory: a small JSON file, on a memory file system.

It opens no port: `ttcs status`, the demo and a technician read the file.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path

from firmware_py.core.codec import from_json_as, to_json
from firmware_py.core.errors import Malformed
from firmware_py.core.state import ChannelState, State
from firmware_py.core.units import SILENCE_DBFS, DurationUs, Now, WallUs

_log = logging.getLogger("status")


@dataclass(frozen=True, slots=True)
class OnAir:
    """One channel: what is on air since when until when, how loud, and what comes next. Empty texts: nothing."""

    channel: str
    title: str = ""
    bulletin_id: str = ""
    slot_id: str = ""
    since_us: WallUs = 0
    until_us: WallUs = 0
    played_us: DurationUs = 0
    mean_dbfs: float = SILENCE_DBFS
    next_title: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """The agent at one moment. `faults` counts those noted since it started."""

    pid: int
    output_pid: int
    at_us: WallUs
    clock: str
    output: str
    version: int
    on_air: tuple[OnAir, ...]
    faults: int


class StatusFile:
    """Writes the status, whole or not at all; where it cannot be written, that is logged once and no more."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_suffix(".part")
        self._well = True

    def write(self, state: State, now: Now, output_pid: int, faults: int) -> None:
        """Replace the file with the present status."""
        status = Status(
            pid=os.getpid(),
            output_pid=output_pid,
            at_us=now.wall_us,
            clock=state.clock,
            output="ready" if state.output_ready else "starting",
            version=state.schedule.version,
            on_air=tuple(_on_air(state, channel) for channel in state.channels),
            faults=faults,
        )
        self._put(to_json(status))

    def _put(self, raw: bytes) -> None:
        try:
            self._part.write_bytes(raw)
            self._part.replace(self._path)
            self._well = True
        except OSError as error:
            if self._well:
                _log.warning("%s: cannot be written (%s); check device.run_dir", self._path, error.strerror)
            self._well = False


def read_status(path: Path) -> Status | None:
    """Return the status in a file; None when there is none."""
    try:
        return from_json_as(Status, path.read_bytes())
    except (FileNotFoundError, Malformed):
        return None


def _on_air(state: State, channel: ChannelState) -> OnAir:
    name = channel.channel.name
    next_title = channel.prepared.play.what.bulletin.title if channel.prepared else ""
    if channel.current is None:
        return OnAir(name, next_title=next_title)
    play, word = channel.current.play, state.progress.get(channel.current.no)
    return OnAir(
        name,
        title=play.what.bulletin.title,
        bulletin_id=play.what.bulletin.id,
        slot_id=play.owner,
        since_us=play.start_us,
        until_us=play.end_us,
        played_us=word.played_us if word else 0,
        mean_dbfs=word.mean_dbfs if word else SILENCE_DBFS,
        next_title=next_title,
    )
