"""A whole film looked through before it may go on air: how long it really is, and whether its picture can be decoded.

What a file says of its length is a guess in many; the length that counts is where its last frame ends. So all packets
are read, none is decoded but for a second at a few places. A film must be joined in its middle by a box that was just
switched on: one without places to begin at is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import av.error

from firmware_py.board.video.container import Opened
from firmware_py.board.video.frames import Frames, size_of
from firmware_py.core.errors import Code, Unplayable
from firmware_py.core.units import SECOND, DurationUs

LONGEST_KEY_US: DurationUs = 30 * SECOND
"""How far apart the places may be at which decoding can begin: as much is decoded unseen to join in between."""

LONGEST_US: DurationUs = 24 * 3600 * SECOND
_TRIALS = 5
_TRIAL_US: DurationUs = SECOND


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found: the length, and the size of the picture as people see it."""

    duration_us: DurationUs
    width: int
    height: int


def survey(film: Opened, trial_px: tuple[int, int]) -> Survey:
    """Look through a film; raise `Unplayable` with what is wrong with it."""
    places = sorted(_packets(film))
    if not places:
        raise _unreadable(film, "has no picture with a time")
    duration_us = places[-1][0] + film.frame_us
    _judge_length(film, duration_us)
    _judge_keys(film, [at_us for at_us, is_key in places if is_key], duration_us)
    frames = Frames(film, trial_px, "contain", threads=1)
    sizes = [_try(film, frames, at_us) for at_us in _trials(places[0][0], places[-1][0])]
    return Survey(duration_us, *sizes[0])


def _packets(film: Opened) -> Iterator[tuple[DurationUs, bool]]:
    """Yield the time of every frame, and whether decoding can begin with it."""
    try:
        for packet in film.container.demux(film.stream):
            # AVI knows only when a frame is decoded; that is off by a frame or two.
            time = packet.dts if packet.pts is None else packet.pts
            if time is not None and packet.size:
                yield max(0, round(time * packet.time_base * SECOND) - film.origin_us), packet.is_keyframe
    except av.error.InvalidDataError:
        # The rest cannot be told apart from rubbish: the film is as long as what came before.
        return


def _judge_length(film: Opened, duration_us: DurationUs) -> None:
    if duration_us > LONGEST_US:
        hours = f"{duration_us / SECOND / 3600:.0f} hours"
        what = f"{film.name}: says that it is {hours} long, 24 at most are shown; make it shorter, or save it anew"
        raise Unplayable(Code.CONTENT_TOO_LARGE, what)


def _judge_keys(film: Opened, keys_us: list[DurationUs], duration_us: DurationUs) -> None:
    edges = [0, *keys_us, duration_us]
    longest_us = max(other - one for one, other in pairwise(edges))
    if not keys_us or longest_us > max(LONGEST_KEY_US, film.frame_us):
        what = f"{film.name}: {longest_us / SECOND:.0f} s without a key frame, {LONGEST_KEY_US // SECOND} at most"
        raise Unplayable(Code.CONTENT_UNSUPPORTED, f"{what}; save it with a key frame every two seconds")


def _trials(first_us: DurationUs, last_us: DurationUs) -> list[DurationUs]:
    """Return the places at which a piece is decoded."""
    step_us = max(0, last_us - first_us - _TRIAL_US) // (_TRIALS - 1)
    return sorted({first_us + step_us * number for number in range(_TRIALS)})


def _try(film: Opened, frames: Frames, from_us: DurationUs) -> tuple[int, int]:
    """Decode a piece; return the size of its picture as people see it."""
    frames.seek(from_us)
    size: tuple[int, int] | None = None
    for at_us, frame in frames:
        if size is None:
            frames.fitted(frame)
            size = size_of(film, frame)
        if at_us > from_us + _TRIAL_US:
            break
    if size is None:
        raise _unreadable(film, f"shows nothing at {from_us / SECOND:.0f} s")
    return size


def _unreadable(film: Opened, what: str) -> Unplayable:
    return Unplayable(Code.CONTENT_UNREADABLE, f"{film.name}: {what}; make the video anew")
