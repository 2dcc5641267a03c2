"""Boxes on a link, for tests: what each has heard, and terms with less time than a real one has."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TypeVar

from firmware_py.core import events as ev
from firmware_py.core import settings
from firmware_py.core.trust import Identity
from firmware_py.link.terms import Terms
from firmware_py.link.uplink import MqttLink
from tests.waiting import until

E = TypeVar("E")
AREAS = ("62", "62.08", "62.08.1")
QUICK = Terms(will_delay_s=1, connect_s=3, answer_s=3, turn_s=0.1, first_s=0.03, steady_s=1, short_s=2)


class Box:
    """A link with its loop's side: `events` in order, `deaths` of the thread."""

    def __init__(self, config: settings.Broker, device: str, *, number: int = 1, terms: Terms = QUICK) -> None:
        self.events: list[ev.Event] = []
        self.deaths: list[BaseException] = []
        self.device = device
        self.link = MqttLink(config, Identity(device, AREAS), "boot-1", number, self.hear, random.Random(number), terms)

    def hear(self, event: ev.Event) -> None:
        """Take an event from the link."""
        self.events.append(event)

    def start(self) -> None:
        """Start the link."""
        self.link.start(self.deaths.append)

    def ready(self) -> None:
        """Wait until the box is connected and its subscriptions are in force: only then a broker keeps messages."""
        self.wait(ev.LinkUp)
        until(lambda: self.link._keeper._connection and self.link._keeper._connection.settled)

    def is_gone(self) -> bool:
        """Return whether the link's thread has ended."""
        return self.link._keeper._bell.fileno() < 0

    def of(self, kind: type[E]) -> list[E]:
        """Return the events of a kind."""
        return [event for event in self.events if isinstance(event, kind)]

    def wait(self, kind: type[E], count: int = 1, timeout_s: float = 5.0) -> list[E]:
        """Wait for so many events of a kind and return all of them."""
        until(lambda: len(self.of(kind)) >= count or self.deaths, timeout_s)
        assert not self.deaths
        return self.of(kind)

    def bodies(self) -> list[bytes]:
        """Return the envelopes that have come, in order."""
        return [event.raw for event in self.of(ev.Arrived)]

    def down(self, name: str) -> str:
        """Return one of this box's topics for what comes down."""
        return f"ttcs/1/d/{self.device}/dn/{name}"

    def up(self, name: str) -> str:
        """Return one of this box's topics for what goes up."""
        return f"ttcs/1/d/{self.device}/up/{name}"


class Obliging(Box):
    """A box that confirms at once whatever arrives, from within the link's thread."""

    def hear(self, event: ev.Event) -> None:
        """Take an event and confirm it."""
        super().hear(event)
        if isinstance(event, ev.Arrived):
            self.link.acknowledge(event.ticket)


Make = Callable[..., Box]
