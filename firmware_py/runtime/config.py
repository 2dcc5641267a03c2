"""Reads a config file: TOML to typed settings, every fault with its file, line, key and remedy."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from firmware_py.core.errors import Problem, Refused
from firmware_py.core.settings import BoardSettings, Broker, Settings, SpeakerSettings
from firmware_py.core.shape import load

S = TypeVar("S", bound=Settings)

MAX_CONFIG_BYTES = 256 * 1024

_HEADER = re.compile(r"\s*\[(\[?)\s*([\w.\-\"' ]{1,200}?)\s*\]?\]")
_KEY = re.compile(r"\s*([\w.\-]{1,200})\s*=")
_UNSAID = re.compile(r"[\s\"']")
_LAST_STEP = re.compile(r"(\[\d+\]|(^|\.)[^.\[\]]*|.)\Z", re.DOTALL)
_SCREEN = re.compile(r"(?m)^\s*(\[\s*)?screen\s*[\].]")


def read_config(kind: type[S], text: str, source: str, changes: Iterable[str] = ()) -> S:
    """Return the settings of a TOML text; raise `Refused` with every fault that it has.

    `changes` are single assignments such as `sound.volume_pct=50` that take the place of what the text says.
    """
    tree = _parse(text, source)
    places = {key: f"{source}:{line}" for key, line in _lines(text).items()}
    for change in changes:
        _overlay(tree, _parse(change, f"--set {change}"))
        places |= dict.fromkeys(_lines(change), f"--set {change}")
    try:
        return load(kind, tree, source)
    except Refused as refusal:
        raise Refused(source, tuple(_located(problem, places, source) for problem in refusal.problems)) from None


def _parse(text: str, source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise Refused(source, (Problem(source, f"is not TOML: {error}", "mend that line"),)) from error


def _overlay(tree: dict[str, Any], change: dict[str, Any]) -> None:
    for key, value in change.items():
        if isinstance(value, dict) and isinstance(tree.get(key), dict):
            _overlay(tree[key], value)
        else:
            tree[key] = value


def load_config(kind: type[S], path: Path, changes: Iterable[str] = ()) -> S:
    """Return the settings of a file, with its relative paths made absolute from the file's directory."""
    return _anchored(read_config(kind, _text(path), str(path), changes), path.parent.resolve())


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_CONFIG_BYTES + 1)
        if len(raw) > MAX_CONFIG_BYTES:
            raise _refused(path, f"has more than {MAX_CONFIG_BYTES} bytes", "name a config file")
        return raw.decode()
    except OSError as error:
        raise _refused(path, f"cannot be read: {error.strerror}", "check the name and the permissions") from error
    except UnicodeDecodeError as error:
        raise _refused(path, f"is not UTF-8 at byte {error.start}", "save it as UTF-8") from error


def _refused(path: Path, what: str, remedy: str) -> Refused:
    return Refused(str(path), (Problem(str(path), what, remedy),))


def _anchored(settings: S, base: Path) -> S:
    device, link = settings.device, settings.link
    if isinstance(settings, BoardSettings) and settings.feeds.ca:
        settings = replace(settings, feeds=replace(settings.feeds, ca=str(base / settings.feeds.ca)))
    return replace(
        settings,
        device=replace(device, state_dir=str(base / device.state_dir), run_dir=str(base / device.run_dir)),
        link=replace(
            link,
            path=str(base / link.path),
            keyring=str(base / link.keyring) if link.keyring else "",
            broker=link.broker and _anchored_broker(link.broker, base),
        ),
    )


def _anchored_broker(broker: Broker, base: Path) -> Broker:
    ca, certificate, key = (str(base / name) for name in (broker.ca, broker.certificate, broker.key))
    return replace(broker, ca=ca, certificate=certificate, key=key)


def kind_of(path: Path) -> type[SpeakerSettings | BoardSettings]:
    """Return which program a config file is for: a board's has a `[screen]` section."""
    try:
        text = path.read_text(errors="replace")
    except OSError:
        return SpeakerSettings  # reading it will say what is wrong
    return BoardSettings if _SCREEN.search(text) else SpeakerSettings


def _lines(text: str) -> dict[str, int]:
    """Return the line of each key path, found by reading headers and keys as lines; enough to point at a fault."""
    found: dict[str, int] = {}
    section, counts = "", dict[str, int]()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            section = _UNSAID.sub("", header[2])
            if header[1]:
                counts[section] = counts.get(section, -1) + 1
                section = f"{section}[{counts[section]}]"
            _note(found, section, number)
        elif key := _KEY.match(line):
            _note(found, f"{section}.{key[1]}" if section else key[1], number)
    return found


def _note(found: dict[str, int], where: str, number: int) -> None:
    """Note the line of a key, and of all that it stands in, unless they have one already."""
    while where and where not in found:
        found[where] = number
        where = _LAST_STEP.sub("", where)


def _located(problem: Problem, places: dict[str, str], source: str) -> Problem:
    """Put the place of the key, or of what it stands in, before the key."""
    where = problem.where
    while where and where not in places:
        where = _LAST_STEP.sub("", where)
    return replace(problem, where=f"{places.get(where, source)}: {problem.where}")
