"""The servers of live streams as the rest sees them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeAlias

from firmware_py.core.errors import AgentError
from firmware_py.core.settings import Relay


class StreamFailed(AgentError):
    """A stream cannot be listened to, or not any more; the text says why and what to do."""


class Server(Protocol):
    """One thread's way to the servers of one source."""

    def close(self) -> None:
        """Have `listen` end; returns at once."""

    def listen(self, address: str) -> Iterator[bytes]:
        """Yield what a stream sends, until `close`; raise `StreamFailed`."""


Serve: TypeAlias = Callable[[Relay], Server]


class NoServer:
    """For a box that names no server to listen to."""

    def __init__(self, _terms: Relay) -> None:
        """Need nothing."""

    def close(self) -> None:
        """Do nothing."""

    def listen(self, address: str) -> Iterator[bytes]:
        """Refuse every address."""
        raise StreamFailed(f"it leads to {address[:200]}, which is no origin of relay.origins")
