"""The machine itself: memory, card, heat, supply, clock."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from firmware_py.core.reports import Health
from firmware_py.field.checkup.finding import Box, Finding, bad, doubtful, good
from firmware_py.runtime.health import HealthWatch
from firmware_py.runtime.modem import NoModem

LITTLE_MEMORY_MB = 64
HOT_C, TOO_HOT_C = 70, 80
WORN_PCT = 80
SLOW_SYNC_MS = 500.0
_PROOF_BYTES = b"\0" * 65_536
FIRST_YEAR = 2026
"""No box has a right clock that says an earlier year."""


def look(box: Box) -> Iterator[Finding]:
    """Yield how the machine is."""
    health = HealthWatch(1, _existing(box.state_dir), NoModem(), box.proc, box.sys).read()
    yield from _memory(health)
    yield from _disk(box, health)
    yield from _supply(health)
    yield _clock(box)


def _memory(health: Health) -> Iterator[Finding]:
    free_mb = health.memory_available_mb
    if free_mb is None:
        return
    if free_mb < LITTLE_MEMORY_MB:
        yield bad("memory", f"{free_mb} MB are free", "end other programs, or start the box anew")
    else:
        yield good("memory", f"{free_mb} MB are free")


def _disk(box: Box, health: Health) -> Iterator[Finding]:
    keep_mb, free_mb = box.settings.store.keep_free_mb, health.disk_free_mb
    if free_mb is not None and free_mb < keep_mb:
        remedy = f"remove files that are not the agent's, or lower store.quota_mb; {keep_mb} MB must stay free"
        yield bad("disk", f"{free_mb} MB are free where {box.state_dir} lies", remedy)
    elif free_mb is not None:
        yield good("disk", f"{free_mb} MB are free")
    if (health.disk_life_used_pct or 0) >= WORN_PCT:
        worn = f"the card says that {health.disk_life_used_pct} % of its life are behind it"
        yield doubtful("disk", worn, "replace it soon; enrol the box anew on the new one")
    yield from _errors(box.sys)
    yield _sync(box.state_dir)


def _errors(sys: Path) -> Iterator[Finding]:
    for path in sorted(sys.glob("fs/ext4/*/errors_count")):
        count = int(path.read_text(encoding="ascii"))
        if count:
            remedy = "start the box anew so that it is checked; replace the card if it comes again"
            yield bad("disk", f"the file system on {path.parent.name} had {count} errors", remedy)


def _sync(state_dir: Path) -> Finding:
    """Write to where the agent writes, as it does: to the card, and waiting for it."""
    path = state_dir / "doctor.part"
    begin_s = time.monotonic()
    try:
        with path.open("wb") as file:
            file.write(_PROOF_BYTES)
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
    except OSError as error:
        remedy = f"make {state_dir} and give it to the user of the agent; run this command as that user or as root"
        return bad("disk", f"{state_dir} cannot be written ({error.strerror})", remedy)
    took_ms = 1000 * (time.monotonic() - begin_s)
    if took_ms > SLOW_SYNC_MS:
        return doubtful("disk", f"64 KB took {took_ms:.0f} ms to be written", "use a faster card (class A1 or A2)")
    return good("disk", f"64 KB were written in {took_ms:.0f} ms")


def _supply(health: Health) -> Iterator[Finding]:
    if health.temperature_c is not None:
        said = f"the processor has {health.temperature_c:.0f} °C"
        if health.temperature_c >= TOO_HOT_C:
            yield bad("heat", said, "give the box air and shade; it slows down to save itself")
        elif health.temperature_c >= HOT_C:
            yield doubtful("heat", said, "give the box air and shade before the hot season")
        else:
            yield good("heat", said)
    if health.undervoltage:
        yield bad(
            "supply", "the supply voltage is too low now", "use the maker's power supply and a short, thick cable"
        )
    elif health.undervoltage is not None:
        yield good("supply", "the supply voltage is right")


def _clock(box: Box) -> Finding:
    now, clock = datetime.now(UTC), box.settings.clock
    if now.year < FIRST_YEAR:
        return bad(
            "clock", f"it says {now:%d/%m/%Y}", "connect the box to a network with a time server, or set the clock"
        )
    if clock.source == "assume-trusted":
        return doubtful(
            "clock", "the config says that it is right (clock.source)", 'write "system" on a box in the field'
        )
    if not Path(clock.timesync_file).exists():
        remedy = "check the network and systemd-timesyncd; till then only alerts and what is always on air go out"
        return bad("clock", "no time server has been heard since the start", remedy)
    return good("clock", "a time server was heard")


def _existing(path: Path) -> Path:
    """Return the directory, or the nearest one above it that there is."""
    return next(each for each in (path, *path.parents) if each.exists())
