"""The output process as the agent sees it: real orders, real libVLC, real time, the recording as witness."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from firmware_py.core.messages import Ended, Failed, Next, Now, Progress, Quit, Ready, Started, Volume
from firmware_py.core.units import MS, SECOND
from tests.speaker import listening
from tests.speaker.outputs import MARGIN_US, ROOT, OutputProcess, item, mono_us
from tests.speaker.samples import SPLIT_FRAME, TONE_HZ, ffmpeg
from tests.waiting import until

StartOutput = Callable[..., OutputProcess]
FRAME_US = SECOND / 48_000
SPLIT_US = round(SPLIT_FRAME * FRAME_US)


def test_an_mp3_is_heard_at_its_instant(media: Path, start_output: StartOutput) -> None:
    """The recording has the MP3 where it was ordered, to the sample, and it sounds like an independent decode."""
    output = start_output()
    assert output.heard(Ready).pid == output.process.pid
    start_us = mono_us() + MARGIN_US
    output.play(item(1, media / "cbr.mp3", start_us))
    started, ended = output.heard(Started, 1), output.heard(Ended, 1)
    assert abs(started.at_mono_us - start_us) <= FRAME_US
    assert started.offset_us == 0
    assert (ended.reason, ended.played_us, ended.lost_us) == ("complete", 2 * SECOND, 0)
    assert output.close() == 0
    recording, reference = output.recording(), listening.independent(media / "cbr.mp3")
    due = recording.frame_at(start_us)
    for place in (0, 48_000, 90_000):
        found = listening.find(listening.cut(reference, place, 4_000), recording.sound, due + place, 2_000)
        assert abs(found.frame - due - place) <= 2
        assert found.likeness >= 0.999


@pytest.mark.parametrize("order", ["ahead", "late"])
def test_two_flac_items_join_without_a_sample(media: Path, start_output: StartOutput, order: str) -> None:
    """A tone cut in two FLAC files is the same tone again: not one sample inserted, lost or changed.

    Also when the second is ordered only while the first plays, and when its planned start is 100 ms off.
    """
    output = start_output()
    output.heard(Ready)
    start_us = mono_us() + MARGIN_US
    second = item(2, media / "second.flac", start_us + SPLIT_US + (100 * MS if order == "late" else 0), SECOND)
    output.play(item(1, media / "first.flac", start_us, SPLIT_US))
    if order == "late":
        output.heard(Started, 1)
    output.send(Next("sound", second))
    output.heard(Ended, 2)
    assert [report.no for report in output.all(Started)] == [1, 2]
    assert output.close() == 0
    recording, whole = output.recording(), listening.read_wav(media / "whole.wav")
    begins = listening.first_sound(recording.sound) - listening.first_sound(whole)
    assert abs(begins - recording.frame_at(start_us)) <= 2
    assert listening.cut(recording.sound, begins, len(whole) // 2) == whole
    assert not any(listening.cut(recording.sound, begins + len(whole) // 2, 10_000))


def test_two_mp3_items_join_without_silence(media: Path, start_output: StartOutput) -> None:
    """Between two MP3 items of a tone there is less than 1 ms of silence, and the tone keeps its phase."""
    output = start_output()
    output.heard(Ready)
    start_us = mono_us() + MARGIN_US
    output.play(item(1, media / "first.mp3", start_us, SPLIT_US))
    output.send(Next("sound", item(2, media / "second.mp3", start_us + SPLIT_US, SECOND)))
    output.heard(Ended, 2)
    assert output.close() == 0
    recording, whole = output.recording(), listening.read_wav(media / "whole.wav")
    joint = recording.frame_at(start_us) + SPLIT_FRAME
    around = listening.cut(recording.sound, joint - 4_800, 9_600)
    assert listening.longest_silence(around, 500) < 48
    assert listening.likeness(around, listening.cut(whole, SPLIT_FRAME - 4_800, 9_600)) > 0.99
    assert listening.tone_hz(around) == pytest.approx(TONE_HZ, abs=0.5)


def test_a_file_loops_without_a_gap(media: Path, start_output: StartOutput) -> None:
    """The same file three times through `Next` is three times its sound, one behind the other."""
    output = start_output()
    output.heard(Ready)
    start_us = mono_us() + MARGIN_US
    output.play(item(1, media / "first.flac", start_us, SPLIT_US))
    for no in (2, 3):
        output.send(Next("sound", item(no, media / "first.flac", start_us + (no - 1) * SPLIT_US, SPLIT_US)))
        output.heard(Started, no)
    output.heard(Ended, 3)
    assert output.close() == 0
    recording, once = output.recording(), listening.read_wav(media / "first.wav")
    begins = listening.first_sound(recording.sound) - listening.first_sound(once)
    assert listening.cut(recording.sound, begins, 3 * SPLIT_FRAME) == once * 3


@pytest.mark.parametrize("name", ["cbr.mp3", "lc.m4a", "pages.opus", "other.flac"])
def test_a_late_item_joins_where_the_clock_is(media: Path, start_output: StartOutput, name: str) -> None:
    """Ordered a second after its start, an item is heard a second further on, within 5 ms, soon and without a click."""
    output = start_output()
    output.heard(Ready)
    ordered_us = mono_us()
    output.play(item(1, media / name, ordered_us - SECOND))
    started, ended = output.heard(Started, 1), output.heard(Ended, 1)
    assert started.at_mono_us - ordered_us < SECOND // 2
    assert abs(started.offset_us - (started.at_mono_us - ordered_us + SECOND)) < 100
    assert abs(ended.at_mono_us - (ordered_us + SECOND)) < 5 * MS
    assert output.close() == 0
    recording, reference = output.recording(), listening.independent(media / name)
    due = recording.frame_at(ordered_us - SECOND)
    place = recording.frame_at(started.at_mono_us) - due + 2_400
    found = listening.find(listening.cut(reference, place, 4_000), recording.sound, due + place, 1_000)
    assert abs(found.frame - due - place) < 5 * 48
    assert found.likeness > 0.99
    assert listening.largest_step(listening.cut(recording.sound, due + place - 2_500, 200)) < 3_000


def test_bad_files_fail_and_the_next_item_is_heard(media: Path, start_output: StartOutput, tmp_path: Path) -> None:
    """Text, nothing, a missing file and a directory each fail with their code; the process lives and plays on."""
    output = start_output()
    output.heard(Ready)
    text, empty = tmp_path / "text.wav", tmp_path / "empty.mp3"
    text.write_text("ban tin " * 1_000)
    empty.touch()
    expected = {text: "content_unreadable", empty: "content_empty", tmp_path / "gone.mp3": "content_missing"}
    for no, (path, code) in enumerate({**expected, tmp_path: "content_unreadable"}.items(), start=1):
        output.play(item(no, path, mono_us()))
        failed = output.heard(Failed, no)
        assert failed.code == code
        assert path.name in failed.detail
    output.play(item(9, media / "pcm16.wav", mono_us() + MARGIN_US))
    assert output.heard(Ended, 9).reason == "complete"
    assert [report.no for report in output.all(Started)] == [9]


def test_volume_is_applied_to_what_is_recorded(media: Path, start_output: StartOutput) -> None:
    """At volume 50 the sound is 18 dB down, after an order to 100 it is as recorded, and neither clicks."""
    output = start_output()
    output.heard(Ready)
    start_us = mono_us() + MARGIN_US
    output.play(item(1, media / "whole.wav", start_us, volume_pct=50))
    output.heard(Started, 1)
    until(lambda: output.progress().played_us > 800 * MS)
    output.send(Volume("sound", 100))
    ended = output.heard(Ended, 1)
    assert output.close() == 0
    recording, whole = output.recording(), listening.read_wav(media / "whole.wav")
    due = recording.frame_at(start_us)
    quiet, loud = (listening.cut(recording.sound, due + place, 9_600) for place in (4_800, 84_000))
    full_dbfs = listening.power_dbfs(whole)
    assert listening.power_dbfs(quiet) == pytest.approx(full_dbfs - 18.06, abs=0.1)
    assert listening.power_dbfs(loud) == pytest.approx(full_dbfs, abs=0.1)
    assert listening.largest_step(recording.sound) <= listening.largest_step(whole) * 1.3
    assert ended.peak_dbfs == pytest.approx(-11.2, abs=0.2)


def test_replacing_and_stopping_fade(media: Path, start_output: StartOutput) -> None:
    """An item that is replaced or stopped in the middle of a wave leaves no step behind."""
    output = start_output()
    output.heard(Ready)
    output.play(item(1, media / "whole.wav", mono_us() + MARGIN_US))
    output.heard(Started, 1)
    output.play(item(2, media / "whole.wav", mono_us() - 500 * MS))
    output.heard(Started, 2)
    assert output.heard(Ended, 1).reason == "replaced"
    output.send(Now("sound", None))
    assert output.heard(Ended, 2).reason == "stopped"
    assert output.close() == 0
    # The tone itself has steps of at most 518.
    assert listening.largest_step(output.recording().sound) < 900


@pytest.mark.parametrize("way", ["line closed", "quit"])
def test_the_end_of_the_agent_ends_the_sound(media: Path, start_output: StartOutput, way: str) -> None:
    """When the line closes or `Quit` comes the sound fades and the process ends with status 0, quickly."""
    output = start_output()
    output.heard(Ready)
    output.play(item(1, media / "whole.wav", mono_us() + MARGIN_US))
    output.heard(Started, 1)
    until(lambda: output.progress().played_us > 300 * MS)
    before_us = mono_us()
    if way == "quit":
        output.send(Quit())
        assert output.process.wait(5) == 0
        assert output.heard(Ended, 1).reason == "stopped"
    else:
        assert output.close() == 0
    assert mono_us() - before_us < SECOND
    assert listening.largest_step(output.recording().sound) < 600


def test_the_end_of_the_agent_needs_no_main_thread() -> None:
    """With a main thread that never looks up, the end of the line alone fades the sound and ends the process."""
    script = """
