"""The province's word: documents under the key of the role that may say them."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from firmware_py.core.trust import ROLES
from firmware_py.core.wire import Document, Role
from firmware_py.field.keychain import Keychain
from firmware_py.link.crypto.signing import SigningKey, seal


class Signer:
    """Signs each document with the key of its role: a command with the one for commands, never the technician's."""

    def __init__(self, keys: dict[Role, SigningKey]) -> None:
        self._keys = keys

    @classmethod
    def load(cls, province: Path) -> Self:
        """Read the keys that the keyring of a province names for each role but root's; raise `Unavailable`."""
        chain = Keychain(province)
        return cls({role: chain.key(role.value) for role in Role if role is not Role.ROOT})

    def seal(self, document: Document, role: Role | None = None) -> bytes:
        """Return the signed envelope of a document, by another role where that may say it too.

        Raises `Refused` for a document that no box would take.
        """
        return seal(document, [self._keys[role or ROLES[type(document)][0]]])
