"""Envelopes as an attacker would make them: genuine ones changed by somebody who knows their form.

The attacker reads everything, owns the network, keys that are not in the keyring, and stolen keys of lower rights:
of a technician, of the area beside, of one root of two, of a box's content, and one that was revoked. Whatever is
made (always the same for a seed) is offered twice: to a box that has obeyed nothing yet, where at most a genuine
document may come through in other clothes, and to one that has obeyed them all, where nothing may.
"""

from __future__ import annotations

import base64
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from firmware_py.core.envelope import Envelope, signed_bytes, write_envelope
from firmware_py.core.trust import Identity, Rejected, Verify, admit, verify
from firmware_py.core.wire import PAYLOAD_TYPES, TYPE_OF, Alert, Command, Data, Desired, Document, Keyring, Role, Sync
from firmware_py.core.writing import write_document
from firmware_py.link.crypto import signing
from tests.core.forging import (
    BESIDE,
    BOX,
    DISTRICT,
    PRESENT,
    PROVINCE,
    RING,
    alert,
    command,
    data,
    desired,
    grant,
    key,
    keyring,
    sealed,
    sync,
)
from tests.core.fuzzing import NASTY, mutate_bytes, mutate_tree

Wire = Any
Kind = type[Document]

# Everything that the box would obey, in an order in which it can: numbers rise.
GENUINE: tuple[tuple[Document, tuple[str, ...]], ...] = (
    (desired(7), ()),
    (desired(8, "all"), ()),
    (command("volume", 7, volume_pct=30), ()),
    (command("mute", 8, seconds=60), ()),
    (command("drill", 9, seconds=20), ("pair1", "pair2")),
    (command("snapshot", 7, id="t7"), ("technician",)),
    (alert(seq=7), ("commune",)),
    (alert(seq=8, voice=b"OggS" * 500), ("alert",)),
    (alert(f"area:{PROVINCE}", 9, msg_type="cancel"), ()),
    (alert(f"area:{DISTRICT}", 10, status="drill"), ()),
    (alert(seq=11, status="test"), ("alert", "commune")),
    (sync(), ()),
    (data(), ()),
    (data(f"area:{PROVINCE}", 3), ()),
    (keyring(4), ("root1", "root3")),
)
# Genuine as well, and not for this box, of another time, or of a keyring before.
ELSEWHERE: tuple[tuple[Document, tuple[str, ...]], ...] = (
    (desired(9, "device:kt-002"), ()),
    (command("restart", 50, "device:kt-002", boot_id="b"), ()),
    (alert(f"area:{BESIDE}", 50), ("beside",)),
    (alert(seq=50, expires=PRESENT.now_us), ()),
    (command("amplifier", 50, on=True, expires=PRESENT.now_us - 1), ()),
    (alert(seq=51), ("revoked",)),
    (data(f"area:{BESIDE}", 50), ()),
    (data(version=50, expires=PRESENT.now_us), ()),
    (data(version=51), ("revoked",)),
    (keyring(2), ("root1", "root2", "root3")),
    (keyring(3), ("root1", "root2")),
)
# What each stolen key would like to say: nothing that it may.
WISHES: dict[str, tuple[Document, ...]] = {
    "stranger": (
        desired(60),
        command("restart", 60, boot_id="b"),
        alert(seq=60),
        sync(),
        data(version=60),
        keyring(60),
    ),
    "revoked": (alert(seq=60), command("volume", 60, volume_pct=0)),
    "technician": (alert(seq=60), command("drill", 60), command("restart", 60, boot_id="b"), desired(60), keyring(60)),
    "beside": (alert(seq=60), alert(f"area:{PROVINCE}", 60, msg_type="cancel"), command("mute", 60)),
    "commune": (alert(f"area:{DISTRICT}", 60), alert(f"area:{PROVINCE}", 60, status="drill"), data(version=60)),
    "content": (alert(seq=60), command("mute", 60), keyring(60)),
    "pair1": (command("drill", 60, seconds=20),),
    "root1": (keyring(60), keyring(60, root=grant(Role.ROOT, "root1")), alert(seq=60)),
    "idle": (desired(60), command("mute", 60), sync(), data(version=60)),
    "command": (data(version=60), data(f"area:{PROVINCE}", 60), desired(60)),
    "service": (data(version=60), desired(60), alert(seq=60)),
}


