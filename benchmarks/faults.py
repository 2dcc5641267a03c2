"""A box behind a bad network: drops, stalls, slices, two seconds of latency, a fifth of all connections lost.

A real source (`ttcs source`) and a real board that shows half-second texts on both of its channels, with a proxy of
faults between them, for messages and for content. Meanwhile commands are sent. All that was journalled and all that
was sent has to arrive, once. `TTCS_FAULTS_SECONDS` sets how long the network is bad.
"""

from __future__ import annotations

import json
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from benchmarks.report import Report, Row, machine
from firmware_py.core.records import Result
from firmware_py.core.reports import LAST_STATES
from firmware_py.core.wire import CommandKind, Role
from tests.link.proxy import PIECE_BYTES, Proxy
from tests.system.province import LinkedBox, Source, seconds_from_now, slot_from, source
from tests.system.world import text

USUAL_S = 300.0
RECORDS, COMMANDS = 500, 50
"""So many in the usual time; less time, fewer of them."""

SETTLING_S = 180.0
MINUTES = 60.0
LOSS = 0.2
LATENCY_S = 2.0
CUT_AFTER_BYTES = 12_000
SHORTEST_S, LONGEST_S = 3.0, 12.0
"""How long one fault lasts, but for short runs, which are to meet with all of them."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was to arrive at the source, what did, and what did more than once; `late_s` is after the last fault."""

    records: int
    records_there: int
    records_twice: int
    commands: int
    commands_obeyed: int
    answers_twice: int
    connections: int
    late_s: float


def run() -> Report:
    """Return how much of what was to arrive did, and how often."""
    seconds = float(os.environ.get("TTCS_FAULTS_SECONDS", USUAL_S))
    share = min(1.0, seconds / USUAL_S)
    found = measure(seconds, max(1, round(COMMANDS * share)))
    return {
        "name": "faults",
        "machine": machine(),
        "rows": [
            _row(f"play records in {seconds:g} s", found.records, RECORDS * share, found.records >= RECORDS * share),
            _all("of these at the source", "records", found.records_there, found.records),
            _all("of these there more than once", "records", found.records_twice, 0),
            _all("commands obeyed", "commands", found.commands_obeyed, found.commands),
            _all("answers that were given more than once", "answers", found.answers_twice, 0),
            _row("connections that it took", found.connections, None, None),
            {**_row("until the last was there, after the last fault", found.late_s, None, None), "unit": "s"},
        ],
    }


