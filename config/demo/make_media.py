"""Make the media of the demo feed anew and write their true sizes, hashes and durations into its schedule.

Makes also what a loudspeaker says by itself when an alert brings no voice and none can be synthesised.

Needs espeak-ng, ffmpeg (neither at run time), fonts-noto-core and Pillow.
Run as `.venv/bin/python config/demo/make_media.py`. All audio is brought to -16 LUFS (EBU R 128, mono counted as
one channel). The same versions of the tools make the same bytes.
"""

from __future__ import annotations

import array
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import unicodedata
import wave
from pathlib import Path
from typing import Any

import media_poster
import media_tones

FEED = Path(__file__).resolve().parent / "feed"
MEDIA = FEED / "media"
CLIPS = FEED.parents[2] / "firmware_py" / "speaker" / "clips"
CLIP_TEXTS = {
    "actual": "Chú ý! Có cảnh báo khẩn cấp. Mời bà con xem bảng tin, hoặc hỏi ngay cán bộ thôn.",
    "drill": "Đây là diễn tập. Mời bà con xem bảng tin.",
    "cancel": "Cảnh báo đã được hủy bỏ.",
}
AUDIO = ("chuong.wav", "ban-tin-sang.mp3", "nhac-hieu.flac")
TARGET_LUFS = -16.0
MAX_PEAK_DBTP = -1.0
VOICE = ("-v", "vi", "-s", "145", "-a", "60", "-b", "1")  # Northern voice; amplitude 60: at 100 it clips

# Speech has peaks 18 dB above its loudness; with 14 dB loudnorm gets by with one constant gain and does not pump.
SPEECH = (
    "silenceremove=start_periods=1:start_threshold=-50dB:start_silence=0.08,areverse,"
    "silenceremove=start_periods=1:start_threshold=-50dB:start_silence=0.12,areverse,"
    "highpass=f=90,aresample=192000,acompressor=threshold=-24dB:ratio=3:attack=3:release=90:knee=6,"
    "alimiter=limit=-17dB:attack=2:release=40:level=false"
)
MP3 = ("-ac", "1", "-c:a", "libmp3lame", "-b:a", "64k", "-compression_level", "0")
OPUS = ("-ac", "1", "-c:a", "libopus", "-b:a", "24k")
BIT_EXACT = ("-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact")


def main() -> None:
    """Make every file, check the audio's loudness and peak, fill in the schedule."""
    MEDIA.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        _speak((MEDIA / "ban-tin-sang.txt").read_text(), MEDIA / "ban-tin-sang.mp3", MP3, Path(scratch))
        for name, words in CLIP_TEXTS.items():
            _speak(words, CLIPS / f"{name}.opus", OPUS, Path(scratch))
        _write_wav(MEDIA / "chuong.wav", _levelled(media_tones.chime(), Path(scratch)))
        _write_flac(MEDIA / "nhac-hieu.flac", _levelled(media_tones.signature(), Path(scratch)), Path(scratch))
    for clip in map(CLIPS.joinpath, CLIP_TEXTS):
        _checked_duration_s(clip.with_suffix(".opus"))
    media_poster.draw(MEDIA / "ap-phich.jpg")
    durations_s = {path.name: _checked_duration_s(path) for path in map(MEDIA.joinpath, AUDIO)}
    _fill_in(FEED / "schedule.json", durations_s)


def _run(*command: str | Path) -> str:
    done = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True)
    return done.stdout + done.stderr


def _ffmpeg(*arguments: str | Path) -> str:
    return _run("ffmpeg", "-hide_banner", "-nostdin", "-nostats", "-y", *arguments)


def _speak(words: str, target: Path, codec: tuple[str, ...], scratch: Path) -> None:
    raw = scratch / "speech.wav"
    _run("espeak-ng", *VOICE, "-w", raw, words)
    goal = f"loudnorm=I={TARGET_LUFS}:TP=-2:LRA=11"
    measured = _measured(_ffmpeg("-i", raw, "-af", f"{SPEECH},{goal}:print_format=json", "-f", "null", "-"))
    second = f"{SPEECH},{goal}:linear=true:{measured},aresample={48_000 if codec is OPUS else 44_100}"
    _ffmpeg("-i", raw, "-af", second, *codec, *BIT_EXACT, target)


