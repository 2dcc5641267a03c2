"""Records, words and files for the tests of the stores."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from firmware_py.core.messages import Progress
from firmware_py.core.model import Content
from firmware_py.core.records import ClockState, Fault, LastWord, PlayRecord, Result
from firmware_py.core.settings import Store
from firmware_py.core.units import SECOND

START_US = 1_785_000_000 * SECOND
LIMITS = Store(quota_mb=16, keep_free_mb=1, max_file_mb=1)


def record(no: int, result: Result = Result.ON_AIR) -> PlayRecord:
    """Return a play record in which only the number, the start and the result matter."""
    at_us = START_US + no * 60 * SECOND
    record = PlayRecord(
        no=no,
        channel="sound",
        key=f"ban-tin-{no}@{at_us}",
        bulletin_id=f"ban-tin-{no}",
        slot_id="sang",
        title="Bản tin sáng: xã Đăk Hà",
        kind="audio",
        planned_start_us=at_us,
        planned_end_us=at_us + 60 * SECOND,
        clock=ClockState.TRUSTED,
        result=result,
    )
    return replace(record, ordered_at_us=at_us)


def word(no: int, played_us: int = 12 * SECOND) -> LastWord:
    """Return the last word of a play that has gone on for `played_us`."""
    return LastWord(START_US + played_us, 500 * SECOND + played_us, Progress(no, played_us, -20.5, -3.25, frames=7))


def fault(number: int) -> Fault:
    """Return one of many different faults."""
    return Fault(START_US + number, "device_lost", "sound", f"mất card âm thanh {number}")


def sha256(raw: bytes) -> str:
    """Return the hash as it names content."""
    return hashlib.sha256(raw).hexdigest()


def put(path: Path, raw: bytes) -> Content:
    """Write a file and return the content entry that describes it rightly."""
    path.write_bytes(raw)
    return Content(path.name, sha256(raw), len(raw))