def measure(seconds: float, commands: int, seed: int = 1) -> Outcome:
    """Run a box for so many seconds behind a bad network, send it commands meanwhile, and wait for what is missing."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as directory, source(Path(directory)) as province:
        facts = province.place.facts()
        proxies = [Proxy(port, chance) for port in (facts.mqtt_port, facts.https_port)]
        box = _start_box(province, proxies)
        for proxy in proxies:
            proxy.loss = LOSS
        sent = _go_through(seconds, commands, proxies, chance, lambda: _send(province, box))
        over = {each.no for each in box.records() if each.result is not Result.ON_AIR}
        late_s = _settled(province, box, over, sent)
        return _outcome(province, box, over, sent, proxies, late_s)


def _start_box(province: Source, proxies: list[Proxy]) -> LinkedBox:
    """Start a board behind the proxies and have it show its texts."""
    changes = (
        f"link.broker.port={proxies[0].port}",
        f'link.broker.origins=["https://127.0.0.1:{proxies[1].port}"]',
        "link.broker.keepalive_s=10",
    )
    box = province.enrol("board", "bang", changes=changes)
    box.start()
    box.ready()
    province.put_in_force(_schedule(box.directory), box)
    box.until(box.records)
    return box


def _schedule(directory: Path) -> Path:
    """Write a schedule with two texts of half a second in turn on both channels."""
    pages, lines = ([text(f"{name}{number}", 0.5) for number in range(2)] for name in ("page", "line"))
    begin_us = seconds_from_now(-1)
    slots = [
        slot_from("pages", begin_us, *pages, repeat=9999),
        slot_from("lines", begin_us, *lines, repeat=9999, zone="ticker"),
    ]
    document = {"format": "ttcs-schedule/1", "version": 1, "bulletins": [*pages, *lines], "slots": slots}
    path = directory / "schedule.json"
    path.write_text(json.dumps(document))
    return path


def _go_through(
    seconds: float, commands: int, proxies: list[Proxy], chance: random.Random, send: Callable[[], str]
) -> list[str]:
    """Let the network be bad for so long, sending commands at even intervals; return their ids."""
    sent: list[str] = []
    begin_s = time.monotonic()
    for fault, lasts_s in _faults(seconds, chance):
        with fault(proxies):
            until_s = min(time.monotonic() + lasts_s, begin_s + seconds)
            while time.monotonic() < until_s:
                if len(sent) < min(commands, int(commands * (time.monotonic() - begin_s) / seconds) + 1):
                    sent.append(send())
                time.sleep(0.05)
        if time.monotonic() >= begin_s + seconds:
            break
    for proxy in proxies:
        proxy.loss = 0.0
    return sent


@contextmanager
def _late(proxies: list[Proxy]) -> Iterator[None]:
    """Have everything come two seconds late."""
    for proxy in proxies:
        proxy.delay_s = LATENCY_S
    yield
    for proxy in proxies:
        proxy.delay_s = 0.0


@contextmanager
def _sliced(proxies: list[Proxy]) -> Iterator[None]:
    """Have everything come in slices."""
    for proxy in proxies:
        proxy.piece_bytes, proxy.delay_s = 50, 0.005
    yield
    for proxy in proxies:
        proxy.piece_bytes, proxy.delay_s = PIECE_BYTES, 0.0


@contextmanager
def _stalled(proxies: list[Proxy]) -> Iterator[None]:
    """Let nothing pass, and say nothing."""
    for proxy in proxies:
        proxy.stall()
    yield
    for proxy in proxies:
        proxy.flow()


@contextmanager
def _away(proxies: list[Proxy]) -> Iterator[None]:
    """Have no network."""
    for proxy in proxies:
        proxy.refuse()
    yield
    for proxy in proxies:
        proxy.admit()


@contextmanager
def _dropped(proxies: list[Proxy]) -> Iterator[None]:
    """Cut what is there, and whatever comes after a handshake and a few messages."""
    for proxy in proxies:
        proxy.cut_after = CUT_AFTER_BYTES
        proxy.cut()
    yield
    for proxy in proxies:
        proxy.cut_after = None


Fault: TypeAlias = Callable[[list[Proxy]], AbstractContextManager[None]]
FAULTS: tuple[Fault, ...] = (_late, _sliced, _stalled, _away, _dropped)


def _faults(seconds: float, chance: random.Random) -> Iterator[tuple[Fault, float]]:
    """Yield faults without end, each kind once before any comes again, with how long each lasts."""
    longest_s = min(LONGEST_S, seconds / len(FAULTS))
    while True:
        for fault in chance.sample(FAULTS, len(FAULTS)):
            yield fault, chance.uniform(min(SHORTEST_S, longest_s), longest_s)


def _send(province: Source, box: LinkedBox) -> str:
    with province.desk() as desk:
        values: dict[str, object] = {"volume_pct": 50}
        (to,) = desk.boxes([box.name])
        return desk.order(to, CommandKind.VOLUME, MINUTES, values, Role.COMMAND).id


def _settled(province: Source, box: LinkedBox, over: set[int], sent: list[str]) -> float:
    """Wait until nothing is missing, or for too long; return the seconds."""
    begin_s = time.monotonic()
    while time.monotonic() < begin_s + SETTLING_S:
        if over <= {play["no"] for play in province.plays(box)} and all(_is_obeyed(province, box, n) for n in sent):
            break
        time.sleep(0.2)
    return time.monotonic() - begin_s


def _is_obeyed(province: Source, box: LinkedBox, name: str) -> bool:
    return bool(LAST_STATES.intersection(province.answers(box, name)))


def _outcome(
    province: Source, box: LinkedBox, over: set[int], sent: list[str], proxies: list[Proxy], late_s: float
) -> Outcome:
    records = Counter(play["no"] for play in province.plays(box))
    answers = Counter((each["id"], each["state"]) for each in province.said_of_commands(box))
    return Outcome(
        records=len(over),
        records_there=sum(no in records for no in over),
        records_twice=sum(count > 1 for count in records.values()),
        commands=len(sent),
        commands_obeyed=sum(province.answers(box, name).count("succeeded") for name in sent),
        answers_twice=sum(count > 1 for count in answers.values()),
        connections=sum(proxy.taken for proxy in proxies),
        late_s=round(late_s, 1),
    )


def _all(what: str, unit: str, ours: int, target: int) -> Row:
    return {**_row(what, ours, target, ours == target), "unit": unit}


def _row(what: str, ours: float, target: float | None, ok: bool | None) -> Row:  # noqa: FBT001 - a field of Row
    return Row(what=what, unit="", ours=ours, peer_name="", peer=None, ratio=None, target=target, ok=ok)
