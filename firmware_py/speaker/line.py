"""From the mixer to whatever device there is, and to the recorder: the same frames at the same instants."""

from __future__ import annotations

import threading

from firmware_py.speaker import pcm
from firmware_py.speaker.mixer import Mixer
from firmware_py.speaker.recorder import Recorder
from firmware_py.speaker.timeline import Timeline


class Line:
    """Gives devices their sound. One device at a time has the floor; another one that still asks gets silence."""

    def __init__(self, mixer: Mixer, recorder: Recorder, rate_hz: int) -> None:
        """Take what to play and who writes it down."""
        self.rate_hz = rate_hz
        self.settled = threading.Event()
        self._mixer, self._recorder = mixer, recorder
        self._timeline = Timeline(rate_hz)
        self._floor: object = None
        self._audible = True
        # Only ever waited for at the moment when one device takes over from another.
        self._changing = threading.Lock()

    def give_floor(self, device: object, *, audible: bool = True) -> None:
        """From now on this device plays; what goes to one that only stands in for a lost card is not heard."""
        with self._changing:
            self._timeline.reopen()
            self.settled.clear()
            self._floor, self._audible = device, audible

    def fill(self, device: object, frames: int, heard_us: float, asked_us: float) -> bytes:
        """Return the next frames for a device, which asks at `asked_us`; the first is heard at `heard_us`."""
        with self._changing:
            return self._fill(frames, heard_us, asked_us) if device is self._floor else pcm.silence(frames)

    def _fill(self, frames: int, heard_us: float, asked_us: float) -> bytes:
        place = self._timeline.place(frames, heard_us, asked_us)
        if place is None:
            return pcm.silence(frames)
        self.settled.set()
        sound = self._mixer.fill(frames, place.at_us, place.skipped, audible=self._audible)
        self._recorder.write(place.skipped, sound, self._timeline.origin_us)
        return sound
