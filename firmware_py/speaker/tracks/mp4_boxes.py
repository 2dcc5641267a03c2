"""The boxes that an MP4 file consists of (ISO/IEC 14496-12, 4.2), read from memory."""

from __future__ import annotations

from collections.abc import Iterator


class Box:
    """A box in memory, with the boxes inside it."""

    def __init__(self, kind: bytes, body: memoryview) -> None:
        """Take the kind and what follows the head."""
        self.kind, self.body = kind, body

    def children(self, skip: int = 0) -> Iterator[Box]:
        """Yield the boxes inside, after `skip` bytes of fields."""
        place = skip
        while place + 8 <= len(self.body):
            size, kind, head = box_head(bytes(self.body[place : place + 16]), len(self.body) - place)
            if size < head:
                return
            yield Box(kind, self.body[place + head : place + size])
            place += size

    def find(self, *path: bytes) -> Box | None:
        """Return the first box down a path, or None."""
        if not path:
            return self
        return next((found for box in self.children() if box.kind == path[0] and (found := box.find(*path[1:]))), None)

    def number(self, place: int, size: int = 4) -> int:
        """Return an unsigned number of the body; raise `IndexError` when it is shorter."""
        field = self.body[place : place + size]
        if len(field) < size:
            raise IndexError(f"box {self.kind!r} is cut")
        return int.from_bytes(field, "big")


def box_head(head: bytes, left: int) -> tuple[int, bytes, int]:
    """Return size, kind and size of the head of a box; a size of 0 means: to the end."""
    size, kind = int.from_bytes(head[:4], "big"), head[4:8]
    if size == 1:
        return int.from_bytes(head[8:16], "big"), kind, 16
    return (size or left), kind, 8
