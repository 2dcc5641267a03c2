"""What comes up from the boxes: kept, told to whoever watches, and answered with a signed Sync.

Events are kept before anything is answered, each once by (box, epoch, number). Nothing that a box says can stop the
source: what cannot be read is named and passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from firmware_py.core.codec import from_json
from firmware_py.core.envelope import MAX_BYTES
from firmware_py.core.errors import Malformed
from firmware_py.core.units import MINUTE, WallUs
from firmware_py.core.wire import MAX_SEQ, Sync
from firmware_py.field.province.book import Book
from firmware_py.field.province.lines import event_line, said_line
from firmware_py.field.province.post import Letter
from firmware_py.field.province.signer import Signer

SYNC_LASTS_US = 5 * MINUTE
MAX_BACKLOG_BYTES = 16 * 1024 * 1024
KINDS = ("play", "fault", "command", "alert")
UNKNOWN = "unknown"

_TOPIC = re.compile(r"ttcs/1/d/([^/+#]{1,64})/up/([a-z_]{1,32})")


class Ingest:
    """The receiving part of the source; `tell` gets a line for people. Used by one thread."""

    def __init__(self, book: Book, signer: Signer, clock: Callable[[], WallUs], tell: Callable[[str], None]) -> None:
        self._book, self._signer, self._clock, self._tell = book, signer, clock, tell

    def sign_with(self, signer: Signer) -> None:
        """Sign with other keys from now on: the keyring has changed."""
        self._signer = signer

    def take(self, topic: str, raw: bytes) -> Letter | None:
        """Deal with a message from the broker for good; return what is to be answered."""
        found = _TOPIC.fullmatch(topic)
        if found is None:
            self._tell(f"passed over: a message on {topic[:120]!r}, which is no topic of a box")
            return None
        device, what = found[1], found[2]
        try:
            return self._dispatch(device, what, _table(raw, MAX_BYTES))
        except Malformed as error:
            self._tell(f"{device}: {what} passed over: {error}")
            return None

    def take_backlog(self, device: str, raw: bytes) -> Letter | None:
        """Deal with a batch that came by HTTPS; raise `Malformed` when it is none of this box."""
        return self._batch(device, _table(raw, MAX_BACKLOG_BYTES))

    def _dispatch(self, device: str, what: str, body: dict[str, Any]) -> Letter | None:
        match what:
            case "events":
                return self._batch(device, body)
            case "hello":
                return self._hello(device, body)
            case "status":
                self._status(device, body)
            case "ack":
                if self._book.answered(device, body):
                    self._tell(event_line(device, "alert" if "seq" in body else "command", body))
            case "reported":
                self._keep(device, what, self._book.said(device, what) | body)
            case "heartbeat":
                self._keep(device, what, body)
            case _:
                raise Malformed(f"{what} is not known here")
        return None

    def _batch(self, device: str, body: dict[str, Any]) -> Letter | None:
        epoch, rows = body.get("epoch"), body.get("events")
        if body.get("device") != device or not isinstance(epoch, str) or not isinstance(rows, list):
            raise Malformed("is no batch of this box; give device, epoch and events")
        new = self._book.take(device, epoch, [_event(row) for row in rows], self._clock())
        for row in filter(lambda row: row.fresh, new):
            self._tell(event_line(device, row.kind, row.body))
        return self._sync(device, epoch)

    def _hello(self, device: str, body: dict[str, Any]) -> Letter | None:
        epoch, first = body.get("epoch"), body.get("outbox_first")
        if not isinstance(epoch, str) or not isinstance(body.get("nonce"), str):
            raise Malformed("is a hello without epoch or nonce; give both")
        self._keep(device, "hello", body)
        if epoch and type(first) is int and 0 < first <= MAX_SEQ:
            self._book.begin_at(device, epoch, first)
        return self._sync(device, epoch)

    def _status(self, device: str, body: dict[str, Any]) -> None:
        known = self._book.said(device, "status")
        if not body.get("online") and _connection(body) < _connection(known):
            return  # the will of a connection that was already followed by another
        self._keep(device, "status", body)
        if body != known:
            self._tell(said_line(device, body))

    def _keep(self, device: str, what: str, body: dict[str, Any]) -> None:
        self._book.note(device, what, body, self._clock())

    def _sync(self, device: str, epoch: str) -> Letter | None:
        """Return the word that everything up to a number is here; none for a box that never said hello."""
        nonce, now_us = self._book.said(device, "hello").get("nonce", ""), self._clock()
        if not 16 <= len(nonce) <= 64 or len(epoch) > 64:
            self._tell(f"{device}: cannot be answered before it says hello with a nonce of 16 to 64 letters")
            return None
        expires_us, through = now_us + SYNC_LASTS_US, self._book.through(device, epoch)
        sync = Sync("ttcs-sync/1", f"device:{device}", nonce, now_us, expires_us, epoch, through)
        return Letter(f"ttcs/1/d/{device}/dn/sync", self._signer.seal(sync), retain=False, expires_us=expires_us)


def _table(raw: bytes, limit: int) -> dict[str, Any]:
    if len(raw) > limit:
        raise Malformed(f"has {len(raw)} bytes, the limit is {limit}")
    tree = from_json(raw)
    if not isinstance(tree, dict):
        raise Malformed("is no JSON object")
    return tree


def _event(row: object) -> tuple[int, str, dict[str, Any]]:
    """Return number, kind and body; a kind that a newer box knows and this source does not is kept all the same."""
    if not isinstance(row, dict) or type(row.get("no")) is not int or not 0 < row["no"] <= MAX_SEQ:
        raise Malformed("has an event without a number")
    for kind in KINDS:
        if isinstance(row.get(kind), dict):
            return row["no"], kind, row[kind]
    return row["no"], UNKNOWN, row


def _connection(body: dict[str, Any]) -> int:
    number = body.get("connection", 0)
    return number if type(number) is int else 0
