"""One play in the mixer: where its sound begins to the sample, how it is joined, faded, kept to the clock and counted.

Everything here runs in the thread that fills the device, block by block. The playout's thread only sets `gain`,
`cut_us`, `follows` and reads counters. `on_top` is heard over the others, which become soft unless they do not `yield`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from firmware_py.core.errors import Unplayable
from firmware_py.core.units import FAR_FUTURE_US, MS, SECOND, DurationUs, MonoUs
from firmware_py.speaker import pcm
from firmware_py.speaker.level import Level
from firmware_py.speaker.meter import Meter
from firmware_py.speaker.source import Source

JOIN_US = 250 * MS
"""A play begins right behind the one before if that ends within this of its own start."""

FOLLOWED_AFTER_US, FOLLOWED_US = 10 * SECOND, MS // 10
"""A content that is on air for so long, and so far from the clock, is brought back to it: crystals differ by some 50 µs
in every second. Short items are left as they are, to the sample."""

_FOLLOWED_FRAMES = 2
"""Nor is anything done for less than this: at low rates a single frame is longer than `FOLLOWED_US`."""

_EACH_BLOCKS, _EACH_BLOCKS_FAR, _FAR_US = 10, 2, MS
"""One frame in so many blocks, which last 10 to 20 ms: some 200 parts in a million, more than most crystals. What is
farther off comes back at up to 1000, which moves a tone by 1/60 of a semitone: no ear tells."""

_EDGE_US = 5 * MS
"""How far the measured instant of a block may be from where the block before it ended."""


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of the device's time: its first frame is heard at `at_us`.

    `skipped` frames of the device's time before it went by without sound (the device was lost or ran dry). What is not
    `audible` goes to nobody: there is no device, and time is kept in its place.
    """

    frames: int
    at_us: MonoUs
    rate_hz: int
    skipped: int = 0
    audible: bool = True

    def frame_at(self, instant_us: MonoUs) -> int:
        """Return which frame is heard at an instant; negative or too large outside the block."""
        return round((instant_us - self.at_us) * self.rate_hz / SECOND)

    def instant_of(self, frame: int) -> MonoUs:
        """Return when a frame is heard."""
        return self.at_us + round(frame * SECOND / self.rate_hz)


@dataclass(frozen=True, slots=True)
class Began:
    """The first frame of a play was placed: it is heard at `at_us`, and is `offset_us` into the content."""

    no: int
    at_us: MonoUs
    offset_us: DurationUs


@dataclass(frozen=True, slots=True)
class Over:
    """A play's last frame was placed: silence from it at `at_us`. `error` when that was too early."""

    no: int
    at_us: MonoUs
    error: Unplayable | None


News: TypeAlias = Began | Over


