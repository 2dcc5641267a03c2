"""Can a play be seen? What a board says of it, report by report, is held against what must be true. Pure.

A board presents a frame at least every `STILL_US`, also of a picture that stands still. A play that is said to be seen
for `FROZEN_US` without one stands on a panel that is frozen, though the process behind it lives. What is hidden for a
time, such as the running line behind an alert, is not seen, and no frame of it is waited for.
"""

from __future__ import annotations

from dataclasses import dataclass

from firmware_py.core.messages import Progress
from firmware_py.core.units import FAR_FUTURE_US, SECOND, DurationUs

FROZEN_US: DurationUs = 6 * SECOND


@dataclass(frozen=True, slots=True)
class Eye:
    """What was seen of one play: how many frames, and how long it had been seen when the newest of them came."""

    frames: int
    framed_us: DurationUs


def seen(eye: Eye | None, report: Progress) -> tuple[Eye, bool]:
    """Return what is known after a further report, and whether the panel is found to be frozen: once a play."""
    if eye is None or report.frames > eye.frames:
        return Eye(report.frames, report.played_us), False
    if report.played_us - eye.framed_us >= FROZEN_US:
        return Eye(eye.frames, FAR_FUTURE_US), True
    return eye, False
