"""The link's thread: it connects, serves the connection, waits, and connects again, for as long as the agent runs.

It alone touches the connection. Others leave a wish in a queue and ring a bell (a socket pair), to which the thread
listens together with the broker.
"""

from __future__ import annotations

import queue
import select
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Protocol

from firmware_py.core.errors import Code, Unavailable
from firmware_py.core.units import MINUTE, SECOND, MonoUs
from firmware_py.link.backoff import Backoff
from firmware_py.link.flapping import Flapping
from firmware_py.link.letters import Accepted, Came, Denied, End, Happening, Letter, Taken
from firmware_py.link.mqtt import Connection
from firmware_py.link.terms import Terms

SLACK = 4
"""How many letters more than was agreed may wait for confirmation: mosquitto 2.0.11 at times sends two for one."""

_SILENT = End("the broker takes the connection and does not answer; check that it is an MQTT 5 broker")
_DOUBLE = "another box has this box's certificate (a copied memory card?): the broker can only have one of them"


class Side(Protocol):
    """Whoever speaks and listens by way of the broker; called in the link's thread, so it only passes things on."""

    def up(self, number: int) -> None:
        """Connection `number` has come about."""

    def down(self, code: Code, detail: str) -> None:
        """There is no connection, for this reason; said once for as long as the reason stays the same."""

    def came(self, letter: Came, ticket: int) -> bool:
        """Take a letter; False for one that is nobody's business, True when its ticket will be given back."""

    def sent(self, no: int, code: str) -> None:
        """Hear that the broker has taken over the letter with this number, or why not."""

    def noticed(self, code: Code, detail: str) -> None:
        """Hear of something that a person should know of."""


@dataclass(frozen=True, slots=True)
class _Receipt:
    ticket: int


class _Leave:
    pass


