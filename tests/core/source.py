"""A source system in a few words: its keys, the documents that it signs, and what it hears from a box.

The signatures are a keyed hash in place of Ed25519, which is tested elsewhere: they are as good against anybody who
does not know the rule, and cost nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

from firmware_py.core import wire
from firmware_py.core.envelope import Envelope, Signature, read_envelope, signed_bytes, write_envelope
from firmware_py.core.units import DAY, MINUTE, WallUs
from firmware_py.core.wire import (
    Alert,
    AlertStatus,
    AlertText,
    Command,
    Data,
    Desired,
    Figure,
    Grant,
    Key,
    Keyring,
    Role,
    Sync,
)
from firmware_py.core.writing import write_document

PROVINCE, COMMUNE, HAMLET = "62", "23500", "thon-3"
AREAS = (PROVINCE, COMMUNE, HAMLET)
DEVICE = "loa-01"
MADE_US: WallUs = 1_790_000_000_000_000


def sign(public: bytes, message: bytes) -> bytes:
    """Return what stands for a signature: 64 bytes."""
    return hashlib.sha512(public + message).digest()


def check(public: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether it is that."""
    return sign(public, message) == signature


def key(name: str) -> Key:
    """Return the key of a name."""
    public = hashlib.sha256(name.encode()).digest()
    return Key(hashlib.sha256(public).hexdigest(), public)


def sealed(document: wire.Document, *names: str) -> bytes:
    """Return a document in an envelope, signed by the keys of these names."""
    kind, payload = wire.TYPE_OF[type(document)], write_document(document)
    message = signed_bytes(kind, payload)
    signatures = tuple(Signature(key(name).id, sign(key(name).public, message)) for name in names)
    return write_envelope(Envelope(kind, payload, signatures))


def keyring(version: int = 1, issued: WallUs = MADE_US, *, content_too: str = "") -> Keyring:
    """Return a keyring with one key of each role; alert keys for the province and for the commune."""
    more = (Grant(Role.CONTENT, (key(content_too).id,)),) if content_too else ()
    grants = (
        Grant(Role.ROOT, (key("root").id,)),
        Grant(Role.CONTENT, (key("content").id,)),
        Grant(Role.COMMAND, (key("command").id,)),
        Grant(Role.SERVICE, (key("service").id,)),
        Grant(Role.TECHNICIAN, (key("technician").id,)),
        Grant(Role.ALERT, (key("province").id,), areas=(PROVINCE,)),
        Grant(Role.ALERT, (key("commune").id,), areas=(COMMUNE,)),
        *more,
    )
    names = ["root", "content", "command", "service", "technician", "province", "commune"]
    names += [content_too] if content_too else []
    return Keyring("ttcs-keyring/1", version, issued, issued + 3650 * DAY, tuple(map(key, names)), grants)


@dataclass
class Source:
    """Numbers its documents and signs them; `now` is its own clock."""

    now_us: WallUs
    seq: int = 0
    made: dict[str, wire.Document] = field(default_factory=dict)

    def command(self, kind: str, name: str = "", *, by: str = "command", **more: Any) -> bytes:  # noqa: ANN401 - fields
        """Return a command to the box."""
        self.seq += 1
        values: dict[str, Any] = {"audience": f"device:{DEVICE}", "seq": self.seq, "issued": self.now_us}
        values |= {"expires": self.now_us + 10 * MINUTE} | more
        command = Command("ttcs-command/1", name or f"c{self.seq}", kind=wire.CommandKind(kind), **values)
        return sealed(command, by)

    def alert(self, name: str = "flood", *, by: str = "province", **more: Any) -> bytes:  # noqa: ANN401 - fields
        """Return an alert to the province."""
        self.seq += 1
        values: dict[str, Any] = {
            "audience": f"area:{PROVINCE}",
            "seq": self.seq,
            "issued": self.now_us,
            "expires": self.now_us + 60 * MINUTE,
            "status": AlertStatus.ACTUAL,
            "msg_type": "alert",
            "event": "Lũ quét",
            "texts": (AlertText("vi", "Lũ quét", "Lên chỗ cao ngay."),),
        }
        return sealed(Alert("ttcs-alert/1", name, **(values | more)), by)

    def desired(self, version: int, **more: Any) -> bytes:  # noqa: ANN401 - fields
        """Return a pointer to a schedule."""
        values: dict[str, Any] = {
            "audience": f"device:{DEVICE}",
            "issued": self.now_us,
            "expires": self.now_us + 365 * DAY,
        }
        values |= {"path": f"schedules/{version}.json", "sha256": "5" * 64, "size": 100} | more
        return sealed(Desired("ttcs-desired/1", version=version, **values), "content")

    def data(self, version: int, *figures: Figure, by: str = "content", **more: Any) -> bytes:  # noqa: ANN401 - fields
        """Return the figures of the commune."""
        values: dict[str, Any] = {
            "audience": f"area:{COMMUNE}",
            "issued": self.now_us,
            "expires": self.now_us + DAY,
        }
        return sealed(Data("ttcs-data/1", version=version, figures=figures, **(values | more)), by)

    def sync(self, nonce: str, **more: Any) -> bytes:  # noqa: ANN401 - fields
        """Return the answer to a hello."""
        values: dict[str, Any] = {
            "audience": f"device:{DEVICE}",
            "issued": self.now_us,
            "expires": self.now_us + 5 * MINUTE,
        }
        values |= more
        return sealed(Sync("ttcs-sync/1", nonce=nonce, **values), "service")


def altered(raw: bytes, by: str, **changes: Any) -> bytes:  # noqa: ANN401 - fields
    """Return a document with other values, signed anew."""
    envelope = read_envelope(raw)
    document = wire.read_document(wire.PAYLOAD_TYPES[envelope.payload_type], envelope.payload)
    return sealed(replace(document, **changes), by)
