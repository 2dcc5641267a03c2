"""What is written for people is true: examples, the schedule's page, the README."""

from __future__ import annotations

import argparse
import importlib
import re
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from firmware_py.core.model import Bulletin, Content, Schedule, Slot
from firmware_py.core.settings import BoardSettings, Settings, SpeakerSettings
from firmware_py.core.shape import Range
from firmware_py.field.main import COMMANDS, PASSES_ARGUMENTS_ON
from firmware_py.runtime.config import kind_of, load_config

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES: dict[str, type[Settings]] = {"speaker": SpeakerSettings, "board": BoardSettings}
NEEDED = object()


def defaults(kind: type, before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every key of a settings type by its path, with its default as TOML says it, or NEEDED."""
    hints = get_type_hints(kind, include_extras=True)
    for entry in fields(kind):
        name, hint = before + entry.name, hints[entry.name]
        parts = get_args(hint) if get_origin(hint) in (tuple, UnionType) else ()
        element = next(filter(is_dataclass, parts), hint)
        if is_dataclass(element) and isinstance(element, type):
            inner = defaults(element, f"{name}.")
            yield from inner if element is hint else ((key, NEEDED) for key, _ in inner)
        else:
            yield name, NEEDED if entry.default is MISSING else entry.default


def _lines(path: Path) -> Iterator[tuple[str, bool, str]]:
    """Yield every key in a TOML file by its path, whether it or its section is an example, and its line."""
    section, is_example = "", False
    for line in path.read_text(encoding="utf-8").splitlines():
        if header := re.match(r"\[+([\w.]+)\]+(.*)", line):
            section, is_example = header[1], "# example" in header[2]
        elif key := re.match(r"(\w+) = ", line):
            yield f"{section}.{key[1]}", is_example or "# example" in line, line


def written(path: Path) -> Iterator[tuple[str, bool, Any]]:
    """Yield every key in a TOML file by its path, whether it is an example, and its value."""
    for name, is_example, line in _lines(path):
        (value,) = tomllib.loads(line).values()
        yield name, is_example, value


@pytest.mark.parametrize("product", EXAMPLES)
def test_the_example_config_is_valid_and_names_every_key(product: str) -> None:
    """It can be read, and whoever reads it knows every key that there is, each once."""
    path = ROOT / "config" / f"{product}.example.toml"
    assert kind_of(path) is EXAMPLES[product]
    load_config(EXAMPLES[product], path)
    names = [name for name, _, _ in written(path)]
    assert sorted(names) == sorted(name for name, _ in defaults(EXAMPLES[product]))


@pytest.mark.parametrize("product", EXAMPLES)
def test_the_example_config_states_the_true_defaults(product: str) -> None:
    """A value that is not marked as an example is what holds when the key is left out, or must be written out."""
    true = dict(defaults(EXAMPLES[product]))
    for name, is_example, value in written(ROOT / "config" / f"{product}.example.toml"):
        if not is_example and true[name] is not NEEDED:
            assert value == true[name], name
            assert type(value) is type(true[name]), name


@pytest.mark.parametrize("product", EXAMPLES)
def test_the_example_config_says_the_ranges(product: str) -> None:
    """The figures of every range stand beside its key, as they are in the type."""
    lines = {name: line for name, _, line in _lines(ROOT / "config" / f"{product}.example.toml")}
    found = dict(ranges(EXAMPLES[product]))
    assert len(found) > 5
    for name, bounds in found.items():
        assert all(f"{bound:.0f}" in lines[name] or f"{bound:g}" in lines[name] for bound in bounds), lines[name]


def ranges(kind: type, before: str = "") -> Iterator[tuple[str, tuple[float, float]]]:
    """Yield the lowest and highest value of every key that has them."""
    hints = get_type_hints(kind, include_extras=True)
    for entry in fields(kind):
        hint = hints[entry.name]
        for rule in getattr(hint, "__metadata__", ()):
            if isinstance(rule, Range):
                yield before + entry.name, (rule.low, rule.high)
        for inner in (hint, *get_args(hint)):
            if is_dataclass(inner) and isinstance(inner, type):
                yield from ranges(inner, f"{before}{entry.name}.")


@pytest.mark.parametrize("kind", [Schedule, Bulletin, Slot, Content], ids=lambda kind: kind.__name__)
def test_the_page_on_schedules_names_every_key(kind: type) -> None:
    """Every key of the document stands in its table, in code letters."""
    page = (ROOT / "docs" / "schedule.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", page))))
    assert {entry.name for entry in fields(kind)} <= named


def parser_of(command: str) -> argparse.ArgumentParser:
    """Return a parser with the options of a command."""
    parser = argparse.ArgumentParser(prog=f"ttcs {command}", exit_on_error=False)
    importlib.import_module(f"firmware_py.field.{command}").arguments(parser)
    return parser


def typed() -> list[list[str]]:
    """Return the command lines of the README's shell blocks, as words after `./ttcs`."""
    blocks = "\n".join(re.findall(r"```sh\n(.*?)```", README, re.DOTALL))
    return [shlex.split(line, comments=True)[1:] for line in blocks.splitlines() if line.startswith("./ttcs")]


@pytest.mark.parametrize("words", typed(), ids=" ".join)
def test_the_command_lines_of_the_readme_can_be_typed(words: list[str]) -> None:
    """Command, arguments and options are such as the program takes."""
    assert words[0] in COMMANDS
    if words[0] not in PASSES_ARGUMENTS_ON:
        assert vars(parser_of(words[0]).parse_args(words[1:]))


def test_the_readme_names_every_command_and_no_other() -> None:
    """The table is complete, and promises nothing that there is not."""
    named = set(re.findall(r"`(?:\./)?ttcs (\w+)", README))
    assert named == set(COMMANDS)


def test_the_readmes_files_exist() -> None:
    """Every link leads somewhere, and every path of the demo is there."""
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
    for name in ("config/demo/", "feed/schedule.json", "speaker.toml", "config/speaker.example.toml"):
        assert name in README
        assert (ROOT / name).exists() or (ROOT / "config" / "demo" / name).exists()
