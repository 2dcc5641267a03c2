"""The sound of a film, cut to the clock: what belongs to an instant is heard at that instant. Pure.

Two clocks never agree: the sound card's is steered against by leaving out or repeating one frame of sound in a block,
which nobody hears. What is further away than that could mend soon is left out, or waited for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

RATE_HZ = 48_000
FRAME_BYTES = 4

STEER_FRAMES = RATE_HZ // 100
JUMP_FRAMES = RATE_HZ // 25
"""From 10 ms on a block is shortened or stretched; from 40 ms on, where lips are seen to be late, it is cut."""


@dataclass(frozen=True, slots=True)
class Block:
    """Some sound, and the place in the film of its first frame, in frames of 48 kHz."""

    at: int
    pcm: bytes


class Reel:
    """Gives the sound of each instant out of blocks that come in their order."""

    def __init__(self, next_block: Callable[[], Block | None]) -> None:
        """Take where the next block comes from; it gives None while there is none."""
        self._next_block = next_block
        self._at = 0
        self._pcm = bytearray()
        self._goes_on = False

    def take(self, at: int, count: int) -> bytes:
        """Return `count` frames for the place `at` of the film; silence where there is nothing."""
        self._fill(at, count)
        ahead = self._at - at
        lead = b""
        if not self._goes_on or abs(ahead) > JUMP_FRAMES:
            lead = bytes(min(count, max(0, ahead)) * FRAME_BYTES)
        elif ahead > STEER_FRAMES:
            lead = bytes(self._pcm[:FRAME_BYTES])
        elif ahead < -STEER_FRAMES:
            self._cut(1)
        taken = lead + self._cut(count - len(lead) // FRAME_BYTES)
        missing = bytes(count * FRAME_BYTES - len(taken))
        self._goes_on = not missing and len(lead) <= FRAME_BYTES
        return taken + missing

    def _fill(self, at: int, count: int) -> None:
        """Take blocks until there is enough from a place on; what lies before it is dropped at a new beginning."""
        while True:
            behind = at - self._at
            if behind > (JUMP_FRAMES if self._goes_on else 0):
                self._cut(behind)
            if len(self._pcm) > count * FRAME_BYTES or not self._append():
                return

    def _append(self) -> bool:
        block = self._next_block()
        if block is None:
            return False
        if block.at != self._at + len(self._pcm) // FRAME_BYTES:
            # The film itself jumps here; the end of what was there is too short to be missed.
            self._pcm.clear()
            self._at = block.at
        self._pcm += block.pcm
        return True

    def _cut(self, count: int) -> bytes:
        """Take frames off the beginning."""
        taken = bytes(self._pcm[: count * FRAME_BYTES])
        del self._pcm[: len(taken)]
        self._at += len(taken) // FRAME_BYTES
        return taken
