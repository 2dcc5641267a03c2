"""Boxes that are as they should be, to be made ill one fault at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from firmware_py.core.codec import to_json
from firmware_py.core.overview import OnAir, Status
from firmware_py.core.settings import BoardSettings, SpeakerSettings
from firmware_py.field.checkup.finding import Box, Finding
from firmware_py.runtime.config import load_config
from tests.core.builders import at

GIB = "MemAvailable:    1048576 kB\n"


@dataclass(frozen=True, slots=True)
class Patient:
    """A healthy box in a directory, to be made ill."""

    directory: Path
    box: Box

    def write(self, path: str, text: str) -> None:
        """Have the kernel, or a file of the agent's, say something."""
        file = self.directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def runs(self, *on_air: OnAir, version: int = 3, faults: int = 0, **more: object) -> None:
        """Have an agent that runs and says this."""
        said = Status(os.getpid(), 8, at("06:00"), "trusted", "ready", version, on_air, faults, **more)  # type: ignore[arg-type]  # its fields
        (self.directory / "run" / "status.json").write_bytes(to_json(said))

    def told(self, *words: str) -> Box:
        """Return the box with other words in its config."""
        kind = type(self.box.settings)
        return replace(self.box, settings=load_config(kind, self.directory / "box.toml", words))


def patient(directory: Path, kind: type[SpeakerSettings | BoardSettings]) -> Patient:
    """Return a box whose state directory, clock and machine are as they should be."""
    config = directory / "box.toml"
    config.write_text(
        '[device]\nid = "a"\nname = "A"\nstate_dir = "state"\nrun_dir = "run"\n'
        '[link]\nkind = "folder"\npath = "feed"\ntrust = "unsigned"\n'
        f'[clock]\ntimesync_file = "{directory}/synchronized"\n'
    )
    for name in ("state", "run", "feed"):
        (directory / name).mkdir()
    made = Patient(directory, Box(load_config(kind, config), directory / "proc", directory / "sys", {}))
    made.write("synchronized", "")
    made.write("proc/meminfo", GIB)
    made.write("sys/class/thermal/thermal_zone0/temp", "45000")
    made.write("sys/devices/platform/soc/soc:firmware/get_throttled", "0")
    made.write("sys/class/drm/card0-HDMI-A-1/status", "connected\n")
    made.write("sys/fs/ext4/mmcblk0p2/errors_count", "0\n")
    return made


def faults(found: Iterator[Finding]) -> list[tuple[str, str, str]]:
    """Return the topic, the level and the remedy of what is not good."""
    return [(each.topic, each.level, each.remedy) for each in found if each.level != "good"]


def only(found: Iterator[Finding]) -> Finding:
    """Return the one finding that is not good."""
    (fault,) = [each for each in found if each.level != "good"]
    return fault
