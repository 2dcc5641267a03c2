"""What arrives from the source system: looked at, held against the marks, journalled, and only then obeyed.

1. Whatever cannot be verified is counted and reported, seldom enough that a flood of it wears no disk.
2. The same document again (same name, same digest) is answered as before and does nothing. Another document
   under a name that is taken is refused.
3. With an unset clock an alert waits `SYNC_WAIT_US` for the source's signed answer to this box's hello, which
   tells the time. If none comes, the broker's word that it has not expired counts, for as long as it says.
4. Marks and the inbox row are written in the transaction that comes before anything that the document causes, and
   before the broker is told that it need not send it again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from firmware_py.core import events as ev
from firmware_py.core import figures, ledger
from firmware_py.core.answers import answer_alert, answer_command, repeat_answer
from firmware_py.core.codec import to_json
from firmware_py.core.commands import act
from firmware_py.core.entries import InboxRow, Mark, Matter
from firmware_py.core.errors import Code
from firmware_py.core.notices import hold, take, time_on_air
from firmware_py.core.records import ClockState
from firmware_py.core.reports import AlertAnswer, AlertState, CommandState
from firmware_py.core.state import Turn
from firmware_py.core.trust import Present, Rejected, Verified, admit, read_own_keyring, verify
from firmware_py.core.units import DAY, HOUR, SECOND, DurationUs, WallUs
from firmware_py.core.wire import Alert, AlertStatus, Command, Data, Desired, Document, Keyring, Sync

MOST_WAITING = 64
MOST_STRANGERS = 8
SYNC_WAIT_US = 3 * SECOND
REFUSAL_PAUSE_US = HOUR
FLOOR_STEP_US = HOUR
KEPT_US = DAY
"""How long a row is kept beyond the end of its document."""

_REPLACED = frozenset({Matter.DESIRED, Matter.DATA})
"""Of these the newest one counts, under the same name."""

FLOOR = "floor"
MOST_ROWS = 2000


def arrived(turn: Turn, event: ev.Arrived) -> None:
    """Obey an envelope, or refuse it."""
    keyring = turn.state.keyring
    if keyring is None:
        turn.do(ev.Acknowledge(event.ticket))
        return
    try:
        if event.kind is Keyring and read_own_keyring(event.raw, turn.state.me.check) == keyring:
            turn.do(ev.Acknowledge(event.ticket))
            return
        verified = verify(event.raw, event.kind, keyring, turn.state.me.identity, turn.state.me.check)
        if _must_wait(turn, verified):
            turn.change(waiting=(*turn.state.waiting, event)[-MOST_WAITING:])
            return
        _TAKERS[event.kind](turn, event, verified)
    except Rejected as refusal:
        refuse(turn, event.kind, refusal)
        _remember_stranger(turn, event, refusal)
    turn.do(ev.Acknowledge(event.ticket))


def _remember_stranger(turn: Turn, event: ev.Arrived, refusal: Rejected) -> None:
    """Keep what a key has signed that is not known yet: the keyring that names it may come behind."""
    if refusal.code in {Code.SIGNATURE_INVALID, Code.ROLE_FORBIDDEN}:
        turn.change(strangers=(*turn.state.strangers, replace(event, ticket=0))[-MOST_STRANGERS:])


def look(turn: Turn) -> None:
    """Deal with what waited for the time, once that is certain or has not come."""
    waiting = turn.state.waiting
    if waiting and not _waits_for_sync(turn):
        turn.change(waiting=())
        for event in waiting:
            arrived(turn, event)


def present(turn: Turn) -> Present:
    """Return what is known of the time."""
    connection = turn.state.connection
    since_us = turn.now.mono_us - connection.synced_mono_us
    source_us = connection.source_us + since_us if connection.synced_mono_us else 0
    floor_us = max(turn.state.me.built_us, turn.state.marks.get(FLOOR, 0), source_us)
    return Present(turn.now.wall_us, turn.state.clock, floor_us)


def _must_wait(turn: Turn, verified: Verified) -> bool:
    return isinstance(verified.document, Alert) and _waits_for_sync(turn)


def _waits_for_sync(turn: Turn) -> bool:
    state, connection = turn.state, turn.state.connection
    uncertain = state.clock is ClockState.UNTRUSTED and not connection.synced_mono_us
    return uncertain and turn.now.mono_us < connection.since_mono_us + SYNC_WAIT_US


def refuse(turn: Turn, kind: type[Document], refusal: Rejected) -> None:
    """Report a document that is not obeyed: the first of its kind at once, the others together once an hour."""
    name = f"{kind.__name__.lower()}:{refusal.code}"
    count, noted_us = turn.state.refusals.get(name, (0, -REFUSAL_PAUSE_US))
    count += 1
    if turn.now.mono_us - noted_us >= REFUSAL_PAUSE_US:
        more = f" ({count} of these since the last report)" if count > 1 else ""
        turn.note(refusal.code, kind.__name__.lower(), f"{refusal.detail}{more}")
        count, noted_us = 0, turn.now.mono_us
    turn.change(refusals={**turn.state.refusals, name: (count, noted_us)})


# One function for each kind.


def _take_command(turn: Turn, _event: ev.Arrived, verified: Verified) -> None:
    command = verified.document
    assert isinstance(command, Command)  # noqa: S101 - verify returns what was asked for
    if _is_known(turn, command.id, verified):
        repeat_answer(turn, command.id)
        return
    try:
        marks = admit(verified, present(turn), turn.state.marks)
    except Rejected as refusal:
        _keep(turn, _row(turn, command.id, Matter.COMMAND, verified, ""))
        state = CommandState.EXPIRED if refusal.code is Code.EXPIRED else CommandState.REJECTED
        answer_command(turn, command.id, state, refusal.code, refusal.detail)
        return
    _raise(turn, marks)
    _keep(turn, _row(turn, command.id, Matter.COMMAND, verified, ""))
    answer_command(turn, command.id, CommandState.ACCEPTED)
    act(turn, command)


def _take_alert(turn: Turn, event: ev.Arrived, verified: Verified) -> None:
    alert = verified.document
    assert isinstance(alert, Alert)  # noqa: S101 - verify returns what was asked for
    name = f"{alert.audience}/{alert.status}/{alert.id}/{alert.seq}"
    if _is_known(turn, name, verified):
        return
    marks = _admit_alert(turn, event, verified, alert)
    _raise(turn, marks)
    until_us = time_on_air(alert, turn.now.wall_us, _remaining_us(turn, event, alert))
    row = _row(turn, name, Matter.ALERT, verified, AlertState.RECEIVED, until_us)
    _keep(turn, row)
    answer_alert(turn, AlertAnswer(alert.id, alert.seq, AlertState.RECEIVED, turn.now.wall_us))
    if alert.status is AlertStatus.TEST:
        _settle_alert(turn, alert, row, "a test of the way, neither heard nor seen")
    elif alert.msg_type == "cancel" and not _was_here(turn, alert, row):
        _settle_alert(turn, alert, row, "there was no such alert on this box")
    else:
        take(turn, hold(alert, row))


def _was_here(turn: Turn, alert: Alert, row: InboxRow) -> bool:
    start = row.name.removesuffix(str(alert.seq))
    return any(name.startswith(start) and name != row.name for name in turn.state.inbox)


def _settle_alert(turn: Turn, alert: Alert, row: InboxRow, detail: str) -> None:
    """Say the last word at once, and write it into the row: what a start finds without one goes on air."""
    _keep(turn, replace(row, state=AlertState.DONE.value))
    answer_alert(turn, AlertAnswer(alert.id, alert.seq, AlertState.DONE, turn.now.wall_us, detail=detail))


def _admit_alert(turn: Turn, event: ev.Arrived, verified: Verified, alert: Alert) -> dict[str, int]:
    try:
        marks = admit(verified, present(turn), turn.state.marks)
        _check_vouched(turn, event)
    except Rejected as refusal:
        state = AlertState.EXPIRED if refusal.code is Code.EXPIRED else AlertState.REJECTED
        said = AlertAnswer(alert.id, alert.seq, state, turn.now.wall_us, refusal.code, refusal.detail)
        turn.do(ev.Publish(ev.Topic.ACK, to_json(said)))
        raise
    return marks


def _check_vouched(turn: Turn, event: ev.Arrived) -> None:
    if _is_uncertain(turn) and not event.remaining_s:
        raise Rejected(Code.EXPIRED, "alert: the time is not known here, and the broker does not vouch for it")


def _is_uncertain(turn: Turn) -> bool:
    return turn.state.clock is ClockState.UNTRUSTED and not turn.state.connection.synced_mono_us


def _remaining_us(turn: Turn, event: ev.Arrived, alert: Alert) -> DurationUs:
    """Return how long an alert still holds: by what is known of the time, or else by the broker's word."""
    if _is_uncertain(turn):
        return round((event.remaining_s or 0) * SECOND)
    return alert.expires - present(turn).certain_us


