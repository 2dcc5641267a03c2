"""What is to go out: written by whoever signs, carried by the source, and said again to a broker that forgot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from firmware_py.core.units import WallUs
from firmware_py.field.province.book import Book

SENT = "sent"
"""The outcome of a message that the broker has taken over; else it says why not, or "" while it waits."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to be published; after `expires_us` it is worth nothing. `no` is 0 before it is kept.

    One with a `name` is said again, each time that its box comes, until the box has answered to that name.
    """

    topic: str
    body: bytes
    retain: bool
    expires_us: WallUs
    no: int = 0
    name: str = ""


class Post:
    """The outgoing part of a province's database."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def put(self, *letters: Letter) -> tuple[int, ...]:
        """Keep messages to be sent, all or none; return their numbers."""
        columns = "INSERT INTO outgoing (topic, body, retain, expires_us, name) VALUES (?, ?, ?, ?, ?)"
        with self._book.all_or_nothing():
            cursors = [
                self._book.run(columns, letter.topic, letter.body, int(letter.retain), letter.expires_us, letter.name)
                for letter in letters
            ]
        return tuple(cursor.lastrowid or 0 for cursor in cursors)

    def waiting(self, after: int) -> tuple[Letter, ...]:
        """Return what is to be sent, oldest first, from the first number after `after`."""
        columns = "topic, body, retain, expires_us, no, name"
        query = f"SELECT {columns} FROM outgoing WHERE outcome = '' AND no > ? ORDER BY no"  # noqa: S608 - no value
        return tuple(
            Letter(topic.decode(), body, bool(retain), expires_us, no, name.decode())
            for topic, body, retain, expires_us, no, name in self._book.run(query, after).fetchall()
        )

    def unanswered(self, device: str, now_us: WallUs) -> tuple[Letter, ...]:
        """Return what the broker has taken over for a box that has not said a word on it yet, oldest first."""
        query = """
            SELECT topic, body, expires_us FROM outgoing
            WHERE outcome = ? AND name != '' AND topic = ? AND expires_us > ?
            AND NOT EXISTS (SELECT 1 FROM answers WHERE answers.device = ? AND answers.id = outgoing.name)
            ORDER BY no
        """
        found = self._book.run(query, SENT, commands_of(device), now_us, device).fetchall()
        return tuple(Letter(topic.decode(), body, retain=False, expires_us=until_us) for topic, body, until_us in found)

    def done(self, letter: Letter, outcome: str) -> None:
        """Keep how a message fared; the last retained one of a topic is remembered for a broker that forgets."""
        with self._book.all_or_nothing():
            self._book.run("UPDATE outgoing SET outcome = ? WHERE no = ?", outcome, letter.no)
            if not letter.name:
                self._book.run("UPDATE outgoing SET body = x'' WHERE no = ?", letter.no)
            if letter.retain and outcome == SENT:
                values = (letter.topic, letter.body, letter.expires_us)
                self._book.run("INSERT OR REPLACE INTO retained VALUES (?, ?, ?)", *values)

    def outcome(self, no: int) -> str:
        """Return how a message fared, "" while it waits."""
        row = self._book.run("SELECT outcome FROM outgoing WHERE no = ?", no).fetchone()
        return row[0].decode() if row else ""

    def retained(self, now_us: WallUs) -> Iterator[Letter]:
        """Yield what the broker should hold for boxes that come later."""
        query = "SELECT topic, body, expires_us FROM retained WHERE expires_us > ?"
        for topic, body, expires_us in self._book.run(query, now_us).fetchall():
            yield Letter(topic.decode(), body, retain=True, expires_us=expires_us)


def commands_of(device: str) -> str:
    """Return the topic on which a box hears commands."""
    return f"ttcs/1/d/{device}/dn/cmd"
