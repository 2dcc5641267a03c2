"""The sound of a film to the sound card: heard when its frames are seen, and only while they are."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from queue import Empty, Queue
from typing import Any, Protocol

from firmware_py.board.video.container import opened
from firmware_py.board.video.reel import FRAME_BYTES, RATE_HZ, Block, Reel
from firmware_py.board.video.track import Track, track_of
from firmware_py.core.errors import Code, Unavailable, Unplayable
from firmware_py.core.units import MS, SECOND, DurationUs, Now, WallUs
from firmware_py.runtime.noise import no_noise

with warnings.catch_warnings():
    # Python 3.11 and 3.12 announce that audioop leaves the standard library; the lock has its successor.
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop

UNSEEN_US: DurationUs = 3 * SECOND // 2
"""A film that was not seen for so long is not heard: what draws looks at it at least every second."""

_BLOCKS_AHEAD = 64
_LATE_US: DurationUs = SECOND
_LATENCY_S = 0.06


class Viewer(Protocol):
    """What the process that draws has said of the film."""

    volume_pct: int
    seen_mono_us: int


class Loudspeaker:
    """Plays the sound of one film from now on; errors of the device are raised by the constructor alone."""

    def __init__(self, path: str, start_us: WallUs, viewer: Viewer, clock: Callable[[], Now], device: str) -> None:
        """Begin; raise `Unavailable` without a device, `Unplayable` when the file cannot be opened again."""
        self._start_us = start_us
        self._viewer = viewer
        self._clock = clock
        self._blocks: Queue[Block] = Queue(_BLOCKS_AHEAD)
        self._reel = Reel(self._next_block)
        threading.Thread(target=self._decode, args=(path,), name="track", daemon=True).start()
        self._stream = _open(device, self._fill)

    def close(self) -> None:
        """Be silent."""
        with no_noise():
            self._stream.abort(ignore_errors=True)

    def _decode(self, path: str) -> None:
        """Keep the queue full; a file whose sound cannot be read is silent, its picture says the rest."""
        try:
            with opened(path) as film:
                track = track_of(film)
                while track is not None and self._feed(track):
                    pass
        except Unplayable:
            return

    def _feed(self, track: Track) -> bool:
        """Go to the present and decode from there on; return whether it is to be done again."""
        track.seek(self._passed_us())
        for block in track:
            late_us = self._passed_us() - block.at * SECOND // RATE_HZ
            if late_us > _LATE_US + self._blocks.maxsize * 25 * MS:
                return True
            self._blocks.put(block)
        return False

    def _passed_us(self) -> DurationUs:
        return self._clock().wall_us - self._start_us

    def _next_block(self) -> Block | None:
        try:
            return self._blocks.get_nowait()
        except Empty:
            return None

    def _fill(self, out: Any, count: int, times: Any, _status: Any) -> None:  # noqa: ANN401 - sounddevice has no types
        """Answer the sound card."""
        now = self._clock()
        ahead_us = round((times.outputBufferDacTime - times.currentTime) * SECOND)
        at = (now.wall_us + ahead_us - self._start_us) * RATE_HZ // SECOND
        unseen = now.mono_us - self._viewer.seen_mono_us > UNSEEN_US
        if at < 0 or unseen:
            out[:] = bytes(count * FRAME_BYTES)
        else:
            out[:] = audioop.mul(self._reel.take(at, count), 2, (self._viewer.volume_pct / 100) ** 3)


class Silence:
    """The sound of a film that is not to be heard, or cannot be."""

    def close(self) -> None:
        """Do nothing."""


def _open(device: str, fill: Callable[..., None]) -> Any:  # noqa: ANN401 - sounddevice has no types
    """Open the device whose name contains a word, "" for the system's own choice; raise `Unavailable` without one."""
    with no_noise():
        try:
            import sounddevice  # noqa: PLC0415 - loading it looks for cards, and fails without libportaudio2
        except OSError as error:
            raise _silent(error) from error
        try:
            stream = sounddevice.RawOutputStream(
                samplerate=RATE_HZ,
                channels=2,
                dtype="int16",
                latency=_LATENCY_S,
                device=_index(sounddevice, device),
                callback=fill,
            )
            stream.start()
        except (LookupError, sounddevice.PortAudioError) as error:
            raise _silent(error) from error
    return stream


def _silent(error: Exception) -> Unavailable:
    what = f"no sound for videos: {error}; see `aplay -l` and sound.device, or set sound.sink to off"
    return Unavailable(Code.DEVICE_LOST, what)


def _index(library: Any, part: str) -> int | None:  # noqa: ANN401 - sounddevice has no types
    """Return the number of the first output whose name contains a word, None for the system's own choice."""
    if not part:
        return None
    names = {each["index"]: each["name"] for each in library.query_devices() if each["max_output_channels"]}
    for index, name in names.items():
        if part.casefold() in name.casefold():
            return int(index)
    raise LookupError(f"none of the outputs has {part!r} in its name: {', '.join(names.values()) or 'there are none'}")
