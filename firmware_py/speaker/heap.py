"""How glibc's allocator behaves in the processes that hold libVLC, which starts and ends threads with every play."""

from __future__ import annotations

import ctypes

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_GIVEN_BACK_BYTES = 128 * 1024


def give_back() -> None:
    """Return to the system what is free: after each play, for libVLC leaves its heap full of holes."""
    ctypes.CDLL(None).malloc_trim(0)


def keep_small(arenas: int) -> None:
    """Limit the heaps of threads, and give large blocks back to the system at once.

    By itself glibc makes eight heaps a core, of 64 MB of addresses each, which new threads fill one after the
    other, and raises the limit above which a block is given back with every large block that it sees: in a process
    that decodes for years both look like a leak.
    """
    libc = ctypes.CDLL(None)
    for option, value in (
        (_M_ARENA_MAX, arenas),
        (_M_MMAP_THRESHOLD, _GIVEN_BACK_BYTES),
        (_M_TRIM_THRESHOLD, _GIVEN_BACK_BYTES),
    ):
        libc.mallopt(option, value)
