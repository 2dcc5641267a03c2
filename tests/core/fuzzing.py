"""Documents and configs with faults: valid ones, mutated byte by byte or in their tree, always the same for a seed.

Only two things may happen to any input: it is taken, and can then be laid out and decided; or it is `Refused`,
with at least one problem that says where and what. Anything else ends the run with the input in the message.
"""

from __future__ import annotations

import copy
import json
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from datetime import time as clock
from random import Random
from typing import Any

from firmware_py.core.decide import decide
from firmware_py.core.errors import Refused
from firmware_py.core.model import Schedule, read_schedule
from firmware_py.core.settings import BoardSettings, SpeakerSettings
from firmware_py.core.shape import load
from firmware_py.core.timeline import MAIN, SOUND, TICKER
from firmware_py.runtime.config import read_config
from tests.core.builders import MONDAY, laid_out
from tests.core.corpus import BOARD, DOCUMENTS, SPEAKER

Tree = Any
Take = Callable[[Any], object]

NASTY_TEXTS = (
    "",
    " ",
    "\0",
    "a\nb",
    "\u202e",
    "\U0010ffff",
    "﷽" * 50,
    "e\u0302" * 40,
    "x" * 100_000,
    "24:00",
    "00:00",
    "25:61",
    "05:30:60",
    "２３:００",
    "21:30-05:00",
    "24:00-00:00",
    "2026-02-30",
    "0001-01-01",
    "9999-12-31",
    "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00+23:59",
    "always",
    "FREQ=DAILY;INTERVAL=0",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=YEARLY;BYSETPOS=-366;BYDAY=MO;COUNT=36500",
    "FREQ=WEEKLY;WKST=SU;BYDAY=SA",
    "FREQ=SECONDLY",
    "FREQ=MONTHLY;BYDAY=5MO,-5FR;BYSETPOS=2",
    "../../etc/passwd",
    "/dev/zero",
    "Asia",
    "Europe/Berlin",
    "emergency",
    "fallback",
    "; ",
    "a; b; c",
)
NASTY: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2**53,
    2**63,
    2**64,
    -(10**300),
    0.0,
    -0.0,
    1e-300,
    1e300,
    [],
    {},
    [[]],
    [None],
    {"": None},
    *NASTY_TEXTS,
)
HOW_MANY = (1, 1, 1, 2, 4)
# What a TOML parser returns beyond JSON; and whole numbers without bound, which it takes in hexadecimal.
NASTY_IN_TOML: tuple[Any, ...] = (
    *NASTY,
    float("nan"),
    float("inf"),
    -float("inf"),
    1 << 50_000,
    date(2026, 11, 23),
    clock(5, 30),
    datetime(2026, 11, 23, 5, 30, tzinfo=UTC),
)


@dataclass
class Tally:
    """What became of the inputs, and which took longest."""

    inputs: int = 0
    taken: int = 0
    slowest_s: float = 0.0
    slowest: str = ""

    def give(self, source: Any, take: Take) -> None:  # noqa: ANN401 - bytes, a text or a tree
        """Give one input to a parser and count what became of it."""
        begin_s = time.perf_counter()
        refusal = _refusal(source, take)
        took_s = time.perf_counter() - begin_s
        self.inputs, self.taken = self.inputs + 1, self.taken + (refusal is None)
        if took_s > self.slowest_s:
            self.slowest_s, self.slowest = took_s, _shown(source)
        if refusal:
            assert refusal.problems, f"refused without a reason: {_shown(source)}"
            assert all(p.where.strip() and p.what.strip() for p in refusal.problems), str(refusal)[:2000]


def _refusal(source: Any, take: Take) -> Refused | None:  # noqa: ANN401 - see give
    try:
        take(source)
    except Refused as refusal:
        return refusal
    except Exception as error:
        raise AssertionError(f"{type(error).__name__}: {error}; input: {_shown(source)}") from error
    return None


def _shown(source: object) -> str:
    try:
        return repr(source)[:2000]
    except ValueError:
        return "a tree with a number too large to be written"


def fuzz_schedules(count: int, seed: int) -> Tally:
    """Give `count` mutated schedules to the parser; what it takes is laid out and decided."""
    chance, tally = Random(seed), Tally()
    for raw in _documents(chance, count):
        tally.give(raw, take_schedule)
    return tally


def fuzz_configs(count: int, seed: int) -> Tally:
    """Give `count` mutated configs to the parsers, half of them as texts and half as trees."""
    chance, tally = Random(seed), Tally()
    for _ in range(count):
        source, read, take = chance.choice(_CONFIGS)
        if chance.random() < 0.5:
            tally.give(mutate_bytes(source.encode(), chance).decode(errors="replace"), read)
        else:
            tally.give(mutate_tree(tomllib.loads(source), chance, NASTY_IN_TOML), take)
    return tally


_CONFIGS: tuple[tuple[str, Take, Take], ...] = (
    (
        SPEAKER,
        lambda text: read_config(SpeakerSettings, text, "fuzz.toml"),
        lambda tree: load(SpeakerSettings, tree, "fuzz.toml"),
    ),
    (
        BOARD,
        lambda text: read_config(BoardSettings, text, "fuzz.toml"),
        lambda tree: load(BoardSettings, tree, "fuzz.toml"),
    ),
)


