"""Who is obeyed: the rules by which a signed document from an untrusted network is accepted or refused.

The broker, the network and the web server are untrusted: at worst they may delay. In this order:

1. An envelope of a known type, for which enough keys of the right role in the keyring have signed. Nothing of the
   payload is read before one signature of a known key has been verified. All its signatures must be right: one of a
   key that is not yet known here would raise no mark, and the document could come again when the key is.
2. A keyring is signed by the root keys of the one in force and by its own, and its version is higher. It may bear
   signatures of other root keys, by which boxes with an older keyring come along.
3. The document is for this box: its id, or an area of its chain. The key of an area reaches that area and those
   below it in the box's own chain, nothing else. A person on the spot has a key of lower rights, for one box.
4. Neither it nor the keyring has expired: not by the clock where that is known, and not by the floor, the latest
   instant that is certain, where it is not; nor before the keyring was made. On a known clock it is not from the
   future either. Only a keyring follows upon an expired one.
5. Its `seq` or `version` is above the mark of every key that signed it. Alerts and figures are counted for each
   audience, because topics overtake one another; schedules are not, or an old one for all would come after a new one
   for this box. Marks of drills and tests are their own, so that no exercise teaches the real thing. Marks are on disk
   before anything is done.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from firmware_py.core.envelope import Envelope, read_envelope, signed_bytes
from firmware_py.core.errors import AgentError, Code, Malformed, Refused
from firmware_py.core.records import ClockState
from firmware_py.core.units import DAY, FAR_FUTURE_US, MINUTE, DurationUs, WallUs
from firmware_py.core.wire import (
    PAYLOAD_TYPES,
    TECHNICIAN_MAY,
    Alert,
    AlertStatus,
    Command,
    Data,
    Desired,
    Document,
    Grant,
    Keyring,
    Role,
    Sync,
    read_document,
)

FUTURE_US: DurationUs = 10 * MINUTE
"""How far ahead the source's clock may be."""

LONGEST_LIFE_US: dict[type[Document], DurationUs] = {Command: 7 * DAY, Alert: 7 * DAY, Sync: DAY, Data: 7 * DAY}
"""A command that could be kept for a year and sent then is no command."""

ROLES: dict[type[Document], tuple[Role, ...]] = {
    Keyring: (Role.ROOT,),
    Desired: (Role.CONTENT,),
    Command: (Role.COMMAND, Role.TECHNICIAN),
    Alert: (Role.ALERT,),
    Sync: (Role.SERVICE,),
    Data: (Role.CONTENT,),
}

MAX_DETAIL_LETTERS = 500
"""A refusal is reported over 4G, and what it quotes was written by whoever sent it."""

Verify: TypeAlias = Callable[[bytes, bytes, bytes], bool]
"""Ed25519: whether (public key, message, signature) belong together."""