class Keeper:
    """Keeps one side connected; `dial` returns an open connection with a number, or raises `Unavailable`.

    `number` is that of the next connection; it rises whenever the broker may have seen one. A ticket is good for the
    connection that its letter came by. `ticked_us` is the thread's last sign of life.
    """

    def __init__(
        self, dial: Callable[[int], Connection], side: Side, number: int, backoff: Backoff, terms: Terms
    ) -> None:
        self._dial, self._side, self._number = dial, side, number
        self._backoff, self._terms = backoff, terms
        self._flapping = Flapping(terms.short_s, terms.flaps)
        self._wishes: queue.SimpleQueue[Letter | _Receipt | _Leave] = queue.SimpleQueue()
        self._bell, self._rope = socket.socketpair()
        self._bell.setblocking(False)
        self._rope.setblocking(False)
        self._connection: Connection | None = None
        self._new_ticket = count(1)
        self._tickets: dict[int, Came] = {}
        self._trouble = ""
        self._leaving = False
        self.ticked_us: MonoUs = _mono_us()

    def publish(self, letter: Letter) -> None:
        """Have a letter sent; without a connection it is dropped and answered with `link_down`."""
        self._wish(letter)

    def acknowledge(self, ticket: int) -> None:
        """Have the letter with this ticket confirmed, if the connection that it came by is still there."""
        self._wish(_Receipt(ticket))

    def leave(self) -> None:
        """Have the thread say goodbye to the broker and end."""
        self._wish(_Leave())

    def run(self) -> None:
        """Work until `leave`; an exception is for whoever started the thread."""
        try:
            while not self._leaving:
                self._rest(self._backoff.pause_s())
                if not self._leaving:
                    self._attempt()
        finally:
            self._bell.close()
            self._rope.close()

    def _wish(self, wish: Letter | _Receipt | _Leave) -> None:
        self._wishes.put(wish)
        with suppress(OSError):  # either it rings already, or the thread has ended
            self._rope.send(b"\0")

    def _rest(self, seconds: float) -> None:
        until_us = _mono_us() + int(seconds * SECOND)
        poll = select.poll()
        poll.register(self._bell, select.POLLIN)
        while not self._leaving and self._tick() < until_us:
            left_s = (until_us - self.ticked_us) / SECOND
            poll.poll(min(left_s, self._terms.turn_s) * 1000 + 1)
            self._take_wishes()

    def _attempt(self) -> None:
        try:
            connection = self._dial(self._number)
        except Unavailable as error:
            self._flapping.unreachable()
            self._tell_down(error.code, error.detail)
            return
        self._number += 1
        self._connection = connection
        began_us = self._tick()
        self._serve(connection, began_us + int(self._terms.answer_s * SECOND))
        self._finish(connection, (self._tick() - began_us) / SECOND)

    def _serve(self, connection: Connection, settled_by_us: MonoUs) -> None:
        while connection.end is None:
            self._hear(connection.turn(self._bell.fileno(), self._terms.turn_s))
            self._take_wishes()
            if self._leaving:
                connection.leave()
            if self._tick() > settled_by_us and not connection.settled:
                connection.drop(_SILENT)

    def _finish(self, connection: Connection, lasted_s: float) -> None:
        self._hear(connection.turn(self._bell.fileno(), 0))
        self._connection = None
        self._tickets.clear()
        for no in connection.unanswered():
            self._tell_lost(no)
        if connection.end is None or self._leaving:
            return
        self._tell_down(Code.LINK_DOWN, connection.end.detail)
        if not connection.accepted:
            self._flapping.unreachable()
        else:
            self._backoff.connected(steady=lasted_s >= self._terms.steady_s)
            if self._flapping.ended(connection.end, lasted_s):
                self._make_way()

    def _make_way(self) -> None:
        seconds = self._backoff.rest_s(*self._terms.rest_s)
        minutes = max(1, round(seconds * SECOND / MINUTE))
        self._side.noticed(Code.LINK_FLAPPING, f"{_DOUBLE}; enrol it anew. This one tries again in {minutes} minutes")
        self._tell_down(Code.LINK_FLAPPING, _DOUBLE)
        self._rest(seconds)

    def _hear(self, happenings: list[Happening]) -> None:
        for happening in happenings:
            match happening:
                case Accepted():
                    self._trouble = ""
                    self._side.up(self._number - 1)
                case Denied(topic, reason):
                    what = f"{topic}: the broker refuses the subscription ({reason}); mend its access list"
                    self._side.noticed(Code.LINK_DOWN, what)
                case Taken(no, code):
                    self._side.sent(no, code)
                case Came():
                    self._take_in(happening)

    def _take_in(self, letter: Came) -> None:
        # A bound on what a broker can put into memory: by MQTT it must wait for our confirmations.
        limit = self._terms.receive_max + (SLACK if letter.qos else 0)
        if len(self._tickets) >= limit:
            if letter.qos and self._connection:
                self._connection.drop(End("the broker sends more at once than it may"))
            return
        ticket = next(self._new_ticket)
        self._tickets[ticket] = letter
        if not self._side.came(letter, ticket):
            self._confirm(ticket)

    def _confirm(self, ticket: int) -> None:
        letter = self._tickets.pop(ticket, None)
        if letter is not None and letter.qos and self._connection:
            self._connection.acknowledge(letter.mid)

    def _take_wishes(self) -> None:
        with suppress(BlockingIOError):
            self._bell.recv(4096)
        with suppress(queue.Empty):
            while True:
                self._grant(self._wishes.get_nowait())

    def _grant(self, wish: Letter | _Receipt | _Leave) -> None:
        match wish:
            case Letter() if self._connection and self._connection.accepted:
                self._connection.publish(wish)
            case Letter():
                self._tell_lost(wish.no)
            case _Receipt(ticket):
                self._confirm(ticket)
            case _Leave():
                self._leaving = True

    def _tell_lost(self, no: int) -> None:
        if no:
            self._side.sent(no, Code.LINK_DOWN)

    def _tell_down(self, code: Code, detail: str) -> None:
        if detail != self._trouble:
            self._trouble = detail
            self._side.down(code, detail)

    def _tick(self) -> MonoUs:
        self.ticked_us = _mono_us()
        return self.ticked_us


def in_thread(body: Callable[[], None], died: Callable[[BaseException], None]) -> threading.Thread:
    """Return a started thread whose exception is handed to `died`: a part that dies takes the process down."""

    def run() -> None:
        try:
            body()
        except BaseException as error:  # noqa: BLE001 - whatever it was, the process must not go on without this part
            died(error)

    thread = threading.Thread(target=run, name="link", daemon=True)
    thread.start()
    return thread


def _mono_us() -> MonoUs:
    return time.monotonic_ns() // 1000
