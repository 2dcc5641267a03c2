"""The agent process of either product, put together from the parts that a composition root hands over.

Start is recovery: the process may have been killed at any moment, so whatever the journal shows as on air is
closed by its last word before anything new begins.
"""

from __future__ import annotations

import logging
import os
import queue
import secrets
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from firmware_py import BUILT_US, __version__
from firmware_py.core import events as ev
from firmware_py.core.amplifier import Terms
from firmware_py.core.decide import Volumes
from firmware_py.core.entries import Remembered
from firmware_py.core.errors import Code, Refused, Unavailable
from firmware_py.core.messages import Setup
from firmware_py.core.model import read_schedule
from firmware_py.core.panel import Terms as PanelTerms
from firmware_py.core.recall import recall
from firmware_py.core.reduce import start
from firmware_py.core.reporting import CONNECTION
from firmware_py.core.settings import Clock, Device, Hours, SelfTest
from firmware_py.core.settings import Mains as MainsSettings
from firmware_py.core.settings import Modem as ModemSettings
from firmware_py.core.state import State, ThisBox, Ways
from firmware_py.core.timeline import Channel
from firmware_py.core.trust import Identity, Verify
from firmware_py.core.wire import Keyring
from firmware_py.runtime.clock import ClockWatch, SystemClock
from firmware_py.runtime.courier import Courier
from firmware_py.runtime.feeds import NoFeeds, OpenFeeds
from firmware_py.runtime.health import HealthWatch
from firmware_py.runtime.loop import Died, Loop, Parts
from firmware_py.runtime.mains import GpioInput, Mains
from firmware_py.runtime.modem import Modem, NoModem
from firmware_py.runtime.notify import Systemd
from firmware_py.runtime.output import OutputProcess, Post
from firmware_py.runtime.panel import NoPanelSwitch, OpenPanelSwitch
from firmware_py.runtime.ports import Documents, Journal, LastWords, Link, OpenLink, Prober, Shelf
from firmware_py.runtime.spool import Spool
from firmware_py.runtime.status import StatusFile
from firmware_py.runtime.switch import NoSwitch, OpenSwitch
from firmware_py.runtime.worker import Tools, Worker, deadly

STATUS_FILE = "status.json"
SPOOL = "spool"
_log = logging.getLogger("agent")


@dataclass(frozen=True, slots=True)
class Plan:
    """All that differs between a speaker's and a board's agent."""

    device: Device
    clock_settings: Clock
    hours: Hours
    volumes: Volumes
    channels: tuple[Channel, ...]
    output_command: tuple[str, ...]
    output_setup: Setup
    shelf: Shelf
    documents: Documents
    prober: Prober
    journal: Journal
    words: LastWords
    poll_s: float
    last_no: int
    unfinished: dict[str, int]
    clock: SystemClock
    product: str
    link: str
    open_link: OpenLink
    remembered: Remembered
    keyring: Keyring | None
    check: Verify
    heartbeat_s: float
    modem: ModemSettings
    mains: MainsSettings
    origins: frozenset[str] = frozenset()
    amplifier: Terms | None = None
    self_test: SelfTest = field(default_factory=SelfTest)
    open_switch: OpenSwitch = NoSwitch
    feed_origins: frozenset[str] = frozenset()
    open_feeds: OpenFeeds = NoFeeds
    panel: PanelTerms | None = None
    open_panel_switch: OpenPanelSwitch = NoPanelSwitch