@dataclass(frozen=True, slots=True)
class Box:
    """What judges: the usual box, or one with a hole, to see that the forgeries find it."""

    ring: Keyring = RING
    who: Identity = BOX
    check: Verify = signing.verify


@dataclass
class Verdicts:
    """What became of the forgeries: refusals by code, genuine documents in other clothes, and what came through."""

    inputs: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    genuine: int = 0
    accepted: list[str] = field(default_factory=list)
    slowest_s: float = 0.0


def forge(count: int, seed: int, box: Box | None = None) -> Verdicts:
    """Offer `count` forgeries to a box; anything but a refusal or the genuine document is counted as accepted."""
    box = box or Box()
    chance, verdicts, marks = Random(seed), Verdicts(), all_marks()
    payloads = {(TYPE_OF[type(document)], write_document(document)) for document, _ in GENUINE}
    for raw in forgeries(chance, count):
        begin_s = time.perf_counter()
        kind = _kind_of(raw, chance)
        verdict = _offer(box, raw, kind, {}, payloads)
        again = _offer(box, raw, kind, marks, set()) if kind is not Sync else verdict
        verdicts.slowest_s = max(verdicts.slowest_s, time.perf_counter() - begin_s)
        _count(verdicts, verdict, again, raw)
    return verdicts


def all_marks() -> dict[str, int]:
    """Return the marks of a box that has obeyed everything genuine; each of them must have been obeyed."""
    marks: dict[str, int] = {}
    for document, names in GENUINE:
        found = verify(sealed(document, *names), type(document), RING, BOX, signing.verify)
        marks |= admit(found, PRESENT, marks)
    return marks


def _count(verdicts: Verdicts, verdict: str, again: str, raw: bytes) -> None:
    verdicts.inputs += 1
    if verdict == "accepted" or again == "accepted":
        verdicts.accepted.append(repr(raw[:4000]))
    elif verdict == "genuine":
        verdicts.genuine += 1
    else:
        verdicts.refused[verdict] += 1


def _offer(box: Box, raw: bytes, kind: Kind, marks: Mapping[str, int], payloads: set[tuple[str, bytes]]) -> str:
    try:
        found = verify(raw, kind, box.ring, box.who, box.check)
        admit(found, PRESENT, marks)
    except Rejected as refusal:
        return refusal.code
    except Exception as error:
        raise AssertionError(f"{type(error).__name__}: {error}; input: {raw[:4000]!r}") from error
    return "genuine" if (TYPE_OF[kind], found.payload) in payloads else "accepted"


def _kind_of(raw: bytes, chance: Random) -> Kind:
    """Return the kind as which an envelope is offered: mostly the one that it names."""
    named = [kind for name, kind in PAYLOAD_TYPES.items() if f'"{name}"'.encode() in raw]
    return named[0] if named and chance.random() < 0.9 else chance.choice(tuple(PAYLOAD_TYPES.values()))


def forgeries(chance: Random, count: int) -> Iterator[bytes]:
    """Yield so many forgeries."""
    genuine = [sealed(document, *names) for document, names in (*GENUINE, *ELSEWHERE)]
    for _ in range(count):
        yield chance.choice(_WAYS)(chance.choice(genuine), chance, genuine)


def _bytes(raw: bytes, chance: Random, _all: list[bytes]) -> bytes:
    return mutate_bytes(raw, chance)


def _members(raw: bytes, chance: Random, _all: list[bytes]) -> bytes:
    return _written(mutate_tree(json.loads(raw), chance, NASTY))


