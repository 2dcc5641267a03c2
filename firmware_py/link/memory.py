"""A schedule document while it comes: in memory, for the store of documents writes it to the disk when it is right."""

from __future__ import annotations

import hashlib


class MemoryPart:
    """The first `kept` bytes of a document; an attempt that is cut off is gone on with, a restart begins anew."""

    def __init__(self, sha256: str) -> None:
        self.sha256 = sha256
        self.raw = bytearray()
        self.etag = ""

    @property
    def kept(self) -> int:
        """How many bytes have come."""
        return len(self.raw)

    def restart(self, etag: str) -> None:
        """Throw away what has come; what comes now is of this version."""
        self.raw.clear()
        self.etag = etag

    def write(self, chunk: bytes) -> None:
        """Add bytes at the end."""
        self.raw += chunk

    def finish(self) -> bool:
        """Tell whether this is the right document; throw it away when not."""
        if hashlib.sha256(self.raw).hexdigest() == self.sha256:
            return True
        self.restart("")
        return False
