"""`python -m firmware_py.board.output --in FD --out FD`: the process that draws the board.

One thread does all of it. Each round draws what is due, then prepares in slices until the next frame is due, and
sleeps on the inbox; orders and decoded pictures wake it. Frames are due at instants of the wall clock, so boards with
the same clock show the same picture. Without a screen it draws in memory, and says so. Ends with status 0 after `Quit`
or when the agent closes the line, with 1 when there is no font or no place to draw, with `RENEWED_STATUS` when a screen
has come (back) that the next one takes.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TypeAlias
from zoneinfo import ZoneInfo

from firmware_py.board.decoder import Decoded, Decoder
from firmware_py.board.glyphs import FontChain
from firmware_py.board.layout import is_smooth
from firmware_py.board.letters import Letters
from firmware_py.board.look import THEMES
from firmware_py.board.pages import Pace
from firmware_py.board.presence import CONNECTORS, Presence
from firmware_py.board.reading import least_type
from firmware_py.board.renderer import Renderer
from firmware_py.board.scene import SceneBuilder
from firmware_py.board.screen import Display, Framebuffer, Memory, Screen, open_framebuffer
from firmware_py.board.shots import Shots
from firmware_py.board.show import Clock, Show
from firmware_py.board.snapshot import FileWriter, NoSnapshots, SnapshotFailed, Snapshots
from firmware_py.board.stage import Stage
from firmware_py.board.text import Fonts
from firmware_py.core.errors import Code, Malformed, Unavailable
from firmware_py.core.messages import (
    BOARD_PROGRESS_PERIOD_US,
    RENEWED_STATUS,
    Blacken,
    BoardSetup,
    Message,
    Next,
    Quit,
    Ready,
    SnapshotTaken,
    TakeSnapshot,
    Trouble,
    Volume,
)
from firmware_py.core.messages import Now as NowOrder
from firmware_py.core.settings import Screen as ScreenSettings
from firmware_py.core.units import MS, SECOND, MonoUs, Now, WallUs
from firmware_py.runtime.child import ends_with_the_agent
from firmware_py.runtime.clock import SystemClock
from firmware_py.runtime.heap import keep_small
from firmware_py.runtime.pipe import Closed, Orders, Reports

Event: TypeAlias = Message | Closed | Decoded | SnapshotFailed
Inbox: TypeAlias = SimpleQueue[Event]

_MARGIN_US = 3 * MS
"""Preparation stops this long before a frame is due: longer than a slice takes."""


class Loop:
    """Draws, prepares, sleeps and obeys, until it is told to quit."""

    def __init__(
        self, clock: Clock, show: Show, shots: Shots, presence: Presence, inbox: Inbox, reports: Reports
    ) -> None:
        """Take the parts."""
        self._clock = clock
        self._show = show
        self._shots = shots
        self._presence = presence
        self._inbox = inbox
        self._reports = reports
        self._progress_mono_us: MonoUs = 0
        self._over = self._renewed = False

    def run(self) -> int:
        """Draw until `Quit`, until the agent is gone, or until there is a screen again; return the exit status."""
        due = self._clock.now()
        while not self._over:
            self._show.frame(due)
            due = self._until(self._show.next_frame())
        if self._renewed:
            return RENEWED_STATUS  # what is on air has no end: the next output goes on with it
        self._show.close()
        return 0

    def _until(self, frame_us: WallUs) -> Now:
        """Use the time until a frame is due and return that instant; an event that changes the picture is due now."""
        now = self._clock.now()
        due = Now(frame_us, now.mono_at(frame_us))
        while now.mono_us < due.mono_us and not self._over:
            self._say_progress(now)
            self._look_for_screen(now)
            self._prepare(self._time_before(due))
            if self._show.can_switch() or self._obey_one(due):
                return self._clock.now()
            now = self._clock.now()
        return due

    def _prepare(self, in_time: Callable[[], bool]) -> None:
        """Make ready what will be shown, then pack snapshots, as long as there is time."""
        self._show.prepare(in_time)
        self._shots.work(in_time)

    def _time_before(self, due: Now) -> Callable[[], bool]:
        """Return the question whether there is time for another slice.

        There is none when a frame is near, when an order waits, or when what is on air has just become ready.
        """
        end_us = due.mono_us - _MARGIN_US
        show, inbox, now = self._show, self._inbox, self._clock.now
        return lambda: now().mono_us < end_us and inbox.empty() and not show.can_switch()

    def _obey_one(self, due: Now) -> bool:
        """Wait for an event until something is due; return whether there was one that may change the picture."""
        wake_us = min(due.mono_us, self._progress_mono_us, self._show.wake_mono_us())
        wait_s = (wake_us - self._clock.now().mono_us) / SECOND
        try:
            event = self._inbox.get(timeout=wait_s) if wait_s > 0 else self._inbox.get_nowait()
        except Empty:
            return False
        return self._obey(event)

    def _obey(self, event: Event) -> bool:
        """Act on one event; return whether it may change the picture."""
        if isinstance(event, NowOrder | Next):
            self._show.take(event)
        elif isinstance(event, Decoded):
            self._show.receive(event)
        elif isinstance(event, Volume):
            self._show.volume(event)
        elif isinstance(event, SnapshotFailed):
            self._reports.send(Trouble(event.code, event.detail))
        elif isinstance(event, TakeSnapshot):
            self._shots.take(event.path)
        elif isinstance(event, SnapshotTaken | Trouble):
            self._reports.send(event)
        elif isinstance(event, Quit | Closed):
            self._over = True
        elif isinstance(event, Blacken):
            self._show.blacken(black=event.black)
            self._presence.darken(self._clock.now().mono_us, dark=event.black)
        return isinstance(event, NowOrder | Next | Blacken)

    def _say_progress(self, now: Now) -> None:
        """Report twice a second."""
        if now.mono_us >= self._progress_mono_us:
            self._show.progress()
            self._progress_mono_us = now.mono_us + BOARD_PROGRESS_PERIOD_US

    def _look_for_screen(self, now: Now) -> None:
        news = self._presence.look(now.mono_us)
        if news == "lost":
            self._show.lose()
            what = "the monitor was unplugged, or is without power; the board goes on, and nobody sees it"
            self._reports.send(Trouble(Code.SCREEN_LOST, f"{what}; check the cable"))
        elif news == "back":
            self._over = self._renewed = True


def serve(setup: BoardSetup, orders: Orders, reports: Reports, directory: Path = CONNECTORS) -> int:
    """Build the board of a setup and draw it until the end; return the exit status, or raise `Unavailable`."""
    inbox: Inbox = SimpleQueue()
    clock = SystemClock(setup.clock_offset_us)
    decoder = Decoder(inbox.put, sound=setup.sound, clock_offset_us=setup.clock_offset_us)
    find = partial(open_framebuffer, setup.screen, dict(os.environ), directory)  # SDL's way in changes the environment
    framebuffer, missed = _framebuffer(find, setup.screen, reports)
    screen = Screen(framebuffer, setup.screen)
    opened = isinstance(framebuffer, Display)
    presence = Presence(directory, partial(_can_open, find), opened=opened, wanted=missed)
    try:
        show = _build_show(setup, clock, screen, decoder, inbox, reports)
        if missed:
            show.lose()
        show.frame(clock.now())
        reports.send(Ready(os.getpid(), screen.description))
        orders.listen(inbox.put)
        # What was made up to here lives to the end: a collector that looks through it again could hold a frame up.
        gc.freeze()
        return Loop(clock, show, Shots(screen.panel, inbox.put), presence, inbox, reports).run()
    except BrokenPipeError:
        return 0
    finally:
        decoder.close()
        screen.close()


def _build_show(
    setup: BoardSetup, clock: SystemClock, screen: Screen, decoder: Decoder, inbox: Inbox, reports: Reports
) -> Show:
    """Wire the parts that draw."""
    size_px, zone = screen.panel.get_size(), ZoneInfo(setup.timezone)
    least = least_type(setup.screen, *size_px)
    if least.trouble:
        reports.send(Trouble(Code.PANEL_TOO_SMALL, least.trouble))
    chain = FontChain()
    fonts = Fonts(chain, smooth=is_smooth(*size_px))
    letters = Letters(chain, lambda code, detail: reports.send(Trouble(code, detail)))
    builder = SceneBuilder(
        setup.name,
        size_px,
        Pace.of(setup.screen),
        THEMES[setup.screen.theme],
        fonts,
        layout=setup.screen.layout,
        least_px=least.px,
        zone=zone,
        look_at=letters.look_at,
    )
    renderer = Renderer(screen.panel, setup.screen, zone, fonts)
    snapshots = _snapshots(setup.screen, screen, inbox)
    return Show(clock, screen, Stage(builder, decoder), renderer, snapshots, reports.send)


def _snapshots(settings: ScreenSettings, screen: Screen, inbox: Inbox) -> Snapshots | NoSnapshots:
    if not settings.snapshot_to:
        return NoSnapshots()
    writer = FileWriter(settings.snapshot_to, inbox.put)
    return Snapshots(screen.panel, round(settings.snapshot_s * SECOND), writer.write)


def _framebuffer(
    find: Callable[[], Framebuffer], settings: ScreenSettings, reports: Reports
) -> tuple[Framebuffer, bool]:
    """Open the screen; where one is missed that is told, and memory takes its place. Return whether it is missed."""
    try:
        return find(), False
    except Unavailable as error:
        reports.send(Trouble(error.code, error.detail))
        return Memory(settings.width, settings.height), True


def _can_open(find: Callable[[], Framebuffer]) -> bool:
    """Return whether a screen can be opened now; it is given back."""
    try:
        find().close()
    except Unavailable:
        return False
    return True


def main(arguments: Sequence[str]) -> int:
    """Serve the agent at the other end of the two descriptors; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m firmware_py.board.output", description=__doc__)
    parser.add_argument("--in", type=int, required=True, dest="orders", metavar="FD", help="orders are read here")
    parser.add_argument("--out", type=int, required=True, dest="reports", metavar="FD", help="reports go here")
    parser.add_argument("--connectors", type=Path, default=CONNECTORS, metavar="DIR", help="where monitors are found")
    chosen = parser.parse_args(arguments)
    ends_with_the_agent()
    keep_small(arenas=2)
    orders, reports = Orders(chosen.orders), Reports(chosen.reports)
    setup = orders.first()
    if not isinstance(setup, BoardSetup):
        raise Malformed(f"the first message must be a BoardSetup, not {type(setup).__name__}")
    try:
        return serve(setup, orders, reports, chosen.connectors)
    except Unavailable as error:
        reports.send(Trouble(error.code, error.detail))
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
