"""The one loop: takes events, asks the pure core for the next state, carries out the effects.

It owns all state and waits in one place only. Nothing that it calls may block for longer than a disk's fsync.
"""

from __future__ import annotations

import logging
import queue
from collections import deque
from dataclasses import dataclass

from firmware_py.core import events as ev
from firmware_py.core import messages as msg
from firmware_py.core.entries import Entry
from firmware_py.core.errors import Unavailable
from firmware_py.core.records import Fault, LastWord
from firmware_py.core.reduce import step
from firmware_py.core.state import State
from firmware_py.core.units import MS, SECOND, MonoUs, Now
from firmware_py.runtime.clock import ClockWatch, SystemClock
from firmware_py.runtime.courier import UPLOAD, Courier
from firmware_py.runtime.feeds import Follower
from firmware_py.runtime.health import HealthWatch
from firmware_py.runtime.notify import Systemd
from firmware_py.runtime.output import OutputProcess
from firmware_py.runtime.panel import PanelSwitch
from firmware_py.runtime.ports import Journal, LastWords, Link
from firmware_py.runtime.spool import Spool
from firmware_py.runtime.status import StatusFile
from firmware_py.runtime.switch import Switch
from firmware_py.runtime.worker import Worker

LOOK_US = SECOND
"""The longest wait: the clock, the output and the worker are looked at this often."""

WORKER_LIMIT_US = 300 * SECOND
"""A check of the longest file on the slowest box takes less; a worker that is silent for longer hangs."""

UNWRITTEN_LIMIT = 2000
"""Records kept in memory while the disk takes none; the oldest go first."""

UNSAFE_LIMIT = 8
"""A broker sends nothing more when 16 messages wait for their receipt; before that they are taken over unwritten."""

_log = logging.getLogger("agent")


@dataclass(frozen=True, slots=True)
class Died:
    """A part of the process ended by an exception; the process ends with it, and systemd starts it again."""

    part: str
    error: BaseException


class DeadPart(Exception):
    """Raised by the loop when a part that it cannot be without has died or hangs."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the loop works with."""

    clock: SystemClock
    watch: ClockWatch
    output: OutputProcess
    switch: Switch
    panel: PanelSwitch
    worker: Worker
    link: Link
    courier: Courier
    health: HealthWatch
    spool: Spool
    journal: Journal
    words: LastWords
    status: StatusFile
    systemd: Systemd
    feeds: Follower


