"""What a modem's answers come to; and that no answer, however mad, is more than nothing known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_py.core.radio import OPERATOR, QUESTIONS, SIGNAL, SIM, STRENGTH, Radio, radio


@pytest.mark.parametrize(
    ("csq", "cesq", "dbm"),
    [
        ("+CSQ: 0,0", "", -113),
        ("+CSQ: 31,99", "", -51),
        ("+CSQ: 99,99", "", None),
        ("+CSQ: 17,99", "+CESQ: 99,99,255,255,20,46", -95),
        ("+CSQ: 17,99", "+CESQ: 17,99,255,255,255,255", -79),
        ("", "+CESQ: 99,99,255,255,34,97", -44),
        ("ERROR", "ERROR", None),
    ],
)
def test_signal(csq: str, cesq: str, dbm: int | None) -> None:
    """RSRP of LTE before RSSI; values that mean unknown are unknown (3GPP TS 27.007, 8.5 and 8.69)."""
    assert radio({SIGNAL: csq, STRENGTH: cesq}).signal_dbm == dbm


@pytest.mark.parametrize(
    ("answer", "name"),
    [('+COPS: 0,0,"Viettel",7\nOK', "Viettel"), ("+COPS: 0\nOK", None), ('+COPS: 0,0,"\x1b[2J",7', "[2J"), ("", None)],
)
def test_operator(answer: str, name: str | None) -> None:
    """The long name; no name without a network; nothing that a terminal would obey."""
    assert radio({OPERATOR: answer}).operator == name


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("+CPIN: READY\nOK", "READY"),
        ("+CPIN: SIM PIN\nOK", "SIM PIN"),
        ("+CME ERROR: 10", "NOT INSERTED"),
        ("+CME ERROR: SIM not inserted", "NOT INSERTED"),
        ("+CME ERROR: 100", None),
        ("ERROR", None),
    ],
)
def test_sim(answer: str, state: str | None) -> None:
    """Ready, locked, absent, or not known."""
    assert radio({SIM: answer}).sim == state


@given(st.dictionaries(st.sampled_from(QUESTIONS), st.text() | st.from_regex(r"\+C[A-Z]+: *[\d,\"A-Z]*")))
def test_no_answer_breaks_it(answers: dict[str, str]) -> None:
    """Any text: facts within their ranges, or None."""
    found = radio(answers)
    assert found.signal_dbm is None or -141 <= found.signal_dbm <= -44
    assert found.operator is None or found.operator.isprintable()
    assert isinstance(found, Radio)
