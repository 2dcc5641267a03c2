"""From a plain tree (JSON, TOML) to typed, frozen dataclasses, with every fault of the tree in one answer.

A decoder library stops at the first fault; an author who mends one typing error at a time over 4G needs all.
The dataclasses are the schema: their annotations give type and range, their defaults what may be left out.
Unknown keys are faults too, with the nearest known key as the remedy: `volum = 20` must not mean full volume.

Understood: str, int, float, bool, None, Literal, X | None, tuple[X, ...], dataclasses, and Annotated with
`Range`, `Length`, `Parse`. The depth of the tree is bounded by the depth of the schema.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from firmware_py.core.errors import Problem, Refused

T = TypeVar("T")
Tree = Any
"""What a JSON or TOML parser returns: dict, list, str, int, float, bool, None."""

MAX_PROBLEMS = 100
"""More faults than this are counted, not listed: a hostile document must not become a hostile report."""


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


def load(kind: type[T], tree: Tree, source: str) -> T:
    """Return `tree` as `kind`; raise `Refused` with every problem, each named by its path such as `slots[3].start`."""
    problems: list[Problem] = []
    try:
        value: T = _convert(kind, tree, "", problems)
    except _Fault:
        value = None  # type: ignore[assignment]  # never returned: a fault has left a problem
    if problems:
        raise Refused(source, _bounded(problems))
    return value


def _bounded(problems: list[Problem]) -> tuple[Problem, ...]:
    more = len(problems) - MAX_PROBLEMS
    listed = problems[:MAX_PROBLEMS]
    return (*listed, Problem("document", f"has {more} more faults")) if more > 0 else tuple(listed)


def _convert(  # noqa: PLR0911 - one line for each kind of type
    kind: Any,  # noqa: ANN401 - any schema
    tree: Tree,
    where: str,
    problems: list[Problem],
) -> Any:  # noqa: ANN401 - any value
    origin = get_origin(kind)
    if origin is Annotated:
        return _annotated(kind, tree, where, problems)
    if origin is Literal:
        return _literal(get_args(kind), tree, where, problems)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(_literal(tuple(map(str, kind)), tree, where, problems))
    if origin in (Union, UnionType):
        return _optional(kind, tree, where, problems)
    if origin is tuple:
        return _sequence(get_args(kind)[0], tree, where, problems)
    if is_dataclass(kind):
        return _record(kind, tree, where, problems)
    return _scalar(kind, tree, where, problems)


def _fail(problems: list[Problem], where: str, what: str, remedy: str = "") -> _Fault:
    problems.append(Problem(where or "document", what, remedy))
    return _Fault()


def _shown(value: Tree) -> str:
    text = repr(value) if isinstance(value, (str, int, float, bool, NoneType)) else f"a {_NAMES[type(value)]}"
    return text if len(text) <= 60 else text[:57] + "..."


_NAMES = {str: "text", int: "whole number", float: "number", bool: "true or false", list: "list", dict: "table"}


def _scalar(kind: type, tree: Tree, where: str, problems: list[Problem]) -> Any:  # noqa: ANN401 - see _convert
    if kind is float and type(tree) is int and abs(tree) < 2**53:
        return float(tree)
    if type(tree) is not kind:
        raise _fail(problems, where, f"is {_shown(tree)}, must be {_NAMES[kind]}")
    return tree


def _literal(choices: tuple[Any, ...], tree: Tree, where: str, problems: list[Problem]) -> Any:  # noqa: ANN401 - see _convert
    for choice in choices:
        if type(choice) is type(tree) and choice == tree:
            return choice
    allowed = ", ".join(map(repr, choices))
    raise _fail(problems, where, f"is {_shown(tree)}", f"allowed: {allowed}")


def _optional(kind: Any, tree: Tree, where: str, problems: list[Problem]) -> Any:  # noqa: ANN401 - see _convert
    inner = [choice for choice in get_args(kind) if choice is not NoneType]
    if tree is None and len(inner) < len(get_args(kind)):
        return None
    by_form = [choice for choice in inner if _form(choice) is type(tree)]
    return _convert((by_form or inner)[0], tree, where, problems)


def _form(kind: Any) -> type:  # noqa: ANN401 - see _convert
    """Return the plain type that a schema type is written as, which tells the members of a union apart."""
    if get_origin(kind) is Annotated:
        parses = any(isinstance(rule, Parse) for rule in kind.__metadata__)
        return str if parses else _form(get_args(kind)[0])
    if get_origin(kind) is Literal:
        return type(get_args(kind)[0])
    if get_origin(kind) is tuple:
        return list
    return dict if is_dataclass(kind) else kind


def _sequence(kind: Any, tree: Tree, where: str, problems: list[Problem]) -> tuple[Any, ...]:  # noqa: ANN401 - see _convert
    if type(tree) is not list:
        raise _fail(problems, where, f"is {_shown(tree)}, must be a list", "put it in square brackets")
    values = []
    for index, entry in enumerate(tree):
        try:
            values.append(_convert(kind, entry, f"{where}[{index}]", problems))
        except _Fault:
            continue
    if len(values) < len(tree):
        raise _Fault
    return tuple(values)


def _annotated(kind: Any, tree: Tree, where: str, problems: list[Problem]) -> Any:  # noqa: ANN401 - see _convert
    rules = kind.__metadata__
    for rule in rules:
        if isinstance(rule, Parse):
            return _parsed(rule, _scalar(str, tree, where, problems), where, problems)
    value = _convert(get_args(kind)[0], tree, where, problems)
    for rule in rules:
        _check(rule, value, where, problems)
    return value


def _parsed(rule: Parse, text: str, where: str, problems: list[Problem]) -> object:
    try:
        return rule.read(text)
    except ValueError as error:
        what, _, remedy = str(error).partition("; ")
        raise _fail(problems, where, what, remedy) from error


def _check(rule: object, value: Any, where: str, problems: list[Problem]) -> None:  # noqa: ANN401 - see _convert
    if isinstance(rule, Range) and not rule.low <= value <= rule.high:
        raise _fail(problems, where, f"is {value!r}", f"allowed: {rule.low:g} to {rule.high:g} {rule.unit}")
    if isinstance(rule, Length) and not rule.low <= len(value) <= rule.high:
        raise _fail(problems, where, f"has length {len(value)}", f"allowed: {rule.low} to {rule.high}")


@cache
def _schema(kind: type) -> tuple[dict[str, Any], dict[str, Field[Any]]]:
    hints = get_type_hints(kind, include_extras=True)
    return hints, {entry.name: entry for entry in fields(kind)}


def _record(kind: Any, tree: Tree, where: str, problems: list[Problem]) -> Any:  # noqa: ANN401 - see _convert
    if type(tree) is not dict:
        raise _fail(problems, where, f"is {_shown(tree)}, must be a table of keys and values")
    hints, known = _schema(kind)
    before = len(problems)
    for key in tree:
        if key not in known:
            _unknown(key, known, where, problems)
    values = {name: _member(name, hints[name], tree, where, problems) for name in known if name in tree}
    for name, entry in known.items():
        if name not in tree and entry.default is MISSING and entry.default_factory is MISSING:
            _fail(problems, _join(where, name), "is missing", "it must be given")
    if len(problems) > before:
        raise _Fault
    try:
        return kind(**values)
    except ValueError as error:
        what, _, remedy = str(error).partition("; ")
        raise _fail(problems, where, what, remedy) from error


def _member(name: str, hint: Any, tree: Tree, where: str, problems: list[Problem]) -> Any:  # noqa: ANN401 - see _convert
    try:
        return _convert(hint, tree[name], _join(where, name), problems)
    except _Fault:
        return None


def _unknown(key: object, known: dict[str, Field[Any]], where: str, problems: list[Problem]) -> None:
    near = difflib.get_close_matches(str(key)[:64], known, n=1)
    remedy = f"did you mean {near[0]!r}?" if near else "known here: " + ", ".join(known)
    _fail(problems, _join(where, str(key)[:64]), "is not a known key", remedy)


def _join(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name
