"""The bulletin board's agent, put together by hand: which link, which stores, which output."""

from __future__ import annotations

import sys
from pathlib import Path

from firmware_py.board.webfeed.reader import FeedProcess
from firmware_py.core.decide import Volumes
from firmware_py.core.messages import BoardSetup
from firmware_py.core.panel import Terms
from firmware_py.core.panel_settings import Panel
from firmware_py.core.settings import BoardSettings, FilmHours, Hours, VolumeCap
from firmware_py.core.timeline import MAIN, SIDE, TICKER
from firmware_py.runtime.agent import Plan, run
from firmware_py.runtime.clock import SystemClock
from firmware_py.runtime.feeds import Feeds, NoFeeds, OpenFeeds
from firmware_py.runtime.panel import NoPanelSwitch, OpenPanelSwitch, PanelProcess
from firmware_py.runtime.probe import ProbeRunner
from firmware_py.store.feeds import FeedStore
from firmware_py.store.opening import open_stores
from firmware_py.wiring.reach import ways_of

CHANNELS = (MAIN, SIDE, TICKER)
OUTPUT = (sys.executable, "-P", "-m", "firmware_py.board.output")
PANEL = (sys.executable, "-P", "-m", "firmware_py.board.panel.process")
PROBES = {
    "image": (sys.executable, "-P", "-m", "firmware_py.board.probe"),
    "video": (sys.executable, "-P", "-m", "firmware_py.board.video.probe"),
}
PROBE_TIMEOUT_S = 60.0
PROBE_MEMORY_MB = 768


def main(settings: BoardSettings, clock: SystemClock) -> int:
    """Run the agent until it is told to stop; return the exit status."""
    device = settings.device
    reports = settings.link.kind != "folder"
    stores = open_stores(Path(device.state_dir), settings.store, clock.now().wall_us, reports=reports)
    prober = ProbeRunner(PROBES, timeout_s=PROBE_TIMEOUT_S, memory_mb=PROBE_MEMORY_MB)
    ways = ways_of(settings.device, settings.link, stores, figures=True)
    return run(
        Plan(
            device=device,
            clock_settings=settings.clock,
            hours=hours_of(settings.hours),
            volumes=Volumes(usual_pct=settings.sound.volume_pct),
            channels=CHANNELS,
            output_command=OUTPUT,
            output_setup=BoardSetup(settings.screen, device.name, device.timezone, clock.offset_us, settings.sound),
            shelf=stores.content,
            documents=stores.documents,
            prober=prober,
            journal=stores.journal,
            words=stores.words,
            poll_s=settings.link.poll_s,
            last_no=stores.journal.last_no(),
            unfinished=stores.unfinished,
            clock=clock,
            product="board",
            link=settings.link.kind,
            open_link=ways.open_link,
            remembered=stores.journal.remembered(clock.now().wall_us),
            keyring=ways.keyring,
            check=ways.check,
            heartbeat_s=settings.link.heartbeat_s,
            modem=settings.modem,
            mains=settings.mains,
            feed_origins=frozenset(settings.feeds.origins),
            open_feeds=_feeds(settings, clock),
            panel=_terms(settings.panel),
            open_panel_switch=_panel_switch(settings.panel),
        )
    )


def _feeds(settings: BoardSettings, clock: SystemClock) -> OpenFeeds:
    """Return what follows web feeds, where the config names anybody's."""
    feeds = settings.feeds
    if not feeds.origins:
        return NoFeeds
    shelf = FeedStore(Path(settings.device.state_dir) / "feeds")
    return lambda post: Feeds(FeedProcess(feeds.answer_s, feeds.ca), shelf, feeds.period_s, clock, post)


def _terms(panel: Panel) -> Terms | None:
    """Return how the panel is to be treated; None where it is always on and nothing could dim it."""
    if panel.driver == "none" and not panel.dark:
        return None
    levels = tuple((level.hours, level.brightness_pct) for level in panel.levels)
    return Terms(panel.brightness_pct, panel.dark, levels)


def _panel_switch(panel: Panel) -> OpenPanelSwitch:
    if panel.driver == "none":
        return NoPanelSwitch
    return lambda post: PanelProcess(PANEL, panel, post)


def hours_of(limits: FilmHours) -> Hours:
    """Return the hours of a board: its quiet ones take the sound from a video and leave the picture."""
    return Hours(caps=(*limits.caps, *(VolumeCap(span, 0) for span in limits.quiet)))
