"""A relay board on RS-485: Modbus RTU, write single coil (05) and read coils (01), by minimalmodbus."""

from __future__ import annotations

import minimalmodbus
import serial

from firmware_py.core.settings import RelayBoard
from firmware_py.runtime.words import LINE_FAULTS
from firmware_py.speaker.power.driver import silent


class Modbus:
    """Opens the port when it is needed, and anew after every fault."""

    def __init__(self, board: RelayBoard, answer_s: float) -> None:
        """Take the board and how long it may take to answer."""
        self._board, self._answer_s = board, answer_s
        self._instrument: minimalmodbus.Instrument | None = None

    def switch(self, *, on: bool) -> None:
        """Write the coil."""
        try:
            self._opened().write_bit(self._board.coil, int(on))
        except LINE_FAULTS as error:
            raise self._lost(error) from error

    def read(self) -> bool:
        """Read the coil back."""
        try:
            return bool(self._opened().read_bit(self._board.coil, functioncode=1))
        except LINE_FAULTS as error:
            raise self._lost(error) from error

    def close(self) -> None:
        """Close the port."""
        if self._instrument:
            self._instrument.serial.close()
        self._instrument = None

    def _opened(self) -> minimalmodbus.Instrument:
        if self._instrument is None:
            port = serial.Serial(self._board.port, self._board.baud, timeout=self._answer_s, exclusive=True)
            self._instrument = minimalmodbus.Instrument(port, self._board.unit)
        return self._instrument

    def _lost(self, error: Exception) -> Exception:
        board = self._board
        return silent(f"{board.port} unit {board.unit}: {error}; see cable, address and baud rate of the relay board")
