"""Reads a config file: TOML to typed settings, every fault with its file, line, key and remedy."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from firmware_py.core.errors import Problem, Refused
from firmware_py.core.settings import BoardSettings, Settings, SpeakerSettings
from firmware_py.core.shape import load

S = TypeVar("S", bound=Settings)

MAX_CONFIG_BYTES = 256 * 1024

_HEADER = re.compile(r"\s*\[(\[?)\s*([\w.\-\"' ]+?)\s*\]?\]")
_KEY = re.compile(r"\s*([\w.\-]+)\s*=")


def read_config(kind: type[S], text: str, source: str, changes: Iterable[str] = ()) -> S:
    """Return the settings of a TOML text; raise `Refused` with every fault that it has.

    `changes` are single assignments such as `sound.volume_pct=50` that take the place of what the text says.
    """
    tree = _parse(text, source)
    for change in changes:
        _overlay(tree, _parse(change, f"--set {change}"))
    try:
        return load(kind, tree, source)
    except Refused as refusal:
        lines = _lines(text)
        raise Refused(source, tuple(_located(problem, lines, source) for problem in refusal.problems)) from None


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
    try:
        raw = path.read_bytes()
        text = raw[: MAX_CONFIG_BYTES + 1].decode()
    except OSError as error:
        problem = Problem(str(path), f"cannot be read: {error.strerror}", "check the name and the permissions")
        raise Refused(str(path), (problem,)) from error
    except UnicodeDecodeError as error:
        problem = Problem(str(path), f"is not UTF-8 at byte {error.start}", "save it as UTF-8")
        raise Refused(str(path), (problem,)) from error
    if len(raw) > MAX_CONFIG_BYTES:
        problem = Problem(str(path), f"has {len(raw)} bytes, a config has at most {MAX_CONFIG_BYTES}")
        raise Refused(str(path), (problem,))
    return _anchored(read_config(kind, text, str(path), changes), path.parent.resolve())


def _anchored(settings: S, base: Path) -> S:
    device, link = settings.device, settings.link
    return replace(
        settings,
        device=replace(device, state_dir=str(base / device.state_dir), run_dir=str(base / device.run_dir)),
        link=replace(link, path=str(base / link.path)),
    )


def kind_of(path: Path) -> type[SpeakerSettings | BoardSettings]:
    """Return which program a config file is for: a board's has a `[screen]` section."""
    try:
        text = path.read_text(errors="replace")
    except OSError:
        return SpeakerSettings  # reading it will say what is wrong
    return BoardSettings if re.search(r"(?m)^\s*\[screen[\].]", text) else SpeakerSettings


def _lines(text: str) -> dict[str, int]:
    """Return the line of each key path, found by reading headers and keys as lines; enough to point at a fault."""
    found: dict[str, int] = {}
    section, counts = "", dict[str, int]()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            section = header[2].strip()
            if header[1]:
                counts[section] = counts.get(section, -1) + 1
                section = f"{section}[{counts[section]}]"
            found.setdefault(section, number)
        elif key := _KEY.match(line):
            found.setdefault(f"{section}.{key[1]}" if section else key[1], number)
    return found


def _located(problem: Problem, lines: dict[str, int], source: str) -> Problem:
    where = problem.where
    while where and where not in lines:
        where = re.sub(r"(\[\d+\]|(^|\.)[^.\[\]]*)$", "", where)
    line = f":{lines[where]}" if where else ""
    return replace(problem, where=f"{source}{line}: {problem.where}")
