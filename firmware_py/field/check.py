"""`ttcs check F`: every fault of a config file, or of a schedule and its media, with place and remedy."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterator
from pathlib import Path

from firmware_py.board import agent as board
from firmware_py.board.glyphs import FontChain
from firmware_py.board.letters import unreadable
from firmware_py.core.content import Facts, Flaw
from firmware_py.core.errors import Code, Problem, Refused, Unavailable, Unplayable
from firmware_py.core.model import MAX_DOCUMENT_BYTES, Bulletin, Content, Kind, Schedule, read_schedule
from firmware_py.field import faults
from firmware_py.link.folder import Folder
from firmware_py.runtime.config import kind_of, load_config
from firmware_py.runtime.probe import ProbeRunner
from firmware_py.speaker import agent as speaker


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("file", type=Path, help="config (.toml) or schedule (.json)")


def main(options: argparse.Namespace) -> int:
    """Print every fault, or that there is none; return 0 when there is none."""
    problems = tuple(_problems(options.file))
    faults.show(str(options.file), problems)
    print(f"{options.file}: {_counted(problems)}" if problems else f"{options.file}: no faults")
    return 1 if problems else 0


def _counted(problems: tuple[Problem, ...]) -> str:
    return "1 fault" if len(problems) == 1 else f"{len(problems)} faults"


def _problems(path: Path) -> Iterator[Problem]:
    try:
        if path.suffix == ".toml":
            load_config(kind_of(path), path)
            return
        schedule = load_schedule(path)
    except Refused as refusal:
        yield from refusal.problems
        return
    yield from _letters(schedule)
    yield from _media(schedule, path.parent)


def _letters(schedule: Schedule) -> Iterator[Problem]:
    """Yield what a board could not show of the texts; nothing on a machine without the board's fonts."""
    try:
        chain = FontChain()
    except Unavailable:
        return
    for index, bulletin in enumerate(schedule.bulletins):
        if bulletin.kind is not Kind.TEXT:
            continue
        texts = [(bulletin.title, bulletin.text), *((each.title, each.text) for each in bulletin.translations)]
        for title, text in texts:
            for code, detail in unreadable(f"{title}\n{text}", chain):
                yield Problem(f"bulletins[{index}]", f"{code}: {detail}")


def load_schedule(path: Path) -> Schedule:
    """Return the schedule in a file; raise `Refused` with every fault that it has."""
    try:
        with path.open("rb") as file:
            return read_schedule(file.read(MAX_DOCUMENT_BYTES + 1), str(path))
    except OSError as error:
        problem = Problem(str(path), f"cannot be read: {error.strerror}", "check the name and the permissions")
        raise Refused(str(path), (problem,)) from error


def _media(schedule: Schedule, folder: Path) -> Iterator[Problem]:
    source, prober = Folder(folder), prober_of_all()
    for index, bulletin in enumerate(schedule.bulletins):
        found = inspect(bulletin, source, prober) if bulletin.content else None
        if isinstance(found, Flaw):
            yield Problem(f"bulletins[{index}].content[0]", f"{found.code}: {found.detail}")


def inspect(bulletin: Bulletin, source: Folder, prober: ProbeRunner) -> Facts | Flaw:
    """Return what a box would find of the one file of a bulletin: that it can be used, or why not."""
    content = bulletin.content[0]
    try:
        path = source.resolve(content.path)
        _hold(content, path)
    except Unplayable as error:
        return Flaw(error.code, error.detail)
    except OSError as error:
        what = f"{content.path}: cannot be read ({error.strerror}); check the permissions"
        return Flaw(Code.CONTENT_UNREADABLE, what)
    return prober.probe(bulletin.kind, path, content.sha256 or "")


def _hold(content: Content, path: Path) -> None:
    """Raise `Unplayable` when a file is not the one that the document means."""
    if not path.is_file():
        what = f"{content.path}: is not there; put the file into the folder, or mend the path"
        raise Unplayable(Code.CONTENT_MISSING, what)
    size, remedy = path.stat().st_size, "copy the file again, or mend the document"
    if content.size not in (None, size):
        what = f"{content.path}: has {size} bytes, the document says {content.size}; {remedy}"
        raise Unplayable(Code.CONTENT_MISMATCH, what)
    if content.sha256 not in (None, _sha256(path)):
        what = f"{content.path}: has not the SHA-256 that the document says; {remedy}"
        raise Unplayable(Code.CONTENT_MISMATCH, what)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def prober_of_all() -> ProbeRunner:
    """Return a prober for every kind of content."""
    return ProbeRunner({**speaker.PROBES, **board.PROBES}, timeout_s=speaker.PROBE_TIMEOUT_S, memory_mb=1024)
