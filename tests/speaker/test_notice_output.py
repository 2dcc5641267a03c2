"""Notices as a real process plays them: real libVLC, real time, the recording as witness."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import get_args

from firmware_py.core.messages import (
    Ended,
    Failed,
    Item,
    Notice,
    Progress,
    Ready,
    SnapshotTaken,
    Started,
    Style,
    TakeSnapshot,
)
from firmware_py.core.units import MS, SECOND, DurationUs
from firmware_py.speaker.notice import PAUSE_US
from firmware_py.speaker.siren import siren
from tests.speaker import listening, samples
from tests.speaker.outputs import MARGIN_US, OutputProcess, mono_us
from tests.speaker.outputs import item as programme
from tests.waiting import until

StartOutput = Callable[..., OutputProcess]

FRAME_US = SECOND / 48_000


def notice(style: Style, repeats: int = 1) -> Notice:
    """Return what a loudspeaker looks at of a notice."""
    return Notice(style, "flood", "severe", (), siren=True, repeats=repeats)


def order(no: int, what: Notice, path: Path | str = "", duration_us: DurationUs = 60 * SECOND) -> Item:
    """Return a notice that began 5 s ago, for a real output."""
    start_us = mono_us() - 5 * SECOND
    given = programme(no, Path("-"), start_us, duration_us + 5 * SECOND)
    return Item(
        no, "sound", "alert", "notice", "Lũ", given.start_us, start_us, given.duration_us, str(path), notice=what
    )


def test_each_style_is_heard_as_it_is(start_output: StartOutput) -> None:
    """The recording has every siren, sample by sample, from the instant that was told; the long ones end as planned."""
    output = start_output()
    output.heard(Ready)
    styles: tuple[Style, ...] = get_args(Style)
    for no, style in enumerate(styles, start=1):
        output.play(order(no, notice(style), duration_us=1_200 * MS))
        output.heard(Ended, no)
    assert output.close() == 0
    recording = output.recording()
    for no, style in enumerate(styles, start=1):
        started, ended = output.heard(Started, no), output.heard(Ended, no)
        assert (started.offset_us, ended.reason, ended.lost_us) == (0, "complete", 0)
        whole = siren(style, 48_000)
        frames = min(len(whole) // 2, 1_150 * 48)
        begin = recording.frame_at(started.at_mono_us)
        found = listening.find(listening.cut(whole, 0, 28_000), recording.sound, begin, 500)
        assert listening.cut(recording.sound, found.frame, frames) == listening.cut(whole, 0, frames)
        assert ended.played_us <= min(len(whole) // 2 * SECOND // 48_000, 1_200 * MS + 2 * SECOND // 50)


def test_the_voice_follows_the_siren(media: Path, start_output: StartOutput) -> None:
    """Twice siren and voice: the voice begins within a block of the siren's end, as an independent decoder has it."""
    output = start_output()
    output.heard(Ready)
    output.play(order(1, notice("identify", 2), media / "voice.opus"))
    started, ended = output.heard(Started, 1), output.heard(Ended, 1)
    assert (ended.reason, ended.lost_us) == ("complete", 0)
    assert output.close() == 0
    recording, reference = output.recording(), listening.independent(media / "voice.opus")
    begin = recording.frame_at(started.at_mono_us)
    lasts = round(ended.played_us / FRAME_US)
    voice = (lasts - 48_000) // 2 - 600 * 48
    assert abs(voice - 96_000) < 100
    for time_begins in (begin, begin + (lasts + 48_000) // 2):
        pips = listening.find(siren("identify", 48_000), recording.sound, time_begins, 500)
        assert pips.likeness > 0.999
        for place in (100, 48_000, 90_000):
            piece = listening.cut(reference, place, 4_000)
            found = listening.find(piece, recording.sound, pips.frame + 600 * 48 + place, 500)
            assert abs(found.frame - pips.frame - 600 * 48 - place) <= 2
            assert found.likeness >= 0.95


def test_a_programme_is_interrupted_and_taken_up_again(start_output: StartOutput, tmp_path: Path) -> None:
    """A notice takes the programme's place at once; ordered again, the programme goes on where the clock is."""
    path = tmp_path / "long.mp3"
    samples.ffmpeg("-f", "lavfi", "-i", f"aevalsrc='{samples.CHIRP}':s=48000:d=8", str(path))
    output = start_output()
    output.heard(Ready)
    start_us = mono_us() + MARGIN_US
    output.play(programme(1, path, start_us, 8 * SECOND))
    output.heard(Started, 1)
    until(lambda: output.progress().played_us > 300 * MS)
    output.play(order(2, notice("identify")))
    assert output.heard(Ended, 2).reason == "complete"
    output.play(programme(3, path, start_us, 8 * SECOND))
    again = output.heard(Started, 3)
    until(lambda: [p for p in output.all(Progress) if p.no == 3 and p.played_us > 400 * MS])
    assert output.close() == 0
    cut, siren_began = output.heard(Ended, 1), output.heard(Started, 2)
    assert cut.reason == "replaced"
    assert 0 <= cut.at_mono_us - siren_began.at_mono_us < 40 * MS
    recording, reference = output.recording(), listening.independent(path)
    due = recording.frame_at(start_us)
    before = recording.frame_at(siren_began.at_mono_us) - due - 4_800
    for place in (before, recording.frame_at(again.at_mono_us) - due + 4_800):
        found = listening.find(listening.cut(reference, place, 4_000), recording.sound, due + place, 1_000)
        assert abs(found.frame - due - place) < 5 * 48
        assert found.likeness > 0.95
    assert abs(again.offset_us - (again.at_mono_us - start_us)) < 5 * MS


def test_a_broken_voice_is_told_after_the_sirens(start_output: StartOutput, tmp_path: Path) -> None:
    """Text in the place of a voice: two sirens in full, then the failure that names the file; the next item plays."""
    broken = tmp_path / "voice.opus"
    broken.write_bytes(b"OggS" + b"khong phai am thanh" * 100)
    output = start_output()
    output.heard(Ready)
    output.play(order(1, notice("identify", 2), broken))
    started, failed = output.heard(Started, 1), output.heard(Failed, 1)
    assert failed.code == "content_unreadable"
    assert "voice.opus" in failed.detail
    assert failed.played_us == 2 * 600 * MS + PAUSE_US
    output.play(order(2, notice("identify")))
    assert output.heard(Ended, 2).reason == "complete"
    assert output.close() == 0
    recording, pips = output.recording(), siren("identify", 48_000)
    begin = recording.frame_at(started.at_mono_us)
    for place in (begin, begin + 1_600 * 48):
        assert listening.find(pips, recording.sound, place, 500).likeness > 0.9999


def test_a_loudspeaker_has_no_picture(start_output: StartOutput) -> None:
    """An order for a snapshot is answered with the reason why there is none."""
    output = start_output(record_to="")
    output.heard(Ready)
    output.send(TakeSnapshot("/run/picture.png"))
    assert output.heard(SnapshotTaken) == SnapshotTaken("/run/picture.png", "a loudspeaker has no picture")
