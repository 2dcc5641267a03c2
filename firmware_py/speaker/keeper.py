"""Keeps a device playing: opens it, notices when it is lost, keeps time meanwhile, opens it again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeAlias

from firmware_py.core.errors import Code, Unavailable
from firmware_py.core.messages import Trouble
from firmware_py.core.settings import Sound
from firmware_py.speaker.line import Line
from firmware_py.speaker.portaudio import PortAudioSink
from firmware_py.speaker.sink import NullSink, Sink

_LOOK_S = 0.1
_RETRY_LOOKS = 10
_IDLE_RETRY_LOOKS = 100

OpenDevice: TypeAlias = Callable[[Line, Sound], Sink]


class Keeper:
    """Owns the device. Its thread does what may take long or hang; the sound itself never waits for it."""

    def __init__(
        self, line: Line, sound: Sound, tell: Callable[[Trouble], None], device: OpenDevice = PortAudioSink
    ) -> None:
        """Open the device, or keep time without one."""
        self._line, self._sound, self._tell, self._device = line, sound, tell, device
        self._closed = threading.Event()
        self._closing: threading.Thread | None = None
        self._had_card = sound.sink == "portaudio"
        self._sink: Sink = self._first()
        line.give_floor(self._sink)
        if sound.sink != "null":
            threading.Thread(target=self._watch, name="device keeper", daemon=True).start()

    @property
    def name(self) -> str:
        """What plays now, for people."""
        return self._sink.name

    def close(self) -> None:
        """Stop looking after the device; it is left to the end of the process."""
        self._closed.set()

    def _first(self) -> Sink:
        if self._sound.sink == "null":
            return NullSink(self._line)
        try:
            sink = self._device(self._line, self._sound)
        except Unavailable as error:
            if self._had_card:
                self._tell(Trouble(error.code, f"{error.detail}; time is kept without sound until it opens"))
            return NullSink(self._line)
        self._had_card = True
        return sink

    def _watch(self) -> None:
        looks = 0
        while not self._closed.wait(_LOOK_S):
            looks += 1
            if isinstance(self._sink, NullSink):
                if looks % (_RETRY_LOOKS if self._had_card else _IDLE_RETRY_LOOKS) == 0:
                    self._reopen(self._sink)
            elif not self._sink.is_alive():
                self._replace(self._sink)

    def _replace(self, lost: Sink) -> None:
        self._sink = NullSink(self._line)
        self._line.give_floor(self._sink)
        what = f"{lost.name} has stopped taking sound; time is kept without it, and it is opened again every second"
        self._tell(Trouble(Code.DEVICE_LOST, what))
        self._closing = threading.Thread(target=lost.close, name="closing a lost device", daemon=True)
        self._closing.start()

    def _reopen(self, placeholder: NullSink) -> None:
        if self._closing and self._closing.is_alive():
            return
        try:
            sink = self._device(self._line, self._sound)
        except Unavailable:
            return
        self._line.give_floor(sink)
        self._sink, self._had_card = sink, True
        placeholder.close()
