"""What happens to the agent (events) and what the agent does about it (effects), as frozen data.

Foreign threads and processes only ever put events into the loop's queue; the loop alone carries out effects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from firmware_py.core.content import Facts, Flaw
from firmware_py.core.errors import Code, Refused
from firmware_py.core.messages import Order, Report
from firmware_py.core.model import Bulletin, Content, Schedule
from firmware_py.core.records import ClockState, Fault, PlayRecord


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
    """Fetch and check the content of these bulletins, in this order."""

    bulletins: tuple[Bulletin, ...]


Effect: TypeAlias = Tell | Keep | Note | Check
