"""What was due and could not be heard or seen in time, said in the log when it happens.

The records have the totals of each play; with these lines a hole in a recording can be found by the clock and held
against what else happened on the machine then. A box that is late all the time must not wear its card out by saying
so: after the first lines there is one a minute, and each tells what has come together since the one before.
"""

from __future__ import annotations

import logging

from firmware_py.core.messages import Ended, Failed, Progress, Report
from firmware_py.core.units import MINUTE, MS, DurationUs, MonoUs

FREE_LINES = 30
LINE_PERIOD_US: DurationUs = MINUTE
_log = logging.getLogger("output")


class Slips:
    """Compares each play's counters with those of the report before."""

    def __init__(self) -> None:
        self._told: dict[int, tuple[DurationUs, int]] = {}
        self._worst_us: dict[int, DurationUs] = {}
        self._full_at_us: MonoUs = 0

    def heard(self, report: Report, now_us: MonoUs) -> None:
        """Say what has grown since the last line about this play."""
        if isinstance(report, Progress | Ended):
            self._compare(report, now_us)
        if isinstance(report, Ended | Failed):
            self._forget(report.no)

    def clear(self) -> None:
        """Forget all plays: there is another output process, whose counters begin anew."""
        self._told.clear()
        self._worst_us.clear()

    def _compare(self, report: Progress | Ended, now_us: MonoUs) -> None:
        no = report.no
        lost_us, late_frames = self._told.get(no, (0, 0))
        lost_us, late_frames = report.lost_us - lost_us, report.late_frames - late_frames
        if lost_us <= 0 and late_frames <= 0:
            return
        worst_us = self._worst_us[no] = max(self._worst_us.get(no, 0), report.worst_frame_us)
        if self._may_speak(now_us):
            _log.warning("play %d: %s", no, _said(lost_us, late_frames, worst_us))
            self._told[no] = (report.lost_us, report.late_frames)
            self._worst_us.pop(no)

    def _may_speak(self, now_us: MonoUs) -> bool:
        """Return whether one of the free lines is left; each comes back a minute after it was used."""
        full_at_us = max(now_us, self._full_at_us) + LINE_PERIOD_US
        if full_at_us - now_us > FREE_LINES * LINE_PERIOD_US:
            return False
        self._full_at_us = full_at_us
        return True

    def _forget(self, no: int) -> None:
        self._told.pop(no, None)
        self._worst_us.pop(no, None)


def _said(lost_us: DurationUs, late_frames: int, worst_us: DurationUs) -> str:
    if lost_us > 0:
        return f"{lost_us // MS} ms of sound lost"
    return f"{late_frames} frames late, the worst by {worst_us // MS} ms"
