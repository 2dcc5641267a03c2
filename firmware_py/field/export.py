"""`ttcs export --config F -o FILE`: what a box has done, for a memory stick when there is no network.

The file has a batch a line, in the form in which batches are published and posted; `ttcs take` brings it to a source.
What was exported still waits in the box: the source knows each event by its number, so twice is once.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from firmware_py.core.codec import to_json
from firmware_py.core.reports import MAX_BATCH, Batch, Event
from firmware_py.runtime.config import kind_of, load_config
from firmware_py.store.durable import disk, new_file, write_all
from firmware_py.store.opening import JOURNAL
from firmware_py.store.reading import Reader, read_journal


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--config", type=Path, required=True, metavar="F", help="config file of the box")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="where to write")
    parser.add_argument("--all", action="store_true", help="everything in the journal, not only what waits")


def main(options: argparse.Namespace) -> int:
    """Write the batches; return 0."""
    settings = load_config(kind_of(options.config), options.config)
    everything = options.all or settings.link.kind == "folder"
    with read_journal(Path(settings.device.state_dir) / JOURNAL) as journal:
        count = _write(options.output, _batches(journal, settings.device.id, everything=everything))
    print(f"{options.output}: {count} events of {settings.device.id}", file=sys.stderr)
    return 0


def _batches(journal: Reader, device: str, *, everything: bool) -> Iterator[Batch]:
    # Numbered anew, so under a name of their own: they must not be taken for the events that wait.
    epoch = f"{journal.epoch}-all" if everything else journal.epoch
    for events in _grouped(journal.everything() if everything else journal.waiting()):
        yield Batch(device, epoch, events)


def _grouped(events: Iterable[Event]) -> Iterator[tuple[Event, ...]]:
    rest = iter(events)
    while group := tuple(islice(rest, MAX_BATCH)):
        yield group


def _write(path: Path, batches: Iterator[Batch]) -> int:
    """Write the file, whole or not at all; return how many events are in it."""
    part, count = path.with_name(f"{path.name}.part"), 0
    with disk(path):
        with new_file(part) as descriptor:
            for batch in batches:
                write_all(descriptor, to_json(batch) + b"\n")
                count += len(batch.events)
        part.replace(path)
    return count
