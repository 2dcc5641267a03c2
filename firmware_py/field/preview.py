"""`ttcs preview F`: what a board would show at an instant, drawn by the board's own parts, as a PNG."""

from __future__ import annotations

import argparse
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

from firmware_py.board.preview import render_png
from firmware_py.core.decide import Play, decide
from firmware_py.core.feeds import line
from firmware_py.core.messages import BoardSetup, Item, NoticeText
from firmware_py.core.model import FORM_OF, Schedule
from firmware_py.core.settings import Hours, Screen, ThemeName
from firmware_py.core.timeline import MAIN, SIDE, TICKER, Channel, build
from firmware_py.core.units import WallUs, from_datetime, to_datetime
from firmware_py.core.windows import Playable, Skip
from firmware_py.field import arguments as typed
from firmware_py.field.check import load_schedule
from firmware_py.field.schedule import standing
from firmware_py.field.sheet import Moment, write_sheet


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("file", type=Path, help="schedule (.json)")
    parser.add_argument("--size", type=_size, default=(1920, 1080), metavar="WxH", help="panel in pixels")
    at = "ISO instant with offset; default now. A sheet takes several"
    parser.add_argument("--at", type=typed.instant, action="append", default=[], metavar="T", help=at)
    parser.add_argument("--theme", choices=get_args(ThemeName), default="dark", help="colours")
    parser.add_argument("--name", default="Bảng tin xã", help="name in the header")
    written = parser.add_mutually_exclusive_group()
    written.add_argument("-o", "--output", type=Path, default=Path("board.png"), metavar="PNG", help="file to write")
    written.add_argument("--sheet", type=Path, metavar="DIR", help="all usual panels in all layouts, and as alerts")


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{2,5})x(\d{2,5})", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no size; write it like 384x192")
    width, height = int(match[1]), int(match[2])
    if not (16 <= width <= 8192 and 16 <= height <= 8192):
        raise argparse.ArgumentTypeError(f"{text!r} is no panel; sides go from 16 to 8192")
    return width, height


def main(options: argparse.Namespace) -> int:
    """Write the picture and say where."""
    schedule = load_schedule(options.file)
    zone = ZoneInfo(schedule.timezone)
    instants = options.at or [from_datetime(datetime.now(zone))]
    shown = (bulletin for bulletin in schedule.bulletins if bulletin.kind in MAIN.kinds | TICKER.kinds)
    known = {bulletin.id: standing(bulletin, options.file.parent) for bulletin in shown}
    moments = [Moment(at_us, _on_air(schedule, known, zone, at_us)) for at_us in instants]
    setup = BoardSetup(Screen(theme=options.theme), options.name, schedule.timezone)
    try:
        if options.sheet is not None:
            *_, written = write_sheet(setup, moments, options.sheet)
        else:
            written = options.output
            render_png(setup, moments[0].items, moments[0].at_us, options.size, written)
    except OSError as error:
        what = f"cannot be written: {error.strerror}; name another place with -o or --sheet"
        print(f"ttcs: {options.sheet or options.output}: {what}", file=sys.stderr)
        return 1
    print(written)
    return 0


def _on_air(
    schedule: Schedule, known: dict[str, Playable | Skip], zone: ZoneInfo, at_us: WallUs
) -> dict[str, Item | None]:
    """Return the items of a board's channels at an instant."""
    day = to_datetime(at_us).astimezone(zone).date()
    items: dict[str, Item | None] = {}
    for channel in (MAIN, SIDE, TICKER):
        timeline = build(schedule, channel, known, Hours(), zone, day)
        items[channel.name] = _item(channel, decide(timeline, (), at_us).on_air)
    return items


def _item(channel: Channel, play: Play | None) -> Item | None:
    if play is None:
        return None
    bulletin = play.what.bulletin
    return Item(
        no=1,
        channel=channel.name,
        bulletin_id=bulletin.id,
        kind=FORM_OF[bulletin.kind],
        title=bulletin.title,
        start_us=play.start_us,
        start_mono_us=0,
        duration_us=play.end_us - play.start_us,
        path=play.what.path,
        text=line(play.what.text) if channel is TICKER and play.what.text else play.what.text or bulletin.text,
        language=bulletin.language,
        translations=tuple(NoticeText(each.language, each.title, each.text) for each in bulletin.translations),
        fit=bulletin.fit,
        layout=bulletin.layout,
        flow=bulletin.flow,
        align=bulletin.align,
        emphasis=bulletin.emphasis,
    )
