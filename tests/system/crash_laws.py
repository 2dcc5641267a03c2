"""What must hold of a box that died and was started again, as functions from its account to complaints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from signal import SIGKILL

from firmware_py.core.reports import LAST_STATES
from firmware_py.core.units import SECOND
from tests.system.crash_points import deaths
from tests.system.crash_world import LAST_ALERT_STATES, SOUNDS, VOLUMES_PCT, Account
from tests.system.world import Json

UNWRITTEN_US = SECOND
"""How near to the end of a notice a death keeps the box from knowing of it: the word of the end was on its way to the
disk, or the output had not yet found out that nobody listens."""

EXPECTED_FAULTS = frozenset({"link_down", "replayed"})
"""A connection may be lost; a Sync that answers a hello of the life before is refused."""

SUCCESS = frozenset({"succeeded"})
MAY_END = {"snapshot": SUCCESS | {"failed"}, "restart": SUCCESS | {"rejected"}}
"""A picture that a death cut off is not taken again; a restart that comes again was meant for another run."""

Law = Callable[[Account], Iterator[str]]


def it_died_where_it_should(account: Account) -> Iterator[str]:
    """Each point was met with, and the process ended otherwise only as it was told to restart."""
    wanted = [point.name for point in deaths(account.point)]
    if [note["point"] for note in account.died] != wanted:
        yield f"died at {account.died}, not at {wanted}"
    killed = account.statuses.count(-SIGKILL)
    if killed != len(wanted) or set(account.statuses) - {-SIGKILL, 0}:
        yield f"ended with {account.statuses}"
    if account.statuses.count(0) > int(account.point.restarts):
        yield f"was restarted {account.statuses.count(0)} times"


def nothing_written_is_lost(account: Account) -> Iterator[str]:
    """Whatever the journal had promised to keep is at the source, as it was written, and in the journal."""
    at_source = [body for _, _, _, body in account.events]
    for note in account.written:
        body = body_of(note)
        if body and body not in at_source:
            yield f"written and not at the source: {body}"
    for body in (*account.faults, *(play for play in account.plays if play["result"] != "on_air")):
        if body not in at_source:
            yield f"in the journal and not at the source: {body}"
    known = {play["no"] for play in account.plays}
    for note in account.written:
        if note.get("begun", 0) and note["begun"] not in known:
            yield f"play {note['begun']} was written and is gone"
    if account.waiting:
        yield f"{account.waiting} events still wait"


def nothing_is_there_twice(account: Account) -> Iterator[str]:
    """The source has each number of the one epoch, each play, each fault and each state of a command once.

    That an alert is on air is said by each life that brings it on air; the source puts it down once.
    """
    if len({epoch for epoch, _, _, _ in account.events}) != 1:
        yield "events of several epochs"
    if [no for _, no, _, _ in account.events] != list(range(1, len(account.events) + 1)):
        yield f"numbers {[no for _, no, _, _ in account.events]}"
    names = Counter(filter(None, (name_of(kind, body) for _, _, kind, body in account.events)))
    yield from (f"{count} times at the source: {name}" for name, count in names.items() if count > 1)
    yield from (f"put down {count} times: {each}" for each, count in Counter(account.answers).items() if count > 1)


def each_command_has_one_last_word(account: Account) -> Iterator[str]:
    """Exactly one of the states that nothing follows, and nothing follows it; what a death need not stop succeeds."""
    for command in account.commands:
        said = [body["state"] for _, _, kind, body in account.events if kind == "command" and body["id"] == command]
        if [state for state in said if state in LAST_STATES] != said[-1:]:
            yield f"{command}: {said}"
        if not set(said[-1:]) <= MAY_END.get(command.partition("-")[0], SUCCESS):
            yield f"{command} has {said[-1:]}"
        if sorted({state for name, _, state in account.answers if name == command}) != sorted(set(said)):
            yield f"{command}: the events say {said}, the answers {account.answers}"


def the_alert_is_heard_to_its_end_once(account: Account) -> Iterator[str]:
    """It begins again when it was cut, never after its end; but a box that dies before that is written cannot know."""
    ends = [note["at_us"] for note in account.heard if note.get("ended") == account.alert]
    deaths_us = [note["at_us"] for note in account.died]
    if not ends:
        yield "the alert was never heard to its end"
    for end_us, again_us in pairwise(ends):
        if not any(abs(death_us - end_us) <= UNWRITTEN_US and death_us < again_us for death_us in deaths_us):
            yield f"heard to its end at {end_us} and again at {again_us}, deaths at {deaths_us}"
    said = [body["state"] for _, _, kind, body in account.events if kind == "alert" and body["id"] == account.alert]
    if (
        [state for state in said if state in LAST_ALERT_STATES] != ["done"]
        or said[-1] != "done"
        or "on_air" not in said
    ):
        yield f"the source was told {said}"


def what_is_written_as_done_is_not_heard_again(account: Account) -> Iterator[str]:
    """Nothing of an alert is heard after its last word has been written."""
    for note in account.written:
        body = body_of(note)
        if body and body.get("id") == account.alert and body["state"] == "done":
            late = [
                each for each in account.heard if each.get("began") == account.alert and each["at_us"] > note["at_us"]
            ]
            yield from (f"heard at {each['at_us']}, done at {note['at_us']}" for each in late)


def a_test_is_answered_and_not_heard(account: Account) -> Iterator[str]:
    """It is received and done, whenever the box died, and no output was ever told of it."""
    said = [body["state"] for _, _, kind, body in account.events if kind == "alert" and body["id"] == account.test]
    if said != ["received", "done"]:
        yield f"the source was told {said}"
    yield from (f"heard: {note}" for note in account.heard if note.get("began") == account.test)


def a_volume_is_set_once(account: Account) -> Iterator[str]:
    """Each volume was written once, in the order in which they were sent, and the last one holds."""
    written = [note["value"] for note in account.written if note.get("control") == "volume_pct"]
    if any(volume_pct not in VOLUMES_PCT for volume_pct in written) or sorted(set(written)) != written:
        yield f"volumes written: {written}"
    if account.volume_pct != VOLUMES_PCT[-1]:
        yield f"the volume is {account.volume_pct}"
    began = [note["volume_pct"] for note in account.heard if note.get("kind") == "audio"]
    if began and began[-1] != VOLUMES_PCT[-1]:
        yield f"what was heard last had the volume {began[-1]}"


def next_moves_on_once(account: Account) -> Iterator[str]:
    """A play that begins within the story is the work of `next`: there is one, or none where nothing was on air."""
    begun = (play for play in account.plays if play["kind"] == "audio")
    moved = {play["key"] for play in begun if play["planned_start_us"] >= account.began_us}
    (next_id,) = (name for name in account.commands if name.startswith("next-"))
    answers = [body for _, _, kind, body in account.events if kind == "command" and body["id"] == next_id]
    last = answers[-1] if answers else {"state": "nothing", "detail": ""}
    if len(moved) != (0 if last["detail"] else 1) or last["state"] != "succeeded":
        yield f"{next_id} was answered {last}, on air were {moved}"


def the_schedule_is_in_force(account: Account) -> Iterator[str]:
    """All its media are here, each with the bytes that its hash says, and one of them is on air."""
    if len(account.sounds) != len(SOUNDS):
        yield f"in the store are {sorted(account.sounds)}"
    if account.now_on_air not in SOUNDS:
        yield f"on air is {account.now_on_air!r}"


def no_other_fault_is_told(account: Account) -> Iterator[str]:
    """A death is seen in the records that it cut, and makes no other trouble."""
    yield from (str(fault) for fault in account.faults if fault["code"] not in EXPECTED_FAULTS)


LAWS: tuple[Law, ...] = (
    it_died_where_it_should,
    nothing_written_is_lost,
    nothing_is_there_twice,
    each_command_has_one_last_word,
    the_alert_is_heard_to_its_end_once,
    what_is_written_as_done_is_not_heard_again,
    a_test_is_answered_and_not_heard,
    a_volume_is_set_once,
    next_moves_on_once,
    the_schedule_is_in_force,
    no_other_fault_is_told,
)


def body_of(note: Json) -> Json | None:
    """Return the body of the event in a note, if it is of one."""
    event = note.get("event") or {}
    return next((event[kind] for kind in ("play", "fault", "command", "alert") if event.get(kind)), None)


def name_of(kind: str, body: Json) -> str:
    """Return by what an event is known again; "" for what may be said by several lives."""
    if kind == "play":
        return f"play {body['no']}"
    if kind == "alert" and body["state"] == "on_air":
        return ""
    return f"{kind} {body}" if kind == "fault" else f"{kind} {body['id']} {body.get('seq', '')} {body['state']}"


def complaints(account: Account) -> list[str]:
    """Return everything that does not hold of an account."""
    return [f"{law.__name__}: {complaint}" for law in LAWS for complaint in law(account)]
