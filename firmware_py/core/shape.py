"""From a plain tree (JSON, TOML) to typed, frozen dataclasses, with every fault of the tree in one answer.

A decoder library stops at the first fault; an author who mends one typing error at a time over 4G needs all.
The dataclasses are the schema: their annotations give type and range, their defaults what may be left out.
Unknown keys are faults too, with the nearest known key as the remedy: `volum = 20` must not mean full volume.

Understood: str, int, float, bool, None, Literal, X | None, tuple[X, ...], dataclasses, and Annotated with
`Range`, `Length`, `Parse`. The depth of the tree is bounded by the depth of the schema. Of each type a reader is
made once and kept: documents of 10,000 slots are read on small boxes.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date, datetime, time
from enum import StrEnum
from functools import cache
from itertools import islice
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAlias, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from firmware_py.core.errors import Problem, Refused

T = TypeVar("T")
Tree: TypeAlias = Any
"""What a JSON or TOML parser returns: dict, list, str, int, float, bool, None; TOML also dates and times."""

Value: TypeAlias = Any
Hint: TypeAlias = Any
Reader: TypeAlias = Callable[[Tree, str, "_Notes"], Value]
"""Takes a tree, its path and the problems so far; returns the value, or notes a problem and raises `_Fault`."""

MAX_PROBLEMS = 100
"""After so many faults the search ends: a hostile document must cost neither time nor a hostile report."""

MAX_WHAT_LETTERS = 300
MAX_SHOWN_LETTERS = 60
_PLAIN_KEY = re.compile(r"[\w-]+")


@dataclass(frozen=True, slots=True)
class Range:
    """A number from `low` to `high`, both included, in `unit`."""

    low: float
    high: float
    unit: str


@dataclass(frozen=True, slots=True)
class Length:
    """A text of `low` to `high` characters, or a list of so many entries."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Parse:
    """A text that this function turns into the value; its ValueError says what is wrong and how to mend it."""

    read: Callable[[str], object]


class _Fault(Exception):
    """A value that does not fit has been noted; its parent cannot be built either."""


class _Enough(Exception):
    """There are more problems than will be listed."""


class _Notes:
    """The problems found so far."""

    __slots__ = ("problems",)

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, where: str, what: str, remedy: str = "") -> _Fault:
        """Note a problem; return what is to be raised when the value cannot be built."""
        self.problems.append(Problem(where or "document", _short(what, MAX_WHAT_LETTERS), remedy))
        if len(self.problems) > MAX_PROBLEMS:
            raise _Enough
        return _Fault()

    def add_error(self, where: str, error: ValueError) -> _Fault:
        """Note what a parser or a constructor says: `what is wrong; how to mend it`."""
        what, separator, remedy = str(error).rpartition("; ")  # from the right: a quoted text may hold one too
        return self.add(where, what, remedy) if separator else self.add(where, remedy)


def load(kind: type[T], tree: Tree, source: str) -> T:
    """Return `tree` as `kind`; raise `Refused` with every problem, each named by its path such as `slots[3].start`."""
    notes = _Notes()
    with suppress(_Fault, _Enough):
        value = _reader(cast("Hint", kind))(tree, "", notes)
        if not notes.problems:
            return cast("T", value)
    raise Refused(source, bounded(notes.problems))


