"""What a check of a bulletin's file has found: the facts that the plan is laid out from, or why it cannot be used."""

from __future__ import annotations

from dataclasses import dataclass

from firmware_py.core.errors import Code
from firmware_py.core.units import SILENCE_DBFS, DurationUs


@dataclass(frozen=True, slots=True)
class Facts:
    """A file that is on disk, has the right hash, and decodes. Zero where it has no such property.

    `remark` is what a person should know of a file that can go out nevertheless, "" when there is nothing.
    """

    sha256: str
    path: str
    duration_us: DurationUs = 0
    rate_hz: int = 0
    channels: int = 0
    mean_lufs: float = SILENCE_DBFS
    peak_dbfs: float = SILENCE_DBFS
    silent_share: float = 0.0
    gain_db: float = 0.0
    width: int = 0
    height: int = 0
    format: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a file cannot be used: a code for the report, and what, where and how to mend it for a person."""

    code: Code
    detail: str
