"""Ed25519 keys: what a box checks signatures with (`verify`), and what a desk signs with (`SigningKey`, `seal`)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from firmware_py.core.envelope import MAX_BYTES, Envelope, Signature, signed_bytes, write_envelope
from firmware_py.core.errors import Code, Problem, Refused, Unavailable
from firmware_py.core.wire import TYPE_OF, Document, read_document
from firmware_py.core.writing import write_document
from firmware_py.link.crypto import files

_SMALL_ORDER = frozenset(
    bytes.fromhex(text)
    for text in (
        "00" * 32,
        "01" + "00" * 31,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
    )
)
"""Points of small order, by their y alone: as public keys they make signatures true that nobody made (RFC 8032, 5.1.7
leaves it to the application to refuse them)."""


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether a 64-byte signature of a message is by the owner of a 32-byte public key; never raises."""
    if is_weak(public):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def is_weak(public: bytes) -> bool:
    """Return whether anybody could sign for a public key: it is a point of small order."""
    return len(public) == 32 and public[:31] + bytes([public[31] & 0x7F]) in _SMALL_ORDER


class SigningKey:
    """A private key. It leaves this object only into a file that its owner alone may read."""

    __slots__ = ("_private", "id", "public")

    def __init__(self, private: Ed25519PrivateKey) -> None:
        """Keep the key; `public` has 32 bytes, `id` is their SHA-256 in hexadecimal digits."""
        self._private = private
        self.public = private.public_key().public_bytes_raw()
        self.id = hashlib.sha256(self.public).hexdigest()

    @classmethod
    def generate(cls) -> Self:
        """Return a new key."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Return the key in a PEM file (PKCS #8, without password); raise `Unavailable` when it cannot be used."""
        raw = files.read(path, private=True)
        try:
            private = serialization.load_pem_private_key(raw, None)
        except (ValueError, TypeError) as error:
            what = f"{path}: is no private key without a password in PEM ({str(error)[:120]}); name another file"
            raise Unavailable(Code.KEY_UNUSABLE, what) from error
        if not isinstance(private, Ed25519PrivateKey):
            what = f"{path}: is a key of another kind than Ed25519; make one with `ttcs keys`"
            raise Unavailable(Code.KEY_UNUSABLE, what)
        return cls(private)

    def save(self, path: Path) -> None:
        """Write the key to a PEM file of mode 0600, whole or not at all; raise `Unavailable` when that fails."""
        pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
        private = self._private.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
        files.write(path, private, files.PRIVATE)

    def sign(self, payload_type: str, payload: bytes) -> Signature:
        """Return the signature of a payload as one of this type."""
        return Signature(self.id, self._private.sign(signed_bytes(payload_type, payload)))


def seal(document: Document, keys: Iterable[SigningKey]) -> bytes:
    """Return the envelope of a document, signed by these keys; raise `Refused` for what no box would take."""
    payload = write_document(document)
    read_document(type(document), payload)
    return seal_payload(TYPE_OF[type(document)], payload, keys)


def seal_payload(payload_type: str, payload: bytes, keys: Iterable[SigningKey]) -> bytes:
    """Return the envelope of these very bytes, each key signing once; raise `Refused` when it is too large."""
    once = {key.id: key for key in keys}.values()
    signatures = tuple(key.sign(payload_type, payload) for key in once)
    raw = write_envelope(Envelope(payload_type, payload, signatures))
    if len(raw) > MAX_BYTES:
        what = Problem("document", f"makes an envelope of {len(raw)} bytes, the limit is {MAX_BYTES}", "say less")
        raise Refused("envelope", (what,))
    return raw
