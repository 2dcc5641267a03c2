"""Notices in the playout, block by block, with decoders that obey the test and a mixer that is asked by it."""

from __future__ import annotations

from array import array
from collections.abc import Callable

import pytest

from firmware_py.core.errors import Code, Unplayable
from firmware_py.core.messages import (
    Ended,
    Failed,
    Item,
    Notice,
    Now,
    Started,
    Style,
    Volume,
)
from firmware_py.core.units import MS, SECOND, DurationUs, MonoUs
from firmware_py.speaker.level import gain_of
from firmware_py.speaker.notice import PAUSE_US
from firmware_py.speaker.parts import PATIENCE_US
from firmware_py.speaker.reel import Reel
from firmware_py.speaker.siren import siren
from tests.speaker import listening, test_playout
from tests.speaker.test_playout import BLOCK, BLOCK_US, RATE_HZ, WALL_US, Decoding, Studio

Delivery = Callable[[Decoding], None]

WORD, WORD_US = 5_000, 300 * MS
PAUSE = [0] * (PAUSE_US * RATE_HZ // SECOND)
SPOKEN = [WORD] * (WORD_US * RATE_HZ // SECOND)


def sounds(style: Style) -> list[int]:
    """Return a siren as numbers, at the studio's rate."""
    return list(array("h", siren(style, RATE_HZ)))


def notice(style: Style = "identify", repeats: int = 1, *, with_siren: bool = True) -> Notice:
    """Return what a loudspeaker looks at of a notice."""
    return Notice(style, "flood", "severe", (), siren=with_siren, repeats=repeats)


def announce(what: Notice, start_us: MonoUs = SECOND, duration_us: DurationUs = 60 * SECOND, **fields: object) -> Item:
    """Return a notice as item 7 with a voice, in the studio's time."""
    given = {"path": "/spool/voice.opus", "volume_pct": 100, **fields}
    wall_us = WALL_US + start_us
    return Item(7, "sound", "alert:7", "notice", "Lũ", wall_us, start_us, duration_us, notice=what, **given)  # type: ignore[arg-type]


def speak(decoding: Decoding) -> None:
    """Deliver the voice at once."""
    decoding.deliver(WORD_US, WORD)


def say_nothing(_decoding: Decoding) -> None:
    """Deliver nothing, ever."""


def break_down(decoding: Decoding) -> None:
    """Fail at once."""
    decoding.reel.finish(Unplayable(Code.CONTENT_UNREADABLE, "voice.opus is no sound file"))


def stop_in_the_middle(decoding: Decoding) -> None:
    """Deliver half of the voice, and fail."""
    decoding.reel.begin(0, 0, len(SPOKEN))
    decoding.reel.put(array("h", SPOKEN).tobytes())
    decoding.reel.finish(Unplayable(Code.DECODER_FAILED, "voice.opus ended after 0.2 of 0.3 s"))


class Hall(Studio):
    """A studio whose decoders deliver in a given way, and are counted."""

    def __init__(self, voice: Delivery = speak) -> None:
        """Take what a decoder does when it is started."""
        super().__init__()
        self._voice = voice
        self.started: list[Decoding] = []
        self.asked: list[Item] = []

    def _decode(self, item: Item, reel: Reel) -> Decoding:
        decoding = super()._decode(item, reel)
        self.started.append(decoding)
        self.asked.append(item)
        self._voice(decoding)
        return decoding

    def hears(self, expected: list[int], begin: int = 0) -> bool:
        """Return whether exactly this was heard from a frame on, and then nothing."""
        return self.heard[begin : begin + len(expected)] == expected and not any(self.heard[begin + len(expected) :])


@pytest.mark.parametrize("late_us", [0, 3, 30 * SECOND])
@pytest.mark.parametrize("style", ["actual", "drill", "cancel", "tone", "identify"])
def test_the_siren_is_in_the_very_next_block(style: Style, late_us: DurationUs) -> None:
    """However late it is told, the next block has the siren from its first sample; no decoder is waited for."""
    hall = Hall(say_nothing)
    hall.on_air(announce(notice(style), SECOND - late_us))
    hall.until(SECOND + 2 * SECOND // 5)
    assert hall.heard == sounds(style)[: len(hall.heard)]
    assert hall.reports == [Started(7, WALL_US + SECOND, SECOND, 0)]


def test_a_notice_can_be_told_ahead() -> None:
    """One whose start is still to come begins on the frame of its start."""
    hall = Hall()
    hall.on_air(announce(notice(), SECOND + 25 * MS))
    hall.until(3 * SECOND)
    assert hall.hears(sounds("identify") + SPOKEN, RATE_HZ // 40)
    assert not any(hall.heard[: RATE_HZ // 40])


@pytest.mark.parametrize("repeats", [1, 2, 5])
def test_siren_and_voice_are_repeated(repeats: int) -> None:
    """Siren and voice are heard as often as ordered, a second of silence between, to the sample; then it is complete.

    The voice is decoded from its beginning each time, and never by two decoders at once.
    """
    hall = Hall()
    hall.on_air(announce(notice("identify", repeats), SECOND - 20 * SECOND))
    once = sounds("identify") + SPOKEN
    hall.until(15 * SECOND)
    assert hall.hears((once + PAUSE) * (repeats - 1) + once)
    assert hall.told() == ["Started 7", "Ended 7 complete"]
    ended = hall.reports[-1]
    assert isinstance(ended, Ended)
    lasts_us = (len((once + PAUSE) * repeats) - len(PAUSE)) * SECOND // RATE_HZ
    assert (ended.at_mono_us, ended.played_us, ended.lost_us) == (SECOND + lasts_us, lasts_us, 0)
    assert len(hall.started) == repeats
    assert all(decoding.closed for decoding in hall.started)
    assert all(item.start_mono_us > hall.now_us and item.path == "/spool/voice.opus" for item in hall.asked)


def test_one_decoder_at_a_time() -> None:
    """The decoder of the second time is started when the voice was said the first time, not before."""
    hall = Hall()
    hall.on_air(announce(notice("identify", 2)))
    hall.until(SECOND + 600 * MS + WORD_US - BLOCK_US)
    assert len(hall.started) == 1
    hall.until(SECOND + 600 * MS + WORD_US + 2 * BLOCK_US)
    assert [decoding.closed for decoding in hall.started] == [True, False]


def test_a_siren_alone_and_nothing_at_all() -> None:
    """Without a voice the sirens are heard alone; with neither the notice is complete at once. Nothing is decoded."""
    hall = Hall()
    hall.on_air(announce(notice("cancel", 2), path=""))
    hall.until(8 * SECOND)
    assert hall.hears(sounds("cancel") + PAUSE + sounds("cancel"))
    assert hall.told() == ["Started 7", "Ended 7 complete"]
    silent = Hall()
    silent.on_air(announce(notice("cancel", 3, with_siren=False), path=""))
    silent.until(2 * SECOND)
    assert silent.hears([])
    assert silent.told() == ["Ended 7 complete"]
    assert hall.started == silent.started == []


def test_a_voice_without_a_siren_begins_when_it_is_there() -> None:
    """The play starts with the voice's first sample, however late its decoder delivers, and misses none."""
    hall = Hall(say_nothing)
    hall.on_air(announce(notice(repeats=2, with_siren=False)))
    hall.until(SECOND + 700 * MS)
    assert hall.told() == []
    speak(hall.started[0])
    hall._voice = speak
    hall.until(5 * SECOND)
    assert hall.hears(SPOKEN + PAUSE + SPOKEN, 700 * RATE_HZ // 1000)
    assert hall.reports[0] == Started(7, WALL_US + SECOND + 700 * MS, SECOND + 700 * MS, 0)


def test_a_late_voice_is_waited_for_and_heard_whole() -> None:
    """A decoder that delivers only after the siren makes silence, not a voice whose beginning is missing."""
    hall = Hall(say_nothing)
    hall.on_air(announce(notice()))
    hall.until(3 * SECOND)
    speak(hall.started[0])
    hall.until(5 * SECOND)
    assert hall.hears(sounds("identify") + [0] * (1400 * RATE_HZ // 1000) + SPOKEN)
    assert hall.told() == ["Started 7", "Ended 7 complete"]


def test_a_broken_voice_does_not_shorten_the_sirens() -> None:
    """All sirens are heard in full, and only then the failure is told, with the voice's name; it is tried once."""
    hall = Hall(break_down)
    hall.on_air(announce(notice("identify", 3)))
    hall.until(8 * SECOND)
    once = sounds("identify")
    assert hall.hears(once + PAUSE + once + PAUSE + once)
    played_us = 3 * 600 * MS + 2 * PAUSE_US
    failed = Failed(7, "content_unreadable", "voice.opus is no sound file", played_us)
    assert hall.reports == [Started(7, WALL_US + SECOND, SECOND, 0), failed]
    assert len(hall.started) == 1


def test_a_voice_that_hangs_is_given_up() -> None:
    """A decoder that gives nothing is waited for once, in silence; the sirens go on and the failure names the voice."""
    hall = Hall(say_nothing)
    hall.on_air(announce(notice("identify", 3)))
    hall.until(15 * SECOND)
    once, waiting = sounds("identify"), [0] * (PATIENCE_US * RATE_HZ // SECOND + BLOCK)
    assert hall.heard.index(max(once), len(once)) > len(waiting)
    again = len(once) + len(waiting) - 2 * BLOCK
    second = next(place for place in range(again, again + 2 * len(PAUSE)) if hall.heard[place + 1])
    assert second - len(once) - len(waiting) - len(PAUSE) < BLOCK
    assert hall.hears(once + PAUSE + once, second)
    assert hall.told() == ["Started 7", "Failed 7"]
    failed = hall.reports[-1]
    assert isinstance(failed, Failed)
    assert failed.code == Code.DECODER_FAILED
    assert "voice.opus" in failed.detail
    assert len(hall.started) == 1
    assert hall.started[0].closed


def test_a_voice_that_breaks_off_is_tried_again() -> None:
    """What there is of it is heard each time, and the failure is told at the end."""
    hall = Hall(stop_in_the_middle)
    hall.on_air(announce(notice("identify", 2)))
    hall.until(8 * SECOND)
    once = sounds("identify") + SPOKEN[: len(SPOKEN) // 2]
    assert hall.hears(once + PAUSE + once)
    assert hall.told() == ["Started 7", "Failed 7"]
    assert len(hall.started) == 2


def test_one_failure_among_good_times_is_told() -> None:
    """A voice that broke off once and was heard whole the next time is a failure at the end."""
    hall = Hall(stop_in_the_middle)
    hall.on_air(announce(notice("identify", 2)))
    hall.until(SECOND + 600 * MS)
    hall._voice = speak
    hall.until(8 * SECOND)
    pips = sounds("identify")
    assert hall.hears(pips + SPOKEN[: len(SPOKEN) // 2] + PAUSE + pips + SPOKEN)
    assert hall.told() == ["Started 7", "Failed 7"]


def test_patience_begins_anew_with_every_sound() -> None:
    """A decoder that stalls twice, each time for less than the patience, has its voice heard to the end."""
    hall = Hall(say_nothing)
    hall.on_air(announce(notice()))
    reel, half = hall.started[0].reel, array("h", SPOKEN).tobytes()
    reel.begin(0, 0, len(SPOKEN))
    for _ in range(2):
        hall.until(hall.now_us + PATIENCE_US)
        reel.put(half)
    assert hall.heard.count(WORD) == len(SPOKEN) // 2
    hall.until(hall.now_us + 400 * MS)
    assert hall.heard.count(WORD) == len(SPOKEN)
    assert hall.told() == ["Started 7", "Ended 7 complete"]


def test_a_broken_voice_without_a_siren_fails_alone() -> None:
    """With nothing to hear the failure is told at once, and nothing was started."""
    hall = Hall(break_down)
    hall.on_air(announce(notice(repeats=3, with_siren=False)))
    hall.until(SECOND + 100 * MS)
    assert hall.reports == [Failed(7, "content_unreadable", "voice.opus is no sound file", 0)]


@pytest.mark.parametrize("at_us", [300 * MS, 700 * MS, 1_500 * MS, 2_300 * MS])
def test_the_planned_end_fades_it_out(at_us: DurationUs) -> None:
    """In siren, voice and pause alike it fades at its planned end within 10 ms, and is complete."""
    hall = Hall()
    hall.on_air(announce(notice("identify", 9), SECOND - 5 * SECOND, 5 * SECOND + at_us))
    once = (sounds("identify") + SPOKEN + PAUSE) * 3
    hall.until(6 * SECOND)
    end = at_us * RATE_HZ // SECOND
    assert hall.heard[:end] == once[:end]
    assert not any(hall.heard[end + RATE_HZ // 100 :])
    for value, before in zip(hall.heard[end : end + RATE_HZ // 100], once[end:], strict=False):
        assert abs(value) <= abs(before)
    assert hall.told() == ["Started 7", "Ended 7 complete"]
    ended = hall.reports[-1]
    assert isinstance(ended, Ended)
    assert 0 <= ended.at_mono_us - SECOND - at_us <= 2 * BLOCK_US


def test_a_notice_that_is_over_already_is_not_heard() -> None:
    """One that is told after its planned end is complete at once, without a sound."""
    hall = Hall()
    hall.on_air(announce(notice("actual"), SECOND - 5 * SECOND, 5 * SECOND))
    hall.until(2 * SECOND)
    assert not any(hall.heard)
    assert hall.told() == ["Ended 7 complete"]


def test_volume_holds_for_all_and_gain_for_the_voice() -> None:
    """The siren's level is its own: volume changes it, the gain of the content changes the voice only."""
    hall = Hall()
    hall.on_air(announce(notice(), volume_pct=50, gain_db=6.0206))
    hall.until(SECOND + 600 * MS + 100 * MS)
    pips = sounds("identify")
    assert max(hall.heard[: len(pips)]) == pytest.approx(max(pips) * gain_of(50, 0.0), abs=1)
    assert hall.heard[-1] == pytest.approx(WORD * 2 / 8, abs=1)
    hall.order(Volume("sound", 100))
    hall.until(SECOND + 600 * MS + 200 * MS)
    assert hall.heard[-1] == pytest.approx(WORD * 2, abs=1)


def test_time_without_a_device_passes_over_nothing() -> None:
    """After a gap of the device the notice goes on where it was, and the gap is told as lost."""
    hall = Hall()
    hall.on_air(announce(notice()))
    hall.until(SECOND + 300 * MS)
    hall.now_us += 2 * SECOND
    hall.heard += array("h", listening.left(hall.mixer.fill(BLOCK, hall.now_us, 2 * RATE_HZ)))
    hall.now_us += BLOCK_US
    hall.until(5 * SECOND)
    assert hall.hears(sounds("identify") + SPOKEN)
    ended = hall.reports[-1]
    assert isinstance(ended, Ended)
    assert (ended.played_us, ended.lost_us) == (900 * MS, 2 * SECOND)


def test_it_fades_out_what_is_on_air() -> None:
    """Siren and the old programme's fade share the same 10 ms; the programme ends as replaced."""
    hall = Hall(say_nothing)
    hall.on_air(test_playout.item(1, SECOND, 60 * SECOND))
    hall.decodings[1].deliver(60 * SECOND, 1_000)
    hall.until(SECOND + 500 * MS)
    hall.on_air(announce(notice()))
    hall.until(2 * SECOND)
    begin, fade = RATE_HZ // 2, RATE_HZ // 100
    rest = [a - b for a, b in zip(hall.heard[begin:], sounds("identify"), strict=False)]
    assert rest[:fade] == sorted(rest[:fade], reverse=True)
    assert rest[0] > 900
    assert not any(rest[fade:])
    assert hall.told() == ["Started 1", "Started 7", "Ended 1 replaced"]
    assert hall.decodings[1].closed


@pytest.mark.parametrize("order", ["the programme again", "silence", "another notice"])
def test_what_is_ordered_next_is_obeyed(order: str) -> None:
    """In the middle of a siren the next order takes its place: a programme at the clock's place, or nothing."""
    hall = Hall(say_nothing)
    hall.on_air(announce(notice("actual", 3)))
    hall.until(2 * SECOND)
    if order == "the programme again":
        hall.on_air(test_playout.item(8, 0, 60 * SECOND))
        hall.decodings[8].deliver(60 * SECOND, 1_000, 2 * SECOND)
    elif order == "silence":
        hall.on_air(None)
    else:
        hall.order(Now("sound", announce(notice("cancel"), 2 * SECOND, path="")))
        assert hall.playout.progress().no == 7
        hall.until(2 * SECOND + 100 * MS)
        assert hall.told() == ["Started 7"]
        return
    hall.until(2 * SECOND + 100 * MS)
    reason = "stopped" if order == "silence" else "replaced"
    assert f"Ended 7 {reason}" in hall.told()
    assert hall.heard[-1] == (1_000 if order == "the programme again" else 0)
    assert hall.started[0].closed
