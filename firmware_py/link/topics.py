"""The topics of one box: what it listens to and where it speaks.

`ttcs/1/d/DEVICE/dn/…` down to one box, `ttcs/1/area/CODE/alert` and `…/data` down to an area, `ttcs/1/keyring` down to
all, `ttcs/1/d/DEVICE/up/…` up from one box. A box asks for whole topics only, never with wildcards, and a loudspeaker
not for figures (`data`), which are to be seen.
"""

from __future__ import annotations

from firmware_py.core.codec import to_json
from firmware_py.core.events import Publish, Topic
from firmware_py.core.reports import Status
from firmware_py.core.trust import Identity
from firmware_py.core.wire import Alert, Command, Data, Desired, Document, Keyring, Sync, read_area
from firmware_py.link.letters import Account, Letter

ROOT = "ttcs/1"
KEYRING = f"{ROOT}/keyring"
HELLO_EXPIRY_S = 300
"""A hello that the source has not read by then belongs to a connection that has long been followed by others."""


class Topics:
    """The topics of the box `who`; raise ValueError when its id or an area could not stand in a topic."""

    def __init__(self, who: Identity, boot_id: str, *, figures: bool = False) -> None:
        self._device, self._boot_id = read_area(who.device_id), boot_id
        own = f"{ROOT}/d/{self._device}"
        self._up = f"{own}/up"
        areas = [f"{ROOT}/area/{read_area(code)}" for code in who.areas]
        self._kinds: dict[str, type[Document]] = {
            f"{own}/dn/desired": Desired,
            f"{own}/dn/cmd": Command,
            f"{own}/dn/sync": Sync,
            KEYRING: Keyring,
            **{f"{area}/alert": Alert for area in areas},
            **{f"{area}/data": Data for area in areas if figures},
        }

    @property
    def account(self) -> Account:
        """How the box presents itself to the broker."""
        return Account(self._device, tuple(self._kinds), self.will)

    def kind(self, topic: str) -> type[Document] | None:
        """Return the kind of document that belongs on a topic; None for a topic that was not asked for."""
        return self._kinds.get(topic)

    def letter(self, message: Publish) -> Letter:
        """Return a message of the loop as it goes to the broker."""
        return Letter(
            f"{self._up}/{message.topic}",
            message.body,
            qos=0 if message.topic is Topic.HEARTBEAT else 1,
            retain=message.topic is Topic.STATUS,
            expiry_s=HELLO_EXPIRY_S if message.topic is Topic.HELLO else None,
            no=message.no,
        )

    def will(self, connection: int) -> Letter:
        """Return what the broker is to say for this box when connection number `connection` has died."""
        status = Status(self._device, online=False, connection=connection, boot_id=self._boot_id)
        return Letter(f"{self._up}/{Topic.STATUS}", to_json(status), retain=True)
