"""The loudspeaker's agent, put together by hand: which link, which stores, which output."""

from __future__ import annotations

import sys
from pathlib import Path

from firmware_py.core.amplifier import Terms
from firmware_py.core.decide import Volumes
from firmware_py.core.messages import SpeakerSetup
from firmware_py.core.settings import Power, SpeakerSettings
from firmware_py.core.timeline import OVER, SOUND
from firmware_py.core.units import SECOND
from firmware_py.runtime.agent import Plan, run
from firmware_py.runtime.clock import SystemClock
from firmware_py.runtime.probe import ProbeRunner
from firmware_py.runtime.switch import NoSwitch, OpenSwitch, SwitchProcess
from firmware_py.store.opening import open_stores
from firmware_py.wiring.reach import ways_of

CHANNELS = (SOUND, OVER)
OUTPUT = (sys.executable, "-P", "-m", "firmware_py.speaker.output")
SWITCH = (sys.executable, "-P", "-m", "firmware_py.speaker.power.process")
PROBE = (sys.executable, "-P", "-m", "firmware_py.speaker.probe")
PROBES = {"audio": PROBE, "relay": PROBE}
PROBE_TIMEOUT_S = 240.0
PROBE_MEMORY_MB = 512


def main(settings: SpeakerSettings, clock: SystemClock) -> int:
    """Run the agent until it is told to stop; return the exit status."""
    reports = settings.link.kind != "folder"
    stores = open_stores(Path(settings.device.state_dir), settings.store, clock.now().wall_us, reports=reports)
    prober = ProbeRunner(PROBES, timeout_s=PROBE_TIMEOUT_S, memory_mb=PROBE_MEMORY_MB)
    ways = ways_of(settings.device, settings.link, stores)
    return run(
        Plan(
            device=settings.device,
            clock_settings=settings.clock,
            hours=settings.hours,
            volumes=Volumes(settings.sound.volume_pct, settings.hours.alert_max_pct),
            channels=CHANNELS,
            output_command=OUTPUT,
            output_setup=SpeakerSetup(settings.sound, settings.relay),
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
            link=settings.link.kind,
            open_link=ways.open_link,
            remembered=stores.journal.remembered(clock.now().wall_us),
            keyring=ways.keyring,
            check=ways.check,
            heartbeat_s=settings.link.heartbeat_s,
            self_test=settings.self_test,
            modem=settings.modem,
            mains=settings.mains,
            origins=frozenset(settings.relay.origins),
            amplifier=_terms(settings.amplifier),
            open_switch=_switch(settings.amplifier),
        )
    )


def _terms(power: Power) -> Terms | None:
    if power.driver == "none":
        return None
    times_s = (power.warm_up_s, power.hold_s, power.max_on_s, power.rest_s)
    return Terms(*(round(seconds * SECOND) for seconds in times_s))


def _switch(power: Power) -> OpenSwitch:
    if power.driver == "none":
        return NoSwitch
    return lambda post: SwitchProcess(SWITCH, power, post)
