"""The table of a province's boxes, as text and as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from firmware_py.core.units import WallUs
from firmware_py.field.province.book import Book
from firmware_py.field.province.lines import clock, event_line, plain

HEADERS = ("box", "state", "clock", "on air", "volume", "outbox", "heard", "last record")
MOST_LETTERS = (24, 10, 9, 36, 7, 6, 8, 60)
LAST_EVENTS = 10


@dataclass(frozen=True, slots=True)
class Standing:
    """How a box stands, by what it said last."""

    id: str
    name: str
    product: str
    online: bool
    clock: str
    on_air: tuple[str, ...]
    alerts: tuple[str, ...]
    volume_pct: int
    muted: bool
    outbox: int
    heard_us: WallUs
    schedule_version: int
    last: str


def standings(book: Book) -> tuple[Standing, ...]:
    """Return how each enrolled box stands."""
    found = []
    for box in book.boxes():
        reported, beat = book.said(box.id, "reported"), book.said(box.id, "heartbeat")
        record = book.last_play(box.id)
        found.append(
            Standing(
                id=box.id,
                name=box.name,
                product=box.product,
                online=bool(book.said(box.id, "status").get("online")),
                clock=str(reported.get("clock") or beat.get("clock") or ""),
                on_air=_titles(reported.get("on_air")),
                alerts=tuple(map(str, _list(reported.get("alerts")))),
                volume_pct=_number(reported.get("volume_pct")),
                muted=bool(reported.get("muted")),
                outbox=_number(beat.get("outbox")),
                heard_us=book.heard_us(box.id),
                schedule_version=_number(reported.get("schedule_version")),
                last=event_line(box.id, "play", record).partition("play ")[2] if record else "",
            )
        )
    return tuple(found)


def table(rows: tuple[Standing, ...]) -> list[str]:
    """Return the lines of the table."""
    if not rows:
        return ["no box is enrolled; `ttcs enrol` makes one"]
    cells = [HEADERS, *(_cells(row) for row in rows)]
    shown = [tuple(_cut(text, most) for text, most in zip(row, MOST_LETTERS, strict=True)) for row in cells]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in shown]


def last_events(book: Book) -> list[str]:
    """Return lines for the newest events, oldest first."""
    rows = list(book.events(max(0, book.last_arrival() - LAST_EVENTS)))
    return [event_line(row.device, row.kind, row.body) for row in rows]


def _cells(row: Standing) -> tuple[str, ...]:
    state = ("muted" if row.muted else "online") if row.online else "offline"
    on_air = ", ".join((*(f"ALERT {name}" for name in row.alerts), *row.on_air)) or "nothing"
    return (row.id, state, row.clock, on_air, f"{row.volume_pct} %", str(row.outbox), clock(row.heard_us), row.last)


def _cut(text: str, most: int) -> str:
    text = plain(text)
    return text if len(text) <= most else text[: most - 1] + "…"


def _titles(on_air: Any) -> tuple[str, ...]:  # noqa: ANN401 - what a box said
    channels = [channel for channel in _list(on_air) if isinstance(channel, dict)]
    return tuple(
        str(channel.get("title") or channel.get("bulletin_id")) for channel in channels if channel.get("bulletin_id")
    )


def _list(value: Any) -> list[Any]:  # noqa: ANN401 - what a box said
    return value if isinstance(value, list) else []


def _number(value: Any) -> int:  # noqa: ANN401 - what a box said
    return value if type(value) is int else 0
