"""`ttcs say`: a text becomes sound, in a file or on the card; what cannot be said is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.speaker import listening

ROOT = Path(__file__).resolve().parents[2]


def say(*words: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command; `path` is where programs are looked for."""
    command = [sys.executable, "-P", "-m", "firmware_py.field.main", "say", *words]
    environment = os.environ if path is None else {**os.environ, "PATH": path}
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)


@pytest.mark.parametrize(("text", "language"), [("Xin chào bà con.", "vi"), ("Good morning.", "en")])
def test_a_text_is_said_into_a_file(tmp_path: Path, text: str, language: str) -> None:
    """A second or so of speech at a usual level."""
    wav = tmp_path / "said.wav"
    done = say(text, "--language", language, "-o", str(wav))
    assert (done.returncode, done.stderr) == (0, "")
    assert f"dBFS, to {wav}" in done.stdout
    sound = listening.read_wav(wav)
    assert -40 < listening.power_dbfs(sound) < -12


def test_where_nothing_can_speak_the_clip_is_heard_and_the_reason_told(tmp_path: Path) -> None:
    """Without espeak-ng on the path, and in a language that it does not know: status 1, and sound all the same."""
    for number, done in enumerate(
        (
            say("Xin chào", "-o", str(tmp_path / "0.wav"), path=str(tmp_path)),
            say("Bơ̆n jruă", "--language", "bdq", "-o", str(tmp_path / "1.wav")),
        )
    ):
        assert done.returncode == 1
        assert "speech_failed" in done.stdout
        assert listening.power_dbfs(listening.read_wav(tmp_path / f"{number}.wav")) > -40
