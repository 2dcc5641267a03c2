"""What an installed box consists of, and the steps that make it so. Pure: paths and words in, steps out.

/opt/ttcs               program, environment, documents; replaced as a whole, the one before kept in /opt/ttcs.before
/etc/ttcs               config and keys; made once, never overwritten
/var/lib/ttcs           state, made by systemd for the agent's user
/etc/systemd, udev …    units, user, device rules, watchdog, logs in memory
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

USER, HOME, CONFIG, COMMAND = "ttcs", Path("opt/ttcs"), Path("etc/ttcs"), Path("usr/local/bin/ttcs")
STATE_DIR, RUN_DIR = "/var/lib/ttcs", "/run/ttcs"
PROGRAM = ("firmware_py", "config", "docs", "lock", "systemd", "ttcs", "README.md", "CHANGELOG.md", "LICENSE")
"""What of a checkout is installed; the environment is made beside it."""

SYSTEM = {
    "ttcs-speaker.service": "etc/systemd/system/ttcs-speaker.service",
    "ttcs-board.service": "etc/systemd/system/ttcs-board.service",
    "ttcs.sysusers": "etc/sysusers.d/ttcs.conf",
    "60-ttcs.rules": "etc/udev/rules.d/60-ttcs.rules",
    "journald-ttcs.conf": "etc/systemd/journald.conf.d/ttcs.conf",
    "watchdog-ttcs.conf": "etc/systemd/system.conf.d/ttcs-watchdog.conf",
}
"""Files of `systemd/` and where the system looks for them."""

PRIVATE, PUBLIC = 0o600, 0o640
_DIRECTORIES = (("state_dir", STATE_DIR), ("run_dir", RUN_DIR))


@dataclass(frozen=True, slots=True)
class Put:
    """Have a file with these bytes: the agent's own with `mine`, else root's; kept as it is with `once`."""

    path: Path
    data: bytes
    mode: int = 0o644
    mine: bool = False
    once: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """Run a program of the system. `live` ones need a running systemd and are left out for a tree elsewhere."""

    words: tuple[str, ...]
    live: bool = True


Step: TypeAlias = Put | Call


def system(files: dict[str, bytes]) -> Iterator[Step]:
    """Yield the steps that bring the files of `systemd/` to where they belong."""
    for name, target in SYSTEM.items():
        yield Put(Path(target), files[name])


def configured(product: str, files: dict[str, bytes]) -> Iterator[Step]:
    """Yield the steps that bring a box's config and keys, as `ttcs enrol` writes them, to where the unit looks."""
    for name, data in files.items():
        is_config = name == f"{product}.toml"
        text = settled(data.decode()).encode() if is_config else data
        yield Put(CONFIG / name, text, PRIVATE if name.endswith(".key") else PUBLIC, mine=True, once=True)


def settled(config: str) -> str:
    """Return a config whose directories are those that systemd makes for the agent."""
    for key, path in _DIRECTORIES:
        line = f'{key} = "{path}"'
        config, count = re.subn(rf"(?m)^{key}\s*=.*$", line, config)
        if not count:
            config = re.sub(r"(?m)^\[device\].*$", rf"\g<0>\n{line}", config, count=1)
    return config


def begun(product: str, *, start: bool) -> Iterator[Step]:
    """Yield the steps after which the system knows of the files, and the agent runs now and after each start."""
    yield Call(("udevadm", "control", "--reload"))
    yield Call(("udevadm", "trigger"))
    yield Call(("systemctl", "daemon-reexec"))  # reads the units and the watchdog's time
    yield Call(("systemctl", "restart", "systemd-journald"))
    yield Call(("systemctl", "enable", f"ttcs-{product}.service"), live=False)
    if start:
        yield Call(("systemctl", "restart", f"ttcs-{product}.service"))
