"""What is answered to commands and alerts: journalled as an event for the source, and published at once as well."""

from __future__ import annotations

from dataclasses import replace

from firmware_py.core import events as ev
from firmware_py.core.codec import to_json
from firmware_py.core.reports import AlertAnswer, CommandAnswer, CommandState
from firmware_py.core.state import Turn


def answer_command(turn: Turn, name: str, state: CommandState, code: str = "", detail: str = "") -> None:
    """Say how far a command is, and keep that with it."""
    row = turn.state.inbox.get(name)
    if row is None or row.state == state:
        return
    changed = replace(row, state=state.value, code=code, detail=detail)
    turn.change(inbox={**turn.state.inbox, name: changed})
    answer = CommandAnswer(name, state, turn.now.wall_us, code, detail)
    turn.do(ev.Store(changed))
    turn.do(ev.Store(answer))
    turn.do(ev.Publish(ev.Topic.ACK, to_json(answer)))


def repeat_answer(turn: Turn, name: str) -> None:
    """Say again what was said to a command: the same id gets the same answer, and nothing is done twice."""
    row = turn.state.inbox[name]
    answer = CommandAnswer(name, CommandState(row.state), turn.now.wall_us, row.code, row.detail)
    turn.do(ev.Publish(ev.Topic.ACK, to_json(answer)))


def answer_alert(turn: Turn, answer: AlertAnswer) -> None:
    """Say how far an alert is on this box."""
    turn.do(ev.Store(answer))
    turn.do(ev.Publish(ev.Topic.ACK, to_json(answer)))
