"""Amplifiers that understand only the right bytes: what a serial line has at its other end (`tests/terminal.py`)."""

from __future__ import annotations

ON, OFF = b"PWR ON\r", b"PWR OFF\r"


def crc16(data: bytes) -> bytes:
    """Return the check of a Modbus frame (Modbus over serial line 1.02, 6.2.2), low byte first."""
    check = 0xFFFF
    for byte in data:
        check ^= byte
        for _ in range(8):
            check = check >> 1 ^ (0xA001 if check & 1 else 0)
    return check.to_bytes(2, "little")


class RelayBoard:
    """A relay board: eight coils at unit 7, read coils and write single coil; anything else it does not answer."""

    FRAME_BYTES = 8

    def __init__(self) -> None:
        """All coils are off; frames are kept as they came."""
        self.coils = [False] * 8
        self.frames: list[bytes] = []
        self.stuck = False
        self.deaf_to = 0

    @property
    def on(self) -> bool:
        """The coil that the amplifier hangs on."""
        return self.coils[2]

    def answer(self, heard: bytearray) -> bytes:
        """Answer a whole frame."""
        if len(heard) < self.FRAME_BYTES:
            return b""
        frame = bytes(heard[: self.FRAME_BYTES])
        del heard[: self.FRAME_BYTES]
        self.frames.append(frame)
        if self.deaf_to:
            self.deaf_to -= 1
            return b""
        unit, function, coil = frame[0], frame[1], int.from_bytes(frame[2:4], "big")
        if unit != 7 or frame[6:] != crc16(frame[:6]) or coil >= len(self.coils):
            return b""
        return self._done(function, coil, frame)

    def _done(self, function: int, coil: int, frame: bytes) -> bytes:
        if function == 5:
            self.coils[coil] = frame[4:6] == b"\xff\x00" and not self.stuck
            return frame
        if function == 1:
            said = bytes((frame[0], 1, 1, int(self.coils[coil])))
            return said + crc16(said)
        return b""


class Words:
    """An amplifier that takes `PWR ON` and `PWR OFF`, says which, and tells it when asked `PWR?`."""

    def __init__(self) -> None:
        """It is off, and answers well."""
        self.on = False
        self.lines: list[bytes] = []
        self.replies: dict[bytes, bytes] = {}

    def answer(self, heard: bytearray) -> bytes:
        """Answer a whole line."""
        line, end, rest = bytes(heard).partition(b"\r")
        if not end:
            return b""
        heard[:] = rest
        line += end
        self.lines.append(line)
        if line in (ON, OFF):
            self.on = line == ON
        return self.replies.get(line, b"+PWR=1\r" if self.on else b"+PWR=0\r")
