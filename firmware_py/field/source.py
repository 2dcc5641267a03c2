"""`ttcs source [DIR]`: a source system on a desk: broker, content server, keys and a journal of all boxes."""

from __future__ import annotations

import argparse
import logging
import signal
from datetime import datetime
from pathlib import Path
from types import FrameType

from firmware_py.core.errors import Unavailable
from firmware_py.core.wire import read_area
from firmware_py.field import arguments as typed
from firmware_py.field.province.making import make, new_facts
from firmware_py.field.province.place import DEFAULT, HTTPS_PORT, MQTT_PORT, Facts, Place
from firmware_py.field.province.service import Service, wall_us
from firmware_py.store.lock import ProcessLock

NAME, AREA = "Kon Tum", "62"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("dir", type=Path, nargs="?", default=DEFAULT, metavar="DIR", help="default: ./province")
    first = "; counts when DIR is made"
    parser.add_argument(
        "--bind", default="127.0.0.1", metavar="ADDRESS", help="where to listen; 0.0.0.0: for all" + first
    )
    parser.add_argument("--host", default="", metavar="NAME", help="name or address by which boxes reach it" + first)
    parser.add_argument("--name", default=NAME, metavar="NAME", help="of the province" + first)
    area = f"code of an area that its alerts reach, with all below it (default {AREA}); may be repeated"
    parser.add_argument("--area", action="append", type=typed.by(read_area), metavar="CODE", help=area + first)
    parser.add_argument(
        "--mqtt-port", type=typed.by(read_port), default=MQTT_PORT, metavar="N", help="0: a free one" + first
    )
    parser.add_argument(
        "--https-port", type=typed.by(read_port), default=HTTPS_PORT, metavar="N", help="0: a free one" + first
    )


def main(options: argparse.Namespace) -> int:
    """Run the source until Ctrl-C or SIGTERM; return 0 then."""
    place = Place(options.dir.resolve())
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    if not place.is_made:
        areas = tuple(dict.fromkeys(options.area or (AREA,)))
        ports = (options.mqtt_port, options.https_port)
        make(place, new_facts(options.name, areas, options.bind, options.host, *ports), wall_us())
    lock = _lock(place)
    asked = _Asked()
    try:
        with Service(place, tell) as service:
            _introduce(options.dir, place.facts())
            service.run_until(asked.yet)
    finally:
        lock.close()
    print("ended", flush=True)
    return 0


def read_port(text: str) -> int:
    """Return the number of a port, 0 for any; raise ValueError."""
    if not text.isdecimal() or int(text) > 65_535:
        raise ValueError(f"{text[:20]!r} is no port; give 1 to 65535, or 0 for a free one")
    return int(text)


def _lock(place: Place) -> ProcessLock:
    try:
        return ProcessLock(place.root / "source.lock")
    except Unavailable as error:
        what = f"{place.root}: a source runs here already; end it, or name another directory"
        raise Unavailable(error.code, what) from error


class _Asked:
    """Whether the source was asked to end."""

    def __init__(self) -> None:
        self._asked = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True

    def yet(self) -> bool:
        """Return whether it was."""
        return self._asked


def tell(line: str) -> None:
    """Print what happened, with the time of day."""
    print(f"{datetime.now().astimezone():%H:%M:%S} {line}", flush=True)


def _introduce(directory: Path, facts: Facts) -> None:
    print(f"{facts.name}: broker {facts.host}:{facts.mqtt_port}, content {facts.origin}, areas {' '.join(facts.areas)}")
    print("In another terminal:")
    for product in ("speaker", "board"):
        print(f"  ttcs enrol {directory} {product} --out box-{product}")
        print(f"  ttcs run {product} --config box-{product}/{product}.toml")
    print(f"  ttcs send schedule config/demo/feed/schedule.json --province {directory}")
    print(f"  ttcs send alert --event 'Lũ quét' --text vi='Di chuyển lên chỗ cao.' --province {directory}")
    print(f"  ttcs watch --province {directory}")
    print("Ctrl-C ends all.", flush=True)