def _take_desired(turn: Turn, _event: ev.Arrived, verified: Verified) -> None:
    desired = verified.document
    assert isinstance(desired, Desired)  # noqa: S101 - verify returns what was asked for
    if _is_known(turn, Matter.DESIRED, verified):
        return
    _raise(turn, admit(verified, present(turn), turn.state.marks))
    _keep(turn, _row(turn, Matter.DESIRED, Matter.DESIRED, verified, "wanted"))
    turn.change(desired=desired)
    turn.do(ev.Want(desired))


def _take_data(turn: Turn, _event: ev.Arrived, verified: Verified) -> None:
    data = verified.document
    assert isinstance(data, Data)  # noqa: S101 - verify returns what was asked for
    name = f"data/{data.audience}"
    if _is_known(turn, name, verified):
        return
    _raise(turn, admit(verified, present(turn), turn.state.marks))
    _keep(turn, _row(turn, name, Matter.DATA, verified, "in_force"))
    for figure in data.figures:
        ledger.forgive_words(turn, figure.name)
    turn.change(figures=figures.in_force(turn.state, data))
    turn.plan_changed = True


def _take_keyring(turn: Turn, _event: ev.Arrived, verified: Verified) -> None:
    keyring = verified.document
    assert isinstance(keyring, Keyring)  # noqa: S101 - verify returns what was asked for
    _raise(turn, admit(verified, present(turn), turn.state.marks))
    _keep(turn, _row(turn, Matter.KEYRING, Matter.KEYRING, verified, "in_force"))
    strangers = turn.state.strangers
    turn.change(keyring=keyring, strangers=())
    for event in strangers:
        arrived(turn, event)


