"""`ttcs watch`: the boxes of a province as they are now, and what they did last."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from firmware_py.core.codec import to_json
from firmware_py.field.province.book import Book
from firmware_py.field.province.lines import event_line
from firmware_py.field.province.place import DEFAULT, Place
from firmware_py.field.province.table import last_events, standings, table

EVERY_S = 1.0
CLEAR = "\x1b[H\x1b[J"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--province", type=Path, default=DEFAULT, metavar="DIR", help="default: ./province")
    parser.add_argument("--json", action="store_true", help="a line for each box that has changed and each new event")
    parser.add_argument("--seconds", type=float, default=None, metavar="N", help="end after N seconds; default: Ctrl-C")


def main(options: argparse.Namespace) -> int:
    """Show the table until Ctrl-C: on a terminal drawn anew, else once, followed by a line for each event."""
    place = Place(options.province.resolve())
    place.facts()
    show = _json_lines if options.json else _screens if sys.stdout.isatty() else _lines
    try:
        with Book(place.book) as book:
            for text in show(book, options.seconds):
                print(text, end="", flush=True)
    except KeyboardInterrupt:
        pass
    return 0


def _screens(book: Book, seconds: float | None) -> Iterator[str]:
    for _ in _beats(seconds):
        yield CLEAR + "\n".join((*table(standings(book)), "", *last_events(book), ""))


def _lines(book: Book, seconds: float | None) -> Iterator[str]:
    seen = book.last_arrival()
    yield "\n".join((*table(standings(book)), "", *last_events(book), ""))
    for _ in _beats(seconds):
        for row in book.events(seen):
            seen = row.arrival
            yield event_line(row.device, row.kind, row.body) + "\n"


def _json_lines(book: Book, seconds: float | None) -> Iterator[str]:
    seen, known = book.last_arrival(), dict[str, bytes]()
    for _ in _beats(seconds):
        for box in standings(book):
            line = to_json({"box": box})
            if known.get(box.id) != line:
                known[box.id] = line
                yield line.decode() + "\n"
        for row in book.events(seen):
            seen = row.arrival
            yield to_json({"event": {"device": row.device, row.kind: row.body}}).decode() + "\n"


def _beats(seconds: float | None) -> Iterator[None]:
    begin_s = time.monotonic()
    while seconds is None or time.monotonic() < begin_s + seconds:
        yield None
        time.sleep(EVERY_S if seconds is None else max(0.0, min(EVERY_S, begin_s + seconds - time.monotonic())))
