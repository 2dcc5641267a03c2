"""The envelope (DSSE): bytes, what they are, and signatures over both, so that one kind is never read as another.

A signature covers `DSSEv1 SP len(type) SP type SP len(payload) SP payload`, lengths in decimal bytes
(https://github.com/secure-systems-lab/dsse, protocol). The bytes are signed as they are sent: there is no canonical
form to disagree about. The algorithm is Ed25519 and nothing else; the envelope has no say in it.

An envelope is read in one way only: no key twice, no unknown key, base64 in its one form (standard alphabet, padded,
unused bits zero), no two signatures by one key. What a box has read nobody else reads otherwise.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Annotated

from firmware_py.core.codec import from_json, to_json
from firmware_py.core.errors import Malformed
from firmware_py.core.shape import Length, load

MAX_BYTES = 256 * 1024
"""The largest envelope that is looked at."""

MAX_SIGNATURES = 16
SIGNATURE_BYTES = 64


@dataclass(frozen=True, slots=True)
class Signature:
    """Whose signature it claims to be (`keyid`, the SHA-256 of the public key), and the 64 bytes."""

    keyid: str
    sig: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """A payload of some type with its signatures. Nothing in it is true before a signature was verified."""

    payload_type: str
    payload: bytes
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class _WireSignature:
    keyid: Annotated[str, Length(1, 128)]
    sig: str


@dataclass(frozen=True, slots=True)
class _Wire:
    payloadType: Annotated[str, Length(1, 128)]  # noqa: N815 - the name that DSSE gives it
    payload: str
    signatures: Annotated[tuple[_WireSignature, ...], Length(1, MAX_SIGNATURES)]

    def __post_init__(self) -> None:
        """A key signs once: a second signature could only be there to count twice."""
        if len({each.keyid for each in self.signatures}) < len(self.signatures):
            raise ValueError("has two signatures by one key; sign once with each")


def signed_bytes(payload_type: str, payload: bytes) -> bytes:
    """Return what is signed (pre-authentication encoding)."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def read_envelope(raw: bytes) -> Envelope:
    """Return the envelope in some bytes; raise `Malformed` for anything else."""
    if len(raw) > MAX_BYTES:
        raise Malformed(
            f"has {len(raw)} bytes, the limit of an envelope is {MAX_BYTES}; send large content by its hash"
        )
    wire = load(_Wire, from_json(raw), "envelope")
    signatures = tuple(Signature(each.keyid, _decode(each.sig)) for each in wire.signatures)
    if any(len(signature.sig) != SIGNATURE_BYTES for signature in signatures):
        raise Malformed(f"has a signature that is not of {SIGNATURE_BYTES} bytes")
    return Envelope(wire.payloadType, _decode(wire.payload), signatures)


def write_envelope(envelope: Envelope) -> bytes:
    """Return an envelope as it travels."""
    signatures = tuple(_WireSignature(each.keyid, _encode(each.sig)) for each in envelope.signatures)
    return to_json(_Wire(envelope.payload_type, _encode(envelope.payload), signatures))


def _decode(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed(f"has text that is not base64: {text[:40]!r}") from error
    if _encode(raw) != text:
        raise Malformed(f"has base64 that is not in its one form: ...{text[-40:]!r}; pad it, with unused bits 0")
    return raw


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
