"""A schedule on its way out: its media copied to the content server by hash, and named so in the document."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware_py.core.codec import from_json, to_json
from firmware_py.core.errors import Problem, Refused
from firmware_py.core.model import Content, Schedule, read_schedule
from firmware_py.field.province.place import Place, write_file
from firmware_py.link.folder import Folder
from firmware_py.store.durable import disk, move, new_file, write_all

CHUNK_BYTES = 256 * 1024
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")


@dataclass(frozen=True, slots=True)
class Published:
    """A file on the content server."""

    path: str
    sha256: str
    size: int


def publish_schedule(place: Place, file: Path) -> tuple[Published, Schedule]:
    """Put a schedule and the media beside it on the content server; return what boxes are to be pointed at.

    Raises `Refused` with every fault of the document, and with every file that is not there or is another than it says.
    """
    source = str(file)
    raw = _read(file)
    schedule = read_schedule(raw, source)
    paths = {content.path for bulletin in schedule.bulletins for content in bulletin.content}
    objects, problems = _publish_all(place, file.parent, sorted(paths))
    problems += _held_against(schedule, objects)
    if problems:
        raise Refused(source, tuple(problems))
    tree = _renamed(from_json(raw), objects)
    return publish_bytes(place, "schedules", to_json(tree), ".json"), schedule


def publish_bytes(place: Place, directory: str, data: bytes, suffix: str) -> Published:
    """Put bytes on the content server, by their hash."""
    digest = hashlib.sha256(data).hexdigest()
    path = f"{directory}/{digest}{suffix}"
    target = place.content / path
    with disk(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        write_file(target, data)
    return Published(path, digest, len(data))


def publish_file(place: Place, file: Path) -> Published:
    """Copy a file to the content server, by its hash; raise OSError when it cannot be read."""
    suffix = file.suffix.lower() if _SUFFIX.fullmatch(file.suffix.lower()) else ""
    part = place.content / "objects" / f"incoming-{os.getpid()}-{file.stat().st_ino:x}.part"
    digest, size = hashlib.sha256(), 0
    with file.open("rb") as source, disk(part), new_file(part) as descriptor:
        while chunk := source.read(CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
            write_all(descriptor, chunk)
    name = f"{digest.hexdigest()}{suffix}"
    with disk(part):
        move(part, part.with_name(name))
    return Published(f"objects/{name}", digest.hexdigest(), size)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        problem = Problem("document", f"cannot be read: {error.strerror}", "check the name and the permissions")
        raise Refused(str(file), (problem,)) from error


def _publish_all(place: Place, folder: Path, paths: list[str]) -> tuple[dict[str, Published], list[Problem]]:
    objects, problems, inside = dict[str, Published](), list[Problem](), Folder(folder)
    for path in paths:
        try:
            objects[path] = publish_file(place, inside.resolve(path))
        except OSError as error:
            problems.append(Problem(path, f"cannot be read: {error.strerror}", "put the file beside the schedule"))
    return objects, problems


def _held_against(schedule: Schedule, objects: dict[str, Published]) -> list[Problem]:
    contents = {content for bulletin in schedule.bulletins for content in bulletin.content}
    wrong = (content for content in contents if content.path in objects and _differs(content, objects[content.path]))
    remedy = "put the right file there, or leave sha256 and size out"
    return [Problem(content.path, "is not the file that the schedule names", remedy) for content in wrong]


def _differs(content: Content, found: Published) -> bool:
    return content.sha256 not in (None, found.sha256) or content.size not in (None, found.size)


def _renamed(tree: dict[str, Any], objects: dict[str, Published]) -> dict[str, Any]:
    """Return the document with the names, hashes and sizes that its media have on the content server."""
    return tree | {"bulletins": [_renamed_in(bulletin, objects) for bulletin in tree["bulletins"]]}


def _renamed_in(bulletin: dict[str, Any], objects: dict[str, Published]) -> dict[str, Any]:
    return bulletin | {"content": [entry | _named(objects[entry["path"]]) for entry in bulletin.get("content", ())]}


def _named(found: Published) -> dict[str, Any]:
    return {"path": found.path, "sha256": found.sha256, "size": found.size}
