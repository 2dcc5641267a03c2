"""An announcement over what is on air: what is beneath is soft, comes back by itself, and both never clip."""

from __future__ import annotations

import math
from array import array

import pytest

from firmware_py.core.errors import Code, Unplayable
from firmware_py.core.units import MS
from firmware_py.speaker.mixer import Mixer
from firmware_py.speaker.reel import Reel
from firmware_py.speaker.voice import Voice
from tests.speaker import listening
from tests.speaker.test_mixer import BLOCK, MS_FRAMES, RATE_HZ, START_US, Room, ramp, steady, stereo, values

SOFT = 10 ** (-18 / 20)
DUCK_FRAMES = 150 * MS_FRAMES


def announced(room: Room, from_ms: int, sound: bytes) -> Voice:
    """Let an announcement in, on top of the rest."""
    voice = room.voice(9, START_US + from_ms * MS, sound)
    voice.on_top = True
    return voice


def test_what_is_beneath_an_announcement_is_soft_and_comes_back() -> None:
    """Before it untouched, soft within 150 ms of its beginning, itself untouched, and all back 150 ms after its end."""
    room = Room()
    room.voice(1, START_US, steady(2 * RATE_HZ))
    announced(room, 500, steady(RATE_HZ // 2, 2_000))
    heard = values(room.listen(2 * RATE_HZ))
    assert set(heard[: 500 * MS_FRAMES]) == {10_000}
    soft = heard[500 * MS_FRAMES + DUCK_FRAMES + BLOCK : 1_000 * MS_FRAMES]
    assert all(abs(value - 2_000 - 10_000 * SOFT) <= 1 for value in soft)
    assert set(heard[1_000 * MS_FRAMES + DUCK_FRAMES + BLOCK :]) == {10_000}
    assert listening.largest_step(array("h", heard).tobytes()) <= 2_000 + 20


def test_an_announcement_that_breaks_off_leaves_nothing_soft() -> None:
    """Its decoder fails in the middle of a word: what is beneath comes back all the same."""
    room = Room()
    room.voice(1, START_US, steady(2 * RATE_HZ))
    reel = Reel(10**9)
    reel.begin(0, 0, RATE_HZ)
    reel.put(steady(100 * MS_FRAMES, 2_000))
    voice = room.voice_of(9, START_US + 100 * MS, reel)
    voice.on_top = True
    room.listen(200 * MS_FRAMES)
    reel.finish(Unplayable(Code.DECODER_FAILED, "broken"))
    assert set(values(room.listen(RATE_HZ))[DUCK_FRAMES + 2 * BLOCK :]) == {10_000}


def test_an_announcement_that_does_not_come_makes_nothing_soft() -> None:
    """Its decoder has given nothing yet: what is on air is as loud as ever."""
    room = Room()
    room.voice(1, START_US, steady(RATE_HZ))
    announced(room, 100, b"")
    assert set(values(room.listen(RATE_HZ))) == {10_000}


def test_an_alert_is_never_soft() -> None:
    """What does not yield stays as loud as it is, whatever is on top of it."""
    room = Room()
    alert = room.voice(1, START_US, steady(RATE_HZ))
    alert.yields = False
    announced(room, 0, steady(RATE_HZ, 2_000))
    assert set(values(room.listen(RATE_HZ))) == {12_000}


def test_two_loud_sounds_are_held_below_full_scale() -> None:
    """Their sum stays at -1 dBFS without one sample at the rail, and after it all is as loud as before."""
    room = Room()
    room.mixer = Mixer(RATE_HZ, room.news.append, duck_db=0)
    tone = [round(28_000 * math.sin(math.tau * 440 * n / RATE_HZ)) for n in range(2 * RATE_HZ)]
    room.voice(1, START_US, stereo(array("h", tone)))
    announced(room, 0, stereo(array("h", tone[:RATE_HZ])))
    heard = room.listen(2 * RATE_HZ)
    together = heard[2 * BLOCK * 2 : RATE_HZ * 2]
    ceiling = 32_768 * 10 ** (-1 / 20)
    assert max(map(abs, values(together))) <= ceiling + 1
    assert max(map(abs, values(heard))) < 32_767
    assert listening.tone_hz(together) == pytest.approx(440, abs=0.5)
    assert values(heard)[-RATE_HZ // 2 :] == tone[-RATE_HZ // 2 :]


def test_a_sum_that_fits_is_the_sum() -> None:
    """Below the ceiling not one sample is changed."""
    room = Room()
    room.mixer = Mixer(RATE_HZ, room.news.append, duck_db=0)
    room.voice(1, START_US, ramp(10_000))
    announced(room, 0, ramp(10_000))
    assert values(room.listen(9_600)) == [2 * value for value in range(1, 9_601)]
