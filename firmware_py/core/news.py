"""What a source of schedules has to tell, as data: the link layer says it, the worker acts on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from firmware_py.core.errors import Code


@dataclass(frozen=True, slots=True)
class DocumentArrived:
    """A schedule document that is not the one read before, byte for byte as it came.

    `remote`: its files come over a network, so it must name the hash and the size of each.
    """

    raw: bytes
    remote: bool = False


@dataclass(frozen=True, slots=True)
class SourceTrouble:
    """The source cannot be read; told once for as long as it lasts."""

    code: Code
    detail: str


News: TypeAlias = DocumentArrived | SourceTrouble
