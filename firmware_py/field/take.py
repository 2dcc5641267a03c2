"""`ttcs take FILE`: brings to a source what a box has written to a memory stick with `ttcs export`."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from firmware_py.core.codec import from_json
from firmware_py.core.errors import Code, Malformed, Unavailable
from firmware_py.field.province.book import Book
from firmware_py.field.province.ingest import Ingest
from firmware_py.field.province.place import DEFAULT, Place
from firmware_py.field.province.service import wall_us
from firmware_py.field.province.signer import Signer

_log = logging.getLogger(__name__)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("file", type=Path, help="made by `ttcs export`")
    parser.add_argument("--province", type=Path, default=DEFAULT, metavar="DIR", help="default: ./province")


def main(options: argparse.Namespace) -> int:
    """Keep every event of the file that the source does not have yet; return 0, or 1 for a file with a bad line."""
    place = Place(options.province)
    place.facts()
    with Book(place.book) as book:
        before = book.last_arrival()
        ingest = Ingest(book, Signer.load(place.root), wall_us, _log.info)
        for number, line in enumerate(_lines(options.file), 1):
            _take(ingest, f"{options.file}:{number}", line)
        print(f"{options.file}: {book.last_arrival() - before} new events")
    return 0


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().splitlines()
    except OSError as error:
        raise Unavailable(Code.FOLDER_UNREADABLE, f"{path}: cannot be read ({error.strerror})") from error


def _take(ingest: Ingest, where: str, line: bytes) -> None:
    try:
        device = from_json(line)["device"]
        ingest.take_backlog(device, line)
    except (Malformed, KeyError, TypeError) as error:
        what = f"{where}: is no batch of events ({error}); export it again"
        raise Unavailable(Code.DOCUMENT_REFUSED, what) from error
