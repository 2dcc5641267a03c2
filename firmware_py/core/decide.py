"""What should be on air now, since when, until when: the rule, as a function of the present alone.

`decide(timeline, interruptions, at)` looks at nothing that happened before, so a late start seeks to the right
second, a restart resumes, two boards agree without talking, and the same function draws the preview of a day.

1. Of the timeline's window at this instant and the interruptions (alerts, drills, overrides) that hold at it,
   the one with the smallest `precedence` is on air.
2. Its lineup says which bulletin, since when (`start_us`) and where in it we are (`at - start_us`).
3. It leaves the air at `end_us`: when the bulletin is through, the window ends, or a window that is known by
   now takes over. `until_us` is the first instant at which time alone can change any part of the answer.
4. Volume: the window's own, else the box's, never above the cap of the hour; drills and alerts have their own.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from firmware_py.core.timeline import Timeline
from firmware_py.core.units import DurationUs, WallUs
from firmware_py.core.windows import Playable, Rank, Segment, Window


@dataclass(frozen=True, slots=True)
class Volumes:
    """The box's own settings of volume in percent: what is used when a slot names none, and the cap of alerts."""

    usual_pct: int = 100
    alert_max_pct: int = 100


@dataclass(frozen=True, slots=True)
class Play:
    """One bulletin on air. `key` is the same at every instant of the same play, and differs for any other."""

    key: str
    rank: Rank
    owner: str
    what: Playable
    start_us: WallUs
    end_us: WallUs
    whole_us: DurationUs
    volume_pct: int


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer at one instant. `window` is on air (its `skipped` are passed over), `withheld` is refused."""

    on_air: Play | None
    until_us: WallUs
    window: Window | None
    withheld: Window | None


def decide(
    timeline: Timeline, interruptions: tuple[Window, ...], at_us: WallUs, volumes: Volumes = Volumes()
) -> Decision:
    """Return what is on air at `at_us`, which must lie within the timeline."""
    segment = timeline.segment(at_us)
    withheld = timeline.withheld_at(at_us)
    edge_us, window = _precede(segment, interruptions, at_us)
    cap_pct, cap_until_us = timeline.cap(at_us)
    until_us = min(edge_us, withheld.end_us, cap_until_us, timeline.end_us)
    if window is None or not window.lineup.parts:
        return Decision(None, until_us, window, withheld.window)
    play = _play(window, at_us, edge_us, _volume(window, volumes, cap_pct))
    return Decision(play, min(until_us, play.end_us), window, withheld.window)


def _precede(segment: Segment, interruptions: tuple[Window, ...], at_us: WallUs) -> tuple[WallUs, Window | None]:
    """Return until when the same window stays on air as far as is known, and that window."""
    holding = [window for window in interruptions if window.start_us <= at_us < window.end_us]
    best = min((*holding, *filter(None, (segment.window,))), key=lambda window: window.precedence, default=None)
    end_us = segment.end_us if best is None or best is segment.window else best.end_us
    coming = (
        window.start_us
        for window in interruptions
        if at_us < window.start_us < window.end_us and (best is None or window.precedence < best.precedence)
    )
    return min((end_us, *coming)), best


def _play(window: Window, at_us: WallUs, edge_us: WallUs, volume_pct: int) -> Play:
    line = window.lineup
    cycle, within_us = divmod(at_us - window.origin_us, line.cycle_us)
    index = bisect_right(line.ends_us, within_us)
    cycle_start_us = window.origin_us + cycle * line.cycle_us
    start_us = cycle_start_us + (line.ends_us[index - 1] if index else 0)
    end_us = cycle_start_us + line.ends_us[index]
    what = line.parts[index]
    key = f"{window.owner}@{start_us}:{what.bulletin.id}:{what.mark}"
    return Play(key, window.rank, window.owner, what, start_us, min(end_us, edge_us), end_us - start_us, volume_pct)


def _volume(window: Window, volumes: Volumes, cap_pct: int) -> int:
    wanted = volumes.usual_pct if window.volume_pct is None else window.volume_pct
    return min(wanted, volumes.alert_max_pct if window.rank >= Rank.DRILL else cap_pct)
