"""A loop among hand-made parts, for tests of the loop."""

from __future__ import annotations

import queue
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from firmware_py.core import events as ev
from firmware_py.core import messages as msg
from firmware_py.core.model import Schedule
from firmware_py.core.records import ClockState
from firmware_py.core.reduce import start
from firmware_py.core.settings import Clock
from firmware_py.core.timeline import MAIN
from firmware_py.core.units import SECOND, DurationUs, MonoUs, Now
from firmware_py.runtime.clock import ClockWatch, SystemClock
from firmware_py.runtime.courier import Courier
from firmware_py.runtime.feeds import NoFeeds
from firmware_py.runtime.health import HealthWatch
from firmware_py.runtime.loop import (
    Died,
    Loop,
    Parts,
)
from firmware_py.runtime.modem import NoModem
from firmware_py.runtime.notify import Systemd
from firmware_py.runtime.output import OutputProcess
from firmware_py.runtime.panel import NoPanelSwitch
from firmware_py.runtime.spool import Spool
from firmware_py.runtime.status import StatusFile
from firmware_py.runtime.switch import NoSwitch
from firmware_py.runtime.worker import Worker
from tests.core.builders import at, schedule, slot, text, ways
from tests.runtime.fakes import FakeJournal, FakeLink, FakeWords

BEGIN = Now(at("06:00:00"), 50 * SECOND)
PLAN: Schedule = schedule([text("a", 3600), text("b", 3600)], [slot("s", "a", start="06:00")])


@dataclass(slots=True)
class HandClock:
    """Both clocks, moved by hand."""

    at: Now = BEGIN

    def now(self) -> Now:
        """Read them."""
        return self.at

    def pass_(self, duration_us: DurationUs, stepped_us: DurationUs = 0) -> None:
        """Let time pass; the wall clock may be set besides."""
        self.at = Now(self.at.wall_us + duration_us + stepped_us, self.at.mono_us + duration_us)


@dataclass(slots=True)
class FakeOutput:
    """An output of which only the calls are kept."""

    journal: FakeJournal
    pid: int = 77
    orders: list[msg.Order] = field(default_factory=list)
    journalled: list[int] = field(default_factory=list)
    tended: int = 0
    heard_of: list[msg.Report] = field(default_factory=list)
    due_us: MonoUs = 2**60

    def tend(self, _now_us: MonoUs) -> None:
        """Count."""
        self.tended += 1

    def send(self, order: msg.Order, _now_us: MonoUs) -> None:
        """Keep the order, and how many records stood in the journal by then."""
        self.orders.append(order)
        self.journalled.append(len(self.journal.records))

    def heard(self, report: msg.Report, _now_us: MonoUs) -> None:
        """Keep the report."""
        self.heard_of.append(report)

    def lost(self, _now_us: MonoUs) -> None:
        """Be gone."""
        self.pid = 0


@dataclass(slots=True)
class FakeWorker:
    """A worker that keeps its wishes and was alive at an instant."""

    ticked_us: MonoUs = BEGIN.mono_us
    wishes: list[ev.Check] = field(default_factory=list)

    def check(self, wish: ev.Check) -> None:
        """Keep the wish."""
        self.wishes.append(wish)


@dataclass(slots=True)
class FakeSystemd:
    """What systemd would have heard."""

    words: list[str] = field(default_factory=list)

    def ready(self, status: str) -> None:
        """Note it."""
        self.words.append(f"ready: {status}")

    def alive(self, status: str) -> None:
        """Note it."""
        self.words.append(f"alive: {status}")

    def stopping(self) -> None:
        """Note it."""
        self.words.append("stopping")


class Rig:
    """A board's loop among hand-made parts, at six in the morning."""

    def __init__(self, directory: Path) -> None:
        """Build it; nothing has happened yet."""
        self.clock, self.journal, self.words = HandClock(), FakeJournal(), FakeWords()
        self.output, self.worker, self.systemd = FakeOutput(self.journal), FakeWorker(), FakeSystemd()
        self.status, self.link = directory / "status.json", FakeLink()
        self.inbox: queue.SimpleQueue[ev.Event | Died] = queue.SimpleQueue()
        watch = ClockWatch(Clock(source="assume-trusted"), directory, BEGIN)
        parts = Parts(
            clock=cast("SystemClock", self.clock),
            watch=watch,
            output=cast("OutputProcess", self.output),
            switch=NoSwitch(self.inbox.put),
            panel=NoPanelSwitch(self.inbox.put),
            worker=cast("Worker", self.worker),
            link=self.link,
            courier=Courier(self.journal, self.link, "box"),
            health=HealthWatch(300.0, directory, NoModem()),
            spool=Spool(directory / "spool"),
            journal=self.journal,
            words=self.words,
            status=StatusFile(self.status),
            systemd=cast("Systemd", self.systemd),
            feeds=NoFeeds(self.inbox.put),
        )
        state = start(ways(MAIN), BEGIN, last_no=0, clock=ClockState.TRUSTED, unfinished={})
        self.loop = Loop(state, parts, self.inbox)

    def happen(self, *events: ev.Event) -> None:
        """Let events happen, together."""
        self.loop._handle(list(events))

    def pass_(self, duration_us: DurationUs) -> None:
        """Let time pass for a box whose worker is well."""
        self.clock.pass_(duration_us)
        self.worker.ticked_us = self.clock.at.mono_us
        self.happen(ev.Tick())

    def happened(self) -> ev.Event:
        """Return what a part has posted."""
        event = self.inbox.get_nowait()
        assert not isinstance(event, Died)
        return event

    def report(self, *reports: msg.Report) -> None:
        """Let the output say something."""
        self.happen(*map(ev.Reported, reports))

    def on_air(self) -> None:
        """Bring a first page on air."""
        self.happen(ev.ScheduleArrived(PLAN), ev.Reported(msg.Ready(77, "offscreen")))
        self.report(msg.Started(1, self.clock.at.wall_us, self.clock.at.mono_us, 0))