def _flip(raw: bytes, chance: Random, _all: list[bytes]) -> bytes:
    """Turn a bit of the payload, of the signature, of the key's id or of the type."""
    wire = json.loads(raw)
    holder, name = chance.choice([(wire, "payload"), (wire, "payload"), (wire["signatures"][0], "sig")])
    decoded = bytearray(base64.b64decode(holder[name]))
    decoded[chance.randrange(len(decoded))] ^= 1 << chance.randrange(8)
    holder[name] = base64.b64encode(decoded).decode()
    return _written(wire)


def _body(raw: bytes, chance: Random, _all: list[bytes]) -> bytes:
    """Change the document inside and leave the signatures."""
    wire = json.loads(raw)
    wire["payload"] = base64.b64encode(_changed(base64.b64decode(wire["payload"]), chance)).decode()
    return _written(wire)


def _changed(payload: bytes, chance: Random) -> bytes:
    tree = json.loads(payload)
    if chance.random() < 0.5:
        return _written(mutate_tree(tree, chance, NASTY))
    for name, values in _BETTER.items():
        if name in tree and chance.random() < 0.5:
            tree[name] = chance.choice(values)
    return _written(tree)


# What an attacker would rather have in a captured document.
_BETTER: dict[str, tuple[Any, ...]] = {
    "audience": ("all", "device:kt-001", f"area:{PROVINCE}", f"area:{BOX.areas[-1]}"),
    "status": ("actual",),
    "msg_type": ("alert", "cancel"),
    "seq": (99, 2**53),
    "version": (99, 2**53),
    "expires": ("2027-01-01T00:00:00+00:00", "9999-01-01T00:00:00+00:00"),
    "issued": ("2026-11-22T22:00:00+00:00",),
    "kind": ("drill", "mute", "restart"),
    "sha256": ("0" * 64,),
}


def _stolen(_raw: bytes, chance: Random, _all: list[bytes]) -> bytes:
    """Sign with a key that may not say this, as it is or with faults on top."""
    name = chance.choice(tuple(WISHES))
    document = chance.choice(WISHES[name])
    payload = write_document(document)
    if chance.random() < 0.3:
        payload = _written(mutate_tree(json.loads(payload), chance, NASTY))
    return _signed(type(document), payload, name)


def _impostor(_raw: bytes, chance: Random, _all: list[bytes]) -> bytes:
    """Sign with a stolen key under the names of keys that may."""
    name = chance.choice(tuple(WISHES))
    document = chance.choice(WISHES[name])
    wire = json.loads(_signed(type(document), write_document(document), name))
    sig, right = wire["signatures"][0]["sig"], _MAY_SIGN[type(document)]
    names = chance.sample(right, chance.randint(1, len(right)))
    claimed = [{"keyid": key(each).id, "sig": sig} for each in names]
    wire["signatures"] = claimed if chance.random() < 0.5 else [*wire["signatures"], *claimed]
    return _written(wire)


_MAY_SIGN: dict[Kind, tuple[str, ...]] = {
    Keyring: ("root2", "root3"),
    Desired: ("content",),
    Command: ("command", "pair2"),
    Alert: ("alert",),
    Sync: ("service",),
    Data: ("content",),
}


def _transplant(raw: bytes, chance: Random, all_raw: list[bytes]) -> bytes:
    """Put the signatures, the payload or the type of one envelope into another."""
    wire, other = json.loads(raw), json.loads(chance.choice(all_raw))
    for name in chance.sample(("signatures", "payload", "payloadType"), chance.randint(1, 2)):
        wire[name] = other[name]
    return _written(wire)


