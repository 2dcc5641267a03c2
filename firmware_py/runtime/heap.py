"""Memory in the outputs: libVLC starts and ends threads with every play, a board makes and drops whole pictures."""

from __future__ import annotations

import ctypes
import gc

_LIBC = ctypes.CDLL(None)
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_GIVEN_BACK_BYTES = 128 * 1024


def give_back() -> None:
    """Return to the system what is free: after every few plays, for libVLC leaves its heap full of holes."""
    _LIBC.malloc_trim(0)


def clear_up() -> None:
    """Free what a play has left behind: takes a quarter of a millisecond where `gc.freeze` was called at the start.

    A callback of ctypes refers to itself (its cast does), and with it to what it was made for: left to the collector,
    which looks seldom where little is made, the buffers of dozens of plays wait.
    """
    gc.collect()


def keep_small(arenas: int) -> None:
    """Limit the heaps of threads, and give large blocks back to the system at once.

    By itself glibc makes eight heaps a core, of 64 MB of addresses each, which new threads fill one after the
    other, and raises the limit above which a block is given back with every large block that it sees: in a process
    that decodes for years both look like a leak.
    """
    keep_few(arenas)
    for option in (_M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD):
        _LIBC.mallopt(option, _GIVEN_BACK_BYTES)


def keep_few(arenas: int) -> None:
    """Limit the heaps of threads alone: for a process that makes large blocks many times a second and lives briefly.

    To get each of them from the system anew takes a third of the time of decoding a video.
    """
    _LIBC.mallopt(_M_ARENA_MAX, arenas)