class Loop:
    """Runs until it is asked to stop and the output has ended, or until a part dies."""

    def __init__(self, state: State, parts: Parts, inbox: queue.SimpleQueue[ev.Event | Died]) -> None:
        self._state, self._parts, self._inbox = state, parts, inbox
        self._unwritten: deque[Entry] = deque(maxlen=UNWRITTEN_LIMIT)
        self._unacknowledged: list[int] = []
        self._failing: set[str] = set()
        self._words_kept = True  # what an earlier run has left is replaced by the first words, or by none
        self._looked_us: MonoUs = 0
        self._faults = 0
        self._announced = False
        self._done = False

    def run(self, first: tuple[ev.Effect, ...] = ()) -> None:
        """Carry out what a start found to do, and work until the end; raise what a part died of."""
        self._carry_out(list(first))
        self._parts.link.start()
        self._look(self._parts.clock.now())
        while not self._done:
            self._handle(self._take())

    def _take(self) -> list[ev.Event]:
        """Wait for an event or the time to look again; return all that are there, so that they are written together."""
        events = []
        try:
            event = self._inbox.get(timeout=self._wait_s())
            while True:
                if isinstance(event, Died):
                    raise DeadPart(f"{event.part} died; the agent ends, to be started again") from event.error
                events.append(event)
                event = self._inbox.get_nowait()
        except queue.Empty:
            return events or [ev.Tick()]

    def _wait_s(self) -> float:
        now = self._parts.clock.now()
        wait_us = min(
            self._state.wake_at_us - now.wall_us,
            self._looked_us + LOOK_US - now.mono_us,
            self._parts.output.due_us - now.mono_us,
        )
        return max(wait_us, MS) / SECOND

    def _handle(self, events: list[ev.Event]) -> None:
        effects: list[ev.Effect] = []
        for came in events:
            now = self._parts.clock.now()
            event = self._before(came, now)
            self._state, more = step(self._state, event, now)
            effects += more
            self._after(event, now)
        self._carry_out(effects)
        now = self._parts.clock.now()
        self._look(now)
        if effects:
            self._show(now)

    def _before(self, event: ev.Event, now: Now) -> ev.Event:
        """Let the courier know of what concerns it, and add what it knows."""
        if isinstance(event, ev.LinkUp):
            return self._parts.courier.greet(event, now.mono_us)
        if isinstance(event, ev.LinkDown):
            self._parts.courier.lose()
        elif isinstance(event, ev.Sent):
            self._parts.courier.sent(event, now.mono_us)
        elif isinstance(event, ev.Uploaded) and event.name == UPLOAD:
            self._parts.courier.brought(event.detail, now.mono_us)
        return event

    def _after(self, event: ev.Event, now: Now) -> None:
        """Let the parts know of what concerns them."""
        if isinstance(event, ev.OutputLost):
            self._parts.output.lost(now.mono_us)
            self._done = self._state.stopping
        elif isinstance(event, ev.Reported):
            self._parts.output.heard(event.report, now.mono_us)
            self._note_progress(event.report, now)
            if isinstance(event.report, msg.Ready):
                self._looked_us = 0  # systemd holds back whatever comes after this service until it is told
        elif isinstance(event, ev.StopAsked):
            self._end(now)

    def _end(self, now: Now) -> None:
        """End once the output has ended."""
        self._parts.systemd.stopping()
        if not self._state.output_ready:
            self._parts.output.send(msg.Quit(), now.mono_us)  # the core gives no orders to one that only starts
        self._done = self._parts.output.pid == 0

    def _note_progress(self, report: msg.Report, now: Now) -> None:
        if isinstance(report, msg.Progress) and (self._state.progress or self._words_kept):
            words = {no: LastWord(now.wall_us, now.mono_us, word) for no, word in self._state.progress.items()}
            try:
                self._parts.words.write(words)
                self._words_kept = bool(words)
                self._failing.discard("progress")
            except Unavailable as error:
                self._disk_fails("progress", error)

    def _carry_out(self, effects: list[ev.Effect]) -> None:
        """Journal first, then act: what is on air has a record before it can be heard."""
        for effect in effects:
            self._note(effect)
        if "journal" not in self._failing:  # else it is tried once a second
            self._write()
        for effect in effects:
            self._act(effect)
        self._acknowledge()

    def _note(self, effect: ev.Effect) -> None:
        """Put what is to be journalled to what waits for that."""
        if isinstance(effect, ev.Keep):
            self._unwritten.append(effect.record)
        elif isinstance(effect, ev.Store):
            self._unwritten.append(effect.entry)
        elif isinstance(effect, ev.Note):
            fault = effect.fault
            _log.warning("%s: %s: %s", fault.code, fault.subject, fault.detail)
            self._faults += 1
            self._unwritten.append(fault)
        elif isinstance(effect, ev.Acknowledge) and effect.ticket:
            self._unacknowledged.append(effect.ticket)

    def _acknowledge(self) -> None:
        """Tell the broker what is safe. While the disk takes nothing, nothing is, but an alert must still come in."""
        if self._unwritten and len(self._unacknowledged) < UNSAFE_LIMIT:
            return
        for ticket in self._unacknowledged:
            self._parts.link.acknowledge(ticket)
        self._unacknowledged.clear()

    def _write(self) -> None:
        """Write what waits; while the disk takes nothing it goes on waiting, and the sound goes on."""
        waiting = tuple(self._unwritten)
        if not waiting:
            return
        try:
            self._parts.journal.write(*waiting)
        except Unavailable as error:
            self._disk_fails("journal", error)
            return
        self._unwritten.clear()
        self._failing.discard("journal")
        self._parts.courier.written(self._parts.clock.now().mono_us)

    def _disk_fails(self, subject: str, error: Unavailable) -> None:
        """Say once that the disk takes nothing, in the log now and in the journal when it takes something again."""
        if subject not in self._failing:
            self._failing.add(subject)
            _log.error("%s: %s: %s; what is on air goes on", error.code, subject, error.detail)
            self._faults += 1
            self._unwritten.append(Fault(self._parts.clock.now().wall_us, error.code, subject, error.detail))

    def _act(self, effect: ev.Effect) -> None:
        if isinstance(effect, ev.Tell):
            self._parts.output.send(effect.order, self._parts.clock.now().mono_us)
        elif isinstance(effect, ev.Check):
            self._parts.worker.check(effect)
        elif isinstance(effect, ev.Follow):
            self._parts.feeds.follow(effect.sources)
        elif isinstance(effect, ev.Switch):
            self._parts.switch.turn(on=effect.on)
        elif isinstance(effect, ev.Lighten):
            self._parts.panel.lighten(effect.light)
        elif isinstance(effect, ev.Spool):
            self._parts.spool.put(effect.name, effect.content)
        elif isinstance(effect, ev.EndOutput):
            self._parts.output.end(effect.why)
        elif isinstance(effect, ev.Stop):
            self._end(self._parts.clock.now())
        else:
            self._pass_on(effect)

    def _pass_on(self, effect: ev.Effect) -> None:
        """Hand over what is for the source system."""
        if isinstance(effect, ev.Publish):
            self._parts.link.publish(effect)
        elif isinstance(effect, ev.Want):
            self._parts.link.want(effect.pointer)
        elif isinstance(effect, ev.Upload):
            self._parts.link.upload(effect.name, effect.path or self._parts.spool.log)
        elif isinstance(effect, ev.Forget):
            self._forget(effect)

    def _forget(self, effect: ev.Forget) -> None:
        try:
            self._parts.courier.forget(effect.epoch, effect.through, self._parts.clock.now().mono_us)
        except Unavailable as error:
            self._disk_fails("journal", error)

    def _look(self, now: Now) -> None:
        """At all times the output; once a second the clock, the worker, the status, the watchdog."""
        self._parts.output.tend(now.mono_us)
        self._parts.courier.pump(now.mono_us)
        if now.mono_us - self._looked_us < LOOK_US and self._looked_us:
            return
        self._looked_us = now.mono_us
        self._parts.switch.tend(now.mono_us)
        self._parts.panel.tend(now.mono_us)
        self._look_at_clock(now)
        if now.mono_us - self._parts.worker.ticked_us > WORKER_LIMIT_US:
            raise DeadPart("the worker hangs; the agent ends, to be started again")
        hanging = self._parts.link.hangs(now.mono_us)
        if hanging:
            raise DeadPart(f"{hanging} hangs; the agent ends, to be started again")
        self._write()
        self._acknowledge()
        self._look_at_health(now)
        self._show(now)
        self._tell_systemd()

    def _look_at_health(self, now: Now) -> None:
        health = self._parts.health.due(now.mono_us)
        if health:
            first, last = self._parts.courier.waiting()
            self._inbox.put(ev.HealthRead(health, last - first + 1 if last else 0, self._faults))

    def _show(self, now: Now) -> None:
        """Let whoever reads the status see what is on air now."""
        self._parts.status.write(self._state, now, self._parts.output.pid, self._faults)

    def _look_at_clock(self, now: Now) -> None:
        stepped, changed = self._parts.watch.stepped(now), self._parts.watch.changed()
        if stepped or changed:
            _log.info("clock: %s%s", self._parts.watch.state, ", stepped" if stepped else "")
            self._inbox.put(ev.ClockChanged(self._parts.watch.state, stepped=stepped))

    def _tell_systemd(self) -> None:
        titles = [channel.current.play.what.bulletin.title for channel in self._state.channels if channel.current]
        status = ", ".join(titles) or "nothing on air"
        if self._state.output_ready and not self._announced:
            self._announced = True
            self._parts.systemd.ready(status)
        self._parts.systemd.alive(status)
