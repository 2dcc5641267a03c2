"""An obedient output in virtual time: it begins, joins, ends and reports as the protocol says, and can be made to fail.

Where two real outputs differ, it can do either: whether a `Now` forgets what was prepared, whether a play that was
replaced before it began is reported, how far from its instant a joint happens, how long a report is under way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from firmware_py.core import messages as msg
from firmware_py.core.messages import EndReason, Item, Report
from firmware_py.core.units import FAR_FUTURE_US, MS, SECOND, DurationUs, MonoUs, Now, WallUs

JOIN_US = 250 * MS
"""A prepared item joins the one on air when that ends within this of its start."""


@dataclass(frozen=True)
class Manners:
    """How an output behaves. `joint_us` is when it goes over to a prepared item, from the planned instant."""

    boot_us: int = 300 * MS
    begin_us: int = 20 * MS
    joint_us: int = 0
    report_us: int = 2 * MS
    now_forgets_next: bool = False
    silent_about_unbegun: bool = False
    broken: frozenset[str] = frozenset()
    notice_us: int = 20 * SECOND
    frozen: bool = False


@dataclass(frozen=True)
class Heard:
    """What could be heard or seen of one play."""

    no: int
    name: str
    channel: str
    start_us: WallUs
    end_us: WallUs
    offset_us: int
    volume_pct: int


@dataclass
class Lane:
    """One channel: what is on air since when, what begins at an instant, what is prepared."""

    on_air: Item | None = None
    began: Now = Now(0, 0)  # noqa: RUF009 - a value
    volume_pct: int = 0
    coming: Item | None = None
    comes_mono_us: MonoUs = FAR_FUTURE_US
    next: Item | None = None
    done: frozenset[int] = frozenset()


@dataclass
class Output:
    """One output process from its start to its death. Its owner moves the time and takes the reports."""

    manners: Manners
    ready_mono_us: MonoUs
    ready: bool = False
    hung: bool = False
    quit: bool = False
    lanes: dict[str, Lane] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)
    reports: list[tuple[MonoUs, Report]] = field(default_factory=list)

    def take(self, order: msg.Order, now: Now) -> None:
        """Obey an order."""
        assert self.ready, f"ordered before it was ready: {order}"
        assert not self.quit, f"ordered after it was told to end: {order}"
        if isinstance(order, msg.Quit):
            self._leave(now)
        elif isinstance(order, msg.Volume):
            assert not self.lane(order.channel).coming, "a volume that could be meant for either of two"
            self.lane(order.channel).volume_pct = order.volume_pct
        elif isinstance(order, msg.Next):
            self.lane(order.channel).next = order.item
        elif isinstance(order, msg.TakeSnapshot):
            self._report(msg.SnapshotTaken(order.path), now)
        elif isinstance(order, msg.Now):
            self._put_on_air(self.lane(order.channel), order.item, now)

    def lane(self, channel: str) -> Lane:
        """Return a channel."""
        return self.lanes.setdefault(channel, Lane())

    def due_mono_us(self) -> MonoUs:
        """Return when something happens in this output, or a report of it arrives."""
        if self.hung:
            return FAR_FUTURE_US
        boot = [] if self.ready else [self.ready_mono_us]
        moves = (moment for lane in self.lanes.values() for moment, _ in self._moves(lane))
        return min((*boot, *moves, *(moment for moment, _ in self.reports)), default=FAR_FUTURE_US)

    def act(self, now: Now) -> tuple[Report, ...]:
        """Do what is due and return the reports that have arrived, in order."""
        if not self.ready and now.mono_us >= self.ready_mono_us:
            self.ready = True
            self._report(msg.Ready(4711, "nothing"), now)
        for lane in self.lanes.values():
            while due := [what for moment, what in sorted(self._moves(lane)) if moment <= now.mono_us]:
                self._move(lane, due[0], now)
        arrived = tuple(report for moment, report in self.reports if moment <= now.mono_us)
        self.reports = [(moment, report) for moment, report in self.reports if moment > now.mono_us]
        return arrived

    def die(self, now: Now) -> None:
        """End without a word; what was heard until now was heard."""
        for lane in self.lanes.values():
            self._note_heard(lane, now)

    def progress(self, now: Now) -> None:
        """Report how much of each play could be heard so far, or that there is none."""
        words = [
            self._word(lane.on_air, now.mono_us - lane.began.mono_us) for lane in self.lanes.values() if lane.on_air
        ]
        for word in words or [msg.Progress(0)]:
            self._report(word, now)

    def _word(self, item: Item, lasted_us: DurationUs) -> msg.Progress:
        """Return what is said of a play: that it is loud, or how many frames of it were presented."""
        if item.channel in ("sound", "over"):
            return msg.Progress(item.no, lasted_us, -20.0, -3.0)
        return msg.Progress(item.no, lasted_us, frames=0 if self.manners.frozen else 1 + lasted_us // SECOND)

    def _moves(self, lane: Lane) -> Iterator[tuple[MonoUs, str]]:
        """Yield what this channel does by itself, and when."""
        if lane.coming:
            yield lane.comes_mono_us, "1 begin"
        if lane.next:
            yield _due_mono_us(lane.next) + (self.manners.joint_us if self._joins(lane) else 0), "2 join"
        if lane.on_air and not (self.manners.joint_us > 0 and self._joins(lane)):
            yield self._over(lane), "3 end"

    def _over(self, lane: Lane) -> MonoUs:
        """Return when what is on air is over: a notice when all its repeats are through, if that is earlier."""
        assert lane.on_air
        end_us = _end(lane.on_air)
        return min(end_us, lane.began.mono_us + self.manners.notice_us) if lane.on_air.notice else end_us

    def _joins(self, lane: Lane) -> bool:
        return bool(lane.on_air and lane.next and abs(_end(lane.on_air) - _due_mono_us(lane.next)) <= JOIN_US)

    def _move(self, lane: Lane, what: str, now: Now) -> None:
        if what == "3 end":
            self._end(lane, "complete", now)
            return
        item = lane.coming if what == "1 begin" else lane.next
        assert item
        reason: EndReason = "complete" if lane.on_air and self._joins(lane) and what == "2 join" else "replaced"
        lane.coming, lane.next = (None, lane.next) if what == "1 begin" else (lane.coming, None)
        self._end(lane, reason, now)
        self._begin(lane, item, now)

    def _put_on_air(self, lane: Lane, item: Item | None, now: Now) -> None:
        if lane.coming and not self.manners.silent_about_unbegun:
            self._report(msg.Ended(lane.coming.no, "stopped", now.wall_us, now.mono_us, 0), now)
        if self.manners.now_forgets_next:
            lane.next = None
        lane.coming = item
        if item is None:
            self._end(lane, "stopped", now)
        else:
            lane.comes_mono_us = max(now.mono_us + self.manners.begin_us, item.start_mono_us)

    def _begin(self, lane: Lane, item: Item, now: Now) -> None:
        assert item.no not in lane.done, f"play {item.no} begins again"
        lane.done |= {item.no}
        if item.bulletin_id in self.manners.broken:
            self._report(msg.Failed(item.no, "decoder_failed", f"{item.path}: is no sound; make it anew"), now)
            return
        lane.on_air, lane.began, lane.volume_pct = item, now, item.volume_pct
        offset_us = max(0, now.mono_us - item.start_mono_us)
        self._report(msg.Started(item.no, now.wall_us, now.mono_us, offset_us), now)

    def _end(self, lane: Lane, reason: EndReason, now: Now) -> None:
        if lane.on_air:
            played_us = now.mono_us - lane.began.mono_us
            self._note_heard(lane, now)
            self._report(msg.Ended(lane.on_air.no, reason, now.wall_us, now.mono_us, played_us, -21.0, -2.0), now)
            lane.on_air = None

    def _note_heard(self, lane: Lane, now: Now) -> None:
        item = lane.on_air
        if item:
            offset_us = max(0, lane.began.mono_us - item.start_mono_us)
            heard = (lane.began.wall_us, now.wall_us, offset_us, lane.volume_pct)
            self.heard.append(Heard(item.no, item.bulletin_id, item.channel, *heard))

    def _leave(self, now: Now) -> None:
        self.quit = True
        for lane in self.lanes.values():
            lane.coming = lane.next = None
            self._end(lane, "stopped", now)

    def _report(self, report: Report, now: Now) -> None:
        self.reports.append((now.mono_us + self.manners.report_us, report))


def _due_mono_us(item: Item) -> MonoUs:
    return item.start_mono_us + item.due_us - item.start_us


def _end(item: Item) -> MonoUs:
    return item.start_mono_us + item.duration_us
