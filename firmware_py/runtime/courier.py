"""Brings the events of the outbox to the source system, in batches, until the source itself has said that it has them.

The broker's receipt only says that a batch may be followed by the next one. After each connection, after a refusal and
after `AGAIN_US` without a word of the source, everything from the last word on is sent again; the source knows each
event by its epoch and number, so twice is once.
"""

from __future__ import annotations

from firmware_py.core import events as ev
from firmware_py.core.codec import to_json
from firmware_py.core.reports import MAX_BATCH, MAX_BATCH_BYTES, Batch, Event
from firmware_py.core.units import MINUTE, SECOND, MonoUs
from firmware_py.runtime.ports import Journal, Link

BACKLOG = 500
"""More events than this go to the content servers by HTTPS: after weeks without a network the broker is no way."""

BACKLOG_BATCH = 500
UPLOAD = "events"
GATHER_US = 3 * SECOND
"""How long an event waits for others: a message costs more than what is in it."""

AGAIN_US = 2 * MINUTE
IN_FLIGHT = 4


class Courier:
    """Reads the outbox and hands batches to the link. The loop calls it; nothing here waits."""

    def __init__(self, outbox: Journal, link: Link, device_id: str) -> None:
        self._outbox, self._link, self._device_id = outbox, link, device_id
        self._up = False
        self._sent_through = self._confirmed_through = 0
        self._in_flight: set[int] = set()
        self._uploading = self._by_broker = False
        self._batches = 0
        self._gathering_us: MonoUs | None = None
        self._heard_us: MonoUs = 0

    def greet(self, event: ev.LinkUp, now_us: MonoUs) -> ev.LinkUp:
        """Return the event with what waits in the outbox; everything is sent anew on this connection."""
        first, last = self._outbox.outbox_bounds()
        self._up, self._by_broker = True, False
        self._begin_again(now_us)
        return ev.LinkUp(event.connection, self._outbox.epoch, first, last)

    def waiting(self) -> tuple[int, int]:
        """Return the numbers of the first and the last event that waits."""
        return self._outbox.outbox_bounds()

    def brought(self, detail: str, now_us: MonoUs) -> None:
        """Take the content server's answer to a part of the backlog; "" when it has it."""
        self._uploading = False
        if detail:
            self._begin_again(now_us)
            self._by_broker = True
        else:
            self._gathering_us = now_us - GATHER_US

    def lose(self) -> None:
        """Take note that there is no connection."""
        self._up = False

    def written(self, now_us: MonoUs) -> None:
        """Take note that there may be new events."""
        if self._gathering_us is None:
            self._gathering_us = now_us

    def sent(self, event: ev.Sent, now_us: MonoUs) -> None:
        """Take the broker's receipt, or its refusal, for a batch."""
        if event.no not in self._in_flight:
            return
        self._in_flight.discard(event.no)
        if event.code:
            self._begin_again(now_us)
        elif self._sent_through < self._outbox.outbox_bounds()[1]:
            self._gathering_us = now_us - GATHER_US

    def forget(self, epoch: str, through: int, now_us: MonoUs) -> None:
        """Let go of what the source has; raise `Unavailable` when the disk takes nothing."""
        if epoch != self._outbox.epoch:
            return
        first, _ = self._outbox.outbox_bounds()
        self._heard_us = now_us
        if 0 < first <= through:
            self._outbox.forget(through)
        self._confirmed_through = max(self._confirmed_through, through)
        self._sent_through = max(self._sent_through, through)

    def pump(self, now_us: MonoUs) -> None:
        """Send what is due."""
        if not self._up:
            return
        if self._sent_through > self._confirmed_through and now_us > self._heard_us + AGAIN_US:
            self._begin_again(now_us)
        if self._gathering_us is not None and now_us >= self._gathering_us + GATHER_US:
            self._send_all()

    def _begin_again(self, now_us: MonoUs) -> None:
        self._sent_through = self._confirmed_through
        self._in_flight.clear()
        self._uploading = False
        self._gathering_us = self._heard_us = now_us

    def _send_all(self) -> None:
        _, last = self._outbox.outbox_bounds()
        if last - self._sent_through > BACKLOG and not self._by_broker:
            self._send_backlog()
            return
        while len(self._in_flight) < IN_FLIGHT:
            events = self._outbox.outbox(self._sent_through, MAX_BATCH)
            if not events:
                self._gathering_us = None
                return
            self._send(events)

    def _send(self, events: tuple[Event, ...]) -> None:
        body = self._body(events)
        while len(body) > MAX_BATCH_BYTES and len(events) > 1:
            events = events[: len(events) // 2]
            body = self._body(events)
        self._batches += 1
        self._sent_through = events[-1].no
        self._in_flight.add(self._batches)
        self._link.publish(ev.Publish(ev.Topic.EVENTS, body, self._batches))

    def _send_backlog(self) -> None:
        """Hand one large batch to the content servers; their answer brings the next one."""
        if self._uploading or self._in_flight:
            return
        events = self._outbox.outbox(self._sent_through, BACKLOG_BATCH)
        if events:
            self._uploading = True
            self._sent_through = events[-1].no
            self._link.backlog(self._body(events))

    def _body(self, events: tuple[Event, ...]) -> bytes:
        return to_json(Batch(self._device_id, self._outbox.epoch, events))