class Voice:
    """A play, from waiting for its start until its last frame."""

    def __init__(self, no: int, reel: Source, start_us: MonoUs, gain: float, rate_hz: int) -> None:
        """Take where the sound comes from and when its first frame is due, or was."""
        self.no, self.reel, self.start_us, self.gain = no, reel, start_us, gain
        self.cut_us: MonoUs = FAR_FUTURE_US
        self.on_top, self.yields = False, True
        self.follows: Voice | None = None
        self.meter = Meter(rate_hz)
        self.began = self.over = False
        self.end_us: MonoUs = FAR_FUTURE_US
        self.end_block, self.end_frame = Block(0, 0, rate_hz), 0
        self.starved_frames = 0
        self.origin_us = start_us
        self._rate_hz = rate_hz
        self._level = Level(gain, rate_hz)
        self._played = self._lost = self._debt = 0
        self._follows_clock, self._blocks = False, 0
        self._audible = True
        self.waits_for_device = False

    @property
    def sounds(self) -> bool:
        """Whether it has begun and is not over."""
        return self.began and not self.over

    @property
    def played_us(self) -> DurationUs:
        """How much of the content was sent to a device."""
        return self._played * SECOND // self._rate_hz

    @property
    def lost_us(self) -> DurationUs:
        """How much of the content was due and could not be sent."""
        return self._lost * SECOND // self._rate_hz

    @property
    def planned_end_us(self) -> MonoUs:
        """When the content will be over; only once its length is known."""
        return self.origin_us + self.reel.length_frames * SECOND // self._rate_hz

    def render(self, block: Block, tell: Callable[[News], None]) -> bytes:
        """Return this play's part of a block, as long as the block, or nothing when it is silent."""
        self._audible = block.audible
        if self.began and block.skipped:
            self._lose(block.skipped)
        first = 0 if self.began else self._entry(block, tell)
        if first is None or self.over:
            return b""
        sound = self._faded(block, first)
        self._check_end(block, first + len(sound) // pcm.FRAME_BYTES, tell)
        return pcm.silence(first) + sound + pcm.silence(block.frames - first - len(sound) // pcm.FRAME_BYTES)

    # The beginning.

    def _entry(self, block: Block, tell: Callable[[News], None]) -> int | None:
        """Return the frame of the block with which this play begins, None when it does not yet."""
        if self.cut_us <= block.at_us or self.reel.over:
            self._end(block, 0, tell)
            return None
        self.waits_for_device = not block.audible and self._waits_for_people
        if self.waits_for_device or self._waits(block):
            return None
        first = self._joint(block)
        if first is None:
            first = self._place(block)
        if first is not None:
            self.began = True
            self._level = Level(0.0 if self.reel.next_frame else self.gain, self._rate_hz)
            self.origin_us = block.instant_of(first - self.reel.next_frame)
            tell(Began(self.no, block.instant_of(first), self.reel.next_frame * SECOND // self._rate_hz))
        return first

    def _waits(self, block: Block) -> bool:
        """Return whether the play before goes on at least to the end of this block."""
        before = self.follows
        if before is None or not before.began:
            return False
        return not before.over or (before.end_block is block and before.end_frame == block.frames)

    def _joint(self, block: Block) -> int | None:
        """Return where the play before ends in this block, if this one may begin right there."""
        before = self.follows
        if before is None or not before.over:
            return None
        self.follows = None
        first = before.end_frame if before.end_block is block else self._boundary(block, before)
        ready = self.reel.next_frame == 0 and self.reel.waiting
        return first if ready and first < block.frames and abs(self.start_us - before.end_us) <= JOIN_US else None

    def _boundary(self, block: Block, before: Voice) -> int:
        """Return 0 when the play before ended with the last frame of the block before this one."""
        at_edge = before.end_frame == before.end_block.frames
        return 0 if at_edge and abs(before.end_us - block.at_us) <= _EDGE_US else block.frames

    def _place(self, block: Block) -> int | None:
        """Return where the clock lets this play begin; in the middle of the content if it is late and keeps to it."""
        late = not self.reel.keeps_to_clock and self.start_us < block.at_us
        first = 0 if late else block.frame_at(self.start_us)
        if first >= block.frames:
            return None
        self.reel.drop(max(0, -first - self.reel.next_frame))
        first += self.reel.next_frame
        if not self.reel.waiting or not 0 <= first < block.frames:
            return None
        return first

    @property
    def _waits_for_people(self) -> bool:
        """Whether nothing of it is spent while nobody can hear it: what is said by order goes on where it was."""
        return not self.reel.keeps_to_clock and not self.reel.is_live

    # The middle.

    def _faded(self, block: Block, first: int) -> bytes:
        """Return the sound from a frame of the block on, up to its end or that of the play."""
        cut = max(first, min(block.frames, block.frame_at(self.cut_us)))
        if first == 0 and cut == block.frames and (slip := self._slip(block)):
            return self._stretched(cut, slip)
        before = self._sound(cut - first, self.gain)
        after = self._sound(block.frames - cut, 0.0) if cut < block.frames else b""
        return before + after

    def _sound(self, frames: int, gain: float) -> bytes:
        """Return frames from the reel, at a level that goes to `gain`."""
        if not frames:
            return b""
        if not self._audible and self._waits_for_people:
            self._lost += frames
            return pcm.silence(frames)
        if self._debt:
            self._debt -= self.reel.drop(self._debt)
        sound = self.reel.take(frames) if not self._debt else b""
        got = len(sound) // pcm.FRAME_BYTES
        self._level.go_to(gain)
        if sound:
            sound = self._level.apply(sound)
            self._count(sound, got)
        return sound + self._missing(frames - got)

    def _count(self, sound: bytes, frames: int) -> None:
        if self._audible:
            self._played += frames
            self.meter.add(sound)
        else:
            self._lost += frames
            self.meter.pause()

    def _slip(self, block: Block) -> int:
        """Return how many frames more or less of the content than of the block bring it back to the clock: 1, or 0."""
        if self._debt or not self.reel.keeps_to_clock or self._played < FOLLOWED_AFTER_US * self._rate_hz // SECOND:
            return 0
        behind = (block.at_us - self.origin_us) * self._rate_hz / SECOND - self.reel.next_frame
        far = abs(behind) * SECOND > _FAR_US * self._rate_hz
        self._blocks = (self._blocks + 1) % (_EACH_BLOCKS_FAR if far else _EACH_BLOCKS)
        if self._blocks:
            return 0
        if abs(behind) >= max(FOLLOWED_US * self._rate_hz / SECOND, _FOLLOWED_FRAMES):
            self._follows_clock = True
        elif abs(behind) < 1:
            self._follows_clock = False
        return (1 if behind > 0 else -1) if self._follows_clock else 0

    def _stretched(self, frames: int, slip: int) -> bytes:
        """Return frames made of one more or one less of the content; as they come where these are not there."""
        if self.reel.waiting < frames + slip:
            return self._sound(frames, self.gain)
        return pcm.stretched(self._sound(frames + slip, self.gain), frames)

    def _missing(self, frames: int) -> bytes:
        """Return silence for what the decoder has not delivered; the content goes on where the clock will be then."""
        if not frames or self.reel.over:
            self.starved_frames = 0
            return b""
        self.starved_frames += frames
        self._lose(frames)
        return pcm.silence(frames)

    def _lose(self, frames: int) -> None:
        """Note that time went by without this play's sound; behind its end nothing is lost."""
        left = self.reel.length_frames - self.reel.next_frame - self._debt
        if self.reel.keeps_to_clock:
            self._debt += frames
        self._lost += min(frames, max(0, left))

    # The end.

    def _check_end(self, block: Block, frame: int, tell: Callable[[News], None]) -> None:
        cut = self.cut_us < block.instant_of(block.frames) and (self._level.silent or self.starved_frames > 0)
        if cut or self.reel.over:
            self._end(block, frame, tell)

    def _end(self, block: Block, frame: int, tell: Callable[[News], None]) -> None:
        self.end_block, self.end_frame, self.end_us = block, frame, block.instant_of(frame)
        self.over = True
        self.meter.finish()
        tell(Over(self.no, self.end_us, self.reel.error))
