"""Loudness after EBU R 128, measured by libebur128 (Debian package libebur128-1) through ctypes."""

from __future__ import annotations

import ctypes
import math
from typing import Any

from firmware_py.core.errors import Code, Unavailable
from firmware_py.core.units import SILENCE_DBFS
from firmware_py.speaker import pcm

_LIBRARY = "libebur128.so.1"
_CHANNELS = 2
_INTEGRATED, _TRUE_PEAK, _HISTOGRAM = 0b101, 0b110001, 0b1000000
"""EBUR128_MODE_I, _TRUE_PEAK and _HISTOGRAM (memory that does not grow with the length) of ebur128.h."""


class Loudness:
    """Measures sound of two channels of 16 bits as it comes."""

    def __init__(self, rate_hz: int) -> None:
        """Begin; raise `Unavailable` without the library."""
        self._library = _load()
        self._state: int | None = self._library.ebur128_init(_CHANNELS, rate_hz, _INTEGRATED | _TRUE_PEAK | _HISTOGRAM)
        if self._state is None:
            raise Unavailable(Code.DECODER_FAILED, "libebur128 has no memory; try again")

    def add(self, sound: bytes) -> None:
        """Measure a block."""
        self._library.ebur128_add_frames_short(self._state, sound, len(sound) // pcm.FRAME_BYTES)

    def integrated_lufs(self) -> float | None:
        """Return the loudness of the whole programme; None when it is too short (400 ms) or too quiet to tell."""
        value = ctypes.c_double()
        self._library.ebur128_loudness_global(self._state, ctypes.byref(value))
        return value.value if math.isfinite(value.value) and value.value > SILENCE_DBFS else None

    def true_peak_dbfs(self) -> float:
        """Return the highest point that the wave reaches between the samples too, of the louder channel."""
        return max(pcm.amplitude_dbfs(self._peak(channel)) for channel in range(_CHANNELS))

    def _peak(self, channel: int) -> float:
        value = ctypes.c_double()
        self._library.ebur128_true_peak(self._state, channel, ctypes.byref(value))
        return value.value


def _load() -> Any:  # noqa: ANN401 - a ctypes library has no types
    try:
        library = ctypes.CDLL(_LIBRARY)
    except OSError as error:
        what = f"{_LIBRARY} is not there ({error}); install the Debian package libebur128-1"
        raise Unavailable(Code.DECODER_FAILED, what) from error
    library.ebur128_init.restype = ctypes.c_void_p
    library.ebur128_init.argtypes = (ctypes.c_uint, ctypes.c_ulong, ctypes.c_int)
    library.ebur128_add_frames_short.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t)
    library.ebur128_loudness_global.argtypes = (ctypes.c_void_p, ctypes.c_void_p)
    library.ebur128_true_peak.argtypes = (ctypes.c_void_p, ctypes.c_uint, ctypes.c_void_p)
    return library
