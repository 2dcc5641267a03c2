"""Through a real PulseAudio null sink, with its monitor recorded: what a listener in the room hears."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from firmware_py.core.messages import Ended, Progress, Ready, Started, Trouble
from firmware_py.core.units import MS, SECOND, MonoUs
from tests.metronome import while_the_machine_runs
from tests.speaker import listening
from tests.speaker.listening import RATE_HZ
from tests.speaker.outputs import MARGIN_US, OutputProcess, Recording, item, mono_us
from tests.speaker.pulse import Listener, PulseAudio
from tests.speaker.samples import CHIRP, ffmpeg
from tests.waiting import until

StartOutput = Callable[..., OutputProcess]
CARD = {"sink": "portaudio", "device": "pulse"}
LONG_S = 9
HEARD = 500
"""What is higher than this, of 32768, is sound."""


@dataclass
class Heard:
    """What came of one play: when it was due, what the output said of it, and both recordings.

    `recorded_from_us` is the start of the output's recording as it was known when the play began: a sound server
    that had to wait for its turn changes what it says of its delay by up to 20 ms in the seconds after.
    """

    start_us: MonoUs
    recorded_from_us: MonoUs
    started: Started
    ended: Ended
    status: int
    recording: Recording
    listener: Listener


@dataclass
class HeardAgain:
    """What came of a play whose sink was removed and put back.

    `sound_us` is when the room heard something on the new sink, `off_us` how far that was from its place.
    """

    removed_us: MonoUs
    made_us: MonoUs
    sound_us: MonoUs
    off_us: float
    likeness: float
    troubles: list[str]
    ended: Ended


def _hear_again(start_output: StartOutput, pulse: PulseAudio, file: Path) -> HeardAgain:
    """Play a file, remove its sink in the middle, put it back as soon as the loss was told."""
    output = start_output(pulse.env, **CARD, buffer_ms=100)
    output.heard(Ready)
    start_us = mono_us() + MARGIN_US
    output.play(item(1, file, start_us, LONG_S * SECOND))
    until(lambda: output.progress().played_us > SECOND, 20)
    removed_us = mono_us()
    pulse.remove_room()
    output.heard(Trouble)
    made_us = mono_us()
    pulse.make_room()
    listener = Listener(pulse)
    ended = output.heard(Ended, 1)
    listener.stop()
    output.close()
    first = listening.first_sound(listener.sound, HEARD)
    place = first + RATE_HZ - round((start_us - listener.start_us) * RATE_HZ / SECOND)
    piece = listening.cut(listening.independent(file), place, 4_000)
    found = listening.find(piece, listener.sound, first + RATE_HZ, 4_800)
    off_us = (found.frame - first - RATE_HZ) * SECOND / RATE_HZ
    sound_us = listener.start_us + first * SECOND // RATE_HZ
    codes = [trouble.code for trouble in output.all(Trouble)]
    return HeardAgain(removed_us, made_us, sound_us, off_us, found.likeness, codes, ended)


def _hear(start_output: StartOutput, pulse: PulseAudio, file: Path) -> Heard:
    """Play a file once, with a listener in the room."""
    listener = Listener(pulse)
    output = start_output(pulse.env, **CARD, buffer_ms=100)
    assert "pulse" in output.heard(Ready).device
    start_us = mono_us() + MARGIN_US
    output.play(item(1, file, start_us))
    started, recorded_from_us = output.heard(Started, 1), output.recorded_from_us()
    ended = output.heard(Ended, 1)
    until(lambda: listener.heard_until_us > ended.at_mono_us + 200 * MS)
    listener.stop()
    return Heard(start_us, recorded_from_us, started, ended, output.close(), output.recording(), listener)


def test_an_mp3_is_heard_in_the_room_at_its_instant(media: Path, start_output: StartOutput, pulse: PulseAudio) -> None:
    """The monitor has the MP3 within 20 ms of its instant, the recording within 2 ms, and both sound right."""
    heard = while_the_machine_runs(lambda: _hear(start_output, pulse, media / "cbr.mp3"))
    assert heard.status == 0
    assert abs(heard.started.at_mono_us - heard.start_us) < 2 * MS
    assert heard.ended.lost_us == 0
    reference = listening.independent(media / "cbr.mp3")
    for sound, from_us, within in (
        (heard.recording.sound, heard.recorded_from_us, 2 * 48),
        (heard.listener.sound, heard.listener.start_us, 20 * 48),
    ):
        due = round((heard.start_us - from_us) * 48 / 1000)
        for place in (0, 90_000):
            found = listening.find(listening.cut(reference, place, 4_000), sound, due + place, 2_400)
            assert abs(found.frame - due - place) <= within
            assert found.likeness >= 0.95


def test_a_lost_card_is_told_and_taken_back(media: Path, start_output: StartOutput, pulse: PulseAudio) -> None:
    """When the device goes away the play goes on in time, its loss is counted, and a new device is taken."""
    output = start_output(pulse.env, **CARD)
    output.heard(Ready)
    start_us = mono_us() + MARGIN_US
    output.play(item(1, media / "cbr.mp3", start_us))
    output.heard(Started, 1)
    until(lambda: output.progress().played_us > 300 * MS)
    pulse.stop()
    assert output.heard(Trouble).code == "device_lost"
    ended = output.heard(Ended, 1)
    assert ended.reason == "complete"
    assert abs(ended.at_mono_us - start_us - 2 * SECOND) < 50 * MS
    assert ended.lost_us > 0
    assert abs(ended.played_us + ended.lost_us - 2 * SECOND) < 50 * MS
    pulse.start()
    listener = Listener(pulse)
    again_us = mono_us() + 5 * SECOND
    output.play(item(2, media / "whole.wav", again_us))
    output.heard(Ended, 2)
    listener.stop()
    assert listening.power_dbfs(listener.sound[-96_000:]) > -30
    assert output.all(Progress)[-1].no in {0, 2}


def test_a_sink_that_was_removed_in_mid_item_goes_on_where_the_clock_is(
    tmp_path: Path, start_output: StartOutput, pulse: PulseAudio
) -> None:
    """Within five seconds of the new sink the room hears the item again, at its right place; both are reported."""
    file = tmp_path / "long.flac"
    ffmpeg("-f", "lavfi", "-i", f"aevalsrc='{CHIRP}':s={RATE_HZ}:d={LONG_S}", str(file))
    heard = while_the_machine_runs(lambda: _hear_again(start_output, pulse, file))
    assert 0 < heard.sound_us - heard.made_us < 5 * SECOND
    assert heard.likeness >= 0.95
    assert abs(heard.off_us) < 20 * MS
    assert heard.troubles == ["device_lost", "device_taken"]
    assert abs(heard.ended.lost_us - (heard.sound_us - heard.removed_us)) < SECOND
    assert heard.ended.reason == "complete"
