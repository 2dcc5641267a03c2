"""The sound of a film held against the clock."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_py.board.video.reel import FRAME_BYTES, JUMP_FRAMES, STEER_FRAMES, Block, Reel

BLOCK = 1024
COUNT = 480


def sound(first: int, count: int) -> bytes:
    """Return frames that carry their own number, which is never 0."""
    return array("I", range(first + 1, first + 1 + count)).tobytes()


def blocks(first: int = 0) -> Iterator[Block]:
    """Yield a film's sound from a frame on."""
    while True:
        yield Block(first, sound(first, BLOCK))
        first += BLOCK


def numbers(pcm: bytes) -> list[int]:
    """Return the numbers that frames carry, -1 for silence."""
    return [number - 1 for (number,) in struct.iter_unpack("<I", pcm)]


def reel(source: Iterable[Block]) -> Reel:
    """Return a reel over some blocks."""
    going = iter(source)
    return Reel(lambda: next(going, None))


def test_with_the_clock_every_frame_is_heard_once() -> None:
    """Asked in step, it gives the whole sound, without a gap and without a repetition."""
    played = reel(blocks())
    heard = [number for at in range(0, 100 * COUNT, COUNT) for number in numbers(played.take(at, COUNT))]
    assert heard == list(range(100 * COUNT))


@pytest.mark.parametrize("start", [0, 7, 5000, 480_000])
def test_joined_late_it_begins_where_the_clock_is(start: int) -> None:
    """What lies before the present is not heard."""
    assert numbers(reel(blocks()).take(start, COUNT)) == list(range(start, start + COUNT))


def test_what_comes_too_early_is_waited_for() -> None:
    """A film whose sound begins later is silent until then, to the frame."""
    played = reel(blocks(first=5000))
    heard = [number for at in range(0, 20 * COUNT, COUNT) for number in numbers(played.take(at, COUNT))]
    assert heard == [-1] * 5000 + list(range(5000, 20 * COUNT))


@settings(max_examples=20)
@given(st.floats(-0.0005, 0.0005), st.integers(200, 1500))
def test_a_clock_that_drifts_is_followed(drift: float, count: int) -> None:
    """Sound stays within the tolerance of the clock's place, by steps of one frame in a block."""
    played = reel(blocks())
    at, passed = 0, 0.0
    for _ in range(3000):
        pcm = played.take(at, count)
        first, last = numbers(pcm[:FRAME_BYTES])[0], numbers(pcm[-FRAME_BYTES:])[0]
        assert abs(last - (at + count - 1)) <= STEER_FRAMES + 2
        assert last - first in {count - 1, count - 2}
        passed += count * (1 + drift)
        at = round(passed)


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=30))
def test_a_clock_that_jumps_forward_is_followed_at_once(jumps: list[int]) -> None:
    """Whatever the jump, the sound is never further from the clock than what is steered."""
    played = reel(blocks())
    at = 0
    for jump in jumps:
        at += jump
        heard = numbers(played.take(at, COUNT))
        assert -1 not in heard
        assert abs(heard[1] - (at + 1)) <= JUMP_FRAMES + 1
        at += COUNT


def test_nothing_to_play_is_silence() -> None:
    """An empty queue gives as many frames of silence, and the sound goes on in its place when it comes."""
    waiting: list[Block] = []
    played = Reel(lambda: waiting.pop(0) if waiting else None)
    assert played.take(0, COUNT) == bytes(COUNT * FRAME_BYTES)
    waiting += [Block(n * BLOCK, sound(n * BLOCK, BLOCK)) for n in range(20)]
    assert numbers(played.take(10 * COUNT, COUNT)) == list(range(10 * COUNT, 11 * COUNT))
