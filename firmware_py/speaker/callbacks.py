"""The functions that libVLC's threads call: one side gives it a stream, the other takes what it decodes.

They run under the interpreter's lock, hold no other, and call nothing of libVLC.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from typing import Any, Protocol

_Read = ctypes.CFUNCTYPE(ctypes.c_ssize_t, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
_Open = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p), ctypes.POINTER(ctypes.c_uint64)
)
_Seek = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_uint64)
_Close = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
_Before = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p), ctypes.c_size_t)
_After = ctypes.CFUNCTYPE(
    None,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_uint,
    ctypes.c_uint,
    ctypes.c_uint,
    ctypes.c_uint,
    ctypes.c_size_t,
    ctypes.c_int64,
)


class Taker(Protocol):
    """Who gets what is decoded."""

    def begin(self, skip_frames: int, first_frame: int, length_frames: int) -> None:
        """Hear how many frames to throw away first, which one then comes, and how many the whole content has."""

    def put(self, block: bytes) -> None:
        """Take the next block; may wait, which makes the decoder wait."""


class Feed:
    """Gives libVLC a stream, piece by piece, as it asks."""

    def __init__(self, stream: Callable[[], Iterator[bytes]]) -> None:
        """Take how the stream is made: libVLC's Matroska reader goes back once to where the sound begins."""
        self.error: OSError | None = None
        self._stream = stream
        self._chunks = stream()
        self._rest = memoryview(b"")
        self.open = _Open(self._open)
        self.read = _Read(self._read)
        self.seek: Any = _Seek(self._seek)
        self.close = _Close(lambda _opaque: None)

    def _open(self, _opaque: int, data: Any, size: Any) -> int:  # noqa: ANN401 - pointers of ctypes
        data[0] = None
        size[0] = 2**64 - 1
        return 0

    def _read(self, _opaque: int, buffer: int, size: int) -> int:
        """Fill libVLC's buffer, because each call costs a change of threads; fewer bytes only at the end."""
        filled = 0
        while filled < size:
            part = self._next(size - filled)
            if not part:
                return -1 if self.error else filled
            ctypes.memmove(buffer + filled, bytes(part), len(part))
            filled += len(part)
        return filled

    def _seek(self, _opaque: int, offset: int) -> int:
        """Make the stream anew and pass over what comes before a place."""
        self._chunks, self._rest = self._stream(), memoryview(b"")
        while offset:
            part = self._next(offset)
            if not part:
                return -1
            offset -= len(part)
        return 0

    def _next(self, size: int) -> memoryview:
        """Return up to `size` bytes, none at the end or when the file can no longer be read."""
        if not self._rest:
            try:
                self._rest = memoryview(next(self._chunks, b""))
            except OSError as error:
                self.error = error
        part, self._rest = self._rest[:size], self._rest[size:]
        return part


class LiveFeed(Feed):
    """Gives libVLC a stream that is being made: each piece when it comes, and no way back."""

    def __init__(self, following: Callable[[], bytes]) -> None:
        """Take what returns the next piece, and nothing at the end."""
        super().__init__(lambda: iter(following, b""))
        self.seek = None

    def _read(self, _opaque: int, buffer: int, size: int) -> int:
        """Hand over what is there, rather than wait for as much as libVLC has room for."""
        part = self._next(size)
        ctypes.memmove(buffer, bytes(part), len(part))
        return len(part)


class Outlet:
    """Takes decoded blocks from libVLC: it asks for room before each and says after it how much there is."""

    def __init__(self, taker: Taker) -> None:
        """Take who gets the blocks."""
        self._taker = taker
        self._room: Any = ctypes.create_string_buffer(1 << 16)
        self.before = _Before(self._before)
        self.after = _After(self._after)

    def _before(self, _opaque: int, room: Any, size: int) -> None:  # noqa: ANN401 - a pointer of ctypes
        if size > len(self._room):
            self._room = ctypes.create_string_buffer(size)
        room[0] = ctypes.addressof(self._room)

    def _after(self, _opaque: int, block: int, *format_and_size: int) -> None:
        size = format_and_size[-2]
        self._taker.put(ctypes.string_at(block, size))
