"""The vocabulary of trust: a province's keys, its keyring, a box, documents, and how one is judged.

Keys are made from their names, so that every run signs the same. Root keys sign two of three; alert keys are for the
province, the box's commune and the commune beside it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware_py.core.errors import Code
from firmware_py.core.records import ClockState
from firmware_py.core.trust import Identity, Present, Rejected, Verified, admit, verify
from firmware_py.core.units import DAY, HOUR, MINUTE
from firmware_py.core.wire import (
    Alert,
    AlertStatus,
    AlertText,
    Command,
    CommandKind,
    Data,
    Desired,
    Document,
    Figure,
    FigureText,
    Grant,
    Key,
    Keyring,
    Role,
    Sync,
)
from firmware_py.core.writing import write_document
from firmware_py.link.crypto import signing
from firmware_py.link.crypto.signing import SigningKey, seal
from tests.core.builders import at, digest

NOW = at("05:00")
PRESENT = Present(NOW, ClockState.TRUSTED, 0)
PROVINCE, DISTRICT, COMMUNE, BESIDE = "62", "62.608", "62.608.23", "62.608.99"
BOX = Identity("kt-001", (PROVINCE, DISTRICT, COMMUNE))
OTHER_BOX = Identity("kt-002", (PROVINCE, DISTRICT, BESIDE))

ROOTS = ("root1", "root2", "root3")
SIGNERS: dict[type[Document], tuple[str, ...]] = {
    Keyring: ("root1", "root2"),
    Desired: ("content",),
    Command: ("command",),
    Alert: ("alert",),
    Sync: ("service",),
    Data: ("content",),
}
"""Who signs when nobody is named."""


@cache
def key(name: str) -> SigningKey:
    """Return the key of a name, always the same."""
    return SigningKey(Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest()))


def public(name: str) -> Key:
    """Return what a keyring says of the key of a name."""
    return Key(key(name).id, key(name).public)


def grant(role: Role, *names: str, threshold: int = 1, areas: tuple[str, ...] = ()) -> Grant:
    """Return a role given to keys by their names."""
    return Grant(role, tuple(key(name).id for name in names), threshold, areas)


GRANTS: dict[str, Grant] = {
    "root": grant(Role.ROOT, *ROOTS, threshold=2),
    "content": grant(Role.CONTENT, "content"),
    "command": grant(Role.COMMAND, "command"),
    "pair": grant(Role.COMMAND, "pair1", "pair2", threshold=2),
    "alert": grant(Role.ALERT, "alert", areas=(PROVINCE,)),
    "commune": grant(Role.ALERT, "commune", areas=(COMMUNE,)),
    "beside": grant(Role.ALERT, "beside", areas=(BESIDE,)),
    "service": grant(Role.SERVICE, "service"),
    "technician": grant(Role.TECHNICIAN, "technician"),
}
NAMES = (*ROOTS, "content", "command", "pair1", "pair2", "alert", "commune", "beside", "service", "technician", "idle")
"""Every key of the usual keyring; `idle` has no role."""


def keyring(version: int = 3, names: tuple[str, ...] = NAMES, **grants: Grant | None) -> Keyring:
    """Return the usual keyring of some keys with a grant in place of the one of its name, or without it (None)."""
    known = {key(name).id for name in names}
    wanted = tuple(each for each in (GRANTS | grants).values() if each and known.issuperset(each.keys))
    return Keyring(
        "ttcs-keyring/1", version, NOW - 30 * DAY, NOW + 300 * DAY, tuple(public(name) for name in names), wanted
    )


RING = keyring()


def life(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - the fields of a document
    """Return when a document was issued and expires, with changes."""
    return {"issued": NOW - MINUTE, "expires": NOW + HOUR} | changes


def desired(version: int = 7, audience: str = "device:kt-001", **changes: Any) -> Desired:  # noqa: ANN401 - fields
    """Return a pointer to a schedule."""
    path = {"path": "schedules/7.json", "sha256": digest("schedule"), "size": 1000}
    return Desired("ttcs-desired/1", audience, version, **life(**(path | changes)))


def command(kind: str = "snapshot", seq: int = 7, audience: str = "device:kt-001", **changes: Any) -> Command:  # noqa: ANN401
    """Return a command."""
    more = {"id": f"c{seq}", "seq": seq, "kind": CommandKind(kind)} | changes
    return Command("ttcs-command/1", audience=audience, **life(**more))


def alert(audience: str = f"area:{COMMUNE}", seq: int = 7, status: str = "actual", **changes: Any) -> Alert:  # noqa: ANN401
    """Return an alert to the box's commune."""
    texts = (AlertText("vi", "Lũ về", "Rời bờ suối ngay"),)
    more = {"id": f"a{seq}", "seq": seq, "status": AlertStatus(status), "msg_type": "alert", "event": "Lũ quét"}
    return Alert("ttcs-alert/1", audience=audience, **life(**(more | {"texts": texts} | changes)))


