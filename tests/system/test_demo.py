"""The main job, as a newcomer does it: the demo is run for real, and what was heard and shown is looked at."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.metronome import while_the_machine_runs
from tests.speaker.listening import RATE_HZ, followed, independent, likeness, read_wav
from tests.speaker.pulse import Listener, PulseAudio

ROOT = Path(__file__).resolve().parents[2]
MEDIA = ROOT / "config" / "demo" / "feed" / "media"
SECONDS = 21
"""Chime at 3 s, bulletin from 5 s to 17.9 s: then it is whole."""

TOLERANCE_FRAMES = RATE_HZ * 20 // 1000

pytestmark = pytest.mark.timeout(240)


@dataclass(frozen=True, slots=True)
class Demo:
    """What a run of the demo has left, and what the sound server's monitor heard meanwhile, from when on."""

    status: int
    lines: list[str]
    out: Path
    plays: list[dict[str, Any]]
    heard: bytes
    heard_from_mono_us: int

    @property
    def bulletin(self) -> dict[str, Any]:
        """The record of the spoken bulletin."""
        return next(play for play in self.plays if play["bulletin_id"] == "ban-tin-sang")

    def due_frame(self, first_mono_us: int) -> int:
        """Return the frame at which the bulletin was due in a recording whose first frame was heard then."""
        play = self.bulletin
        late_us = play["actual_start_us"] - play["planned_start_us"]
        due_mono_us = play["start_mono_us"] - late_us
        return int((due_mono_us - first_mono_us) * RATE_HZ // 1_000_000)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Run the demo on a machine that does not stand still meanwhile."""
    return while_the_machine_runs(lambda: _run(tmp_path_factory.mktemp("demo")))


def _run(out: Path) -> Demo:
    """Run the demo once, with a PulseAudio null sink as its sound card."""
    # Not below pytest's own directory: the path of a socket has at most 108 letters.
    with tempfile.TemporaryDirectory() as place, PulseAudio(Path(place) / "pulse") as pulse:
        listener = Listener(pulse)
        command = [sys.executable, "-P", "-m", "firmware_py.field.main", "demo", "--seconds", str(SECONDS)]
        options = ["--out", str(out), "--set", 'sound.device="pulse"', "--set", 'screen.driver="offscreen"']
        environment = {**os.environ, **pulse.env}
        done = subprocess.run(
            [*command, *options], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        listener.stop()
    plays = [json.loads(line) for line in (out / "plays.jsonl").read_text().splitlines()]
    return Demo(done.returncode, done.stdout.splitlines(), out, plays, listener.sound, listener.start_us)


def _holds_the_bulletin(sound: bytes, due_frame: int) -> None:
    """Look for the bulletin as ffmpeg decodes it: each piece of it must be at its place, give or take the tolerance."""
    whole = independent(MEDIA / "ban-tin-sang.mp3")
    assert likeness(whole, followed(whole, sound, due_frame, TOLERANCE_FRAMES)) >= 0.98


def test_the_demo_ends_well(demo: Demo) -> None:
    """The demo ends with status 0, leaves its three files, and printed a line a second."""
    assert demo.status == 0
    assert all((demo.out / name).stat().st_size for name in ("speaker.wav", "board.png", "plays.jsonl"))
    assert sum("loudspeaker:" in line or "starting" in line for line in demo.lines) == SECONDS


def test_the_recording_has_the_bulletin_at_its_second(demo: Demo) -> None:
    """speaker.wav contains the spoken bulletin, as ffmpeg decodes it, within 20 ms of its scheduled instant."""
    sidecar = json.loads((demo.out / "speaker.wav.json").read_text())
    _holds_the_bulletin(read_wav(demo.out / "speaker.wav"), demo.due_frame(sidecar["start_mono_us"]))


def test_the_sound_server_heard_the_bulletin_at_its_second(demo: Demo) -> None:
    """The monitor of a real PulseAudio sink heard the same bulletin within 20 ms of its scheduled instant."""
    _holds_the_bulletin(demo.heard, demo.due_frame(demo.heard_from_mono_us))


def test_the_records_tell_what_was_played(demo: Demo) -> None:
    """The bulletin's record is complete, says its true length and a level that speech has, and nothing was lost."""
    play = demo.bulletin
    assert play["result"] == "complete"
    assert play["played_us"] == pytest.approx(12_881_600, abs=50_000)
    assert abs(play["actual_start_us"] - play["planned_start_us"]) < 20_000
    assert -40 < play["mean_dbfs"] < play["peak_dbfs"] < 0
    assert play["lost_us"] == 0


def test_the_board_showed_every_bulletin_of_its_loop(demo: Demo) -> None:
    """Every text and the poster were on the board for their time without a late frame, and the last is a picture."""
    shown = {play["bulletin_id"] for play in demo.plays if play["channel"] == "main" and play["result"] == "complete"}
    assert {"tin-tieng-viet", "ap-phich-chay-rung", "mau-chu-ba-na"} <= shown
    with Image.open(demo.out / "board.png") as picture:
        assert picture.size == (1920, 1080)
        assert len(picture.convert("RGB").getcolors(1 << 24) or []) > 10
