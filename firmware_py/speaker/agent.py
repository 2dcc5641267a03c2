"""The loudspeaker's agent, put together by hand: which link, which stores, which output."""

from __future__ import annotations

import sys
from pathlib import Path

from firmware_py.core.decide import Volumes
from firmware_py.core.messages import SpeakerSetup
from firmware_py.core.settings import SpeakerSettings
from firmware_py.core.state import nobody
from firmware_py.core.timeline import SOUND
from firmware_py.core.trust import Identity
from firmware_py.link.crypto.signing import verify
from firmware_py.link.folder import Folder
from firmware_py.link.province import Caller, Province, open_source, read_keyring
from firmware_py.runtime.agent import Plan, run
from firmware_py.runtime.clock import SystemClock
from firmware_py.runtime.ports import Died, NoLink, Post, Reach
from firmware_py.runtime.probe import ProbeRunner
from firmware_py.store.landing import Landing
from firmware_py.store.opening import Stores, open_stores

CHANNELS = (SOUND,)
OUTPUT = (sys.executable, "-P", "-m", "firmware_py.speaker.output")
PROBES = {"audio": (sys.executable, "-P", "-m", "firmware_py.speaker.probe")}
PROBE_TIMEOUT_S = 240.0
PROBE_MEMORY_MB = 512


def main(settings: SpeakerSettings, clock: SystemClock) -> int:
    """Run the agent until it is told to stop; return the exit status."""
    reports = settings.link.kind != "folder"
    stores = open_stores(Path(settings.device.state_dir), settings.store, clock.now().wall_us, reports=reports)
    prober = ProbeRunner(PROBES, timeout_s=PROBE_TIMEOUT_S, memory_mb=PROBE_MEMORY_MB)
    return run(
        Plan(
            device=settings.device,
            clock_settings=settings.clock,
            hours=settings.hours,
            volumes=Volumes(settings.sound.volume_pct, settings.hours.alert_max_pct),
            channels=CHANNELS,
            output_command=OUTPUT,
            output_setup=SpeakerSetup(settings.sound),
            shelf=stores.content,
            documents=stores.documents,
            prober=prober,
            journal=stores.journal,
            words=stores.words,
            poll_s=settings.link.poll_s,
            last_no=stores.journal.last_no(),
            unfinished=stores.unfinished,
            clock=clock,
            product="speaker",
            open_link=lambda *how: _reach(settings, stores, *how),
            remembered=stores.journal.remembered(clock.now().wall_us),
            keyring=read_keyring(Path(settings.link.keyring)) if settings.link.broker else None,
            check=verify if settings.link.broker else nobody,
            heartbeat_s=settings.link.heartbeat_s,
        )
    )


def _reach(settings: SpeakerSettings, stores: Stores, post: Post, died: Died, connection: int, boot_id: str) -> Reach:
    """Return the way to the source system: a folder, or a province."""
    device, broker = settings.device, settings.link.broker
    if settings.link.kind == "folder" or broker is None:
        return Reach(NoLink(), Folder(Path(settings.link.path)))
    landing = Landing(stores.content, Path(device.state_dir) / "incoming")
    source = open_source(broker, landing, stores.documents.active())
    caller = Caller(Identity(device.id, device.areas), boot_id, connection)
    return Reach(Province(broker, caller, source, post, died), source)
