"""The recording of what was played: whole at every moment, true in time, bounded."""

from __future__ import annotations

import json
import struct
from pathlib import Path

from firmware_py.core.units import SECOND
from firmware_py.speaker.recorder import WavRecorder, _header
from tests.speaker.listening import read_wav
from tests.waiting import until

RATE_HZ = 1_000
ORIGIN_US = 7 * SECOND


def block(value: int, frames: int = 100) -> bytes:
    """Return a block of one value."""
    return value.to_bytes(2, "little") * 2 * frames


def start_us(path: Path) -> int:
    """Return when the recording says that its first frame was heard."""
    told: int = json.loads(path.with_name(path.name + ".json").read_bytes())["start_mono_us"]
    return told


def test_recording_is_what_was_sent(tmp_path: Path) -> None:
    """Blocks and skipped time stand one behind the other, and the file beside it says when the first was heard."""
    path = tmp_path / "new" / "sent.wav"
    recorder = WavRecorder(path, RATE_HZ, max_s=60)
    recorder.write(0, block(1), ORIGIN_US)
    recorder.write(150, block(2), ORIGIN_US)
    recorder.close()
    frames = [int.from_bytes(read_wav(path)[n : n + 2], "little") for n in range(0, 700, 2)]
    assert frames == [1] * 100 + [0] * 150 + [2] * 100
    assert start_us(path) == ORIGIN_US


def test_header_is_right_while_recording(tmp_path: Path) -> None:
    """Without being closed, the header tells of all but the last second: a killed process leaves a whole file."""
    path = tmp_path / "running.wav"
    recorder = WavRecorder(path, RATE_HZ, max_s=60)
    written = 0

    def readable() -> bool:
        nonlocal written
        recorder.write(0, block(5), ORIGIN_US)
        written += 100
        return path.exists() and path.stat().st_size > 44 and len(read_wav(path)) // 2 >= 500

    until(readable, 10)
    assert len(read_wav(path)) // 2 <= written
    assert set(read_wav(path)) == {0, 5}
    recorder.close()


def test_recording_begins_anew_at_its_limit(tmp_path: Path) -> None:
    """A recording longer than allowed is begun again, with its own start instant, and no frame is missing."""
    path = tmp_path / "long.wav"
    recorder = WavRecorder(path, RATE_HZ, max_s=2)
    for value in range(1, 26):
        recorder.write(0, block(value), ORIGIN_US)
    until(lambda: path.exists() and path.stat().st_size == 44 + 500 * 4 and start_us(path) > ORIGIN_US)
    recorder.close()
    assert start_us(path) == ORIGIN_US + 2 * SECOND
    assert read_wav(path)[:2] == (21).to_bytes(2, "little")
    assert len(read_wav(path)) // 2 == 500


def test_a_disk_that_fails_ends_the_recording_only(tmp_path: Path) -> None:
    """A place that cannot be written to is a warning; what is played goes on."""
    blocker = tmp_path / "file"
    blocker.touch()
    recorder = WavRecorder(blocker / "sent.wav", RATE_HZ, max_s=60)
    for _ in range(10):
        recorder.write(0, block(1), ORIGIN_US)
    until(lambda: not recorder._queue)
    recorder.close()
    assert blocker.read_bytes() == b""


def test_no_recording_is_longer_than_its_header_can_say() -> None:
    """A last block beyond the format's limit of 4 GB is there, and the header says as much as it can."""
    header = _header(48_000, 1 << 31)
    assert len(header) == 44
    assert struct.unpack_from("<I", header, 40)[0] == (1 << 32) - 44
