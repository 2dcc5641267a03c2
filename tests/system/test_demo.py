"""The main job, as a newcomer does it: the demo is run for real, and what was heard and shown is looked at."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.pulse import RATE_HZ, Recording, server
from tests.sound import Found, decode, find, from_pcm, read_wav

ROOT = Path(__file__).resolve().parents[2]
MEDIA = ROOT / "config" / "demo" / "feed" / "media"
SECONDS = 21
"""Chime at 3 s, bulletin from 5 s to 17.9 s: then it is whole."""

TOLERANCE_S = 0.020


@dataclass(frozen=True, slots=True)
class Demo:
    """What a run of the demo has left, and what the sound server's monitor heard meanwhile."""

    status: int
    lines: list[str]
    out: Path
    plays: list[dict[str, Any]]
    heard: bytes
    heard_from_us: int


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Run the demo once, with a PulseAudio null sink as its sound card."""
    out = tmp_path_factory.mktemp("demo")
    with tempfile.TemporaryDirectory(prefix="pa") as directory, server(Path(directory)) as pulse:
        recording = Recording(pulse)
        command = [sys.executable, "-P", "-m", "firmware_py.field.main", "demo", "--seconds", str(SECONDS)]
        options = ["--out", str(out), "--set", 'sound.device="pulse"', "--set", 'screen.driver="offscreen"']
        done = subprocess.run(
            [*command, *options], env=pulse.environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        heard = recording.stop()
    plays = [json.loads(line) for line in (out / "plays.jsonl").read_text().splitlines()]
    yield Demo(done.returncode, done.stdout.splitlines(), out, plays, heard, recording.first_us)


def _bulletin(demo: Demo) -> dict[str, Any]:
    return next(play for play in demo.plays if play["bulletin_id"] == "ban-tin-sang")


def _due_s(demo: Demo, first_us: int) -> float:
    """Return when the spoken bulletin was due, in seconds after an instant of the true clock."""
    play = _bulletin(demo)
    ahead_us = play["actual_start_us"] - play["start_mono_us"]
    sidecar = json.loads((demo.out / "speaker.wav.json").read_text())
    true_ahead_us = sidecar["start_wall_us"] - sidecar["start_mono_us"]
    return float(play["planned_start_us"] - (ahead_us - true_ahead_us) - first_us) / 1e6


def _found_in_wav(demo: Demo) -> Found:
    hay, rate_hz = read_wav(demo.out / "speaker.wav")
    return find(decode(MEDIA / "ban-tin-sang.mp3", rate_hz), hay, rate_hz)


@pytest.mark.timeout(120)
def test_the_demo_ends_well(demo: Demo) -> None:
    """The demo ends with status 0, leaves its three files, and printed a line a second."""
    assert demo.status == 0
    assert all((demo.out / name).stat().st_size for name in ("speaker.wav", "board.png", "plays.jsonl"))
    assert sum("loudspeaker:" in line or "starting" in line for line in demo.lines) == SECONDS


@pytest.mark.timeout(120)
def test_the_recording_has_the_bulletin_at_its_second(demo: Demo) -> None:
    """speaker.wav contains the spoken bulletin, as ffmpeg decodes it, within 20 ms of its scheduled instant."""
    found = _found_in_wav(demo)
    sidecar = json.loads((demo.out / "speaker.wav.json").read_text())
    assert found.correlation >= 0.95
    assert found.at_s == pytest.approx(_due_s(demo, sidecar["start_wall_us"]), abs=TOLERANCE_S)


@pytest.mark.timeout(120)
def test_the_sound_server_heard_the_bulletin_at_its_second(demo: Demo) -> None:
    """The monitor of a real PulseAudio sink heard the same bulletin within 20 ms of its scheduled instant."""
    found = find(decode(MEDIA / "ban-tin-sang.mp3", RATE_HZ), from_pcm(demo.heard), RATE_HZ)
    assert found.correlation >= 0.95
    assert found.at_s == pytest.approx(_due_s(demo, demo.heard_from_us), abs=TOLERANCE_S)


@pytest.mark.timeout(120)
def test_the_records_tell_what_was_played(demo: Demo) -> None:
    """The bulletin's record is complete, says its true length and a level that speech has, and nothing was lost."""
    play = _bulletin(demo)
    assert play["result"] == "complete"
    assert play["played_us"] == pytest.approx(12_881_600, abs=50_000)
    assert abs(play["actual_start_us"] - play["planned_start_us"]) < 20_000
    assert -40 < play["mean_dbfs"] < play["peak_dbfs"] < 0
    assert play["lost_us"] == 0


@pytest.mark.timeout(120)
def test_the_board_showed_every_bulletin_of_its_loop(demo: Demo) -> None:
    """Every text and the poster were on the board for their time without a late frame, and the last is a picture."""
    shown = {play["bulletin_id"] for play in demo.plays if play["channel"] == "main" and play["result"] == "complete"}
    assert {"tin-tieng-viet", "ap-phich-chay-rung", "mau-chu-ba-na"} <= shown
    with Image.open(demo.out / "board.png") as picture:
        assert picture.size == (1920, 1080)
        assert len(picture.convert("RGB").getcolors(1 << 24) or []) > 10
