"""Voices in the mixer, block by block and without libVLC or a device: where samples land, and how loud."""

from __future__ import annotations

import math
from array import array

import pytest

from firmware_py.core.errors import Code, Unplayable
from firmware_py.core.units import MS, SECOND, SILENCE_DBFS, MonoUs
from firmware_py.speaker import pcm
from firmware_py.speaker.level import Level, gain_of
from firmware_py.speaker.meter import Meter
from firmware_py.speaker.mixer import Mixer
from firmware_py.speaker.reel import Reel
from firmware_py.speaker.voice import Began, News, Over, Voice
from tests.speaker import listening

RATE_HZ = 48_000
BLOCK = 480
START_US = 1_000_000
MS_FRAMES = RATE_HZ // 1000


class Room:
    """A mixer with a listener, and a clock that moves with every block."""

    def __init__(self) -> None:
        """Begin at `START_US`."""
        self.news: list[News] = []
        self.mixer = Mixer(RATE_HZ, self.news.append)
        self.heard = b""
        self.frames = 0

    def voice(self, no: int, start_us: MonoUs, sound: bytes = b"", gain: float = 1.0) -> Voice:
        """Let a voice in whose whole sound is decoded already."""
        return self.voice_of(no, start_us, reel_of(sound) if sound else Reel(10**9), gain)

    def voice_of(self, no: int, start_us: MonoUs, reel: Reel, gain: float = 1.0) -> Voice:
        """Let a voice in."""
        voice = Voice(no, reel, start_us, gain, RATE_HZ)
        self.mixer.add(voice)
        return voice

    def listen(self, frames: int, block: int = BLOCK, skipped: int = 0) -> bytes:
        """Hear some frames; return the left channel of them."""
        heard = b""
        for done in range(0, frames, block):
            self.frames += skipped if not done else 0
            at_us = START_US + round(self.frames * SECOND / RATE_HZ)
            heard += self.mixer.fill(min(block, frames - done), at_us, skipped if not done else 0)
            self.frames += min(block, frames - done)
        self.heard += heard
        return listening.left(heard)


def stereo(samples: array[int]) -> bytes:
    """Return one channel on both."""
    return array("h", (value for value in samples for _ in range(2))).tobytes()


def ramp(frames: int, first: int = 1) -> bytes:
    """Return a sound whose every sample has a value of its own: first, first + 1, ..."""
    return stereo(array("h", range(first, first + frames)))


def steady(frames: int, value: int = 10_000) -> bytes:
    """Return a sound of one value."""
    return stereo(array("h", [value]) * frames)


def reel_of(sound: bytes, first_frame: int = 0, length_frames: int = 0) -> Reel:
    """Return a reel with a decoded sound, finished."""
    frames = len(sound) // pcm.FRAME_BYTES
    reel = Reel(10**9)
    reel.begin(0, first_frame, length_frames or first_frame + frames)
    reel.put(sound)
    reel.finish()
    return reel


def values(mono: bytes) -> list[int]:
    """Return the samples as numbers."""
    return list(array("h", mono))


@pytest.mark.parametrize("late_frames", [0, 1, 479, 480, 481, 1000])
@pytest.mark.parametrize("block", [480, 360, 1024])
def test_first_sample_lands_on_its_frame(late_frames: int, block: int) -> None:
    """A play begins on exactly the frame of its instant, whatever the blocks, and is not faded in."""
    room = Room()
    room.voice(1, START_US + round(late_frames * SECOND / RATE_HZ), ramp(2_000))
    heard = values(room.listen(4_096, block))
    assert heard[:late_frames] == [0] * late_frames
    assert heard[late_frames : late_frames + 2_000] == list(range(1, 2_001))
    assert not any(heard[late_frames + 2_000 :])


