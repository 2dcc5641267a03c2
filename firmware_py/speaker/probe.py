"""`python -m firmware_py.speaker.probe FILE`: can this file be played, how long and how loud is it.

Decodes all of it by the same way as the output does, as fast as the processor goes, and prints one line of JSON: the
facts, or `{"code", "detail"}` and why not. The limits of memory and time are set by whoever starts it.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from firmware_py.core.codec import to_json
from firmware_py.core.errors import Code, Unavailable, Unplayable
from firmware_py.core.units import SECOND, DurationUs
from firmware_py.runtime.heap import keep_small
from firmware_py.speaker import pcm
from firmware_py.speaker.decoder import Decoder
from firmware_py.speaker.loudness import Loudness
from firmware_py.speaker.meter import Meter
from firmware_py.speaker.tracks.media import Media
from firmware_py.speaker.tracks.opening import open_track
from firmware_py.speaker.tracks.track import Track, unreadable

RATE_HZ = 48_000
TARGET_LUFS = -16.0
PEAK_MAX_DBFS = -1.0
GAIN_MAX_DB = 12.0
CANNOT_RUN = 126


@dataclass(frozen=True, slots=True)
class Facts:
    """What was found. `duration_us` is what the output plays; levels are of both channels as they are sent."""

    duration_us: DurationUs
    frames: int
    rate_hz: int
    channels: int
    mean_lufs: float
    peak_dbfs: float
    silent_share: float
    leading_silence_us: DurationUs
    gain_db: float
    remark: str


def probe(path: Path) -> Facts:
    """Return what a file is; raise `Unplayable`, or `Unavailable` when nothing can be said on this machine."""
    media = Media(path)
    track = open_track(media)
    measured = _Measured(RATE_HZ)
    ended = threading.Event()
    running = Decoder(RATE_HZ).start(track, measured, 0, ended.set)
    ended.wait()
    if running.error:
        raise unreadable(f"{media.name} cannot be read to its end ({running.error.strerror})")
    return _facts(media, track, measured)


def gain_db(mean_lufs: float, peak_dbfs: float) -> float:
    """Return the gain towards the common loudness, that neither lifts noise without end nor drives peaks to clip."""
    return round(min(TARGET_LUFS - mean_lufs, GAIN_MAX_DB, PEAK_MAX_DBFS - peak_dbfs), 2)


def _facts(media: Media, track: Track, measured: _Measured) -> Facts:
    measured.meter.finish()
    duration_us = measured.frames * SECOND // RATE_HZ
    if measured.frames < measured.length_frames // 2 or not measured.frames:
        expected_s = measured.length_frames / RATE_HZ
        raise unreadable(f"{media.name}: only {duration_us / SECOND:.1f} of {expected_s:.1f} s can be decoded")
    if measured.meter.silent_us >= measured.meter.measured_us:
        raise Unplayable(Code.CONTENT_SILENT, f"{media.name} is silent from beginning to end; send another file")
    mean_lufs, peak_dbfs = measured.mean_lufs(), measured.loudness.true_peak_dbfs()
    return Facts(
        duration_us=duration_us,
        frames=measured.frames * track.format.rate_hz // RATE_HZ,
        rate_hz=track.format.rate_hz,
        channels=track.format.channels,
        mean_lufs=round(mean_lufs, 1),
        peak_dbfs=round(peak_dbfs, 1),
        silent_share=round(measured.meter.silent_us / measured.meter.measured_us, 3),
        leading_silence_us=measured.meter.leading_silence_us,
        gain_db=gain_db(mean_lufs, peak_dbfs),
        remark=f"ends after {duration_us / SECOND:.1f} s, but {track.cut}: it was cut" if track.cut else "",
    )


class _Measured:
    """Takes what is decoded, and measures the part of it that would be heard."""

    def __init__(self, rate_hz: int) -> None:
        self.meter, self.loudness = Meter(rate_hz), Loudness(rate_hz)
        self.frames = self.length_frames = 0
        self._skip_bytes = 0

    def begin(self, skip_frames: int, first_frame: int, length_frames: int) -> None:
        """Hear what to throw away and how much counts."""
        self._skip_bytes = skip_frames * pcm.FRAME_BYTES
        self.length_frames = length_frames - first_frame

    def put(self, block: bytes) -> None:
        """Measure a block."""
        cut = min(self._skip_bytes, len(block))
        self._skip_bytes -= cut
        heard = block[cut : cut + (self.length_frames - self.frames) * pcm.FRAME_BYTES]
        if heard:
            self.frames += len(heard) // pcm.FRAME_BYTES
            self.meter.add(heard)
            self.loudness.add(heard)

    def mean_lufs(self) -> float:
        """Return the loudness; of what is too short for the standard, by the plain mean of both channels."""
        integrated = self.loudness.integrated_lufs()
        # ITU-R BS.1770: -0.691 + 10 log10 of the sum over the channels; the weighting is left out.
        return self.meter.whole.mean_dbfs - 0.691 + 3.01 if integrated is None else integrated


def main(arguments: Sequence[str]) -> int:
    """Print what was found; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m firmware_py.speaker.probe", description=__doc__)
    parser.add_argument("file", type=Path)
    path = parser.parse_args(arguments).file
    keep_small(arenas=1)  # addresses are limited here
    try:
        _say(probe(path))
    except Unplayable as error:
        _say({"code": error.code, "detail": error.detail})
    except Unavailable as error:
        sys.stderr.write(f"{error.detail}\n")
        return CANNOT_RUN
    return 0


def _say(what: object) -> None:
    sys.stdout.write(to_json(what).decode() + "\n")


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # Not sys.exit: the verdict is out, and libVLC may hang when it is taken down.
    os._exit(status)
