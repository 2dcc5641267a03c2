"""What a province knows: its boxes, what each said last, and their events, each kept once however often it came."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from firmware_py.core.codec import from_json, to_json
from firmware_py.core.units import WallUs
from firmware_py.field.province.tables import prepare
from firmware_py.store.database import open_database, transaction

ANSWERS = ("command", "alert")


@dataclass(frozen=True, slots=True)
class Box:
    """An enrolled box: what it is and its chain of areas, from the province to its own."""

    id: str
    product: str
    name: str
    areas: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """An event as it came: one of play, fault, command, alert, with the fields of that type. `arrival` counts all.

    It is not `fresh` when it is an answer that was given at once, outside the batches, and is known already.
    """

    arrival: int
    device: str
    kind: str
    body: dict[str, Any]
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What a box said to a command or alert; `seq` is 0 for a command."""

    arrival: int
    device: str
    id: str
    seq: int
    state: str
    at_us: WallUs
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Sent:
    """An alert that was sent to an area, as much of it as a cancel must repeat."""

    id: str
    area: str
    status: str
    event: str
    expires_us: WallUs


class Book:
    """The database of a province, for the thread that opened it; several processes may have it open.

    `was_corrupt` says what was wrong with a file that had to be set aside, else it is "".
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db, self.was_corrupt = open_database(path, prepare)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def all_or_nothing(self) -> AbstractContextManager[None]:
        """Commit on leaving the block; raise `Unavailable` when the disk does not take it."""
        return transaction(self._db, self._path)

    def run(self, statement: str, *values: object) -> sqlite3.Cursor:
        """Run a statement of SQL; text comes back as bytes."""
        return self._db.execute(statement, values)

    def next_number(self, name: str, at_least: int) -> int:
        """Return a number above every one that this name was ever given, on disk before it is used.

        `at_least` is the time in milliseconds: a province that lost its database still counts upwards.
        """
        with self.all_or_nothing():
            row = self.run("SELECT value FROM numbers WHERE name = ?", name).fetchone()
            number = max(row[0] + 1 if row else 1, at_least)
            self.run("INSERT OR REPLACE INTO numbers VALUES (?, ?)", name, number)
        return number

    def enrol(self, box: Box) -> None:
        """Keep a box, in place of one with its id."""
        areas = to_json(box.areas).decode()
        with self.all_or_nothing():
            self.run("INSERT OR REPLACE INTO boxes VALUES (?, ?, ?, ?)", box.id, box.product, box.name, areas)

    def boxes(self) -> tuple[Box, ...]:
        """Return the enrolled boxes by id."""
        rows = self.run("SELECT id, product, name, areas FROM boxes ORDER BY id").fetchall()
        return tuple(_box(*row) for row in rows)

    def note(self, device: str, topic: str, body: dict[str, Any], at_us: WallUs) -> None:
        """Keep what a box said of itself, in place of what it said there before."""
        text = to_json(body).decode()
        with self.all_or_nothing():
            self.run("INSERT OR REPLACE INTO said VALUES (?, ?, ?, ?)", device, topic, text, at_us)

    def said(self, device: str, topic: str) -> dict[str, Any]:
        """Return what a box said last on a topic; empty when it said nothing."""
        row = self.run("SELECT body FROM said WHERE device = ? AND topic = ?", device, topic).fetchone()
        return dict(from_json(row[0])) if row else {}

    def heard_us(self, device: str) -> WallUs:
        """Return when a box was last heard of, 0 for never."""
        return int(self.run("SELECT coalesce(max(at_us), 0) FROM said WHERE device = ?", device).fetchone()[0])

    def take(
        self, device: str, epoch: str, events: Iterable[tuple[int, str, dict[str, Any]]], at_us: WallUs
    ) -> tuple[Row, ...]:
        """Keep events (number, kind, body) of a box in one commit; return those that were not there yet.

        A number that a batch leaves out is one that the box no longer has, and is waited for no longer.
        """
        rows, new = tuple(events), []
        with self.all_or_nothing():
            for no, kind, body in rows:
                values = (device, epoch, no, kind, to_json(body).decode(), at_us)
                columns = "INSERT OR IGNORE INTO events (device, epoch, no, kind, body, at_us)"
                cursor = self.run(f"{columns} VALUES (?, ?, ?, ?, ?, ?)", *values)
                if cursor.rowcount:
                    fresh = kind not in ANSWERS or self._answer(device, body)
                    new.append(Row(cursor.lastrowid or 0, device, kind, body, fresh))
            self._advance(device, epoch, 0, sorted(no for no, _, _ in rows))
        return tuple(new)

    def begin_at(self, device: str, epoch: str, first: int) -> None:
        """Take note that a box has nothing below `first` any more: nobody can wait for that."""
        with self.all_or_nothing():
            self._advance(device, epoch, first - 1)

    def through(self, device: str, epoch: str) -> int:
        """Return the number up to which everything of an epoch is here, 0 when not even the first."""
        row = self.run("SELECT through FROM acks WHERE device = ? AND epoch = ?", device, epoch).fetchone()
        return int(row[0]) if row else 0

    def _advance(self, device: str, epoch: str, at_least: int, batch: Sequence[int] = ()) -> None:
        through = max(self.through(device, epoch), at_least)
        if batch and batch[0] <= through + 1:
            through = max(through, batch[-1])
        query = "SELECT no FROM events WHERE device = ? AND epoch = ? AND no > ? ORDER BY no"
        for (no,) in self.run(query, device, epoch, through):
            if no != through + 1:
                break
            through = no
        self.run("INSERT OR REPLACE INTO acks VALUES (?, ?, ?)", device, epoch, through)

    def answered(self, device: str, body: dict[str, Any]) -> bool:
        """Keep an answer to a command or alert; return whether it is new."""
        with self.all_or_nothing():
            return self._answer(device, body)

    def _answer(self, device: str, body: dict[str, Any]) -> bool:
        said = [str(body.get(name, "")) for name in ("id", "state", "code", "detail")]
        seq, at_us = (_whole(body.get(name)) for name in ("seq", "at_us"))
        columns = "INSERT OR IGNORE INTO answers (device, id, seq, state, at_us, code, detail)"
        values = (device, said[0], seq, said[1], at_us, said[2], said[3])
        return bool(self.run(f"{columns} VALUES (?, ?, ?, ?, ?, ?, ?)", *values).rowcount)

    def answers(self, identifier: str, after: int = 0) -> Iterator[Answer]:
        """Yield what boxes said to a command or alert, in the order of arrival, from the first after `after`."""
        columns = "SELECT arrival, device, id, seq, state, at_us, code, detail FROM answers"
        for row in self.run(f"{columns} WHERE id = ? AND arrival > ? ORDER BY arrival", identifier, after).fetchall():
            yield _answer(*row)

    def last_answer(self) -> int:
        """Return the number of the newest answer, 0 when there is none."""
        return int(self.run("SELECT coalesce(max(arrival), 0) FROM answers").fetchone()[0])

    def events(self, after: int = 0, device: str = "") -> Iterator[Row]:
        """Yield events in the order of arrival, from the first after `after`, of one box or of all."""
        where = "arrival > ? AND ? IN ('', device)"
        query = f"SELECT arrival, device, kind, body FROM events WHERE {where} ORDER BY arrival"  # noqa: S608 - no value
        for arrival, box, kind, body in self.run(query, after, device).fetchall():
            yield Row(arrival, box.decode(), kind.decode(), dict(from_json(body)))

    def alert_sent(self, alert: Sent) -> None:
        """Keep that an alert was sent, in place of what was sent to its area under its id before."""
        values = (alert.id, alert.area, alert.status, alert.event, alert.expires_us)
        with self.all_or_nothing():
            self.run("INSERT OR REPLACE INTO alerts VALUES (?, ?, ?, ?, ?)", *values)

    def alerts_sent(self, identifier: str) -> tuple[Sent, ...]:
        """Return to which areas an alert was sent."""
        query = "SELECT area, status, event, expires_us FROM alerts WHERE id = ? ORDER BY area"
        rows = self.run(query, identifier).fetchall()
        return tuple(Sent(identifier, row[0].decode(), row[1].decode(), row[2].decode(), row[3]) for row in rows)

    def last_play(self, device: str) -> dict[str, Any]:
        """Return the newest play record of a box; empty when it has sent none."""
        query = "SELECT body FROM events WHERE device = ? AND kind = 'play' ORDER BY arrival DESC LIMIT 1"
        row = self.run(query, device).fetchone()
        return dict(from_json(row[0])) if row else {}

    def last_arrival(self) -> int:
        """Return the number of the newest event, 0 when there is none."""
        return int(self.run("SELECT coalesce(max(arrival), 0) FROM events").fetchone()[0])


def _box(identifier: bytes, product: bytes, name: bytes, areas: bytes) -> Box:
    return Box(identifier.decode(), product.decode(), name.decode(), tuple(from_json(areas)))


def _answer(arrival: int, *rest: Any) -> Answer:  # noqa: ANN401 - a row of SQL
    device, identifier, seq, state, at_us, code, detail = rest
    words = (state.decode(), at_us, code.decode(), detail.decode())
    return Answer(arrival, device.decode(), identifier.decode(), seq, *words)


def _whole(value: object) -> int:
    return value if type(value) is int and abs(value) < 2**62 else 0