@pytest.mark.parametrize("length", [960, 1_000, 1_439])
@pytest.mark.parametrize("early_ms", [-249, -1, 0, 1, 249])
def test_next_play_joins_to_the_last_sample(length: int, early_ms: int) -> None:
    """A play that ends up to 250 ms from the start of the next is joined without a sample between or lost."""
    room = Room()
    first = room.voice(1, START_US, ramp(length))
    end_us = START_US + round(length * SECOND / RATE_HZ)
    room.voice(2, end_us + early_ms * MS, ramp(1_000, first=length + 1)).follows = first
    heard = values(room.listen(4_800))
    assert heard[: length + 1_000] == list(range(1, length + 1_001))
    assert [type(news) for news in room.news] == [Began, Over, Began, Over]


def test_plays_that_both_wait_are_joined_later() -> None:
    """A next play that comes before the play ahead of it has begun is still joined to its end."""
    room = Room()
    first = room.voice(1, START_US + 50 * MS, ramp(1_000))
    room.voice(2, START_US + 80 * MS, ramp(1_000, first=1_001)).follows = first
    assert values(room.listen(9_600))[2_400 : 2_400 + 2_000] == list(range(1, 2_001))


@pytest.mark.parametrize("gap_ms", [300, 1_000])
def test_a_later_play_waits_for_its_own_instant(gap_ms: int) -> None:
    """A play that starts more than 250 ms after the one before begins at its own instant, with silence between."""
    room = Room()
    first = room.voice(1, START_US, ramp(960))
    room.voice(2, START_US + (20 + gap_ms) * MS, ramp(1_000)).follows = first
    heard = values(room.listen((gap_ms + 100) * MS_FRAMES))
    begins = 960 + gap_ms * MS_FRAMES
    assert not any(heard[960:begins])
    assert heard[begins : begins + 1_000] == list(range(1, 1_001))


def test_a_late_play_joins_at_the_place_of_the_clock() -> None:
    """A play that comes 20 ms after its start begins 20 ms into its content, faded in within 10 ms."""
    room = Room()
    room.listen(960)
    room.voice(1, START_US, ramp(9_000))
    heard = values(room.listen(1_920))
    assert heard[600:] == list(range(960 + 600 + 1, 960 + 1_920 + 1))
    assert 0 <= heard[0] < 10
    assert all(0 <= heard[n] <= 961 + n for n in range(480))
    assert room.news[0] == Began(1, START_US + 20 * MS, 20 * MS)


def test_a_decoder_ahead_of_the_clock_is_waited_for() -> None:
    """A reel that begins further on than the clock is begins when the clock gets there."""
    room = Room()
    room.listen(960)
    room.voice_of(1, START_US, reel_of(ramp(4_000, first=2_001), first_frame=2_000))
    heard = values(room.listen(1_920))
    assert not any(heard[: 2_000 - 960])
    assert heard[1_600:] == list(range(2_561, 2_881))


def test_sound_that_comes_too_late_is_left_out() -> None:
    """A decoder that is held up costs silence, and the content goes on where the clock is; the loss is counted."""
    room = Room()
    reel = Reel(10**9)
    reel.begin(0, 0, 9_000)
    reel.put(ramp(1_000))
    voice = room.voice_of(1, START_US, reel)
    assert values(room.listen(2_400))[:1_000] == list(range(1, 1_001))
    reel.put(ramp(8_000, first=1_001))
    assert values(room.listen(960)) == list(range(2_401, 3_361))
    assert voice.lost_us == 1_400 * SECOND // RATE_HZ
    assert voice.played_us == (1_000 + 960) * SECOND // RATE_HZ


def test_time_lost_by_the_device_is_left_out() -> None:
    """A device that ran dry for 100 ms goes on 100 ms further in the content."""
    room = Room()
    voice = room.voice(1, START_US, ramp(12_000))
    room.listen(480)
    assert values(room.listen(480, skipped=4_800)) == list(range(5_281, 5_761))
    assert voice.lost_us == 100 * MS


def test_no_more_is_lost_than_was_left() -> None:
    """A device that is away for longer than the rest of a play loses that rest, not more."""
    room = Room()
    voice = room.voice(1, START_US, ramp(4_800))
    room.listen(960)
    room.listen(480, skipped=48_000)
    assert voice.played_us + voice.lost_us == 100 * MS
    assert voice.over


