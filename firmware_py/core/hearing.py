"""Can a play be heard? What the output says of it, report by report, is held against what must be true. Pure.

    moves, and is loud enough     nothing to say
    moves, silent for 8 s         said once a play: the file, or the volume, is not what somebody thinks
    stands still for 4 s          said once a play: the device takes nothing, though it seems to be there

What is lost moves as well: the output knows of it, and says why. What is loud enough follows the volume, because levels
are measured behind it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log10
from typing import Literal, TypeAlias

from firmware_py.core.messages import Progress
from firmware_py.core.units import FAR_FUTURE_US, SECOND, SILENCE_DBFS, DurationUs, MonoUs

SILENT_DBFS = -50.0
"""At full volume: what is below counts as silence, as in a relay."""

SILENT_US: DurationUs = 8 * SECOND
STUCK_US: DurationUs = 4 * SECOND

Finding: TypeAlias = Literal["", "silent", "stuck"]


@dataclass(frozen=True, slots=True)
class Ear:
    """What was heard of one play: how much, and with what was lost; when that last grew, when it was last loud."""

    played_us: DurationUs
    passed_us: DurationUs
    moved_mono_us: MonoUs
    loud_mono_us: MonoUs


def first(report: Progress, now_us: MonoUs) -> Ear:
    """Return what is known after the first report of a play."""
    return Ear(report.played_us, report.played_us + report.lost_us, now_us, now_us)


def heard(ear: Ear, report: Progress, volume_pct: int, now_us: MonoUs) -> tuple[Ear, Finding]:
    """Return what is known after a further report, and what is to be said: each finding once."""
    passed_us = report.played_us + report.lost_us
    moves, plays = passed_us > ear.passed_us, report.played_us > ear.played_us
    loud = report.mean_dbfs >= loud_enough_dbfs(volume_pct)
    after = replace(
        ear,
        played_us=report.played_us,
        passed_us=passed_us,
        moved_mono_us=now_us if moves else ear.moved_mono_us,
        loud_mono_us=max(now_us, ear.loud_mono_us) if loud or not plays else ear.loud_mono_us,
    )
    if now_us - after.moved_mono_us >= STUCK_US:
        return replace(after, moved_mono_us=FAR_FUTURE_US), "stuck"
    if now_us - after.loud_mono_us >= SILENT_US:
        return replace(after, loud_mono_us=FAR_FUTURE_US), "silent"
    return after, ""


def loud_enough_dbfs(volume_pct: int) -> float:
    """Return the level below which a play at this volume is silent; nothing is expected of a volume of none.

    Volume is on a cubic curve (`speaker/level.py`): 10 % are 60 dB less than 100 %.
    """
    return max(SILENT_DBFS + 60 * log10(volume_pct / 100), SILENCE_DBFS) if volume_pct else SILENCE_DBFS