def _measured(log: str) -> str:
    """Return loudnorm's first-pass figures in the form in which its second pass takes them."""
    figures = json.loads(log[log.rindex("{") : log.rindex("}") + 1])
    names = {"I": "input_i", "TP": "input_tp", "LRA": "input_lra", "thresh": "input_thresh"}
    given = [f"measured_{name}={figures[key]}" for name, key in names.items()]
    return ":".join([*given, f"offset={figures['target_offset']}"])


def _levelled(samples: list[float], scratch: Path) -> list[float]:
    """Return `samples` at the target loudness, found by measuring them once at half of full scale."""
    probe = scratch / "probe.wav"
    half = 0.5 / max(map(abs, samples))
    _write_wav(probe, [sample * half for sample in samples])
    gain = half * 10 ** ((TARGET_LUFS - _loudness(probe)[0]) / 20)
    return [sample * gain for sample in samples]


def _write_wav(target: Path, samples: list[float]) -> None:
    pcm = array.array("h", (round(sample * 32767) for sample in samples))
    if sys.byteorder == "big":
        pcm.byteswap()
    with wave.open(str(target), "wb") as file:
        file.setparams((1, 2, media_tones.RATE_HZ, 0, "NONE", ""))
        file.writeframes(pcm.tobytes())


def _write_flac(target: Path, samples: list[float], scratch: Path) -> None:
    plain = scratch / "plain.wav"
    _write_wav(plain, samples)
    _ffmpeg("-i", plain, "-c:a", "flac", "-compression_level", "12", *BIT_EXACT, target)


def _loudness(path: Path) -> tuple[float, float]:
    """Return integrated loudness in LUFS and true peak in dBTP."""
    log = _ffmpeg("-i", path, "-af", "ebur128=peak=true:framelog=verbose", "-f", "null", "-")
    return float(re.findall(r"I: +(\S+) LUFS", log)[-1]), float(re.findall(r"Peak: +(\S+) dBFS", log)[-1])


def _checked_duration_s(path: Path) -> float:
    """Return the length of what decodes, in seconds to the millisecond; leave when it is too loud or too soft."""
    lufs, peak_dbtp = _loudness(path)
    rate_hz = int(_run("ffprobe", "-v", "error", "-show_entries", "stream=sample_rate", "-of", "csv=p=0", path))
    pcm = subprocess.run(  # bytes, hence not _run
        ["ffmpeg", "-v", "error", "-nostdin", "-i", str(path), "-f", "s16le", "-ac", "1", "-"],
        check=True,
        capture_output=True,
    ).stdout
    frames = len(pcm) // 2
    print(f"{path.name}: {frames} frames at {rate_hz} Hz = {frames / rate_hz:.4f} s, {lufs} LUFS, {peak_dbtp} dBTP")
    if abs(lufs - TARGET_LUFS) > 1 or peak_dbtp > MAX_PEAK_DBTP:
        sys.exit(f"{path}: must be {TARGET_LUFS} LUFS within 1 LU and at most {MAX_PEAK_DBTP} dBTP")
    return round(frames / rate_hz, 3)


def _fill_in(schedule: Path, durations_s: dict[str, float]) -> None:
    document = json.loads(schedule.read_text(encoding="utf-8"))
    for bulletin in document["bulletins"]:
        for part in bulletin.get("content", ()):
            _fill_in_part(part)
            if bulletin["kind"] == "audio":
                bulletin["duration_s"] = durations_s[Path(part["path"]).name]
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    schedule.write_text(unicodedata.normalize("NFC", text), encoding="utf-8")


def _fill_in_part(part: dict[str, Any]) -> None:
    data = (FEED / part["path"]).read_bytes()
    part["sha256"] = hashlib.sha256(data).hexdigest()
    part["size"] = len(data)


if __name__ == "__main__":
    main()