def test_the_next_play_is_joined_after_a_loss_too() -> None:
    """A play that lost time ends when the clock says, and the next one is joined to it."""
    room = Room()
    first = room.voice(1, START_US, ramp(9_600))
    room.voice(2, START_US + 200 * MS, ramp(2_000, first=9_601)).follows = first
    room.listen(480)
    heard = values(room.listen(4_800, skipped=4_800))
    assert heard == list(range(5_281, 10_081))


def test_a_cut_play_fades_within_ten_milliseconds() -> None:
    """A play that is cut goes from full to nothing in 480 falling steps, and reports its end."""
    room = Room()
    voice = room.voice(1, START_US, steady(9_600))
    voice.cut_us = START_US + 15 * MS
    heard = values(room.listen(2_400))
    assert heard[:720] == [10_000] * 720
    assert heard[720:1_200] == sorted(heard[720:1_200], reverse=True)
    assert 4_500 < heard[960] < 5_500
    assert not any(heard[1_200:])
    assert listening.largest_step(array("h", heard).tobytes()) < 40
    assert isinstance(room.news[-1], Over)


def test_a_replacement_is_heard_at_once_over_the_fade() -> None:
    """While one play fades the next one sounds from its first sample, and the sum is held at full scale."""
    room = Room()
    old = room.voice(1, START_US, steady(9_600, 30_000))
    old.cut_us = START_US + 10 * MS
    room.voice(2, START_US + 10 * MS, steady(9_600, 20_000))
    heard = values(room.listen(1_920))
    assert heard[480] == 32_767
    assert heard[960:] == [20_000] * 960


def test_volume_changes_without_a_step() -> None:
    """A change of volume runs over 10 ms and then holds."""
    room = Room()
    voice = room.voice(1, START_US, steady(9_600), gain=gain_of(100, 0.0))
    room.listen(480)
    voice.gain = gain_of(50, 0.0)
    heard = room.listen(960)
    assert listening.largest_step(heard) < 40
    assert values(heard)[480:] == [1_250] * 480


@pytest.mark.parametrize(("volume_pct", "decibels"), [(100, 0.0), (80, -5.8), (50, -18.1), (25, -36.1), (10, -60.0)])
def test_volume_is_perceived_loudness(volume_pct: int, decibels: float) -> None:
    """The volume follows the cubic curve: half is -18 dB."""
    assert 20 * math.log10(gain_of(volume_pct, 0.0)) == pytest.approx(decibels, abs=0.05)


def test_gain_adds_to_volume() -> None:
    """The gain of the content is added in decibels, and nothing is louder than full scale."""
    assert 20 * math.log10(gain_of(100, -6.0)) == pytest.approx(-6.0)
    assert gain_of(0, 12.0) == 0.0
    room = Room()
    room.voice(1, START_US, steady(960), gain=gain_of(100, 12.0))
    assert values(room.listen(960)) == [32_767] * 960


def test_full_volume_changes_no_bit() -> None:
    """At volume 100 and gain 0 samples pass as they are."""
    level = Level(1.0, RATE_HZ)
    sound = ramp(500, first=-250)
    assert level.apply(sound) == sound


def test_everything_can_be_silenced() -> None:
    """Silencing fades every voice within a block or two, and nothing begins after it."""
    room = Room()
    room.voice(1, START_US, steady(9_600))
    room.listen(480)
    room.mixer.silence_all()
    heard = values(room.listen(960))
    assert heard[:480] == sorted(heard[:480], reverse=True)
    assert not any(heard[480:])
    room.voice(2, START_US, steady(9_600))
    assert not any(values(room.listen(960)))
    assert room.mixer.quiet


