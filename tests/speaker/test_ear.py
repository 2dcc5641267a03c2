"""Whether the test tone is in the air: known from noise, talk and music, and heard through a real sound server."""

from __future__ import annotations

import math
import random
from array import array
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from firmware_py.core.messages import Notice, NoticeText, Ready, ToneHeard
from firmware_py.core.units import SECOND
from firmware_py.speaker.ear import RATE_HZ, above_db
from tests.speaker import listening
from tests.speaker.outputs import ROOT, OutputProcess, item, mono_us
from tests.speaker.pulse import PulseAudio

StartOutput = Callable[..., OutputProcess]
NOTICE = Notice("tone", "Thử", "unknown", (NoticeText("vi", "Thử", ""),), siren=True, repeats=1000)
CHANCE = random.Random(20261123)


def tone(hz: float, seconds: float, height: float) -> list[float]:
    """Return a tone."""
    return [height * math.sin(math.tau * hz * n / RATE_HZ) for n in range(round(seconds * RATE_HZ))]


def noise(seconds: float, height: float) -> list[float]:
    """Return what a fan sounds like."""
    return [CHANCE.gauss(0, height) for _ in range(round(seconds * RATE_HZ))]


def mixed(*sounds: list[float]) -> bytes:
    """Return sounds at the same time, as a microphone gives them."""
    return array("h", (round(sum(values)) for values in zip(*sounds, strict=True))).tobytes()


def test_a_tone_stands_out_of_noise() -> None:
    """Ten times softer than the noise around it, it is still heard; noise alone is not."""
    assert above_db(mixed(tone(1_000, 3, 100), noise(3, 700)), RATE_HZ) > 10
    assert above_db(mixed(noise(3, 700)), RATE_HZ) < 6


def test_a_tone_that_begins_late_is_heard() -> None:
    """An amplifier warms up for some seconds: the best two seconds count."""
    late = [0.0] * (3 * RATE_HZ) + tone(1_000, 3, 300)
    assert above_db(mixed(late, noise(6, 300)), RATE_HZ) > 10


def test_silence_and_too_little_sound_are_no_tone() -> None:
    """A microphone that is not plugged in gives zeros, or hardly anything."""
    assert above_db(bytes(RATE_HZ * 6), RATE_HZ) == 0
    assert above_db(mixed(tone(1_000, 1, 9_000)), RATE_HZ) == 0


def test_speech_is_no_tone() -> None:
    """A bulletin on air in the next village is not taken for it."""
    bulletin = next((ROOT / "config" / "demo" / "feed").rglob("*.mp3"))
    assert above_db(listening.independent(bulletin), RATE_HZ) < 10


@pytest.mark.parametrize(("source", "heard"), [("room.monitor", True), ("deaf.monitor", False)])
def test_the_output_hears_itself(start_output: StartOutput, pulse: PulseAudio, source: str, heard: bool) -> None:  # noqa: FBT001 - a table
    """Through a sound server's loop-back; a microphone in another room hears nothing."""
    pulse.load("module-null-sink", "sink_name=deaf")
    env = {**pulse.env, "PULSE_SOURCE": source}
    output = start_output(env, sink="portaudio", device="pulse", microphone="pulse")
    output.heard(Ready)
    played = item(1, Path(), mono_us(), 10 * SECOND)
    output.play(replace(played, kind="notice", path="", notice=NOTICE, volume_pct=50))
    report = output.heard(ToneHeard, 1)
    assert report.detail == ""
    assert (report.above_db > 20) is heard


def test_a_microphone_that_is_not_there_is_named(start_output: StartOutput, pulse: PulseAudio) -> None:
    """The report says which inputs there are."""
    output = start_output(pulse.env, sink="null", microphone="usb-mic")
    output.heard(Ready)
    played = item(1, Path(), mono_us(), 5 * SECOND)
    output.play(replace(played, kind="notice", path="", notice=NOTICE, volume_pct=50))
    assert "no sound input with 'usb-mic' in its name" in output.heard(ToneHeard, 1).detail