def _signatures(raw: bytes, chance: Random, all_raw: list[bytes]) -> bytes:
    """Take signatures away, double them, spell their keys otherwise, add those of others or of nobody."""
    wire, other = json.loads(raw), json.loads(chance.choice(all_raw))
    mine = wire["signatures"]
    one = chance.choice(mine)
    wire["signatures"] = chance.choice(
        (
            mine[1:],
            mine[:1],
            mine * 2,
            [one] * 16,
            [*mine, {**one, "keyid": one["keyid"].upper()}],
            [*mine, {**one, "keyid": f"{one['keyid']} "}],
            [*mine, {**one, "keyid": key(chance.choice(("root2", "pair2", "idle", "stranger"))).id}],
            [*mine, *other["signatures"]],
            mine[::-1],
        )
    )
    return _written(wire)


def _base64(raw: bytes, chance: Random, _all: list[bytes]) -> bytes:
    """Write the same bytes, or nearly, in another base64."""
    wire = json.loads(raw)
    holder, name = chance.choice([(wire, "payload"), (wire["signatures"][0], "sig")])
    text = holder[name]
    place = chance.randrange(len(text) + 1)
    holder[name] = chance.choice(
        (
            text.rstrip("="),
            f"{text}=",
            f"{text}==",
            f"{text[:place]}\n{text[place:]}",
            f"{text[:place]} {text[place:]}",
            f"{text[:place]}={text[place:]}",
            f"{text[:place]}-{text[place:]}",
            text.translate(str.maketrans("+/", "-_")),
            _spare_bits(text),
            f"{text}{text}",
            text.swapcase(),
        )
    )
    return _written(wire)


def _spare_bits(text: str) -> str:
    """Set the bits that padding leaves unused: a lax reader decodes the same bytes."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    bare = text.rstrip("=")
    return f"{bare[:-1]}{letters[letters.index(bare[-1]) ^ (1 if bare != text else 32)]}{text[len(bare) :]}"


def _twice(raw: bytes, chance: Random, all_raw: list[bytes]) -> bytes:
    """Say a member twice, in clear or with an escape: one reader takes the first, another the last."""
    name, other = chance.choice(("payload", "payloadType", "signatures")), json.loads(chance.choice(all_raw))
    written = chance.choice((name, f"\\u{ord(name[0]):04x}{name[1:]}"))
    member = f'"{written}":{json.dumps(other[name])}'.encode()
    return b"{" + member + b"," + raw[1:] if chance.random() < 0.5 else raw[:-1] + b"," + member + b"}"


def _ambiguous(raw: bytes, chance: Random, _all: list[bytes]) -> bytes:
    """Move the borders between type and payload, or sign bytes that mean something else elsewhere."""
    wire = json.loads(raw)
    kind, payload = wire["payloadType"], base64.b64decode(wire["payload"])
    whole = signed_bytes(kind, payload)
    wire["payloadType"], moved = chance.choice(
        (
            (kind[:-1], kind[-1:].encode() + payload),
            (f"{kind} ", payload),
            (kind, whole),
            ("", whole),
            (kind.upper(), payload),
        )
    )
    wire["payload"] = base64.b64encode(moved).decode()
    return _written(wire)


def _spaces(raw: bytes, chance: Random, _all: list[bytes]) -> bytes:
    """Write the same envelope with other spaces and another order: the signatures hold, so it may come through once."""
    wire = json.loads(raw)
    return json.dumps({name: wire[name] for name in chance.sample(list(wire), len(wire))}, indent=1).encode()


def _signed(kind: Kind, payload: bytes, name: str) -> bytes:
    """Return an envelope of any size: an attacker keeps to no limit."""
    return write_envelope(Envelope(TYPE_OF[kind], payload, (key(name).sign(TYPE_OF[kind], payload),)))


def _written(tree: Wire) -> bytes:
    return json.dumps(tree).encode()


_WAYS: tuple[Callable[[bytes, Random, list[bytes]], bytes], ...] = (
    *(_bytes, _members, _flip, _body, _body, _stolen, _stolen, _impostor, _impostor),
    *(_transplant, _transplant, _signatures, _signatures, _base64, _twice, _ambiguous, _spaces),
)
