"""Through a real PulseAudio null sink, with its monitor recorded: what a listener in the room hears."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from firmware_py.core.messages import Ended, Progress, Ready, Started, Trouble
from firmware_py.core.units import MS, SECOND
from tests.speaker import listening
from tests.speaker.outputs import MARGIN_US, OutputProcess, item, mono_us
from tests.speaker.pulse import Listener, PulseAudio
from tests.waiting import until

StartOutput = Callable[..., OutputProcess]
CARD = {"sink": "portaudio", "device": "pulse"}


def test_an_mp3_is_heard_in_the_room_at_its_instant(media: Path, start_output: StartOutput, pulse: PulseAudio) -> None:
    """The monitor has the MP3 within 20 ms of its instant, the recording within 5 ms, and both sound right."""
    listener = Listener(pulse)
    output = start_output(pulse.env, **CARD)
    assert "pulse" in output.heard(Ready).device
    start_us = mono_us() + MARGIN_US
    output.play(item(1, media / "cbr.mp3", start_us))
    started, ended = output.heard(Started, 1), output.heard(Ended, 1)
    until(lambda: listener.heard_until_us > ended.at_mono_us + 200 * MS)
    listener.stop()
    assert output.close() == 0
    assert abs(started.at_mono_us - start_us) < 2 * MS
    assert ended.lost_us == 0
    reference, recording = listening.independent(media / "cbr.mp3"), output.recording()
    due_in_room = round((start_us - listener.start_us) * 48 / 1000)
    # What the device says about its delay jitters by milliseconds until the median of its first blocks has settled.
    for sound, due, within in (
        (recording.sound, recording.frame_at(start_us), 5 * 48),
        (listener.sound, due_in_room, 20 * 48),
    ):
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
