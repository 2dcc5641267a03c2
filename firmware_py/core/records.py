"""What really happened: play records (nhật ký phát) and faults, as they are journalled and reported."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from firmware_py.core.messages import Progress
from firmware_py.core.units import SILENCE_DBFS, DurationUs, MonoUs, WallUs


class Result(StrEnum):
    """How a play stands or ended."""

    ON_AIR = "on_air"
    COMPLETE = "complete"
    PREEMPTED = "preempted"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    SKIPPED = "skipped"


class ClockState(StrEnum):
    """How far the wall clock can be believed: synchronised since boot, running on from then, or unknown."""

    TRUSTED = "trusted"
    HELD = "held"
    UNTRUSTED = "untrusted"


@dataclass(frozen=True, slots=True)
class PlayRecord:
    """Nhật ký phát: the proof of one play, or of one that was due and did not happen.

    `planned_*` say when the bulletin was due, for less than its `whole_us` when something was to cut it;
    `actual_*` when it was heard or seen; `offset_us` is where in the bulletin the play began, `played_us` how much
    of it left the device. `resumes` is the number of the play that this one goes on with. Levels are of what was
    sent to the device; a board has 0 for levels, a speaker for frames. `amplifier` and `panel` are how these were
    at the end; what was drawn for a dark or lost panel is in neither `played_us` nor `frames`.
    """

    no: int
    channel: str
    key: str
    bulletin_id: str
    slot_id: str
    title: str
    kind: str
    planned_start_us: WallUs
    planned_end_us: WallUs
    clock: ClockState
    result: Result
    language: str = "vi"
    sha256: str = ""
    code: str = ""
    detail: str = ""
    resumes: int = 0
    whole_us: DurationUs = 0
    ordered_at_us: WallUs = 0
    actual_start_us: WallUs = 0
    actual_end_us: WallUs = 0
    start_mono_us: MonoUs = 0
    end_mono_us: MonoUs = 0
    offset_us: DurationUs = 0
    played_us: DurationUs = 0
    volume_pct: int = 0
    mean_dbfs: float = SILENCE_DBFS
    peak_dbfs: float = SILENCE_DBFS
    silent_us: DurationUs = 0
    lost_us: DurationUs = 0
    frames: int = 0
    late_frames: int = 0
    amplifier: str = "none"
    panel: str = "none"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that a person should know of; `subject` is what it concerns, such as a bulletin or a device."""

    at_us: WallUs
    code: str
    subject: str
    detail: str


@dataclass(frozen=True, slots=True)
class LastWord:
    """The newest progress of a play on air, kept outside the journal so that it costs no fsync."""

    at_us: WallUs
    at_mono_us: MonoUs
    progress: Progress
