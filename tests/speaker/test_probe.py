"""The check of a sound file: what it says is what the output plays, and bad files get a code."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from array import array
from pathlib import Path
from typing import Any

import pytest

from firmware_py.core.codec import from_json_as, to_json
from firmware_py.core.content import Facts
from firmware_py.core.units import MS, SECOND
from firmware_py.speaker.probe import gain_db
from tests.speaker.samples import FORMATS, SPLIT_FRAME, ffmpeg, write_wav

ROOT = Path(__file__).resolve().parents[2]
RATE_HZ = 48_000


def probed(path: Path) -> dict[str, Any]:
    """Return what the check prints, run as the agent runs it, with half a gigabyte of addresses."""
    words = [sys.executable, "-m", "firmware_py.speaker.probe", str(path)]
    limited = ["/bin/sh", "-c", 'ulimit -v 500000; exec "$@"', "sh", *words]
    done = subprocess.run(limited, cwd=ROOT, capture_output=True, check=True, timeout=50)
    assert done.stderr == b""
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def measured_by_ffmpeg(path: Path) -> tuple[float, float]:
    """Return loudness and true peak as ffmpeg's own EBU R 128 filter has them."""
    command = ["ffmpeg", "-hide_banner", "-i", str(path), "-af", "ebur128=peak=true:dualmono=true", "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, check=True, text=True).stderr
    loudness, peak = re.findall(r"I: +(-?[\d.]+) LUFS", said)[-1], re.findall(r"Peak: +(-?[\d.]+) dBFS", said)[-1]
    return float(loudness), float(peak)


@pytest.mark.parametrize("name", ["vbr.mp3", "low.mp3", "lc.m4a", "voice.opus", "other.flac", "float.wav", "phone.wav"])
def test_facts_are_those_of_the_source(media: Path, name: str) -> None:
    """Length, loudness and true peak of every format agree with the source and with ffmpeg."""
    facts = probed(media / name)
    loudness, peak = measured_by_ffmpeg(media / name)
    assert facts["duration_us"] == pytest.approx(2 * SECOND, abs=50 * MS)
    assert facts["mean_lufs"] == pytest.approx(loudness, abs=0.3)
    assert facts["peak_dbfs"] == pytest.approx(peak, abs=0.5)
    assert facts["silent_share"] == 0
    assert facts["gain_db"] == pytest.approx(gain_db(facts["mean_lufs"], facts["peak_dbfs"]), abs=0.1)
    assert from_json_as(Facts, to_json({**facts, "path": "", "sha256": ""})).rate_hz == facts["rate_hz"]


@pytest.mark.parametrize(("name", "rate_hz", "channels"), [("phone.wav", 8_000, 1), ("vbr.mp3", 44_100, 2)])
def test_rate_and_channels_are_told(media: Path, name: str, rate_hz: int, channels: int) -> None:
    """The file's own rate and channels are reported, not those of the device."""
    facts = probed(media / name)
    assert (facts["rate_hz"], facts["channels"]) == (rate_hz, channels)


def test_length_is_exact(media: Path) -> None:
    """The length of a piece that is no whole number of anything is right to the microsecond."""
    for name in ("first.flac", "first.mp3", "first.wav"):
        facts = probed(media / name)
        assert facts["frames"] == SPLIT_FRAME
        assert facts["duration_us"] == SPLIT_FRAME * SECOND // RATE_HZ


def test_silence_is_measured(tmp_path: Path) -> None:
    """Half a second of silence before a tone is told, and its share of the whole."""
    path = tmp_path / "late.wav"
    tone = array("h", (round(8_000 * math.sin(n / 10)) for n in range(RATE_HZ)))
    write_wav(path, array("h", bytes(RATE_HZ)) + tone, RATE_HZ)
    facts = probed(path)
    assert facts["leading_silence_us"] == pytest.approx(500 * MS, abs=100 * MS)
    assert facts["silent_share"] == pytest.approx(1 / 3, abs=0.05)


@pytest.mark.parametrize(
    ("mean_lufs", "peak_dbfs", "gain"), [(-16, -6, 0), (-26, -12, 10), (-26, -3, 2), (-40, -30, 12), (-8, 0.5, -8)]
)
def test_gain_goes_to_the_common_loudness(mean_lufs: float, peak_dbfs: float, gain: float) -> None:
    """The gain leads to -16 LUFS, but not to a true peak above -1 dBFS and never up by more than 12 dB."""
    assert gain_db(mean_lufs, peak_dbfs) == gain


def test_bad_files_have_codes(tmp_path: Path, media: Path) -> None:
    """Text, emptiness, silence, rubbish behind good headers, a missing file: each has its own code."""
    text, empty, silent, cut = (tmp_path / name for name in ("text.wav", "empty.mp3", "silent.flac", "cut.m4a"))
    text.write_text("ban tin sang " * 500)
    empty.touch()
    ffmpeg("-f", "lavfi", "-i", "anullsrc=r=48000:d=2", str(silent))
    cut.write_bytes((media / "lc.m4a").read_bytes()[:20_000])
    expected = {
        text: "content_unreadable",
        empty: "content_empty",
        silent: "content_silent",
        cut: "content_unreadable",
        tmp_path / "none.mp3": "content_missing",
    }
    found = {path: probed(path) for path in expected}
    assert {path: facts["code"] for path, facts in found.items()} == expected
    assert all(path.name in facts["detail"] for path, facts in found.items())


def test_half_an_mp3_is_playable(media: Path, tmp_path: Path) -> None:
    """An MP3 cut in half is accepted with the length that is there."""
    half = tmp_path / "half.mp3"
    half.write_bytes((media / "cbr.mp3").read_bytes()[:16_000])
    assert probed(half)["duration_us"] == pytest.approx(SECOND, abs=100 * MS)


SELF_AWARE = ("cbr.mp3", "vbr.mp3", "faststart.m4a", "voice.opus", "vorbis.ogg", "level5.flac", "pcm16.wav")


@pytest.mark.parametrize("name", SELF_AWARE)
def test_a_cut_file_is_named_as_such(media: Path, tmp_path: Path, name: str) -> None:
    """A file that tells how long it should be, or how it should end, is known to be cut; a whole one is not."""
    raw = (media / name).read_bytes()
    cut = tmp_path / name
    cut.write_bytes(raw[: len(raw) * 2 // 3])
    assert "it was cut" in probed(cut)["remark"]
    assert not probed(media / name)["remark"]


def test_no_whole_file_is_called_cut(media: Path, tmp_path: Path) -> None:
    """None of the formats is taken for cut as its encoder left it, nor is a WAV that was written to a pipe."""
    assert {name: probed(media / name)["remark"] for name in FORMATS} == dict.fromkeys(FORMATS, "")
    piped = tmp_path / "piped.wav"
    raw = (media / "pcm16.wav").read_bytes()
    place = raw.index(b"data") + 4
    for size in (b"\xff" * 4, bytes(4)):
        piped.write_bytes(raw[:place] + size + raw[place + 4 :])
        assert probed(piped)["remark"] == ""
