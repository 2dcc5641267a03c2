"""What could be seen: each play from its first frame to its last, with the frames that came late. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from firmware_py.core.messages import Ended, EndReason, Item, Progress, Started
from firmware_py.core.units import MS, DurationUs, MonoUs, Now, WallUs

LATE_US: DurationUs = 50 * MS
"""A frame later than this is seen as a jerk, and counted."""


@dataclass(slots=True)
class Play:
    """One play that was seen at least once."""

    item: Item
    seen_us: DurationUs = 0
    seen_since_us: MonoUs | None = None
    frames: int = 0
    late_frames: int = 0
    worst_frame_us: DurationUs = 0

    def shown_us(self, mono_us: MonoUs) -> DurationUs:
        """Return for how long it could be seen."""
        return self.seen_us + (0 if self.seen_since_us is None else mono_us - self.seen_since_us)

    def see(self, *, seen: bool, mono_us: MonoUs) -> None:
        """Note that it can, or cannot, be seen from now on."""
        self.seen_us = self.shown_us(mono_us)
        self.seen_since_us = mono_us if seen else None

    def count(self, late_us: DurationUs) -> None:
        """Note one frame, and how long after its due time it was presented."""
        self.frames += 1
        self.late_frames += late_us > LATE_US
        self.worst_frame_us = max(self.worst_frame_us, late_us)


class Plays:
    """All plays that began and are not over."""

    def __init__(self) -> None:
        """Begin with none."""
        self._plays: dict[int, Play] = {}
        self._visible: frozenset[int] = frozenset()
        self._lit = True

    def __contains__(self, no: int) -> bool:
        """Return whether a play has begun."""
        return no in self._plays

    def seen(self, items: Collection[Item], now: Now) -> list[Started]:
        """Note which items can be seen from now on; return the beginnings."""
        new = [item for item in items if item.no not in self._plays]
        for item in items:
            self._plays.setdefault(item.no, Play(item)).item = item
        self._visible = frozenset(item.no for item in items)
        self._see(now)
        return [Started(item.no, now.wall_us, now.mono_us, max(0, now.wall_us - item.start_us)) for item in new]

    def light(self, now: Now, *, lit: bool) -> None:
        """Note that whatever is drawn can, or cannot, be seen from now on: the panel is dark, or not there."""
        self._lit = lit
        self._see(now)

    def _see(self, now: Now) -> None:
        for no, play in self._plays.items():
            play.see(seen=self._lit and no in self._visible, mono_us=now.mono_us)

    def frame(self, late_us: DurationUs) -> None:
        """Count a frame for every play that can be seen."""
        for play in self._plays.values():
            if play.seen_since_us is not None:
                play.count(late_us)

    def leave(self, on_air: Collection[Item], replaced: Collection[str], now: Now) -> list[Ended]:
        """Forget the plays that are not on air any more; return their ends. `replaced`: channels with a new item."""
        numbers = {item.no for item in on_air}
        gone = [no for no in self._plays if no not in numbers]
        return [_ended(self._plays.pop(no), replaced, now) for no in gone]

    def fail(self, no: int, now: Now) -> DurationUs:
        """Forget a play that cannot go on; return for how long it could be seen."""
        play = self._plays.pop(no, None)
        return 0 if play is None else play.shown_us(now.mono_us)

    def progress(self, now: Now) -> list[Progress]:
        """Return the counters of every play, or one empty report when there is none; a new worst frame is sought."""
        reports = [
            Progress(
                play.item.no,
                play.shown_us(now.mono_us),
                frames=play.frames,
                late_frames=play.late_frames,
                worst_frame_us=play.worst_frame_us,
            )
            for play in self._plays.values()
        ]
        for play in self._plays.values():
            play.worst_frame_us = 0
        return reports or [Progress(0)]


def _ended(play: Play, replaced: Collection[str], now: Now) -> Ended:
    return Ended(
        play.item.no,
        _reason(play.item, replaced, now.wall_us),
        now.wall_us,
        now.mono_us,
        play.shown_us(now.mono_us),
        frames=play.frames,
        late_frames=play.late_frames,
        worst_frame_us=play.worst_frame_us,
    )


def _reason(item: Item, replaced: Collection[str], wall_us: WallUs) -> EndReason:
    if wall_us >= item.start_us + item.duration_us:
        return "complete"
    return "replaced" if item.channel in replaced else "stopped"
