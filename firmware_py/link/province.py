"""A box's whole way to its province: messages by MQTT, content by HTTPS, and the keyring that says who is believed."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from firmware_py.core.errors import Problem, Refused
from firmware_py.core.events import Event, Publish
from firmware_py.core.settings import Broker
from firmware_py.core.trust import Identity, Rejected, read_own_keyring
from firmware_py.core.units import SECOND, MonoUs
from firmware_py.core.wire import Desired, Keyring
from firmware_py.link.crypto.signing import verify
from firmware_py.link.fetching import Landing, Pace, Pauses
from firmware_py.link.keeper import in_thread
from firmware_py.link.remote import RemoteSource
from firmware_py.link.terms import LONGEST_SILENCE_S
from firmware_py.link.uplink import MqttLink
from firmware_py.link.uploads import Uploads

MAX_KEYRING_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls the province: this box, this run of its agent, the number of its next connection, what it asks for."""

    identity: Identity
    boot_id: str
    connection: int
    figures: bool = False


class Province:
    """Fits `runtime.ports.Link`; `source` is where the worker finds what has come."""

    def __init__(
        self,
        broker: Broker,
        caller: Caller,
        source: RemoteSource,
        post: Callable[[Event], None],
        died: Callable[[str, BaseException], None],
    ) -> None:
        """Put the parts together; `died` hears of a thread that has ended, and of what."""
        chance = random.SystemRandom()
        who = caller.identity, caller.boot_id, caller.connection
        self._mqtt = MqttLink(broker, *who, post, chance, figures=caller.figures)
        self._uploads = Uploads(broker, caller.identity.device_id, post, Pace(), Pauses())
        self._source, self._died = source, died

    def start(self) -> None:
        """Start the threads: one for messages, one for downloads, one for uploads."""
        self._mqtt.start(lambda error: self._died("the link to the broker", error))
        in_thread(self._source.fetch_for_ever, lambda error: self._died("the thread of downloads", error))
        in_thread(self._uploads.send_for_ever, lambda error: self._died("the thread of uploads", error))

    def publish(self, message: Publish) -> None:
        """Hand a message over, if there is a connection."""
        self._mqtt.publish(message)

    def acknowledge(self, ticket: int) -> None:
        """Say that what came with this ticket is safe."""
        self._mqtt.acknowledge(ticket)

    def want(self, pointer: Desired) -> None:
        """Have a schedule come."""
        self._source.want(pointer)

    def upload(self, name: str, path: str) -> None:
        """Bring a file of this box to the source."""
        self._uploads.upload(name, path)

    def backlog(self, body: bytes) -> None:
        """Bring a large batch of events to the source."""
        self._uploads.post_backlog(body)

    def hangs(self, now_us: MonoUs) -> str:
        """Return what shows no sign of life any more, "" for none."""
        silent_us = now_us - self._mqtt.ticked_us
        return "the link to the broker" if silent_us > LONGEST_SILENCE_S * SECOND else ""


def open_source(broker: Broker, landing: Landing, active: bytes | None) -> RemoteSource:
    """Return the content servers as a source; `active` is the schedule that the box has already."""
    return RemoteSource(broker, landing, active, Pace(), Pauses())


def read_keyring(path: Path) -> Keyring:
    """Return the keyring that somebody has put on this box; raise `Refused` for anything else."""
    try:
        with path.open("rb") as file:
            return read_own_keyring(file.read(MAX_KEYRING_BYTES), verify)
    except OSError as error:
        problem = Problem("link.keyring", f"cannot be read ({error.strerror})", "copy it there from the source system")
        raise Refused(str(path), (problem,)) from error
    except Rejected as refusal:
        problem = Problem("link.keyring", refusal.detail, "copy it there again from the source system")
        raise Refused(str(path), (problem,)) from refusal
