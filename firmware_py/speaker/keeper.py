"""Keeps a device playing: opens it, notices when it is lost, keeps time meanwhile, opens it again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeAlias

from firmware_py.core.errors import Code, Unavailable
from firmware_py.core.messages import Trouble
from firmware_py.core.settings import Sound
from firmware_py.speaker.finder import is_there
from firmware_py.speaker.line import Line
from firmware_py.speaker.portaudio import PortAudioSink
from firmware_py.speaker.sink import NullSink, Sink

_LOOK_S = 0.1
_RETRY_LOOKS = 10
_IDLE_RETRY_LOOKS = 300
_OPEN_LIMIT_S = 5.0

OpenDevice: TypeAlias = Callable[[Line, Sound], Sink]
IsThere: TypeAlias = Callable[[Sound], bool]


class Keeper:
    """Owns the device. Its thread does what may take long or hang; the sound itself never waits for it."""

    def __init__(
        self,
        line: Line,
        sound: Sound,
        tell: Callable[[Trouble], None],
        device: OpenDevice = PortAudioSink,
        is_there: IsThere = is_there,
    ) -> None:
        """Open the device, or keep time without one; wait for the first attempt, but not for ever."""
        self._line, self._sound, self._tell, self._device, self._is_there = line, sound, tell, device, is_there
        self._closing: threading.Thread | None = None
        self._had_card = sound.sink == "portaudio"
        self._sink: Sink = NullSink(line)
        self._pause = threading.Event()
        self._tried = threading.Event()
        line.give_floor(self._sink, audible=not self._had_card)
        if sound.sink != "null":
            threading.Thread(target=self._run, name="device keeper", daemon=True).start()
            self._wait_for_first()

    @property
    def name(self) -> str:
        """What plays now, for people."""
        return self._sink.name

    def _wait_for_first(self) -> None:
        if not self._tried.wait(_OPEN_LIMIT_S) and self._had_card:
            what = f"the sound device has not opened within {_OPEN_LIMIT_S:g} s; time is kept without it until it does"
            self._tell(Trouble(Code.DEVICE_LOST, what))

    def _run(self) -> None:
        missing = self._open(self._sink)
        if missing and self._had_card:
            self._tell(Trouble(missing.code, f"{missing.detail}; time is kept without sound until it opens"))
        self._tried.set()
        looks = 0
        while not self._pause.wait(_LOOK_S):
            looks += 1
            if not isinstance(self._sink, NullSink):
                self._look_at(self._sink)
            elif looks % (_RETRY_LOOKS if self._had_card else _IDLE_RETRY_LOOKS) == 0 and self._is_there(self._sound):
                self._open_again(self._sink)

    def _look_at(self, sink: Sink) -> None:
        if sink.is_alive():
            return
        self._sink = NullSink(self._line)
        self._line.give_floor(self._sink, audible=False)
        what = f"{sink.name} has stopped taking sound; time is kept without it, and it is opened again every second"
        self._tell(Trouble(Code.DEVICE_LOST, what))
        self._closing = threading.Thread(target=sink.close, name="closing a lost device", daemon=True)
        self._closing.start()

    def _open_again(self, placeholder: Sink) -> None:
        self._open(placeholder)
        if self._sink is not placeholder:
            self._tell(Trouble(Code.DEVICE_TAKEN, f"{self._sink.name} takes sound again, in time with the clock"))

    def _open(self, placeholder: Sink) -> Unavailable | None:
        """Put the device in the place of the one that keeps time; return why not."""
        if self._closing and self._closing.is_alive():
            return None
        try:
            sink = self._device(self._line, self._sound)
        except Unavailable as error:
            return error
        self._line.give_floor(sink)
        self._sink, self._had_card = sink, True
        placeholder.close()
        return None
