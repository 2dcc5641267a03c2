"""`ttcs status --config F`: what the box is doing now, why this and not that, and what comes next.

It reads the file that the agent writes every second into its run directory, and asks nobody. Status 1 when the agent
does not run.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from firmware_py.core.codec import to_json
from firmware_py.core.overview import Coming, Instead, LastAlert, Link, OnAir, Status
from firmware_py.core.timeline import OVER, SIDE
from firmware_py.core.units import SECOND, DurationUs, WallUs, to_datetime
from firmware_py.field import arguments as typed
from firmware_py.runtime.agent import STATUS_FILE
from firmware_py.runtime.config import kind_of, load_config
from firmware_py.runtime.status import is_fresh, read_status

CHANNELS = {"sound": "loudspeaker", "over": "over it", "main": "board", "side": "beside it", "ticker": "ticker"}
OPTIONAL = (OVER.name, SIDE.name)
EVERY_S = 1.0
_CLEAR = "\x1b[H\x1b[2J"
_DAY_US: DurationUs = 20 * 3600 * SECOND


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--config", type=Path, required=True, metavar="F", help="config file of the box")
    parser.add_argument("--watch", action="store_true", help="again every second, until Ctrl-C")
    parser.add_argument("--seconds", type=typed.seconds, default=None, metavar="N", help="with --watch: for so long")
    parser.add_argument("--json", action="store_true", help="one JSON object a line, times in microseconds since 1970")


def main(options: argparse.Namespace) -> int:
    """Print the status once, or again and again; return 0 when the agent runs at the end, else 1."""
    device = load_config(kind_of(options.config), options.config).device
    path, zone, runs = Path(device.run_dir) / STATUS_FILE, ZoneInfo(device.timezone), False
    for _ in _beats(options):
        status, runs = read_status(path), is_fresh(path)
        absent = f"the agent does not run: there is no {path}"
        text = "\n".join(lines(status, zone, runs=runs)) if status else absent
        told = to_json(status).decode() if options.json else text
        print(_CLEAR + told if options.watch and sys.stdout.isatty() else told, flush=True)
    return 0 if runs else 1


def _beats(options: argparse.Namespace) -> Iterator[None]:
    end_s = time.monotonic() + (options.seconds or float("inf"))
    yield None
    while options.watch and time.monotonic() + EVERY_S < end_s:
        time.sleep(EVERY_S)
        yield None


def lines(status: Status, zone: tzinfo, *, runs: bool = True) -> Iterator[str]:
    """Yield a status as people read it, a fact a line."""
    when = _Times(status.at_us, zone)
    yield f"{status.name}: {when.clock(status.at_us)}, clock {status.clock}, schedule {status.version}"
    if not runs:
        yield f"  the agent does not run: this is what it said at {when.clock(status.at_us)}"
    if status.output != "ready":
        yield "  the output starts"
    if status.muted:
        yield "  muted by command"
    if status.paused_until_us > status.at_us:
        yield f"  paused by command until {when.clock(status.paused_until_us)}"
    for channel in status.on_air:
        if channel.title or channel.coming or channel.channel not in OPTIONAL:
            yield from _channel(channel, when)
    yield _link(status.link, when)
    yield from (_alert(alert, when) for alert in status.alerts)
    if status.faults:
        yield f"faults noted since it started: {status.faults}; they stand in the log, and in `ttcs export`"


class _Times:
    """Says instants as the people at the box do; the day only where it is another one."""

    def __init__(self, now_us: WallUs, zone: tzinfo) -> None:
        self._now_us, self._zone = now_us, zone

    def clock(self, at_us: WallUs) -> str:
        local = to_datetime(at_us).astimezone(self._zone)
        far = abs(at_us - self._now_us) > _DAY_US
        return local.strftime("%d/%m/%Y %H:%M:%S" if far else "%H:%M:%S")


def _channel(on_air: OnAir, when: _Times) -> Iterator[str]:
    name = CHANNELS[on_air.channel]
    if on_air.title:
        level = f", {on_air.mean_dbfs:.0f} dBFS" if on_air.channel == "sound" and on_air.played_us else ""
        span = f"{when.clock(on_air.since_us)} to {when.clock(on_air.until_us)}"
        yield f"{name}: {on_air.title} ({on_air.rank}, {on_air.slot_id}), {span}{level}"
    else:
        yield f"{name}: nothing"
    yield from (_instead(each, when) for each in on_air.instead)
    yield from (_coming(each, when) for each in on_air.coming)


def _instead(held: Instead, when: _Times) -> str:
    what = "the schedule" if held.what == "*" else held.what
    until = f", until {when.clock(held.until_us)}" if held.until_us else ""
    return f"  not {what}: {held.why}{until}"


def _coming(coming: Coming, when: _Times) -> str:
    return f"  {when.clock(coming.start_us)}  {coming.title} ({coming.rank}, {coming.slot_id})"


def _link(link: Link, when: _Times) -> str:
    if link.kind == "folder":
        return "link: a folder"
    since = f" since {when.clock(link.since_us)}" if link.since_us else ""
    answered = "" if link.answered or not link.up else "; the source has not answered yet"
    waiting = f"; {link.waiting} events wait for the source" if link.waiting else ""
    return f"link: {'connected' if link.up else 'not connected'}{since}{answered}{waiting}"


def _alert(alert: LastAlert, when: _Times) -> str:
    return f"alert {alert.id}: {alert.state}, came {when.clock(alert.received_us)}, until {when.clock(alert.until_us)}"
