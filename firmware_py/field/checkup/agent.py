"""The agent: does it run, what does it say of itself, does systemd keep it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from firmware_py.core.overview import Status
from firmware_py.core.settings import BoardSettings
from firmware_py.field.checkup.finding import Box, Finding, bad, doubtful, good
from firmware_py.runtime.agent import STATUS_FILE
from firmware_py.runtime.status import is_fresh, read_status

_TIMEOUT_S = 5.0


def look(box: Box) -> Iterator[Finding]:
    """Yield what the agent says, and how often it had to be started."""
    status = running(box)
    unit = f"ttcs-{'board' if isinstance(box.settings, BoardSettings) else 'speaker'}"
    if status is None:
        yield bad("agent", "it does not run", f"systemctl start {unit}; journalctl -u {unit} says why it ended")
    else:
        yield from _running(status)
    yield from _unit(unit)


def running(box: Box) -> Status | None:
    """Return the status of an agent that runs, None when none does."""
    path = Path(box.settings.device.run_dir) / STATUS_FILE
    return read_status(path) if is_fresh(path) else None


def _running(status: Status) -> Iterator[Finding]:
    on_air = ", ".join(each.title for each in status.on_air if each.title)
    yield good("agent", f"it runs, with schedule {status.version}; on air: {on_air or 'nothing'}")
    if status.output != "ready":
        yield bad("agent", "its output is not ready", "see «sound» and «screen» here, and the log of the agent")
    if status.muted:
        yield doubtful("agent", "a command has muted it", "send the command unmute, if that is not wanted any more")
    if status.paused_until_us > status.at_us:
        yield doubtful("agent", "a command has paused it", "send the command resume, if that is not wanted any more")
    if status.faults:
        said = f"it has noted {status.faults} faults since it started"
        yield doubtful("agent", said, "read them: in the log, or with ttcs export")


def _unit(unit: str) -> Iterator[Finding]:
    """Yield how often systemd had to start it again; nothing where there is no systemd."""
    if shutil.which("systemctl") is None or not Path("/run/systemd/system").is_dir():
        return
    asked = ("systemctl", "show", unit, "--property=UnitFileState,NRestarts,Result")
    try:
        done = subprocess.run(asked, check=False, capture_output=True, text=True, timeout=_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        yield bad("agent", "systemd does not answer", "start the box anew")
        return
    said = dict(line.partition("=")[::2] for line in done.stdout.splitlines())
    if said.get("UnitFileState") != "enabled":
        yield bad("agent", f"{unit} is not started with the box", f"systemctl enable --now {unit}")
    if said.get("NRestarts", "0") not in ("", "0"):
        why = f"{unit} had to be started again {said['NRestarts']} times ({said.get('Result', '')})"
        yield doubtful("agent", why, f"journalctl -u {unit} says why it ended")