def _take_sync(turn: Turn, _event: ev.Arrived, verified: Verified) -> None:
    sync = verified.document
    assert isinstance(sync, Sync)  # noqa: S101 - verify returns what was asked for
    connection = turn.state.connection
    if sync.nonce != connection.nonce:
        return  # the answer to a hello of another connection: late, or recorded; either way it tells nothing
    fresh = replace(connection, answered=True, synced_mono_us=max(1, turn.now.mono_us), source_us=sync.issued)
    turn.change(connection=fresh)
    if sync.issued >= turn.state.marks.get(FLOOR, 0) + FLOOR_STEP_US:
        _raise(turn, {FLOOR: sync.issued})
    if sync.epoch:
        turn.do(ev.Forget(sync.epoch, sync.through))


_TAKERS: dict[type[Document], Callable[[Turn, ev.Arrived, Verified], None]] = {
    Command: _take_command,
    Alert: _take_alert,
    Desired: _take_desired,
    Keyring: _take_keyring,
    Sync: _take_sync,
    Data: _take_data,
}


# What they have in common.


def _is_known(turn: Turn, name: str, verified: Verified) -> bool:
    """Return whether this very document was dealt with; raise `Rejected` for another one under its name."""
    row = turn.state.inbox.get(name)
    if row is None or row.matter in _REPLACED:
        return row is not None and row.digest == verified.digest
    if row.digest != verified.digest:
        raise Rejected(Code.REPLAYED, f"{row.matter}: {name!r} is the name of another one that came before")
    return True


def _row(turn: Turn, name: str, matter: Matter, verified: Verified, state: str, until_us: WallUs = 0) -> InboxRow:
    return InboxRow(
        name=name,
        matter=matter,
        digest=verified.digest,
        state=state,
        received_us=turn.now.wall_us,
        expires_us=verified.document.expires,
        until_us=until_us,
        payload=verified.payload if matter is not Matter.COMMAND else b"",
    )


def _keep(turn: Turn, row: InboxRow) -> None:
    """Put a row into the inbox; rows whose document has long expired go."""
    inbox = dict(turn.state.inbox)
    if len(inbox) >= MOST_ROWS:
        certain_us = present(turn).certain_us
        inbox = {name: old for name, old in inbox.items() if old.expires_us + KEPT_US > certain_us or _stays(old)}
    turn.change(inbox={**inbox, row.name: row})
    turn.do(ev.Store(row))


def _stays(row: InboxRow) -> bool:
    return row.matter in {Matter.DESIRED, Matter.KEYRING}


def _raise(turn: Turn, marks: dict[str, Any]) -> None:
    turn.change(marks={**turn.state.marks, **marks})
    for name, value in marks.items():
        turn.do(ev.Store(Mark(name, value)))
