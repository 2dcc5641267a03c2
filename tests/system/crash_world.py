"""The vocabulary of the crash matrix: a box that dies at its points, is started again each time, and has to obey.

Every box goes through the same story at one province, in an area of its own: a schedule with three sounds, two volumes,
a snapshot, an alert with a voice, a test of the way that is not to be heard, `next`; where the point needs it, a
restart. What the source, the journal and the output know of it in the end is an `Account`.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from firmware_py.core.codec import from_json
from firmware_py.core.overview import OnAir
from firmware_py.core.reports import LAST_STATES, AlertState
from firmware_py.core.units import WallUs
from firmware_py.core.wire import AlertStatus, AlertText, CommandKind, Role
from firmware_py.field.province.book import Box as Enrolled
from firmware_py.field.province.boxes import equip
from firmware_py.field.province.desk import Desk, Words
from firmware_py.field.province.manifest import Published, publish_schedule
from firmware_py.field.province.place import Place
from firmware_py.field.province.service import wall_us
from tests.system.crash_launcher import DEATHS, HEARD, NOWHERE, WRITTEN
from tests.system.crash_points import Point, deaths
from tests.system.province import LinkedBox
from tests.system.world import Json
from tests.waiting import until

VERSION = 7
SOUNDS = {"mot": 200_000, "hai": 9_000, "ba": 10_000}
"""The playlist of the schedule, and how many bytes each of its files has: the first comes in several pieces."""

VOLUMES_PCT = (30, 60)
STORY_S = 60.0
LAST_ALERT_STATES = frozenset(AlertState) - {AlertState.RECEIVED, AlertState.ON_AIR}
COMMAND_MINUTES = 5.0

_VOLUME = "SELECT value FROM controls WHERE name = 'volume_pct'"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Account:
    """What is known of a story when it is over; the times in notes are monotonic, in microseconds.

    `heard`, `written` and `died` are the notes of the box's lives. `events` (epoch, number, kind, body) are those at
    the source, `answers` (id, seq, state) what it has put down from them; `plays` and `faults` are the bodies in the
    box's journal, `waiting` is how many events its outbox has, `sounds` are the hashes of its whole content.
    """

    point: Point
    began_us: WallUs
    statuses: tuple[int, ...]
    commands: tuple[str, ...]
    alert: str
    test: str
    heard: list[Json]
    written: list[Json]
    died: list[Json]
    events: list[tuple[str, int, str, Json]]
    answers: list[tuple[str, int, str]]
    plays: list[Json]
    faults: list[Json]
    waiting: int
    volume_pct: int | None
    now_on_air: str
    sounds: frozenset[str]
    log: str


@dataclass(slots=True)
class CrashBox(LinkedBox):
    """A box whose n-th life is deadly at the n-th of its points; whenever it has ended it is started again."""

    points: tuple[Point, ...] = ()
    statuses: list[int] = field(default_factory=list)

    @property
    def notes(self) -> Path:
        """Where its lives leave their notes."""
        return self.directory / "notes"

    def tend(self) -> None:
        """Start the agent if it does not run, as systemd does."""
        if self.process is not None and self.process.poll() is None:
            return
        if self.process is not None:
            self.statuses.append(self.process.returncode)
        died = len(read_notes(self.notes / DEATHS))
        name = self.points[died].name if died < len(self.points) else NOWHERE
        self.program = ("-m", "tests.system.crash_launcher", name, str(self.notes))
        self.start()

    def obey(self, condition: Callable[[], T | None], what: str) -> T:
        """Wait for a true value, and start the agent whenever it has died."""

        def come() -> T | None:
            self.tend()
            return condition()

        try:
            return until(come, STORY_S)  # type: ignore[return-value]  # what is true is no None
        except AssertionError as error:
            raise AssertionError(f"{self.name}: waited for {what}\n{self.log}") from error

    def output_is_ready(self) -> bool:
        """Return whether the present life can be heard."""
        status = self._own_status()
        return status is not None and status.output == "ready"

    def program_on_air(self) -> OnAir | None:
        """Return what of the schedule is on air, if it is in force and something of it is."""
        status = self._own_status()
        if status is None or status.version != VERSION:
            return None
        channel = status.on_air[0]
        return channel if channel.bulletin_id in SOUNDS else None


def read_notes(path: Path) -> list[Json]:
    """Return the notes in a file, none when there is no file."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def is_whole(path: Path) -> bool:
    """Return whether a file of the content store is what its name says, and not something that lies beside one."""
    return hashlib.sha256(path.read_bytes()).hexdigest() == path.name