class Rejected(AgentError):
    """A document that is not obeyed: the code for the report, the reason for a person."""

    def __init__(self, code: Code, detail: str) -> None:
        """Keep both."""
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this box is: its id, and its chain of areas from the widest (the province) to its own."""

    device_id: str
    areas: tuple[str, ...]

    def is_meant(self, audience: str) -> bool:
        """Return whether a document for this audience is for this box."""
        kind, _, name = audience.partition(":")
        return audience == "all" or (name == self.device_id if kind == "device" else name in self.areas)

    def reaches(self, granted: str, area: str) -> bool:
        """Return whether a key for one area may speak to another: the same, or below it on the way to this box."""
        known = granted in self.areas and area in self.areas
        return known and self.areas.index(granted) <= self.areas.index(area)


@dataclass(frozen=True, slots=True)
class Verified:
    """A document of which it is certain who signed it, and that it is for this box; `digest` is of the payload.

    The keyring vouches for its signers from `since_us`, when it was made, until `until_us`, when it expires.
    """

    document: Document
    signers: frozenset[str]
    digest: str
    payload: bytes
    since_us: WallUs = 0
    until_us: WallUs = FAR_FUTURE_US


@dataclass(frozen=True, slots=True)
class Present:
    """What is known of the time: the wall clock, how far it is believed, and the latest instant that is certain."""

    now_us: WallUs
    clock: ClockState
    floor_us: WallUs

    @property
    def certain_us(self) -> WallUs:
        """The latest instant that has certainly come."""
        return self.floor_us if self.clock is ClockState.UNTRUSTED else max(self.floor_us, self.now_us)


def verify(raw: bytes, wanted: type[Document], keyring: Keyring, who: Identity, check: Verify) -> Verified:
    """Return the document of the wanted kind in an envelope; raise `Rejected` by rules 1 to 3."""
    envelope = _open(raw, wanted)
    signers = _check_signatures(envelope, wanted, keyring, check)
    document = _read(wanted, envelope.payload)
    digest = hashlib.sha256(envelope.payload).hexdigest()
    if isinstance(document, Keyring):
        _check_keyring(document, envelope, keyring, check)
        return Verified(document, signers, digest, envelope.payload)
    _check_audience(document, who)
    _check_role(document, signers, keyring, who)
    return Verified(document, signers, digest, envelope.payload, keyring.issued, keyring.expires)


def read_own_keyring(raw: bytes, check: Verify) -> Keyring:
    """Return a keyring that is trusted because somebody put it on this box: it must still be signed by its own root."""
    envelope = _open(raw, Keyring)
    document = _read(Keyring, envelope.payload)
    if not isinstance(document, Keyring):
        raise TypeError(document)
    _check_own_root(document, envelope, check)
    return document


def admit(verified: Verified, present: Present, marks: Mapping[str, int]) -> dict[str, int]:
    """Return the marks to be raised before a verified document is obeyed; raise `Rejected` by rules 4 and 5."""
    _check_time(verified, present)
    document, number = verified.document, _number(verified.document)
    raised = dict.fromkeys(mark_names(document, verified.signers), number)
    if any(number <= marks.get(mark, 0) for mark in raised):
        what = f"{_name(type(document))}: number {number} is not above what was accepted already"
        raise Rejected(Code.REPLAYED, what)
    return raised


def mark_names(document: Document, signers: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the marks that a document is held against; a keyring has one for all its signers."""
    if isinstance(document, Keyring):
        return ("keyring",)
    return tuple(f"{_series(document)}/{signer}" for signer in sorted(signers)) if _number(document) else ()


def _series(document: Document) -> str:
    match document:
        case Alert(audience=audience, status=AlertStatus.ACTUAL) | Command(audience=audience) | Data(audience=audience):
            return f"{_name(type(document))}/{audience}"
        case Alert(audience=audience, status=status):
            return f"alert/{audience}/{status}"
        case _:
            return _name(type(document))


def _check_time(verified: Verified, present: Present) -> None:
    document, name = verified.document, _name(type(verified.document))
    life_us = document.expires - document.issued
    if document.expires <= max(present.certain_us, verified.since_us):
        raise Rejected(Code.EXPIRED, f"{name}: has expired")
    if verified.until_us <= present.certain_us:
        raise Rejected(Code.EXPIRED, f"{name}: the keyring of this box has expired; publish a new one")
    if present.clock is not ClockState.UNTRUSTED and document.issued > present.now_us + FUTURE_US:
        raise Rejected(Code.FROM_FUTURE, f"{name}: was issued in the future; check the clocks of source and box")
    if life_us > LONGEST_LIFE_US.get(type(document), life_us):
        raise Rejected(Code.EXPIRED, f"{name}: is valid for too long; give it an earlier expires")


def signers_of(envelope: Envelope, keyring: Keyring, check: Verify) -> frozenset[str]:
    """Return the ids of the keys in the keyring whose signatures under an envelope are right."""
    known = {key.id: key.public for key in keyring.keys}
    message = signed_bytes(envelope.payload_type, envelope.payload)
    return frozenset(
        signature.keyid
        for signature in envelope.signatures
        if signature.keyid in known and check(known[signature.keyid], message, signature.sig)
    )


def _open(raw: bytes, wanted: type[Document]) -> Envelope:
    try:
        envelope = read_envelope(raw)
    except Malformed as error:
        raise Rejected(Code.ENVELOPE_MALFORMED, f"{_name(wanted)}: {_short(error)}") from error
    if PAYLOAD_TYPES.get(envelope.payload_type) is not wanted:
        what = f"{_name(wanted)}: the envelope holds {envelope.payload_type[:80]!r}"
        raise Rejected(Code.ENVELOPE_MALFORMED, what)
    return envelope