def sync(audience: str = "device:kt-001", **changes: Any) -> Sync:  # noqa: ANN401 - the fields of a document
    """Return an answer to a hello."""
    return Sync("ttcs-sync/1", audience, nonce="n" * 16, **life(**changes))


def data(audience: str = f"area:{COMMUNE}", version: int = 7, text: str = "28 độ", **changes: Any) -> Data:  # noqa: ANN401
    """Return the figures of the box's commune."""
    figure = Figure("thoi-tiet", (FigureText("vi", text),), NOW - HOUR, NOW + HOUR)
    return Data("ttcs-data/1", audience, version, **life(**({"figures": (figure,)} | changes)))


def sealed(document: Document, *names: str) -> bytes:
    """Return the envelope of a document, signed by the keys of these names, by default by those that may."""
    return seal(document, [key(name) for name in names or SIGNERS[type(document)]])


def opened(raw: bytes, kind: type[Document], ring: Keyring = RING, who: Identity = BOX) -> Verified:
    """Return what the box can be certain of in an envelope (rules 1 to 3)."""
    return verify(raw, kind, ring, who, signing.verify)


def judged(
    raw: bytes,
    kind: type[Document],
    *,
    ring: Keyring = RING,
    who: Identity = BOX,
    present: Present = PRESENT,
    marks: Mapping[str, int] = {},
) -> dict[str, int]:
    """Return the marks that the box raises when it obeys an envelope (all rules)."""
    return admit(opened(raw, kind, ring, who), present, marks)


def taken(document: Document, *names: str, **more: Any) -> dict[str, int]:  # noqa: ANN401 - see judged
    """Return the marks that are raised for a document signed by these."""
    return judged(sealed(document, *names), type(document), **more)


def refused(document: Document, *names: str, **more: Any) -> Code:  # noqa: ANN401 - see judged
    """Return the code by which a document signed by these is not obeyed."""
    return refused_raw(sealed(document, *names), type(document), **more)


def refused_raw(raw: bytes, kind: type[Document], **more: Any) -> Code:  # noqa: ANN401 - see judged
    """Return the code by which an envelope is not obeyed."""
    try:
        marks = judged(raw, kind, **more)
    except Rejected as refusal:
        caught = refusal
    else:
        raise AssertionError(f"obeyed, with the marks {marks}: {raw[:1000]!r}")
    assert caught.detail.startswith(f"{kind.__name__.lower()}: ")
    return caught.code


DOCUMENTS: dict[str, Document] = {
    "keyring": keyring(4),
    "desired": desired(),
    "command": command(),
    "alert": alert(),
    "sync": sync(),
    "data": data(),
}


def tree(raw: bytes) -> Any:  # noqa: ANN401 - JSON
    """Return an envelope as a tree."""
    return json.loads(raw)


def raw(wire: object) -> bytes:
    """Return a tree as an envelope."""
    return json.dumps(wire).encode()


def wire_with(document: Document, *names: str, **changes: object) -> bytes:
    """Return the envelope of a document with other members."""
    return raw(tree(sealed(document, *names)) | changes)


def body(document: Document, **changes: object) -> bytes:
    """Return the payload of a document with other members."""
    return json.dumps(json.loads(write_document(document)) | changes).encode()


def changed(document: Document, name: str, value: object) -> Document:
    """Return a document with another value in a field that it has."""
    members: dict[str, Any] = {name: value}
    return replace(document, **members)
