"""`ttcs schedule F`: what would be on air when, from the very function that decides it on the box."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from firmware_py.core.codec import to_json
from firmware_py.core.content import Flaw
from firmware_py.core.feeds import Entry, written_out
from firmware_py.core.model import TIMED, Bulletin, Kind, Schedule
from firmware_py.core.settings import Hours
from firmware_py.core.streams import origin_of
from firmware_py.core.timeline import MAIN, OVER, SIDE, SOUND, TICKER, Timeline, build
from firmware_py.core.units import DAY, SECOND, WallUs, from_datetime, to_datetime
from firmware_py.core.windows import Playable, Skip, Window
from firmware_py.field import arguments as typed
from firmware_py.field.check import inspect, load_schedule, prober_of_all
from firmware_py.link.folder import Folder

CHANNELS = (SOUND, OVER, MAIN, SIDE, TICKER)


@dataclass(frozen=True, slots=True)
class Row:
    """One span of one channel: what is on air, or what is withheld and why."""

    channel: str
    start: str
    end: str
    rank: str
    slot: str
    bulletins: tuple[str, ...]
    withheld: str


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("file", type=Path, help="schedule (.json)")
    parser.add_argument("--at", metavar="YYYY-MM-DD", type=typed.day, default=None, help="first day; default today")
    parser.add_argument("--days", type=int, default=1, metavar="N", help="how many days (1 to 31)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def main(options: argparse.Namespace) -> int:
    """Print the programme of the days, channel by channel."""
    if not 1 <= options.days <= 31:
        print("ttcs: --days goes from 1 to 31", file=sys.stderr)
        return 2
    schedule = load_schedule(options.file)
    known = {bulletin.id: standing(bulletin, options.file.parent) for bulletin in schedule.bulletins}
    zone = ZoneInfo(schedule.timezone)
    first = options.at or datetime.now(zone).date()
    for index in range(options.days):
        for row in _day(schedule, known, zone, first + timedelta(days=index)):
            print(to_json(row).decode() if options.json else _line(row))
    return 0


def standing(bulletin: Bulletin, folder: Path) -> Playable | Skip:
    """Return whether a bulletin could go out, from its file beside the schedule."""
    if bulletin.kind is Kind.FEED:
        return Playable(bulletin, bulletin.shown_us, text=_stand_in(bulletin))
    if bulletin.data:
        return Playable(bulletin, bulletin.shown_us, text=f"(số liệu: {bulletin.data})")
    if not bulletin.content or bulletin.kind is Kind.RELAY:
        return Playable(bulletin, bulletin.shown_us)
    found = inspect(bulletin, Folder(folder), prober_of_all())
    if isinstance(found, Flaw):
        return Skip(bulletin.id, found.code)
    duration_us = found.duration_us if bulletin.kind in TIMED else bulletin.shown_us
    return Playable(bulletin, duration_us, found.path)


def _stand_in(bulletin: Bulletin) -> str:
    """Return what stands for a feed, of which nothing is known without its server."""
    title = f"(tin từ {origin_of(bulletin.source or '')})"
    entries = tuple(Entry(f"{no}. {title}", "…") for no in range(1, bulletin.entries + 1))
    return written_out(entries, bulletin.entries, bulletin.parts)


def _day(schedule: Schedule, known: dict[str, Playable | Skip], zone: ZoneInfo, day: date) -> Iterator[Row]:
    start_us = from_datetime(datetime(day.year, day.month, day.day, tzinfo=zone))
    for channel in CHANNELS:
        timeline = build(schedule, channel, known, Hours(), zone, day)
        for window, from_us, to_us in _windows(timeline, start_us, start_us + DAY):
            yield _row(channel.name, window, _local(from_us, zone), _local(to_us, zone))


def _windows(timeline: Timeline, start_us: WallUs, end_us: WallUs) -> Iterator[tuple[Window, WallUs, WallUs]]:
    for segment in (*timeline.on_air, *timeline.withheld):
        from_us, to_us = max(segment.start_us, start_us), min(segment.end_us, end_us)
        if segment.window and from_us < to_us:
            yield segment.window, from_us, to_us


def _row(channel: str, window: Window, start: str, end: str) -> Row:
    titles = tuple(part.bulletin.title or part.bulletin.id for part in window.lineup.parts)
    passed = tuple(f"{skip.bulletin_id} ({skip.code})" for skip in window.skipped)
    return Row(
        channel, start, end, window.rank.name.lower(), window.owner, titles, window.withheld or ", ".join(passed)
    )


def _local(at_us: WallUs, zone: ZoneInfo) -> str:
    return to_datetime(at_us - at_us % SECOND).astimezone(zone).isoformat()


def _line(row: Row) -> str:
    day, start, end = row.start[:10], row.start[11:19], row.end[11:19]
    text = f"{day} {start}-{end}  {row.channel:7} {row.rank:9} {row.slot}: {', '.join(row.bulletins)}"
    return f"{text}  [withheld or passed over: {row.withheld}]" if row.withheld else text
