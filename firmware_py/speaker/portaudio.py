"""The sound card through PortAudio: the one module that imports sounddevice."""

from __future__ import annotations

import logging
import os
import time
from typing import Any

from firmware_py.core.errors import Code, Unavailable
from firmware_py.core.settings import Sound
from firmware_py.core.units import MS, SECOND
from firmware_py.runtime.noise import no_noise
from firmware_py.speaker.line import Line
from firmware_py.speaker.sink import mono_us

_SILENT_LIMIT_US = 5 * SECOND // 2
"""A device that has not asked for so long hangs. A card that is pulled out ends the stream at once; but a sound
server that ran dry may need two seconds to run again, and opening it anew would take as long."""

_FIRST_LIMIT_US = 5 * SECOND
"""A sound server may take this long until it really runs."""

_BLOCKS_IN_BUFFER = 3

_log = logging.getLogger("portaudio")


class PortAudioSink:
    """An open output stream. PortAudio's thread asks for sound; it only takes from the line."""

    def __init__(self, line: Line, sound: Sound) -> None:
        """Look for the device and open it; raise `Unavailable` when there is none that works."""
        self._line = line
        self._asked_us = mono_us()
        self._believed_until_us = mono_us() + _FIRST_LIMIT_US
        with no_noise():
            self._library = _fresh_library()
            device = _find(self._library, sound.device)
            self.name = f"PortAudio: {device['name']}"
            self._stream = self._open(device, sound)

    def is_alive(self) -> bool:
        """Return whether the stream runs and has asked lately."""
        now_us = mono_us()
        lately = now_us < max(self._asked_us + _SILENT_LIMIT_US, self._believed_until_us)
        try:
            return lately and bool(self._stream.active)
        except self._library.PortAudioError:
            return False

    def close(self) -> None:
        """Close the stream. May hang when the card is gone."""
        with no_noise():
            self._stream.abort(ignore_errors=True)
            self._stream.close(ignore_errors=True)

    def _open(self, device: dict[str, Any], sound: Sound) -> Any:  # noqa: ANN401 - sounddevice has no types
        try:
            stream = self._library.RawOutputStream(
                samplerate=sound.rate_hz,
                channels=2,
                dtype="int16",
                latency=sound.buffer_ms * MS / SECOND,
                # Left to itself PortAudio asks twice as often, which costs half as much again.
                blocksize=sound.rate_hz * sound.buffer_ms // (_BLOCKS_IN_BUFFER * 1000),
                device=device["index"],
                callback=self._ask,
            )
            stream.start()
        except self._library.PortAudioError as error:
            what = f"the sound device {device['name']!r} does not open: {error}; see `aplay -l` and sound.device"
            raise Unavailable(Code.DEVICE_LOST, what) from error
        return stream

    def _ask(self, out: Any, frames: int, times: Any, _status: Any) -> None:  # noqa: ANN401 - sounddevice has no types
        asked_us = time.monotonic_ns() / 1000
        self._asked_us = round(asked_us)
        # Only the difference: PortAudio's clock is the wall clock, which may be set while we play.
        ahead_us = (times.outputBufferDacTime - times.currentTime) * SECOND
        try:
            out[:] = self._line.fill(self, frames, asked_us + ahead_us, asked_us)
        except Exception:  # noqa: BLE001 - whatever it is, it is a defect of ours
            # Raised into PortAudio it would only end the stream; a part that dies takes the process down.
            _log.exception("the mixer failed")
            os._exit(1)


def opens(sound: Sound) -> None:
    """Open the device and close it again without a sound; raise `Unavailable` when there is none that works."""
    with no_noise():
        library = _fresh_library()
        device = _find(library, sound.device)
        try:
            library.RawOutputStream(samplerate=sound.rate_hz, channels=2, dtype="int16", device=device["index"]).close()
        except library.PortAudioError as error:
            raise Unavailable(
                Code.DEVICE_LOST, f"the sound device {device['name']!r} does not open: {error}"
            ) from error


def listen(device: str, rate_hz: int, frames: int) -> bytes:
    """Return so many frames of one channel from the input whose name contains `device`; raise `Unavailable`."""
    with no_noise():
        library = _fresh_library()
        found = _find(library, device, "input")
        try:
            with library.RawInputStream(samplerate=rate_hz, channels=1, dtype="int16", device=found["index"]) as stream:
                heard, _ = stream.read(frames)
        except library.PortAudioError as error:
            what = f"the sound input {found['name']!r} cannot be heard: {error}; see `arecord -l` and sound.microphone"
            raise Unavailable(Code.DEVICE_LOST, what) from error
    return bytes(heard)


def _fresh_library() -> Any:  # noqa: ANN401 - sounddevice has no types
    """Return sounddevice with a new list of devices: PortAudio looks for them only once."""
    try:
        import sounddevice  # noqa: PLC0415 - loading it looks for cards, and fails without libportaudio2
    except OSError as error:
        what = f"PortAudio is not there ({error}); install the Debian package libportaudio2"
        raise Unavailable(Code.DEVICE_LOST, what) from error
    try:
        sounddevice._terminate()  # noqa: SLF001 - the only way to have PortAudio look again
        sounddevice._initialize()  # noqa: SLF001 - as above
    except sounddevice.PortAudioError as error:
        what = f"PortAudio does not start ({error}); look at the sound card with `aplay -l`"
        raise Unavailable(Code.DEVICE_LOST, what) from error
    return sounddevice


_DEFAULT_AT = {"input": 0, "output": 1}


def _find(library: Any, part: str, way: str = "output") -> dict[str, Any]:  # noqa: ANN401 - sounddevice has no types
    """Return the device of a way (`input`, `output`) whose name contains `part`, or the system's own choice."""
    devices = [device for device in library.query_devices() if device[f"max_{way}_channels"] >= 1]
    if part:
        chosen = next((device for device in devices if part.casefold() in device["name"].casefold()), None)
    else:
        default = library.default.device[_DEFAULT_AT[way]]
        chosen = next((device for device in devices if device["index"] == default), next(iter(devices), None))
    if chosen is None:
        names = ", ".join(repr(device["name"]) for device in devices) or "none"
        what = f"no sound {way}{f' with {part!r} in its name' if part else ''}; there are: {names}"
        raise Unavailable(Code.DEVICE_LOST, what)
    found: dict[str, Any] = chosen
    return found
