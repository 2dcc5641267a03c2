"""What goes up to the source system: birth and death, hello, events that must arrive, what this box is now, health.

Events (play records, faults, states of commands and alerts) are rows of the outbox: numbered by the box within an
`epoch`, sent in batches, kept until the source's own word covers them. All else may be lost and is said again.
Field names are those of the JSON on the wire; instants are microseconds since the Unix epoch, UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from firmware_py.core.records import Fault, PlayRecord
from firmware_py.core.units import MonoUs, WallUs

MAX_BATCH = 50
MAX_BATCH_BYTES = 64 * 1024


class CommandState(StrEnum):
    """How far a command is. The first two are followed by others, the rest are the last word."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    REJECTED = "rejected"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


LAST_STATES = frozenset(CommandState) - {CommandState.RECEIVED, CommandState.ACCEPTED, CommandState.IN_PROGRESS}


class AlertState(StrEnum):
    """How far an alert is on one channel of this box."""

    RECEIVED = "received"
    ON_AIR = "on_air"
    DONE = "done"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    REJECTED = "rejected"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CommandAnswer:
    """The state of a command; the same one may be said twice and means one thing."""

    id: str
    state: CommandState
    at_us: WallUs
    code: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class AlertAnswer:
    """The state of an alert on this box."""

    id: str
    seq: int
    state: AlertState
    at_us: WallUs
    code: str = ""
    detail: str = ""


Body: TypeAlias = PlayRecord | Fault | CommandAnswer | AlertAnswer


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the outbox; exactly one of the four is there."""

    no: int
    play: PlayRecord | None = None
    fault: Fault | None = None
    command: CommandAnswer | None = None
    alert: AlertAnswer | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Events of one epoch, by rising number, as they are published, posted and exported."""

    device: str
    epoch: str
    events: tuple[Event, ...]


def event(no: int, body: Body) -> Event:
    """Return the row of a body."""
    return Event(
        no,
        play=body if isinstance(body, PlayRecord) else None,
        fault=body if isinstance(body, Fault) else None,
        command=body if isinstance(body, CommandAnswer) else None,
        alert=body if isinstance(body, AlertAnswer) else None,
    )


@dataclass(frozen=True, slots=True)
class Status:
    """Birth and death, retained. A death that names an older connection than the last birth is old news."""

    device: str
    online: bool
    connection: int
    boot_id: str
    product: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Hello:
    """Said on every connection: what this box has, and a nonce that the signed answer must carry."""

    device: str
    connection: int
    boot_id: str
    nonce: str
    keyring_version: int
    desired_version: int
    schedule_version: int
    epoch: str
    outbox_first: int
    outbox_last: int
    clock: str
    at_us: WallUs


@dataclass(frozen=True, slots=True)
class OnAir:
    """What a channel presents; empty texts: nothing."""

    channel: str
    bulletin_id: str = ""
    title: str = ""
    until_us: WallUs = 0


@dataclass(frozen=True, slots=True)
class Reported:
    """What this box is now. Sent whole once a day and on each connection, else only the keys that have changed."""

    product: str = ""
    version: str = ""
    keyring_version: int = 0
    desired_version: int = 0
    schedule_version: int = 0
    schedule_state: str = ""
    clock: str = ""
    output: str = ""
    muted: bool = False
    paused: bool = False
    volume_pct: int = 0
    amplifier: str = "none"
    panel: str = "none"
    areas: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    on_air: tuple[OnAir, ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """What the hardware says; None where this box has no such thing, and then left out of the heartbeat."""

    uptime_s: int = 0
    load: float = 0.0
    memory_available_mb: int | None = None
    agent_mb: int | None = None
    disk_free_mb: int | None = None
    disk_life_used_pct: int | None = None
    temperature_c: float | None = None
    undervoltage: bool | None = None
    throttled: bool | None = None
    signal_dbm: int | None = None
    operator: str | None = None
    sim: str | None = None


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Nhịp tim: said every `link.heartbeat_s`, and lost without harm.

    `outbox` is how many events wait for the source, `faults` how many were noted since the agent began.
    """

    device: str
    version: str
    at_us: WallUs
    mono_us: MonoUs
    clock: str
    outbox: int
    faults: int
    volume_pct: int
    amplifier: str = "none"
    on_air: tuple[OnAir, ...] = ()
    health: Health = field(default_factory=Health)
