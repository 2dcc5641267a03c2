"""Between two items of a programme: a tone cut in two, played one piece after the other, in five forms.

Ours, a list of libVLC (`MediaListPlayer`) and, where it is installed, mpv with its gapless mode play the pieces into
the same PulseAudio null sink, whose monitor is recorded. The gap is the longest silence between the tone's first and
last sample: the worst of `TTCS_GAPS` times. Beside it stands how many frames more or less than the tone were heard.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from benchmarks.report import Report, Row, machine
from firmware_py.core.messages import Ended, Next, Ready
from firmware_py.core.settings import Sound
from firmware_py.core.units import MS, SECOND
from tests.speaker import listening
from tests.speaker.outputs import MARGIN_US, OutputProcess, item, mono_us
from tests.speaker.pulse import Listener, PulseAudio
from tests.speaker.samples import SPLIT_FRAME, ffmpeg, make_joint
from tests.waiting import until

RATE_HZ = 48_000
WHOLE_FRAMES = 2 * RATE_HZ
QUIET = 500
"""The tone is twenty times as high; at its passages through zero it is below this for two frames."""

# Form: the file's suffix, how large a gap is allowed in milliseconds (two frames are the tone itself).
FORMS = {"PCM": ("wav", 0.05), "FLAC": ("flac", 0.05), "MP3": ("mp3", 1), "AAC": ("m4a", 1), "Opus": ("opus", 1)}
LIMIT_S = 20.0
_VLC = """
import sys, threading, vlc
instance = vlc.Instance("--aout=alsa", "--alsa-audio-device=pulse", "--no-video", "--quiet")
player, over = instance.media_list_player_new(), threading.Event()
player.set_media_list(instance.media_list_new(sys.argv[1:]))
player.event_manager().event_attach(vlc.EventType.MediaListPlayerPlayed, lambda _: over.set())
player.play()
over.wait(15)
"""
_MPV = ("mpv", "--no-config", "--no-video", "--ao=alsa", "--audio-device=alsa/pulse", "--gapless-audio=yes", "--quiet")

Play: TypeAlias = Callable[[PulseAudio, Path, Path], None]


@dataclass(frozen=True, slots=True)
class Joint:
    """What was heard of two pieces."""

    gap_ms: float
    more_frames: int


def run() -> Report:
    """Play each form by each player; return the gaps."""
    times = int(os.environ.get("TTCS_GAPS", "3"))
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        _make(place)
        with PulseAudio(place / "pulse") as pulse:
            rows = [row for form in FORMS for row in _rows(form, place, pulse, times)]
    return {"name": "gap", "machine": machine(), "rows": rows}


def _make(place: Path) -> None:
    """Write the tone in two pieces, in every form."""
    make_joint(place)
    for name in ("first", "second"):
        ffmpeg("-i", str(place / f"{name}.wav"), "-b:a", "128k", str(place / f"{name}.m4a"))
        ffmpeg("-i", str(place / f"{name}.wav"), "-b:a", "96k", str(place / f"{name}.opus"))


def _rows(form: str, place: Path, pulse: PulseAudio, times: int) -> Iterator[Row]:
    suffix, target_ms = FORMS[form]
    pieces = (place / f"first.{suffix}", place / f"second.{suffix}")
    ours = _worst(_ours, pulse, pieces, times)
    for name, play in _peers().items():
        peer = _worst(play, pulse, pieces, times)
        yield Row(
            what=f"{form}: gap between two items ({ours.more_frames:+d} frames in all; the peer {peer.more_frames:+d})",
            unit="ms",
            ours=ours.gap_ms,
            peer_name=name,
            peer=peer.gap_ms,
            ratio=round(ours.gap_ms / peer.gap_ms, 4) if peer.gap_ms else None,
            target=target_ms,
            ok=ours.gap_ms <= target_ms,
        )


def _peers() -> dict[str, Play]:
    """Return the players beside us that are on this machine."""
    peers: dict[str, Play] = {"libVLC's MediaListPlayer": _vlc}
    if shutil.which("mpv"):
        peers["mpv --gapless-audio"] = _mpv
    return peers


def _worst(play: Play, pulse: PulseAudio, pieces: tuple[Path, Path], times: int) -> Joint:
    return max((_heard(play, pulse, pieces) for _ in range(times)), key=lambda joint: joint.gap_ms)


def _heard(play: Play, pulse: PulseAudio, pieces: tuple[Path, Path]) -> Joint:
    """Play two pieces with a listener in the room; return what lies between their first and last sample."""
    listener = Listener(pulse)
    play(pulse, *pieces)
    over_us = mono_us() + 300 * MS
    until(lambda: listener.heard_until_us > over_us)
    listener.stop()
    samples = array("h", listener.sound)
    loud = [frame for frame, value in enumerate(samples) if abs(value) > QUIET]
    tone = samples[loud[0] : loud[-1] + 1]
    return Joint(round(listening.longest_silence(tone.tobytes(), QUIET) * 1000 / RATE_HZ, 3), len(tone) - WHOLE_FRAMES)


def _ours(pulse: PulseAudio, first: Path, second: Path) -> None:
    output = OutputProcess(Sound(sink="portaudio", device="pulse", buffer_ms=100), pulse.env)
    try:
        output.heard(Ready)
        start_us, split_us = mono_us() + MARGIN_US, SPLIT_FRAME * SECOND // RATE_HZ
        output.play(item(1, first, start_us, split_us))
        output.send(Next("sound", item(2, second, start_us + split_us, 2 * SECOND - split_us)))
        output.heard(Ended, 2)
    finally:
        output.kill()


def _vlc(pulse: PulseAudio, first: Path, second: Path) -> None:
    _run([sys.executable, "-c", _VLC, str(first), str(second)], pulse)


def _mpv(pulse: PulseAudio, first: Path, second: Path) -> None:
    _run([*_MPV, str(first), str(second)], pulse)


def _run(command: list[str], pulse: PulseAudio) -> None:
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(command, check=True, timeout=LIMIT_S, env={**os.environ, **pulse.env}, **quiet)  # type: ignore[call-overload]
