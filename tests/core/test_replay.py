"""When, and once: rules 4 and 5 of `core/trust.py`, each by what would be gained from breaking it."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_py.core.errors import Code
from firmware_py.core.records import ClockState
from firmware_py.core.trust import FUTURE_US, Present
from firmware_py.core.units import DAY, HOUR, MINUTE
from firmware_py.core.wire import (
    Alert,
    Desired,
    Document,
)
from tests.core.forging import (
    COMMUNE,
    DOCUMENTS,
    NOW,
    PRESENT,
    PROVINCE,
    RING,
    alert,
    body,
    changed,
    command,
    desired,
    judged,
    key,
    keyring,
    opened,
    raw,
    refused,
    refused_raw,
    sealed,
    sync,
    taken,
    tree,
)

every_kind = pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS.keys())
UNSET = Present(0, ClockState.UNTRUSTED, 0)
numbers = st.integers(1, 2**53)


# 4. When.


@every_kind
def test_what_has_expired_is_not_obeyed(document: Document) -> None:
    """From the instant of its end on; a microsecond earlier it still is."""
    end = replace(PRESENT, now_us=document.expires)
    still = replace(end, now_us=document.expires - 1)
    assert refused(document, present=end) is Code.EXPIRED
    assert opened(sealed(document), type(document)).document == document
    assert taken(document, present=still) is not None


@every_kind
def test_without_a_clock_the_floor_of_time_holds(document: Document) -> None:
    """On an unset clock what is certain is the latest instant ever proved: what ended before it has expired."""
    assert refused(document, present=replace(UNSET, floor_us=document.expires)) is Code.EXPIRED
    assert taken(document, present=replace(UNSET, floor_us=document.expires - 1)) is not None


def test_an_unset_clock_that_runs_ahead_makes_nothing_expire() -> None:
    """Nobody vouches for it: an alert must not go unheard because a box believes that it is next year."""
    assert taken(alert(), present=Present(NOW + 365 * DAY, ClockState.UNTRUSTED, NOW))


def test_a_clock_that_lost_its_time_does_not_revive_anything() -> None:
    """The wall clock says 1970 and claims to be right: the floor still holds."""
    assert refused(alert(), present=Present(0, ClockState.HELD, NOW + DAY)) is Code.EXPIRED


def test_what_had_expired_when_the_keyring_was_made_has_expired() -> None:
    """A box with a new card, no clock and no marks: the keyring itself says that years have gone by."""
    old = alert(issued=RING.issued - DAY, expires=RING.issued)
    assert refused(old, present=UNSET) is Code.EXPIRED
    assert taken(replace(old, expires=RING.issued + 1), present=UNSET)


@every_kind
def test_what_comes_from_the_future_is_not_obeyed(document: Document) -> None:
    """Ten minutes are clocks that differ; more is a mistake or worse. Without a clock nobody can tell."""
    ahead = replace(document, issued=NOW + FUTURE_US, expires=NOW + HOUR)
    assert taken(ahead) is not None
    later = replace(document, issued=NOW + FUTURE_US + 1, expires=NOW + HOUR)
    assert refused(later) is Code.FROM_FUTURE
    assert refused(later, present=replace(PRESENT, clock=ClockState.HELD)) is Code.FROM_FUTURE
    assert taken(later, present=UNSET) is not None


@pytest.mark.parametrize(
    ("document", "longest_us"),
    [(command(), 7 * DAY), (alert(), 7 * DAY), (sync(), DAY)],
    ids=["command", "alert", "sync"],
)
def test_nobody_signs_in_store(document: Document, longest_us: int) -> None:
    """A command, alert or answer that is good for longer than it needs could be kept and sent another day."""
    assert taken(replace(document, issued=NOW, expires=NOW + longest_us)) is not None
    assert refused(replace(document, issued=NOW, expires=NOW + longest_us + 1)) is Code.EXPIRED


def test_an_expired_keyring_vouches_for_nobody_but_its_successor() -> None:
    """Whoever withholds the keyring that revokes a stolen key gains time until the old one ends, and no more."""
    late = replace(PRESENT, now_us=RING.expires)
    fresh: dict[str, Any] = {"issued": RING.expires - MINUTE, "expires": RING.expires + HOUR}
    for document in (command(**fresh), alert(**fresh), desired(**fresh), sync(**fresh)):
        assert refused(document, present=late) is Code.EXPIRED
    successor = replace(keyring(4), issued=RING.expires, expires=RING.expires + 300 * DAY)
    assert taken(successor, present=late) == {"keyring": 4}
    assert taken(alert(**fresh), ring=successor, present=late)


# 5. Once.


@pytest.mark.parametrize("document", [desired(), command(), alert(), alert(status="drill")], ids=repr)
def test_what_was_obeyed_once_is_not_obeyed_again(document: Document) -> None:
    """The same envelope, or another of the same or a lower number, with the marks that it raised."""
    marks = taken(document)
    name = "version" if isinstance(document, Desired) else "seq"
    assert refused(document, marks=marks) is Code.REPLAYED
    for number in (6, 7):
        assert refused(changed(document, name, number), marks=marks) is Code.REPLAYED
    assert set(taken(changed(document, name, 8), marks=marks).values()) == {8}


def test_marks_do_not_depend_on_the_clock() -> None:
    """A genuine alert that was captured and is played again after a power cut, on a box whose clock is unset."""
    assert refused(alert(), present=UNSET, marks=taken(alert())) is Code.REPLAYED


def test_documents_that_were_re_ordered_do_not_take_effect_backwards() -> None:
    """Volume 20, then volume 80, delivered the other way round: it stays at 80."""
    first, second = command("volume", 8, volume_pct=20), command("volume", 9, volume_pct=80)
    assert refused(first, marks=taken(second)) is Code.REPLAYED


def test_an_old_schedule_for_all_does_not_come_back_after_a_new_one_for_the_box() -> None:
    """Versions of one signer rise across audiences: each is a captured pointer that a broker could publish again."""
    marks = taken(desired(9))
    for audience in ("all", f"area:{COMMUNE}", f"area:{PROVINCE}"):
        assert refused(desired(8, audience), marks=marks) is Code.REPLAYED
        assert taken(desired(10, audience), marks=marks)


def test_alerts_of_different_areas_do_not_wait_for_one_another() -> None:
    """Topics overtake one another: the later alert to the commune must not silence the earlier one to the province."""
    marks = taken(alert(f"area:{COMMUNE}", 9))
    assert taken(alert(f"area:{PROVINCE}", 8), marks=marks)


def test_signers_do_not_wait_for_one_another() -> None:
    """The commune counts for itself: a high number of one key, right or stolen, silences no other."""
    marks = taken(alert(seq=2**53), "commune")
    assert taken(alert(seq=1), "alert", marks=marks)


def test_taking_a_signature_away_makes_nothing_new() -> None:
    """Signed by two keys that could each have signed alone: neither half is obeyed after the whole."""
    both = tree(sealed(alert(), "alert", "commune"))
    marks = judged(raw(both), Alert)
    assert len(marks) == 2
    for half in both["signatures"]:
        assert refused_raw(raw(both | {"signatures": [half]}), Alert, marks=marks) is Code.REPLAYED


def test_adding_a_signature_makes_nothing_new() -> None:
    """Whoever owns a key of low rights and puts its signature under a captured command gains nothing by it."""
    marks = taken(command())
    assert refused(command(), "command", "technician", marks=marks) is Code.REPLAYED
    assert refused(command("restart", 8, boot_id="b"), "technician", marks=marks) is Code.ROLE_FORBIDDEN


@pytest.mark.parametrize(("exercise", "real"), [("drill", "actual"), ("test", "actual"), ("test", "drill")])
def test_an_exercise_teaches_the_real_thing_nothing(exercise: str, real: str) -> None:
    """A drill of a high number makes no later alert of a lower one go unheard, nor the other way round."""
    assert taken(alert(seq=1, status=real), marks=taken(alert(seq=2**53, status=exercise)))
    assert taken(alert(seq=1, status=exercise), marks=taken(alert(seq=2**53, status=real)))


def test_a_drill_is_never_heard_as_an_alert() -> None:
    """What was signed as a drill says so in what was signed: another word there needs another signature."""
    drill = sealed(alert(status="drill"))
    payload = base64.b64encode(body(alert(status="drill"), status="actual")).decode()
    assert refused_raw(raw(tree(drill) | {"payload": payload}), Alert) is Code.SIGNATURE_INVALID


def test_refusals_raise_no_marks() -> None:
    """Whoever may not speak does not use up numbers: after a hundred refusals the next right one is obeyed."""
    marks: dict[str, int] = {}
    for seq in range(1000, 1100):
        for name in ("stranger", "content", "technician"):
            refused(command("drill", seq), name, marks=marks)
    assert taken(command("drill", 1), marks=marks) == {f"command/device:kt-001/{key('command').id}": 1}


@given(
    st.lists(st.tuples(numbers, st.sampled_from(["actual", "drill", "test"]), st.sampled_from(["alert", "commune"])))
)
def test_numbers_only_ever_rise(sent: list[tuple[int, str, str]]) -> None:
    """Alerts in any order: of each signer and status those are obeyed that are above all before them."""
    marks: dict[str, int] = {}
    highest: dict[tuple[str, str], int] = {}
    for seq, status, name in sent:
        if seq > highest.get((status, name), 0):
            marks |= taken(alert(seq=seq, status=status), name, marks=marks)
            highest[status, name] = seq
        else:
            assert refused(alert(seq=seq, status=status), name, marks=marks) is Code.REPLAYED
