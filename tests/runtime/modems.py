"""A modem that takes AT commands, as its maker's manual shows them: an echo, lines, and news in between."""

from __future__ import annotations


class AtModem:
    """Answers what it knows with its lines and OK, all else with ERROR. `news` comes before each answer."""

    def __init__(self) -> None:
        """A modem in an LTE network, with its echo on."""
        self.answers: dict[bytes, bytes] = {
            b"AT+CPIN?": b"+CPIN: READY",
            b"AT+CSQ": b"+CSQ: 17,99",
            b"AT+CESQ": b"+CESQ: 99,99,255,255,20,46",
            b"AT+COPS?": b'+COPS: 0,0,"Viettel",7',
        }
        self.heard: list[bytes] = []
        self.news = b""
        self.echo = True

    def answer(self, heard: bytearray) -> bytes:
        """Answer a whole line."""
        line, end, rest = bytes(heard).partition(b"\r")
        if not end:
            return b""
        heard[:] = rest
        self.heard.append(line)
        echo = line + b"\r" if self.echo else b""
        self.echo &= line != b"ATE0"
        return echo + self.news + self._said(line)

    def _said(self, line: bytes) -> bytes:
        if line == b"ATE0":
            return b"\r\nOK\r\n"
        said = self.answers.get(line)
        if said is None:
            return b"\r\nERROR\r\n"
        return b"\r\n" + said + (b"\r\n" if said.startswith(b"+CME") else b"\r\n\r\nOK\r\n")
