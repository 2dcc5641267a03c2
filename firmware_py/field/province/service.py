"""The source at work: broker, content server, ingest and outgoing post, driven by one loop in one thread.

The connections of the content server have threads of their own; a backlog that comes there is handed to the loop and
waited for, so that the database has one writer in this process.
"""

from __future__ import annotations

import logging
import queue
import select
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Self

from firmware_py.core.envelope import MAX_BYTES
from firmware_py.core.errors import Code, Malformed, Unavailable
from firmware_py.core.units import SECOND, WallUs
from firmware_py.field.province.bell import Bell
from firmware_py.field.province.book import Book
from firmware_py.field.province.broker import Broker, check_port
from firmware_py.field.province.client import Client
from firmware_py.field.province.content import ContentServer
from firmware_py.field.province.ingest import Ingest
from firmware_py.field.province.place import KEYRING_TOPIC, SOURCE, Place
from firmware_py.field.province.post import SENT, Letter, Post
from firmware_py.field.province.signer import Signer
from firmware_py.link.crypto.certificates import Authority

TICK_S = 1.0
START_LIMIT_S = 10.0
RECONNECT_S = 0.5
BACKLOG_LIMIT_S = 30.0
MAX_LETTER_BYTES = MAX_BYTES - 2048
"""The broker's limit is that of an envelope, and holds for topic and properties too; what breaks it is cut off."""

_log = logging.getLogger(__name__)


def wall_us() -> WallUs:
    """Return this machine's wall clock."""
    return time.time_ns() // 1000


@dataclass(slots=True)
class _Backlog:
    """A batch that a thread of the content server waits to see kept; the answer is "" or what is wrong with it."""

    device: str
    raw: bytes
    answer: queue.SimpleQueue[str] = field(default_factory=queue.SimpleQueue)