def _documents(chance: Random, count: int) -> Iterator[bytes]:
    written = [json.dumps(document, ensure_ascii=False).encode() for document in DOCUMENTS]
    for _ in range(count):
        if chance.random() < 0.4:
            yield mutate_bytes(chance.choice(written), chance)
        else:
            yield json.dumps(mutate_tree(chance.choice(DOCUMENTS), chance, NASTY)).encode()


def take_schedule(raw: bytes) -> None:
    """Read a schedule, lay it out for every channel and decide at all its edges."""
    use(read_schedule(raw, "fuzz.json"))


def use(plan: Schedule) -> None:
    """Lay a schedule out for every channel and decide at its first edges."""
    for channel in (SOUND, MAIN, TICKER):
        timeline = laid_out(plan, channel=channel, day=MONDAY)
        for segment in timeline.on_air[:50]:
            decide(timeline, (), segment.start_us)


def mutate_bytes(source: bytes, chance: Random) -> bytes:
    """Return a document with one to four bytes, words or pieces changed, dropped, doubled or moved."""
    for _ in range(chance.choice(HOW_MANY)):
        source = chance.choice(_BYTE_CHANGES)(source, chance)
    return source


def _flip(source: bytes, chance: Random) -> bytes:
    place = chance.randrange(len(source) + 1)
    return source[:place] + bytes([chance.randrange(256)]) + source[place + 1 :]


def _insert(source: bytes, chance: Random) -> bytes:
    place = chance.randrange(len(source) + 1)
    return source[:place] + chance.choice(_WORDS) + source[place:]


def _drop(source: bytes, chance: Random) -> bytes:
    place = chance.randrange(len(source) + 1)
    return source[:place] + source[place + chance.choice((1, 1, 2, 8, 64)) :]


def _double(source: bytes, chance: Random) -> bytes:
    begin, end = sorted((chance.randrange(len(source) + 1), chance.randrange(len(source) + 1)))
    return source[:end] + source[begin:end][:500] + source[end:]


def _cut(source: bytes, chance: Random) -> bytes:
    return source[: chance.randrange(len(source) + 1)]


_BYTE_CHANGES = (_flip, _flip, _insert, _insert, _drop, _double, _cut)
_WORDS = (
    *(b"null", b"true", b"-", b"1e9", b"1e999", b"0x", b'"', b"\\ud800", b"\\u0000", b"\0", b"\xff", b"\xef\xbb\xbf"),
    *(b"[", b"]", b"{", b"}", b",", b":", b"[" * 3000, b'{"a":' * 3000, b"9" * 5000, b"-1", b"nan", b"#", b"=", b"\n"),
)


def mutate_tree(tree: Tree, chance: Random, nasty: tuple[Any, ...]) -> Tree:
    """Return a copy of a tree with one to four of its nodes changed, dropped, doubled, buried or renamed."""
    tree = copy.deepcopy(tree)
    for _ in range(chance.choice(HOW_MANY)):
        places = list(_places(tree))
        if not places:
            return tree
        holder, key = chance.choice(places)
        chance.choice(_TREE_CHANGES)(holder, key, chance, nasty)
    return tree


def _places(tree: Tree) -> Iterator[tuple[Any, Any]]:
    keys = list(tree) if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    for key in keys:
        yield tree, key
        yield from _places(tree[key])


def _replace(holder: Any, key: Any, chance: Random, nasty: tuple[Any, ...]) -> None:  # noqa: ANN401 - any tree
    holder[key] = copy.deepcopy(chance.choice(nasty))


def _remove(holder: Any, key: Any, _chance: Random, _nasty: tuple[Any, ...]) -> None:  # noqa: ANN401 - any tree
    del holder[key]


def _rename(holder: Any, key: Any, chance: Random, nasty: tuple[Any, ...]) -> None:  # noqa: ANN401 - any tree
    if isinstance(holder, dict):
        letters = list(key) or ["x"]
        letters[chance.randrange(len(letters))] = chance.choice("aeiou_")
        holder["".join(letters) if chance.random() < 0.8 else chance.choice(NASTY_TEXTS)] = holder.pop(key)
    else:
        holder.append(copy.deepcopy(holder[key] if chance.random() < 0.7 else chance.choice(nasty)))


def _bury(holder: Any, key: Any, chance: Random, _nasty: tuple[Any, ...]) -> None:  # noqa: ANN401 - any tree
    for _ in range(chance.choice((1, 1, 2, 50))):
        holder[key] = [holder[key]] if chance.random() < 0.5 else {"x": holder[key]}


def _swap(holder: Any, key: Any, chance: Random, _nasty: tuple[Any, ...]) -> None:  # noqa: ANN401 - any tree
    other = chance.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
    holder[key], holder[other] = holder[other], holder[key]


_TREE_CHANGES = (_replace, _replace, _replace, _remove, _rename, _bury, _swap)
