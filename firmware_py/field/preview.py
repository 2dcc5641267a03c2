"""`ttcs preview F`: what a board would show at an instant, drawn by the board's own parts, as a PNG."""

from __future__ import annotations

import argparse
import re
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from firmware_py.board.preview import render_png
from firmware_py.core.decide import Play, decide
from firmware_py.core.messages import BoardSetup, Item
from firmware_py.core.settings import Hours, Screen
from firmware_py.core.timeline import MAIN, TICKER, Channel, build
from firmware_py.core.units import from_datetime, to_datetime
from firmware_py.field import arguments as typed
from firmware_py.field.check import load_schedule
from firmware_py.field.schedule import standing


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("file", type=Path, help="schedule (.json)")
    parser.add_argument("--size", type=_size, default=(1920, 1080), metavar="WxH", help="panel in pixels")
    parser.add_argument(
        "--at", type=typed.instant, default=None, metavar="T", help="ISO instant with offset; default now"
    )
    parser.add_argument("--name", default="Bảng tin xã", help="name in the header")
    parser.add_argument("-o", "--output", type=Path, default=Path("board.png"), metavar="PNG", help="file to write")


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
    at_us = from_datetime(datetime.now(zone)) if options.at is None else options.at
    shown = (bulletin for bulletin in schedule.bulletins if bulletin.kind in MAIN.kinds | TICKER.kinds)
    known = {bulletin.id: standing(bulletin, options.file.parent) for bulletin in shown}
    day = to_datetime(at_us).astimezone(zone).date()
    items: dict[str, Item | None] = {}
    for channel in (MAIN, TICKER):
        timeline = build(schedule, channel, known, Hours(), zone, day)
        items[channel.name] = _item(channel, decide(timeline, (), at_us).on_air)
    setup = BoardSetup(Screen(), options.name, schedule.timezone)
    try:
        render_png(setup, items, at_us, options.size, options.output)
    except OSError as error:
        what = f"cannot be written: {error.strerror}; name another file with -o"
        print(f"ttcs: {options.output}: {what}", file=sys.stderr)
        return 1
    print(options.output)
    return 0


def _item(channel: Channel, play: Play | None) -> Item | None:
    if play is None:
        return None
    bulletin = play.what.bulletin
    return Item(
        no=1,
        channel=channel.name,
        bulletin_id=bulletin.id,
        kind=bulletin.kind.value,
        title=bulletin.title,
        start_us=play.start_us,
        start_mono_us=0,
        duration_us=play.end_us - play.start_us,
        path=play.what.path,
        text=bulletin.text,
        language=bulletin.language,
        fit=bulletin.fit,
    )