def publish(place: Place, folder: Path) -> Published:
    """Put the schedule of all stories on the content server: each sound is to last longer than anybody waits."""
    for name, size in SOUNDS.items():
        (folder / f"{name}.wav").write_bytes(name.encode() * (size // len(name)))
    bulletins = [{"id": name, "kind": "audio", "content": [{"path": f"{name}.wav"}]} for name in SOUNDS]
    slots = [{"id": "s", "days": "always", "playlist": list(SOUNDS)}]
    document = {"format": "ttcs-schedule/1", "version": VERSION, "bulletins": bulletins, "slots": slots}
    (folder / "schedule.json").write_text(json.dumps(document))
    return publish_schedule(place, folder / "schedule.json")[0]


class Story:
    """One box from its enrolment to its account; used by one thread."""

    def __init__(self, place: Place, directory: Path, point: Point) -> None:
        self._desk = Desk(place)
        self._place, self._point = place, point
        self._enrolled = Enrolled(point.name, "speaker", point.name, ("62", f"xa-{point.name}"))
        self._commands: list[str] = []
        self._began_us = wall_us()
        equip(place, self._enrolled, directory / point.name)
        self.box = CrashBox(
            directory / point.name,
            "speaker",
            name=point.name,
            changes=("link.poll_s=0.2",),
            points=deaths(point),
        )
        self.box.notes.mkdir()

    def tell(self, schedule: Published) -> Account:
        """Go through the story and return the account of it."""
        with closing(self._desk):
            try:
                return self._account(*self._play(schedule))
            finally:
                self.box.end()

    def _play(self, schedule: Published) -> tuple[str, str]:
        """Say everything that the box is to obey, and wait until it has; return the ids of the alert and the test."""
        self._desk.point_at((self._enrolled,), schedule)
        self.box.obey(lambda: self._desk.book.said(self.box.name, "status").get("online"), "the birth message")
        self.box.obey(self.box.output_is_ready, "the output")
        for volume_pct in VOLUMES_PCT:
            self._order(CommandKind.VOLUME, volume_pct=volume_pct)
        self._order(CommandKind.SNAPSHOT)
        alert, test = self._alert(AlertStatus.ACTUAL), self._alert(AlertStatus.TEST)
        self._await_commands()
        self.box.obey(lambda: self._last_words(alert, LAST_ALERT_STATES), "the last word on the alert")
        self.box.obey(lambda: self._last_words(test, LAST_ALERT_STATES), "the last word on the test")
        self.box.obey(self.box.program_on_air, "the schedule")
        self._order(CommandKind.NEXT)
        self._await_commands()
        if self._point.restarts:
            boot_id = self._desk.book.said(self.box.name, "status")["boot_id"]
            self._order(CommandKind.RESTART, boot_id=boot_id)
            self._await_commands()
        self.box.obey(self._all_died, f"its death at {self._point.name}, which is never met with")
        self.box.obey(self.box.program_on_air, "the schedule, at the end")
        self.box.obey(self._nothing_waits, "an empty outbox")
        return alert, test

    def _order(self, kind: CommandKind, **values: object) -> None:
        command = self._desk.order(self._enrolled, kind, COMMAND_MINUTES, values, Role.COMMAND)
        self._commands.append(command.id)

    def _alert(self, status: AlertStatus) -> str:
        voice = self.box.directory / "voice.opus"
        voice.write_bytes(b"a voice")
        words = Words("Lũ quét", (AlertText("vi", "Lũ quét", "Di chuyển lên chỗ cao."),), voice=voice, minutes=5.0)
        return self._desk.alert(self._enrolled.areas[1:], status, words)[0].id

    def _await_commands(self) -> None:
        for command in self._commands:
            self.box.obey(lambda name=command: self._last_words(name, LAST_STATES), f"the last word on {command}")  # type: ignore[misc]

    def _last_words(self, identifier: str, words: frozenset[Any]) -> bool:
        return any(answer.state in words for answer in self._desk.book.answers(identifier))

    def _all_died(self) -> bool:
        return len(read_notes(self.box.notes / DEATHS)) == len(self.box.points)

    def _nothing_waits(self) -> bool:
        """Return whether the source has everything, and the box knows that."""
        return (
            self._read("SELECT count(*) FROM sqlite_sequence WHERE name = 'events'") == [(1,)] and not self._waiting()
        )

    def _waiting(self) -> int:
        return int(self._read("SELECT count(*) FROM events")[0][0])

    def _account(self, alert: str, test: str) -> Account:
        box, book = self.box, self._desk.book
        on_air = box.obey(box.program_on_air, "the schedule, for the account")
        rows = book.run("SELECT epoch, no, kind, body FROM events WHERE device = ? ORDER BY no", box.name).fetchall()
        told = [answer for name in (*self._commands, alert, test) for answer in book.answers(name)]
        return Account(
            point=self._point,
            began_us=self._began_us,
            statuses=tuple(box.statuses),
            commands=tuple(self._commands),
            alert=alert,
            test=test,
            heard=read_notes(box.notes / HEARD),
            written=read_notes(box.notes / WRITTEN),
            died=read_notes(box.notes / DEATHS),
            events=[(epoch.decode(), no, kind.decode(), from_json(body)) for epoch, no, kind, body in rows],
            answers=[(answer.id, answer.seq, answer.state) for answer in told],
            plays=[json.loads(raw) for (raw,) in self._read("SELECT record FROM plays ORDER BY no")],
            faults=[json.loads(raw) for (raw,) in self._read("SELECT fault FROM faults ORDER BY no")],
            waiting=self._waiting(),
            volume_pct=next((row[0] for row in self._read(_VOLUME)), None),
            now_on_air=on_air.bulletin_id,
            sounds=frozenset(
                path.name for path in (box.directory / "state" / "content").glob("??/*") if is_whole(path)
            ),
            log=box.log,
        )

    def _read(self, query: str) -> list[Any]:
        path = self.box.directory / "state" / "journal.db"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            return db.execute(query).fetchall()