import sys
from queue import SimpleQueue
from firmware_py.speaker.mixer import Mixer
from firmware_py.speaker.output import _post
from firmware_py.runtime.pipe import Orders
inbox = SimpleQueue()
mixer = Mixer(48_000, inbox.put)
Orders(0).listen(lambda event: _post(event, inbox, mixer))
print("busy", flush=True)
while True:
    pass
"""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdin=pipe, stdout=pipe) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"busy\n"
        before_us = mono_us()
        process.stdin.close()
        assert process.wait(5) == 0
        assert mono_us() - before_us < SECOND


def test_a_killed_process_leaves_an_honest_recording(media: Path, start_output: StartOutput) -> None:
    """After SIGKILL in mid-item the recording is a valid WAV file that has the sound up to a second before."""
    output = start_output()
    output.heard(Ready)
    start_us = mono_us() + MARGIN_US
    output.play(item(1, media / "cbr.mp3", start_us))
    output.heard(Started, 1)
    until(lambda: output.progress().played_us > 1_600 * MS)
    killed_us = mono_us()
    output.kill()
    recording, reference = output.recording(), listening.independent(media / "cbr.mp3")
    assert recording.frame_at(killed_us) - len(recording.sound) // 2 < 1.3 * 48_000
    due = recording.frame_at(start_us)
    found = listening.find(listening.cut(reference, 2_400, 4_000), recording.sound, due + 2_400, 1_000)
    assert abs(found.frame - due - 2_400) <= 2


def test_progress_comes_always(media: Path, start_output: StartOutput) -> None:
    """Progress comes with number 0 while nothing is on air, and with time and level while something is."""
    output = start_output(record_to="")
    output.heard(Ready)
    assert output.progress() == Progress(0)
    output.play(item(1, media / "cbr.mp3", mono_us() + MARGIN_US))
    output.heard(Started, 1)
    progress = until(lambda: [p for p in output.all(Progress) if p.no == 1 and p.played_us > SECOND])[-1]
    assert progress.lost_us == 0
    assert -20 < progress.mean_dbfs < -10


def test_without_a_card_time_is_kept(media: Path, start_output: StartOutput) -> None:
    """With `auto` and no sound card the process says that it makes no sound, and plays are reported as ever."""
    output = start_output(sink="auto", device="no such card", record_to="")
    assert "null" in output.heard(Ready).device
    output.play(item(1, media / "first.mp3", mono_us() + MARGIN_US, SPLIT_US))
    assert output.heard(Ended, 1).reason == "complete"


def test_an_announcement_is_heard_over_what_is_on_air(start_output: StartOutput, tmp_path: Path) -> None:
    """The tone of a bulletin goes on softly beneath the tone of an announcement, and is loud before and after it."""
    for name, hz, seconds in (("bulletin", 440, 3), ("word", 1_320, 1)):
        ffmpeg("-f", "lavfi", "-i", f"sine=frequency={hz}:duration={seconds}", str(tmp_path / f"{name}.wav"))
    output = start_output()
    output.heard(Ready)
    start_us = mono_us() + MARGIN_US
    output.play(item(1, tmp_path / "bulletin.wav", start_us, 3 * SECOND))
    word = replace(item(2, tmp_path / "word.wav", start_us + SECOND, SECOND), channel="over")
    output.send(Now("over", word))
    ended = output.heard(Ended, 1)
    assert output.heard(Ended, 2).reason == "complete"
    assert (ended.reason, ended.lost_us) == ("complete", 0)
    assert output.close() == 0
    recording = output.recording()
    begin = recording.frame_at(start_us)
    before, under, after = (
        listening.cut(recording.sound, begin + place, 24_000) for place in (12_000, 60_000, 108_000)
    )
    assert listening.tone_hz(before) == pytest.approx(440, abs=1)
    assert listening.tone_hz(after) == pytest.approx(440, abs=1)
    assert listening.tone_hz(under) == pytest.approx(1_320, abs=5)
    assert listening.power_dbfs(after) == pytest.approx(listening.power_dbfs(before), abs=0.1)