def bounded(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the first problems, and as the last one that there are more; no more than these are looked for."""
    found = tuple(islice(problems, MAX_PROBLEMS + 1))
    if len(found) <= MAX_PROBLEMS:
        return found
    return (*found[:MAX_PROBLEMS], Problem("document", f"has more than {MAX_PROBLEMS} faults", "mend these first"))


def _short(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 3] + "..."


def _shown(value: Tree) -> str:
    if type(value) is int and abs(value) > 10**18:
        return "a whole number of more than 18 digits"
    if isinstance(value, str):
        return _short(repr(value[:MAX_SHOWN_LETTERS]), MAX_SHOWN_LETTERS)
    return repr(value) if isinstance(value, (int, float, NoneType)) else f"a {_NAMES[type(value)]}"


_NAMES: dict[type, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    list: "list",
    dict: "table",
    date: "date without quotes",
    time: "time of day without quotes",
    datetime: "date and time without quotes",
}


@cache
def _reader(kind: Hint) -> Reader:
    origin: Hint = get_origin(kind)
    args = get_args(kind)
    if origin is Annotated:
        return _annotated(args[0], kind.__metadata__)
    if origin is Literal:
        return _one_of(args, args)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return _one_of(tuple(map(str, kind)), tuple(kind))
    if origin in (Union, UnionType):
        return _union(args)
    if origin is tuple:
        return _sequence(_reader(args[0]))
    return _record(kind) if is_dataclass(kind) else _scalar(kind)


def _scalar(kind: type) -> Reader:
    def read(tree: Tree, where: str, notes: _Notes) -> Value:
        if type(tree) is kind:
            return tree
        if kind is float and type(tree) is int and abs(tree) < 2**53:
            return float(tree)
        raise notes.add(where, f"is {_shown(tree)}, must be {_NAMES[kind]}")

    return read


def _one_of(choices: tuple[Tree, ...], values: tuple[Value, ...]) -> Reader:
    allowed = "allowed: " + ", ".join(map(repr, choices))

    def read(tree: Tree, where: str, notes: _Notes) -> Value:
        for choice, value in zip(choices, values, strict=True):
            if type(choice) is type(tree) and choice == tree:
                return value
        raise notes.add(where, f"is {_shown(tree)}", allowed)

    return read


def _union(kinds: tuple[Hint, ...]) -> Reader:
    inner = [kind for kind in kinds if kind is not NoneType]
    by_form = {_form(kind): _reader(kind) for kind in inner}
    first, may_be_none = _reader(inner[0]), len(inner) < len(kinds)

    def read(tree: Tree, where: str, notes: _Notes) -> Value:
        if tree is None and may_be_none:
            return None
        return by_form.get(type(tree), first)(tree, where, notes)

    return read


def _form(kind: Hint) -> Hint:
    """Return the plain type that a schema type is written as, which tells the members of a union apart."""
    origin: Hint = get_origin(kind)
    if origin is Annotated:
        parses = any(isinstance(rule, Parse) for rule in kind.__metadata__)
        return str if parses else _form(get_args(kind)[0])
    if origin is Literal:
        return type(get_args(kind)[0])
    if origin is tuple:
        return list
    return dict if is_dataclass(kind) else kind


def _sequence(entry: Reader) -> Reader:
    def read(tree: Tree, where: str, notes: _Notes) -> Value:
        if type(tree) is not list:
            raise notes.add(where, f"is {_shown(tree)}, must be a list", "put it in square brackets")
        values = []
        for index, one in enumerate(tree):
            try:
                values.append(entry(one, f"{where}[{index}]", notes))
            except _Fault:
                continue
        if len(values) < len(tree):
            raise _Fault
        return tuple(values)

    return read


def _annotated(inner: Hint, rules: tuple[object, ...]) -> Reader:
    parse = next((rule for rule in rules if isinstance(rule, Parse)), None)
    plain = _parsed(parse.read) if parse else _reader(inner)
    if parse and len(rules) == 1:
        return plain

    def read(tree: Tree, where: str, notes: _Notes) -> Value:
        value = plain(tree, where, notes)
        for rule in rules:
            _check(rule, value, where, notes)
        return value

    return read


def _parsed(parse: Callable[[str], object]) -> Reader:
    text = _scalar(str)

    def read(tree: Tree, where: str, notes: _Notes) -> Value:
        try:
            return parse(text(tree, where, notes))
        except ValueError as error:
            raise notes.add_error(where, error) from error

    return read


def _check(rule: object, value: Value, where: str, notes: _Notes) -> None:
    if isinstance(rule, Range) and not rule.low <= value <= rule.high:
        raise notes.add(where, f"is {_shown(value)}", f"allowed: {rule.low:g} to {rule.high:g} {rule.unit}".rstrip())
    if isinstance(rule, Length) and not rule.low <= len(value) <= rule.high:
        raise notes.add(where, f"has length {len(value)}", f"allowed: {rule.low} to {rule.high}")


def _record(kind: Hint) -> Reader:
    hints = get_type_hints(kind, include_extras=True)
    readers = {entry.name: _reader(hints[entry.name]) for entry in fields(kind)}
    needed = [entry.name for entry in fields(kind) if entry.default is entry.default_factory is MISSING]

    def read(tree: Tree, where: str, notes: _Notes) -> Value:
        if type(tree) is not dict:
            raise notes.add(where, f"is {_shown(tree)}, must be a table of keys and values")
        before = len(notes.problems)
        values = _members(readers, needed, tree, where, notes)
        if len(notes.problems) > before:
            raise _Fault
        try:
            return kind(**values)
        except ValueError as error:
            raise notes.add_error(where, error) from error

    return read


def _members(
    readers: dict[str, Reader], needed: list[str], tree: dict[str, Tree], where: str, notes: _Notes
) -> dict[str, Value]:
    """Return the values of a table; note what is unknown in it and what is missing."""
    values = {}
    for key in tree:
        if key not in readers:
            _note_unknown(key, tuple(readers), where, notes)
    for name, read in readers.items():
        if name in tree:
            with suppress(_Fault):
                values[name] = read(tree[name], _join(where, name), notes)
    for name in needed:
        if name not in tree:
            notes.add(_join(where, name), "is missing", "it must be given")
    return values


def _note_unknown(key: object, known: tuple[str, ...], where: str, notes: _Notes) -> None:
    name = str(key)[:64]
    near = difflib.get_close_matches(name, known, n=1)
    remedy = f"did you mean {near[0]!r}?" if near else "known here: " + ", ".join(known)
    notes.add(_join(where, name if _PLAIN_KEY.fullmatch(name) else repr(name)), "is not a known key", remedy)


def _join(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name
