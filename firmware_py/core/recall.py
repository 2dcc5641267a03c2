"""A start: what the journal remembers becomes state again, and what was cut is taken up or given up.

An alert that was on air is on air again, from its siren on, unless it was heard to its end or its time is over: a
power cut in a flood must not silence it. Whatever needs the output or the disk is returned as effects.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from firmware_py.core import events as ev
from firmware_py.core.commands import tidy
from firmware_py.core.entries import InboxRow, Matter, Remembered
from firmware_py.core.errors import Refused
from firmware_py.core.notices import finish, hold, take
from firmware_py.core.reports import AlertState, CommandState
from firmware_py.core.state import Controls, Held, State, Turn
from firmware_py.core.units import Now
from firmware_py.core.wire import Alert, Data, Desired, Keyring, read_document

D = TypeVar("D", Keyring, Desired, Alert, Data)
_ON_AIR = frozenset({AlertState.RECEIVED.value, AlertState.ON_AIR.value})


def recall(
    state: State, remembered: Remembered, keyring: Keyring | None, now: Now
) -> tuple[State, tuple[ev.Effect, ...]]:
    """Return the state with all that an earlier run has left, and what is to be done about it.

    Of the keyring on the card and the one accepted later the one with the higher version counts.
    """
    turn = Turn(state, now)
    rows = {row.name: row for row in remembered.rows}
    stored = _document(rows.get(Matter.KEYRING), Keyring)
    newest = max(filter(None, (keyring, stored)), key=lambda ring: ring.version, default=None)
    turn.change(
        inbox=rows,
        marks={mark.name: mark.value for mark in remembered.marks},
        controls=_controls({control.name: control.value for control in remembered.controls}),
        keyring=newest,
        desired=_document(rows.get(Matter.DESIRED), Desired),
        figures={data.audience: data for data in _figures(remembered)},
    )
    for row in remembered.rows:
        _take_up(turn, row)
    if turn.state.desired:
        turn.do(ev.Want(turn.state.desired))
    tidy(turn)
    return turn.state, tuple(turn.effects)


def _take_up(turn: Turn, row: InboxRow) -> None:
    alert = _document(row, Alert) if row.matter is Matter.ALERT else None
    if alert is None or row.state not in _ON_AIR:
        return
    # On an unset clock `until_us` says nothing: then it gets its whole time again.
    lasted_us = row.until_us - row.received_us
    if not row.received_us <= turn.now.wall_us:
        row = replace(row, received_us=turn.now.wall_us, until_us=turn.now.wall_us + lasted_us)
    if row.until_us > turn.now.wall_us:
        take(turn, hold(alert, row))
    else:
        _give_up(turn, hold(alert, row), AlertState(row.state))


def _give_up(turn: Turn, held: Held, state: AlertState) -> None:
    """Say the last word on an alert whose time was over before the agent ran again."""
    word = AlertState.DONE if state is AlertState.ON_AIR else AlertState.EXPIRED
    finish(turn, held, word, CommandState.EXPIRED, detail="its time was over before the agent ran again")


def _figures(remembered: Remembered) -> Iterator[Data]:
    for row in remembered.rows:
        data = _document(row, Data) if row.matter is Matter.DATA else None
        if data is not None:
            yield data


def _controls(values: Mapping[str, int]) -> Controls:
    return Controls(
        muted=bool(values.get("muted", 0)),
        volume_pct=values.get("volume_pct"),
        paused_until_us=values.get("paused_until_us", 0),
    )


def _document(row: InboxRow | None, kind: type[D]) -> D | None:
    if row is None or not row.payload:
        return None
    try:
        document = read_document(kind, row.payload)
    except Refused:
        return None  # written by another version of this program; the source sends it again
    return document if isinstance(document, kind) else None