def run(plan: Plan) -> int:
    """Run the agent until SIGTERM or SIGINT; return the exit status."""
    inbox: queue.SimpleQueue[ev.Event | Died] = queue.SimpleQueue()
    run_dir = _run_directory(plan.device)
    watch = ClockWatch(plan.clock_settings, run_dir, plan.clock.now())
    state, effects = _begin(plan, run_dir, watch)

    def died(part: str, error: BaseException) -> None:
        inbox.put(Died(part, error))

    reach = plan.open_link(inbox.put, died, state.marks.get(CONNECTION, 0) + 1, state.me.boot_id)
    worker = Worker(Tools(reach.source, plan.shelf, plan.documents, plan.prober), inbox.put, plan.poll_s)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: inbox.put(ev.StopAsked()))
    _restore_schedule(plan, worker, inbox)
    parts = _parts(plan, run_dir, watch, worker, reach.link, inbox.put)
    if plan.mains.gpio:
        Mains(GpioInput(plan.mains.gpio), inbox.put)
    _start("the worker", worker.run, died)
    _start("what reads feeds", parts.feeds.run, died)
    try:
        Loop(state, parts, inbox).run(effects)
    finally:
        parts.switch.close()
        parts.panel.close()
    _log.info("ended as asked")
    return 0


def _start(part: str, run: Callable[[], None], died: Callable[[str, BaseException], None]) -> None:
    body = deadly(run, lambda error: died(part, error))
    threading.Thread(target=body, name=part.rpartition(" ")[2], daemon=True).start()


def _begin(plan: Plan, run_dir: Path, watch: ClockWatch) -> tuple[State, tuple[ev.Effect, ...]]:
    """Return the state of an agent that knows what an earlier run has left, and what is to be done about that."""
    now = plan.clock.now()
    zone = ZoneInfo(plan.device.timezone)
    ways = Ways(
        plan.channels,
        zone,
        plan.hours,
        plan.volumes,
        plan.origins,
        plan.amplifier,
        plan.self_test,
        plan.feed_origins,
        plan.panel,
    )
    state = start(ways, now, last_no=plan.last_no, clock=watch.state, unfinished=plan.unfinished)
    return recall(replace(state, me=_self(plan, run_dir)), plan.remembered, plan.keyring, now)


def _self(plan: Plan, run_dir: Path) -> ThisBox:
    device = plan.device
    return ThisBox(
        identity=Identity(device.id, device.areas),
        name=device.name,
        product=plan.product,
        version=__version__,
        boot_id=secrets.token_hex(16),
        built_us=BUILT_US,
        spool_dir=str(run_dir / SPOOL),
        check=plan.check,
    )


def _parts(plan: Plan, run_dir: Path, watch: ClockWatch, worker: Worker, link: Link, post: Post) -> Parts:
    modem = Modem(plan.modem, post) if plan.modem.port else NoModem()
    return Parts(
        clock=plan.clock,
        watch=watch,
        output=OutputProcess(plan.output_command, plan.output_setup, post),
        switch=plan.open_switch(post),
        panel=plan.open_panel_switch(post),
        worker=worker,
        link=link,
        courier=Courier(plan.journal, link, plan.device.id),
        health=HealthWatch(plan.heartbeat_s, Path(plan.device.state_dir), modem),
        spool=Spool(run_dir / SPOOL),
        journal=plan.journal,
        words=plan.words,
        status=StatusFile(run_dir / STATUS_FILE, plan.link),
        systemd=Systemd(os.environ.get("NOTIFY_SOCKET", "")),
        feeds=plan.open_feeds(post),
    )


def _run_directory(device: Device) -> Path:
    run_dir = Path(device.run_dir)
    try:
        run_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"{run_dir}: cannot be made ({error.strerror}); mend device.run_dir, or give the agent's user the right"
        raise Unavailable(Code.FOLDER_UNREADABLE, what) from error
    return run_dir


def _restore_schedule(plan: Plan, worker: Worker, inbox: queue.SimpleQueue[ev.Event | Died]) -> None:
    """Begin with the schedule that was active when the process ended: the source may be away."""
    raw = plan.documents.active()
    if raw is None:
        return
    try:
        schedule = read_schedule(raw, "the stored schedule")
    except Refused as refusal:
        inbox.put(ev.ScheduleRefused(refusal))
        return
    worker.watch(schedule)
    inbox.put(ev.ScheduleArrived(schedule))
