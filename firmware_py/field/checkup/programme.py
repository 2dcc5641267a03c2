"""What is to go out: the next items of the schedule, what is held back, files that are missing."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from firmware_py.core.errors import Code
from firmware_py.core.overview import CLOCK_UNCERTAIN, Instead, OnAir
from firmware_py.core.units import WallUs, to_datetime
from firmware_py.field.checkup.agent import running
from firmware_py.field.checkup.finding import Box, Finding, bad, doubtful, good

REMEDIES = {
    CLOCK_UNCERTAIN: "see «clock» here",
    Code.QUIET_HOURS: "move the slot, or shorten hours.quiet, if it is to be heard",
    Code.CONTENT_MISSING: "put the file where the schedule says",
    Code.CONTENT_PENDING: "wait until it has been fetched and checked",
    Code.CONTENT_MISMATCH: "copy the file again, or mend its sha256 in the schedule",
    Code.CONTENT_UNREADABLE: "save the file anew, in a usual format",
}


def look(box: Box) -> Iterator[Finding]:
    """Yield what the agent will do next, and what it does not do; nothing when it does not run."""
    status = running(box)
    if status is None:
        return
    zone = ZoneInfo(box.settings.device.timezone)
    if not status.version:
        yield doubtful("schedule", "there is none", "send one, or put schedule.json into the folder of link.path")
    held = dict.fromkeys(each for channel in status.on_air for each in channel.instead)
    yield from (_held(each) for each in held)
    for channel in status.on_air:
        yield from _coming(channel, zone)


def _held(held: Instead) -> Finding:
    what = "the schedule" if held.what == "*" else held.what
    if held.why.startswith("behind "):
        return good("schedule", f"{what} waits {held.why}")
    remedy = REMEDIES.get(held.why, "the log of the agent says more")
    level = bad if held.why == CLOCK_UNCERTAIN or held.why.startswith("content_") else doubtful
    return level("schedule", f"{what} does not go out: {held.why}", remedy)


def _coming(channel: OnAir, zone: ZoneInfo) -> Iterator[Finding]:
    for each in channel.coming:
        yield good("schedule", f"{_clock(each.start_us, zone)} {channel.channel}: {each.title} ({each.slot_id})")


def _clock(at_us: WallUs, zone: ZoneInfo) -> str:
    return to_datetime(at_us).astimezone(zone).strftime("%d/%m %H:%M:%S")
