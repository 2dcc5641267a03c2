"""What happens to the agent (events) and what the agent does about it (effects), as frozen data.

Foreign threads and processes only ever put events into the loop's queue; the loop alone carries out effects.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from firmware_py.core.content import Facts, Flaw
from firmware_py.core.entries import Control, InboxRow, Mark
from firmware_py.core.errors import Code, Refused
from firmware_py.core.feeds import Reading
from firmware_py.core.messages import Order, Report
from firmware_py.core.model import Bulletin, Content, Schedule
from firmware_py.core.panel import Light
from firmware_py.core.records import ClockState, Fault, PlayRecord
from firmware_py.core.reports import AlertAnswer, CommandAnswer, Health
from firmware_py.core.wire import Desired, Document


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has come to a point at which the answer may change."""


@dataclass(frozen=True, slots=True)
class ScheduleArrived:
    """A schedule without faults; it takes the place of the one before."""

    schedule: Schedule


@dataclass(frozen=True, slots=True)
class ScheduleRefused:
    """A document with faults; what is on air stays on air."""

    refusal: Refused


@dataclass(frozen=True, slots=True)
class FilesChanged:
    """Content files of the source that are not what they were: they are checked again."""

    paths: frozenset[str]


@dataclass(frozen=True, slots=True)
class Checked:
    """Results of content checks, several at once so that a playlist is laid out anew once, not for each file."""

    results: tuple[tuple[Content, Facts | Flaw], ...]


@dataclass(frozen=True, slots=True)
class ClockChanged:
    """The trust in the wall clock, or the clock itself (`stepped`), is not what it was."""

    state: ClockState
    stepped: bool


@dataclass(frozen=True, slots=True)
class Reported:
    """The output process said something."""

    report: Report


@dataclass(frozen=True, slots=True)
class OutputLost:
    """The output process died (`output_died`) or fell silent and was killed (`output_hung`)."""

    code: Code
    detail: str


@dataclass(frozen=True, slots=True)
class Noticed:
    """A part of the agent met with something that a person should know of."""

    code: Code
    subject: str
    detail: str


@dataclass(frozen=True, slots=True)
class LinkUp:
    """A broker has taken this box on. `connection` rises with each connection of this box, over restarts too.

    The loop adds which events wait in the outbox: the numbers of the first and the last one of `epoch`, 0 for none.
    """

    connection: int
    epoch: str = ""
    first: int = 0
    last: int = 0


@dataclass(frozen=True, slots=True)
class LinkDown:
    """The connection is lost or could not be made; the link goes on trying by itself."""

    code: Code
    detail: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """An envelope came on a topic for documents of this kind; nothing in it has been looked at.

    `ticket` is what `Acknowledge` names once it has been dealt with for good, 0 when nobody waits for that.
    `remaining_s` is how long the broker would still keep it, None when it does not say.
    """

    kind: type[Document]
    raw: bytes
    ticket: int = 0
    retained: bool = False
    remaining_s: float | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """The broker has taken over (or refused, `code`) the message with this number; that is no proof of arrival."""

    no: int
    code: str = ""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file has arrived at the content server, or has not, for the reason in `detail`."""

    name: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class HealthRead:
    """It is time for a heartbeat, and this is how the box is: `outbox` events wait, `faults` since the agent began."""

    health: Health
    outbox: int
    faults: int


@dataclass(frozen=True, slots=True)
class Muted:
    """Somebody at the box has silenced it, or given it its voice back."""

    muted: bool


@dataclass(frozen=True, slots=True)
class Switched:
    """The amplifier has answered that it is on or off; or has not, or not as asked: `detail` says why."""

    on: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class FeedRead:
    """A feed was read, or has been found to say what it said before."""

    source: str
    reading: Reading


@dataclass(frozen=True, slots=True)
class FeedFailed:
    """A feed cannot be read; it is tried again."""

    source: str
    flaw: Flaw


@dataclass(frozen=True, slots=True)
class Lit:
    """The panel has answered that it is so; or has not, or not as asked: `detail` says why."""

    light: Light
    detail: str = ""


@dataclass(frozen=True, slots=True)
class StopAsked:
    """The agent is to end: what is on air fades out, records are closed."""


Event: TypeAlias = (
    Tick
    | ScheduleArrived
    | ScheduleRefused
    | FilesChanged
    | Checked
    | ClockChanged
    | Reported
    | OutputLost
    | Noticed
    | LinkUp
    | LinkDown
    | Arrived
    | Sent
    | Uploaded
    | HealthRead
    | Muted
    | Switched
    | FeedRead
    | FeedFailed
    | Lit
    | StopAsked
)


@dataclass(frozen=True, slots=True)
class Tell:
    """Give the output process an order."""

    order: Order


@dataclass(frozen=True, slots=True)
class Keep:
    """Journal a play record, before anything after it is done."""

    record: PlayRecord


@dataclass(frozen=True, slots=True)
class Note:
    """Journal and log a fault."""

    fault: Fault


@dataclass(frozen=True, slots=True)
class Check:
    """Fetch and check the content of these bulletins, in this order; `guests` are of no schedule, but of an alert."""

    bulletins: tuple[Bulletin, ...]
    guests: bool = False


@dataclass(frozen=True, slots=True)
class Follow:
    """Read the feeds at these addresses from now on, and no others; the first word of each comes soon."""

    sources: tuple[str, ...]


class Topic(StrEnum):
    """Where a message of this box goes: below `ttcs/1/d/{device}/up/`."""

    STATUS = "status"
    HELLO = "hello"
    REPORTED = "reported"
    ACK = "ack"
    EVENTS = "events"
    HEARTBEAT = "heartbeat"


@dataclass(frozen=True, slots=True)
class Publish:
    """Hand a message to the broker; while there is none it is dropped, for whatever matters is in the outbox.

    `no` comes back with `Sent`; 0 asks for no answer. The heartbeat goes with QoS 0, all else with 1; the status is
    retained.
    """

    topic: Topic
    body: bytes
    no: int = 0


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Tell the broker that what came with this ticket is safe: it is not sent again."""

    ticket: int


@dataclass(frozen=True, slots=True)
class Upload:
    """Bring a file of this box to the content server, as `name`; `Uploaded` says how that went."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Store:
    """Journal something beside records and faults, in the same transaction."""

    entry: InboxRow | Mark | Control | CommandAnswer | AlertAnswer


@dataclass(frozen=True, slots=True)
class Want:
    """Have the schedule come that a signed pointer names."""

    pointer: Desired


@dataclass(frozen=True, slots=True)
class Forget:
    """The source system has every event of this epoch up to this number: they may go."""

    epoch: str
    through: int


@dataclass(frozen=True, slots=True)
class Spool:
    """Put these bytes where the output can read them as a file: the spool of the run directory, in memory."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Switch:
    """Switch the amplifier on or off; `Switched` says how that went."""

    on: bool


@dataclass(frozen=True, slots=True)
class Lighten:
    """Have the panel be so; `Lit` says how that went."""

    light: Light


@dataclass(frozen=True, slots=True)
class EndOutput:
    """End the output process, which does not do what it says; it is started again, and `OutputLost` says why."""

    why: str


@dataclass(frozen=True, slots=True)
class Stop:
    """End the agent once the output has ended; whoever started it starts it again."""


Effect: TypeAlias = (
    Tell
    | Keep
    | Note
    | Check
    | Follow
    | Publish
    | Acknowledge
    | Upload
    | Store
    | Want
    | Forget
    | Spool
    | Switch
    | Lighten
    | EndOutput
    | Stop
)