def _read(kind: type[Document], payload: bytes) -> Document:
    try:
        return read_document(kind, payload)
    except Refused as refusal:
        raise Rejected(Code.DOCUMENT_REFUSED, _short(refusal)) from refusal


def _short(error: Malformed) -> str:
    text = str(error)
    return text if len(text) <= MAX_DETAIL_LETTERS else f"{text[:MAX_DETAIL_LETTERS]}..."


def _check_signatures(envelope: Envelope, kind: type[Document], keyring: Keyring, check: Verify) -> frozenset[str]:
    signers, claimed = signers_of(envelope, keyring, check), len(envelope.signatures)
    if not signers:
        what = f"{_name(kind)}: no right signature of a key in keyring {keyring.version}"
        raise Rejected(Code.SIGNATURE_INVALID, what)
    if len(signers) < claimed and kind is not Keyring:
        what = f"{_name(kind)}: only {len(signers)} of {claimed} signatures are right by keyring {keyring.version}"
        raise Rejected(Code.SIGNATURE_INVALID, what)
    return signers


def _check_keyring(new: Keyring, envelope: Envelope, old: Keyring, check: Verify) -> None:
    if not _granted(old, Role.ROOT, signers_of(envelope, old, check)):
        raise Rejected(Code.ROLE_FORBIDDEN, f"keyring: not signed by the root keys of keyring {old.version}")
    if new.version <= old.version:
        raise Rejected(Code.REPLAYED, f"keyring: version {new.version} is not above {old.version}, which is in force")
    _check_own_root(new, envelope, check)


def _check_own_root(keyring: Keyring, envelope: Envelope, check: Verify) -> None:
    for key in keyring.keys:
        if hashlib.sha256(key.public).hexdigest() != key.id:
            raise Rejected(Code.DOCUMENT_REFUSED, f"keyring: {key.id[:16]} is not the SHA-256 of its public key")
    if not _granted(keyring, Role.ROOT, signers_of(envelope, keyring, check)):
        raise Rejected(Code.ROLE_FORBIDDEN, "keyring: not signed by enough of its own root keys")


def _granted(keyring: Keyring, role: Role, signers: frozenset[str]) -> tuple[Grant, ...]:
    return tuple(
        grant
        for grant in keyring.grants
        if grant.role is role and len(signers.intersection(grant.keys)) >= grant.threshold
    )


def _check_role(
    document: Desired | Command | Alert | Sync | Data, signers: frozenset[str], keyring: Keyring, who: Identity
) -> None:
    grants = [grant for role in ROLES[type(document)] for grant in _granted(keyring, role, signers)]
    if not any(_covers(grant, document, who) for grant in grants):
        what = f"{_name(type(document))}: signed, but not by enough keys of a role that may say this"
        raise Rejected(Code.ROLE_FORBIDDEN, what)


def _covers(grant: Grant, document: Desired | Command | Alert | Sync | Data, who: Identity) -> bool:
    if grant.role is Role.TECHNICIAN:
        return isinstance(document, Command) and document.kind in TECHNICIAN_MAY
    if grant.role is Role.ALERT:
        area = document.audience.removeprefix("area:")
        return any(who.reaches(granted, area) for granted in grant.areas)
    return True


def _check_audience(document: Desired | Command | Alert | Sync | Data, who: Identity) -> None:
    audience = document.audience
    narrow = isinstance(document, Command | Sync)
    wide = isinstance(document, Alert | Data)
    fits = (not narrow or audience.startswith("device:")) and (not wide or audience.startswith("area:"))
    if not fits or not who.is_meant(audience):
        raise Rejected(Code.AUDIENCE_WRONG, f"{_name(type(document))}: is for {audience}, not for this box")


def _number(document: Document) -> int:
    return document.version if isinstance(document, Keyring | Desired | Data) else getattr(document, "seq", 0)


def _name(kind: type[Document]) -> str:
    return kind.__name__.lower()
