"""Waiting for what the boxes say to what was sent."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from firmware_py.core.errors import Code
from firmware_py.core.reports import AlertState, CommandState
from firmware_py.field.province.book import Book, Box
from firmware_py.field.province.lines import event_line, plain

POLL_S = 0.05
GOOD = frozenset({CommandState.SUCCEEDED.value, AlertState.ON_AIR.value, AlertState.DONE.value})
BAD = frozenset(
    {
        CommandState.REJECTED.value,
        CommandState.FAILED.value,
        CommandState.EXPIRED.value,
        CommandState.CANCELLED.value,
        CommandState.SUPERSEDED.value,
    }
)
SCHEDULE_FAULTS = frozenset({Code.SCHEDULE_REFUSED, Code.DOCUMENT_REFUSED, Code.ROLE_FORBIDDEN, Code.REPLAYED})


@dataclass(slots=True)
class Replies:
    """What was said so far: `good` and `bad` are the boxes with a last word."""

    book: Book
    tell: Callable[[str], None]
    good: set[str] = field(default_factory=set)
    bad: set[str] = field(default_factory=set)

    def gather(self, boxes: Iterable[Box], look: Callable[[], None], wait_s: float) -> int:
        """Look until every box has said its last word, or time is over; return the exit status."""
        wanted = {box.id for box in boxes}
        until_s = time.monotonic() + wait_s
        for name in sorted(wanted):
            if not self.book.said(name, "status").get("online"):
                self.tell(f"{name}: is not connected; it gets this when it comes, if that is in time")
        while True:
            look()
            left = wanted - self.good - self.bad
            if not left or time.monotonic() >= until_s:
                break
            time.sleep(POLL_S)
        for name in sorted(left):
            self.tell(f"{name}: no answer within {wait_s:g} s")
        return 1 if left or self.bad & wanted else 0

    def conclude(self, device: str, *, well: bool) -> None:
        """Take a box's last word."""
        (self.good if well else self.bad).add(device)


def answers_to(
    replies: Replies, sent: Collection[tuple[str, int]], after: int, good: frozenset[str] = frozenset()
) -> Callable[[], None]:
    """Return what looks for answers to commands or alerts, given by id and seq (0 for a command); tell each once.

    `after` is the number of the last answer before they were sent. States in `good` are a good end under any seq:
    a cancel is obeyed when the alert that it speaks of is cancelled.
    """
    seen = after
    names = {identifier for identifier, _ in sent}

    def look() -> None:
        nonlocal seen
        for answer in sorted((each for name in names for each in replies.book.answers(name, seen)), key=_arrival):
            seen = answer.arrival
            said = {"id": answer.id, "state": answer.state, "at_us": answer.at_us, "code": answer.code}
            kind = "alert" if answer.seq else "command"
            replies.tell(event_line(answer.device, kind, said | {"detail": answer.detail}))
            if answer.state in good or ((answer.id, answer.seq) in sent and answer.state in GOOD | BAD):
                replies.conclude(answer.device, well=answer.state in GOOD | good)

    return look


def reports_of(replies: Replies, wanted: Mapping[str, object], boxes: Iterable[Box]) -> Callable[[], None]:
    """Return what looks whether boxes report all of what is wanted, and for faults meanwhile."""
    names = tuple(box.id for box in boxes)
    seen = replies.book.last_arrival()

    def look() -> None:
        nonlocal seen
        for row in replies.book.events(seen):
            seen = row.arrival
            if row.device in names and row.kind == "fault":
                replies.tell(event_line(row.device, row.kind, row.body))
                if row.body.get("code") in SCHEDULE_FAULTS:
                    replies.conclude(row.device, well=False)
        for name in names:
            said = replies.book.said(name, "reported")
            if name not in replies.good and all(said.get(key) == value for key, value in wanted.items()):
                replies.tell(plain(f"{name}: {', '.join(f'{key} {value}' for key, value in wanted.items())}"))
                replies.conclude(name, well=True)

    return look


def _arrival(answer: object) -> int:
    return int(getattr(answer, "arrival", 0))
