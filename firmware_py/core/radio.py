"""What a modem says of its network (3GPP TS 27.007): signal, operator, SIM. Pure; every answer may be nonsense."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

SIM, SIGNAL, STRENGTH, OPERATOR = "AT+CPIN?", "AT+CSQ", "AT+CESQ", "AT+COPS?"
QUESTIONS = (SIM, SIGNAL, STRENGTH, OPERATOR)
_NAME_LETTERS = 32


@dataclass(frozen=True, slots=True)
class Radio:
    """None where the modem does not know, or did not say. `sim` is the word of +CPIN: READY, SIM PIN, NOT INSERTED."""

    signal_dbm: int | None = None
    operator: str | None = None
    sim: str | None = None


def radio(answers: Mapping[str, str]) -> Radio:
    """Return what the answers to `QUESTIONS` come to; each answer is all lines up to the last, joined."""
    return Radio(_signal_dbm(answers), _operator(answers.get(OPERATOR, "")), _sim(answers.get(SIM, "")))


def _signal_dbm(answers: Mapping[str, str]) -> int | None:
    """Return the power of the reference signal (RSRP) where the network is LTE, else that of the channel (RSSI).

    § 8.69: RSRP from 0 to 97 is dBm + 141, 255 is not known. § 8.5: RSSI from 0 to 31 goes in steps of 2 dB from
    -113 dBm, 99 is not known.
    """
    lte = _numbers(r"\+CESQ: *\d+,\d+,\d+,\d+,\d+,(\d+)", answers.get(STRENGTH, ""))
    old = _numbers(r"\+CSQ: *(\d+),\d+", answers.get(SIGNAL, ""))
    if lte and lte[0] <= 97:
        return lte[0] - 141
    if old and old[0] <= 31:
        return 2 * old[0] - 113
    return None


def _numbers(pattern: str, answer: str) -> tuple[int, ...]:
    found = re.search(pattern, answer, re.ASCII)
    return tuple(map(int, found.groups())) if found else ()


def _operator(answer: str) -> str | None:
    """Return the name of the operator (§ 7.3); letters of it that cannot be shown are left out."""
    found = re.search(r'\+COPS: *\d,\d,"([^"]*)"', answer, re.ASCII)
    name = "".join(letter for letter in found[1] if letter.isprintable())[:_NAME_LETTERS] if found else ""
    return name or None


def _sim(answer: str) -> str | None:
    """Return the state of the SIM (§ 8.3), or what stands in the way (§ 9.2)."""
    found = re.search(r"\+CPIN: *([A-Z0-9 -]{2,32})", answer, re.ASCII)
    if found:
        return found[1].strip()
    return "NOT INSERTED" if re.search(r"\+CME ERROR: *(10\b|SIM not inserted)", answer, re.IGNORECASE) else None
