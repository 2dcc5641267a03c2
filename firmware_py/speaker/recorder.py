"""Everything that was sent to the device, as a WAV file: proof for tests and demonstrations.

Frame n of the file is what was heard at `start_mono_us + n / rate_hz` of the file beside it, `<name>.json`. The
header is brought up to date each second, so that the file is whole when the process is killed. A longer recording
than is allowed begins anew.
"""

from __future__ import annotations

import logging
import os
import struct
import threading
import time
from collections import deque
from pathlib import Path
from typing import BinaryIO, Protocol

from firmware_py.core.codec import to_json
from firmware_py.core.units import SECOND, MonoUs
from firmware_py.speaker import pcm

_WRITE_EVERY_S = 0.1
_HEADER_EVERY_S = 1.0
_HEADER_BYTES = 44
_WAV_BYTES_MAX = (1 << 32) - _HEADER_BYTES
"""What the header can say; a last block may go beyond it."""

_WAV_FRAMES_MAX = _WAV_BYTES_MAX // pcm.FRAME_BYTES - 1
_QUEUED_BLOCKS_MAX = 2_000
_log = logging.getLogger("recorder")


class Recorder(Protocol):
    """Who writes down what is played."""

    def write(self, skipped: int, sound: bytes, origin_us: MonoUs) -> None:
        """Note a block, and how many frames of time went by without sound before it; must not block."""

    def close(self) -> None:
        """Write what is left."""


class NoRecorder:
    """Writes nothing down."""

    def write(self, skipped: int, sound: bytes, origin_us: MonoUs) -> None:
        """Forget the block."""

    def close(self) -> None:
        """Do nothing."""


class WavRecorder:
    """Writes a WAV file from a thread of its own; the thread of the device only appends to a queue."""

    def __init__(self, path: Path, rate_hz: int, max_s: int) -> None:
        """Begin; the file appears with the first block. A disk that cannot be written ends the recording only."""
        self._path, self._rate_hz = path, rate_hz
        self._max_frames = min(max_s * rate_hz, _WAV_FRAMES_MAX)
        self._queue: deque[tuple[int, bytes, MonoUs]] = deque()
        self._left_out = 0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def write(self, skipped: int, sound: bytes, origin_us: MonoUs) -> None:
        """Queue a block; while the disk hangs, time goes on without sound instead of filling the memory."""
        if len(self._queue) >= _QUEUED_BLOCKS_MAX:
            self._left_out += skipped + len(sound) // pcm.FRAME_BYTES
            return
        self._queue.append((skipped + self._left_out, sound, origin_us))
        self._left_out = 0

    def close(self) -> None:
        """Write what is left; wait for it a moment."""
        self._closing.set()
        self._thread.join(_HEADER_EVERY_S)

    def _run(self) -> None:
        try:
            self._record()
        except OSError as error:
            _log.warning("%s: the recording ends (%s); what is played goes on", self._path, error.strerror)
            while not self._closing.wait(_WRITE_EVERY_S):
                self._queue.clear()

    def _record(self) -> None:
        frame = 0
        while not self._closing.is_set():
            frame = self._record_file(frame)

    def _record_file(self, first_frame: int) -> int:
        """Write one file from a frame of the line on; return the frame after its last."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("wb", buffering=0) as file:
            take = _Take(file, self._path, self._rate_hz, first_frame)
            while not self._closing.wait(_WRITE_EVERY_S):
                if self._drain(take):
                    break
            self._drain(take)
            take.update_header()
        return first_frame + take.frames

    def _drain(self, take: _Take) -> bool:
        """Write what is queued; return whether the file is full."""
        while self._queue and take.frames < self._max_frames:
            take.add(*self._queue.popleft())
        return take.frames >= self._max_frames


class _Take:
    """One file."""

    def __init__(self, file: BinaryIO, path: Path, rate_hz: int, first_frame: int) -> None:
        self.frames = 0
        self._file, self._path, self._rate_hz, self._first_frame = file, path, rate_hz, first_frame
        self._told_us: MonoUs = 0
        self._header_due_s = time.monotonic() + _HEADER_EVERY_S
        file.write(_header(rate_hz, 0))

    def add(self, skipped: int, sound: bytes, origin_us: MonoUs) -> None:
        """Append a block."""
        while skipped:
            part = min(skipped, self._rate_hz)
            self._append(pcm.silence(part))
            skipped -= part
        self._append(sound)
        self._tell(origin_us)
        if time.monotonic() >= self._header_due_s:
            self.update_header()

    def update_header(self) -> None:
        """Write the true sizes into the header."""
        self._header_due_s = time.monotonic() + _HEADER_EVERY_S
        os.pwrite(self._file.fileno(), _header(self._rate_hz, self.frames), 0)

    def _append(self, sound: bytes) -> None:
        self._file.write(sound)
        self.frames += len(sound) // pcm.FRAME_BYTES

    def _tell(self, origin_us: MonoUs) -> None:
        """Write beside the file when its first frame was heard, whenever that is known better by a millisecond."""
        start_us = origin_us + self._first_frame * SECOND // self._rate_hz
        if abs(start_us - self._told_us) < SECOND // 1000:
            return
        self._told_us = start_us
        wall_us = time.time_ns() // 1000 + start_us - time.monotonic_ns() // 1000
        note = {"start_mono_us": start_us, "start_wall_us": wall_us, "rate_hz": self._rate_hz}
        part = self._path.with_name(self._path.name + ".json.part")
        part.write_bytes(to_json(note))
        part.replace(self._path.with_name(self._path.name + ".json"))


def _header(rate_hz: int, frames: int) -> bytes:
    size = min(frames * pcm.FRAME_BYTES, _WAV_BYTES_MAX)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 2, rate_hz, rate_hz * pcm.FRAME_BYTES, pcm.FRAME_BYTES, 16)
    riff = struct.pack("<4sI4s", b"RIFF", _HEADER_BYTES - 8 + size, b"WAVE")
    return riff + form + struct.pack("<4sI", b"data", size)
