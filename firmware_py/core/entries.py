"""What is journalled beside play records and faults: what was received, marks, settings made by command.

All entries of one step are written in one transaction, before anything of that step is done.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from firmware_py.core.records import Fault, PlayRecord
from firmware_py.core.reports import AlertAnswer, CommandAnswer
from firmware_py.core.units import WallUs


class Matter(StrEnum):
    """What a row of the inbox is about."""

    COMMAND = "command"
    ALERT = "alert"
    DESIRED = "desired"
    DATA = "data"
    KEYRING = "keyring"
    SELF_TEST = "self_test"


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A document that was accepted, or refused although its signature was right.

    `name` is unique: the id of a command, id and seq of an alert, the area of figures, the word `desired` or `keyring`.
    `state` is a word of `CommandState` or `AlertState`. `payload` is what was signed; `until_us` is when an alert
    leaves the air; a row is kept until `expires_us` and some time longer, so that the same document is known again.
    """

    name: str
    matter: Matter
    digest: str
    state: str
    received_us: WallUs
    expires_us: WallUs
    until_us: WallUs = 0
    payload: bytes = b""
    code: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """The highest number that was accepted under a name (`trust.mark_names`), or the floor of time."""

    name: str
    value: int


@dataclass(frozen=True, slots=True)
class Control:
    """A setting made by command that outlives a restart."""

    name: str
    value: int


Entry: TypeAlias = PlayRecord | Fault | InboxRow | Mark | Control | CommandAnswer | AlertAnswer
"""What a journal takes. Records that are over, faults and answers are events for the source system too."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a start finds in the journal."""

    rows: tuple[InboxRow, ...] = ()
    marks: tuple[Mark, ...] = ()
    controls: tuple[Control, ...] = ()
