"""What passes between a link and its broker, as values that know nothing of the library that carries them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to be published. `no` comes back with `Taken`, 0 asks for nothing; no expiry: it is kept for ever."""

    topic: str
    body: bytes
    qos: int = 1
    retain: bool = False
    expiry_s: int | None = None
    no: int = 0


@dataclass(frozen=True, slots=True)
class Account:
    """Who speaks to the broker: its client id, what it wants to hear, and its will for a connection's number."""

    client_id: str
    filters: tuple[str, ...]
    will: Callable[[int], Letter]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The broker has taken the client on."""


@dataclass(frozen=True, slots=True)
class Denied:
    """The broker will not send what was asked for, for this reason."""

    topic: str
    reason: str


@dataclass(frozen=True, slots=True)
class Came:
    """A message from the broker; `mid` is what its confirmation must name. An unreadable topic is ""."""

    topic: str
    body: bytes
    qos: int
    mid: int
    retain: bool
    remaining_s: float | None


@dataclass(frozen=True, slots=True)
class Taken:
    """The broker has taken over the letter with this number, or has not (`code`)."""

    no: int
    code: str = ""


Happening: TypeAlias = Accepted | Denied | Came | Taken


@dataclass(frozen=True, slots=True)
class End:
    """How a connection ended. `closed`: by the other side and in good order; `taken_over`: it named another client."""

    detail: str
    closed: bool = False
    taken_over: bool = False