class Service:
    """A province that runs. `tell` gets a line for people of everything that happens.

    Raises `Unavailable` when a port is taken or mosquitto cannot be started.
    """

    def __init__(self, place: Place, tell: Callable[[str], None]) -> None:
        self._place, self._tell, self._facts = place, tell, place.facts()
        self._backlogs: queue.SimpleQueue[_Backlog] = queue.SimpleQueue()
        self._letters: dict[int, Letter] = {}
        self._handed_on, self._connect_at_s = 0, 0.0
        self._parts = ExitStack()
        try:
            self._start(Authority.load(place.ca))
            self._listen()
        except BaseException:
            self.close()
            raise

    def _start(self, authority: Authority) -> None:
        """Start all parts; each is noted at once, so that what has started ends also when the next cannot."""
        facts, place, end = self._facts, self._place, self._parts.callback
        names = dict.fromkeys(("localhost", "127.0.0.1", facts.near, facts.host))
        server, own = authority.issue_server(names), authority.issue_device(SOURCE)
        check_port(facts.bind, facts.https_port)
        self._book = Book(place.book)
        end(self._book.close)
        self._bell = Bell(place.bell)
        end(self._bell.close)
        self.broker = Broker.start(place, facts, authority.ca_path, server)
        end(self.broker.stop)
        where = (facts.bind, facts.https_port)
        self._content = ContentServer(where, authority.ca_path, server, place.content, place.up, self._take_backlog)
        end(self._content.close)
        self._post = Post(self._book)
        self._ingest = Ingest(self._book, Signer.load(place.root), wall_us, self._tell)
        self._client = Client(SOURCE, own, authority.ca_path, self._take, self._on_connected, self._on_sent)
        end(self._client.close)
        if self._book.was_corrupt:
            self._tell(self._book.was_corrupt)

    def _listen(self) -> None:
        """Be subscribed before anybody else can be there: what a box says to nobody is lost."""
        until_s = time.monotonic() + START_LIMIT_S
        while not self._client.up:
            if time.monotonic() > until_s:
                raise Unavailable(Code.LINK_DOWN, f"the broker does not take the source on; see {self._place.broker}")
            self.turn(RECONNECT_S)

    def run_until(self, is_over: Callable[[], bool]) -> None:
        """Work until `is_over` says so; raise `Unavailable` when a part has died."""
        while not is_over():
            self.turn(TICK_S)

    def turn(self, wait_s: float) -> None:
        """Do what is to be done, having waited for it for so long at most."""
        self._check_parts()
        if self._client.waits_on is None:
            self._connect()
        self._wait(wait_s)
        self._client.turn()
        self._answer_backlogs()
        self._send_waiting()

    def close(self) -> None:
        """End all parts, the last one first."""
        self._parts.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check_parts(self) -> None:
        if self.broker.ended:
            raise Unavailable(Code.LINK_DOWN, f"mosquitto has ended: {self.broker.ended}; start again")
        if not self._content.is_alive:
            raise Unavailable(Code.LINK_DOWN, "the content server has ended; start again")

    def _wait(self, wait_s: float) -> None:
        way = self._client.waits_on
        bell = self._bell.fileno()
        ready = [bell] if way is None else [bell, way]
        write = [way] if way is not None and self._client.wants_to_write else []
        limit_s = RECONNECT_S if way is None else wait_s
        readable, _, _ = select.select(ready, write, (), 0 if self._client.is_behind else min(limit_s, wait_s))
        if bell in readable:
            self._bell.quieten()

    def _connect(self) -> None:
        if time.monotonic() >= self._connect_at_s:
            self._connect_at_s = time.monotonic() + RECONNECT_S
            why_not = self._client.connect(self._facts.near, self._facts.mqtt_port)
            if why_not:
                self._tell(f"the broker cannot be reached: {why_not}")

    def _on_connected(self) -> None:
        """Say again what a broker that lost its store has forgotten; one that did not replaces it with the same."""
        for letter in self._post.retained(wall_us()):
            self._publish(letter)

    def _take(self, topic: str, raw: bytes) -> None:
        answer = self._ingest.take(topic, raw)
        if answer:
            self._publish(answer)
            if topic.endswith("/up/hello"):
                self._remind(topic.split("/")[3])

    def _remind(self, device: str) -> None:
        """Say again to a box that has come what it has not answered: the broker's queue for it may be lost."""
        for letter in self._post.unanswered(device, wall_us()):
            self._publish(letter)

    def _take_backlog(self, device: str, raw: bytes) -> str:
        """Have a batch kept, called from a thread of the content server; raise TimeoutError when that takes long."""
        backlog = _Backlog(device, raw)
        self._backlogs.put(backlog)
        self._bell.ring()
        try:
            return backlog.answer.get(timeout=BACKLOG_LIMIT_S)
        except queue.Empty as error:
            raise TimeoutError from error

    def _answer_backlogs(self) -> None:
        while not self._backlogs.empty():
            backlog = self._backlogs.get()
            try:
                letter = self._ingest.take_backlog(backlog.device, backlog.raw)
            except Malformed as error:
                self._tell(f"{backlog.device}: backlog passed over: {error}")
                backlog.answer.put(str(error))
                continue
            if letter:
                self._publish(letter)
            backlog.answer.put("")

    def _send_waiting(self) -> None:
        if not self._client.up:
            return
        for letter in self._post.waiting(self._handed_on):
            self._handed_on = letter.no
            if letter.expires_us <= wall_us():
                self._post.done(letter, "expired before it could be sent")
            elif len(letter.body) > MAX_LETTER_BYTES:
                self._post.done(letter, "is larger than the broker takes")
            else:
                self._letters[letter.no] = letter
                self._publish(letter)

    def _publish(self, letter: Letter) -> None:
        if self._client.up:
            expiry_s = max(1, min(2**32 - 2, (letter.expires_us - wall_us()) // SECOND))
            self._client.publish(letter.topic, letter.body, retain=letter.retain, expiry_s=expiry_s, no=letter.no)

    def _on_sent(self, no: int, why_not: str) -> None:
        letter = self._letters.pop(no, None)
        if letter:
            self._post.done(letter, why_not or SENT)
            self._tell(f"to {letter.topic}: {why_not or 'sent'}")
            if letter.topic == KEYRING_TOPIC:
                self._ingest.sign_with(Signer.load(self._place.root))