def test_a_failed_reel_reports_its_error() -> None:
    """A decoder that gave nothing, or too little, is told with its reason, and silence follows."""
    room = Room()
    error = Unplayable(Code.DECODER_FAILED, "broken")
    nothing, some = Reel(10**9), Reel(10**9)
    nothing.finish(error)
    some.begin(0, 0, 9_600)
    some.put(ramp(700))
    some.finish(error)
    room.voice_of(1, START_US + SECOND, nothing)
    room.voice_of(2, START_US, some)
    heard = values(room.listen(960))
    assert heard == [*range(1, 701), *[0] * 260]
    assert [(type(news), news.no) for news in room.news] == [(Over, 1), (Began, 2), (Over, 2)]
    assert all(news.error is error for news in room.news if isinstance(news, Over))


def test_what_was_cut_before_its_start_is_never_heard() -> None:
    """A play that is taken back before its instant makes no sound and does not begin."""
    room = Room()
    room.voice(1, START_US + 20 * MS, ramp(1_000)).cut_us = START_US + 10 * MS
    assert not any(values(room.listen(4_800)))
    assert [type(news) for news in room.news] == [Over]


def test_meter_tells_mean_peak_and_silence() -> None:
    """A square wave at half scale has -6 dB mean and peak; silent windows are counted, at the beginning too."""
    meter = Meter(RATE_HZ)
    square = stereo(array("h", [16_384, -16_384] * (RATE_HZ // 2)))
    for part in (bytes(len(square) // 2), square, bytes(len(square) // 4)):
        for place in range(0, len(part), 4 * BLOCK):
            meter.add(part[place : place + 4 * BLOCK])
    meter.finish()
    assert meter.silent_us == 750 * MS
    assert meter.leading_silence_us == 500 * MS
    assert meter.measured_us == 1_750 * MS
    assert meter.whole.peak_dbfs == pytest.approx(-6.0, abs=0.1)
    assert meter.whole.mean_dbfs == pytest.approx(-6.0 - 10 * math.log10(1.75), abs=0.1)
    assert meter.recent.mean_dbfs == pytest.approx(-6.0 + 10 * math.log10(0.75), abs=0.1)


def test_meter_measures_what_is_sent() -> None:
    """The level of a play is that after volume and gain."""
    room = Room()
    voice = room.voice(1, START_US, steady(9_600, 32_000), gain=gain_of(50, 0.0))
    room.listen(9_600)
    assert voice.meter.whole.mean_dbfs == pytest.approx(-18.3, abs=0.1)


def test_what_goes_to_nobody_is_lost_and_time_goes_on() -> None:
    """Without its card a play's content passes and counts as lost, with no level; then it is heard at its place."""
    room = Room()
    voice = room.voice(1, START_US, ramp(9_600))
    room.mixer.fill(4_800, START_US, 0, audible=False)
    assert (voice.played_us, voice.lost_us) == (0, 100 * MS)
    assert voice.meter.recent.mean_dbfs == SILENCE_DBFS
    heard = values(listening.left(room.mixer.fill(4_800, START_US + 100 * MS, 0)))
    assert heard == list(range(4_801, 9_601))
    assert (voice.played_us, voice.lost_us) == (100 * MS, 100 * MS)


def test_a_notice_waits_for_a_device_that_people_hear() -> None:
    """Without a card no siren is spent: it neither begins, nor goes on, and not a frame of it is passed over."""
    room = Room()
    sound = reel_of(ramp(9_600))
    sound.keeps_to_clock = False
    voice = room.voice_of(1, START_US, sound)
    room.mixer.fill(4_800, START_US, 0, audible=False)
    assert (voice.began, voice.waits_for_device) == (False, True)
    heard = values(listening.left(room.mixer.fill(4_800, START_US + 100 * MS, 0)))
    room.mixer.fill(4_800, START_US + 200 * MS, 0, audible=False)
    heard += values(listening.left(room.mixer.fill(4_800, START_US + 300 * MS, 0)))
    assert heard == list(range(1, 9_601))
    assert (voice.played_us, voice.lost_us) == (200 * MS, 100 * MS)
