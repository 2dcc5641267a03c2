"""Who is obeyed: rules 1 to 3 of `core/trust.py`, each by what would be gained from breaking it."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_py.core.errors import Code
from firmware_py.core.trust import Rejected, read_own_keyring
from firmware_py.core.units import SECOND
from firmware_py.core.wire import (
    TECHNICIAN_MAY,
    TYPE_OF,
    Alert,
    Command,
    CommandKind,
    Data,
    Desired,
    Document,
    Keyring,
    Role,
    Sync,
)
from firmware_py.core.writing import write_document
from firmware_py.link.crypto import signing
from firmware_py.link.crypto.signing import seal_payload
from tests.core.forging import (
    BESIDE,
    BOX,
    COMMUNE,
    DISTRICT,
    DOCUMENTS,
    NAMES,
    OTHER_BOX,
    PROVINCE,
    RING,
    alert,
    body,
    command,
    data,
    desired,
    grant,
    key,
    keyring,
    public,
    raw,
    refused,
    refused_raw,
    sealed,
    sync,
    taken,
    tree,
    wire_with,
)

every_kind = pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS.keys())
kinds = st.sampled_from(tuple(DOCUMENTS.values()))


# 1. Signatures.


@every_kind
def test_what_the_right_keys_have_signed_is_obeyed(document: Document) -> None:
    """Each kind of document, signed as it should be, for this box, in time: it raises its marks."""
    raised = taken(document)
    assert set(raised.values()) == ({4} if isinstance(document, Keyring) else set() if document == sync() else {7})


@every_kind
def test_a_stranger_is_not_obeyed(document: Document) -> None:
    """A key that is not in the keyring signs for nothing."""
    assert refused(document, "stranger") is Code.SIGNATURE_INVALID


@every_kind
def test_a_stranger_does_not_pass_under_the_name_of_another(document: Document) -> None:
    """The id of a known key beside a signature by another key is worth nothing."""
    wire = tree(sealed(document, "stranger"))
    for name in NAMES:
        wire["signatures"] = [{"keyid": key(name).id, "sig": wire["signatures"][0]["sig"]}]
        assert refused_raw(raw(wire), type(document)) is Code.SIGNATURE_INVALID


@every_kind
def test_a_payload_that_was_changed_is_not_obeyed(document: Document) -> None:
    """One letter more, under the old signatures: refused before anything in it is read."""
    payload = base64.b64encode(write_document(document) + b" ").decode()
    assert refused_raw(wire_with(document, payload=payload), type(document)) is Code.SIGNATURE_INVALID


@every_kind
def test_signatures_of_another_document_are_worth_nothing(document: Document) -> None:
    """What the same keys have signed on another day does not speak for this."""
    other = replace(document, issued=document.issued - SECOND)
    signatures = tree(sealed(other))["signatures"]
    assert refused_raw(wire_with(document, signatures=signatures), type(document)) is Code.SIGNATURE_INVALID


def test_what_does_not_verify_is_not_even_read() -> None:
    """Hostile JSON under a wrong signature gives the same answer as any: nothing of it reached the parser."""
    for payload in (b"[" * 10_000, b"\xff", b"", body(alert(), texts=[])):
        raw_bytes = seal_payload(TYPE_OF[Alert], payload, [key("stranger")])
        assert refused_raw(raw_bytes, Alert) is Code.SIGNATURE_INVALID


def test_every_signature_must_be_right() -> None:
    """A document that bears a signature of an unknown key as well: it would raise no mark of that key."""
    assert refused(command(), "command", "newcomer") is Code.SIGNATURE_INVALID
    assert refused(alert(), "stranger", "alert") is Code.SIGNATURE_INVALID


def test_a_document_does_not_come_again_when_one_of_its_signers_becomes_known() -> None:
    """Signed by the old key and a new one: it is not obeyed once by each of two keyrings."""
    both, new = sealed(command(), "command", "newcomer"), grant(Role.COMMAND, "newcomer")
    after = keyring(4, (*(name for name in NAMES if name != "command"), "newcomer"), newcomer=new)
    assert refused_raw(both, Command) is Code.SIGNATURE_INVALID
    assert refused_raw(both, Command, ring=after) is Code.SIGNATURE_INVALID
    assert taken(command(), "newcomer", ring=after)


def test_one_key_does_not_count_twice() -> None:
    """Two signatures by one of two keys that must sign: refused, in one spelling of its id or two."""
    wire = tree(sealed(command(), "pair1"))
    for keyid in (key("pair1").id, key("pair1").id.upper(), key("pair2").id, f" {key('pair1').id}"):
        doubled = wire | {"signatures": [*wire["signatures"], {**wire["signatures"][0], "keyid": keyid}]}
        assert refused_raw(raw(doubled), Command) in {Code.ENVELOPE_MALFORMED, Code.SIGNATURE_INVALID}


def test_one_root_does_not_sign_twice() -> None:
    """Nor does a keyring bear two signatures by one key, although it may bear some that are not known here."""
    wire = tree(sealed(keyring(4), "root1"))
    doubled = raw(wire | {"signatures": wire["signatures"] * 2})
    assert refused_raw(doubled, Keyring) is Code.ENVELOPE_MALFORMED


def test_a_threshold_is_met_by_different_keys() -> None:
    """One of two keys that must sign is too few; both are enough."""
    assert refused(command(), "pair1") is Code.ROLE_FORBIDDEN
    assert refused(command(), "pair2") is Code.ROLE_FORBIDDEN
    assert taken(command(), "pair1", "pair2")


def test_keys_of_two_grants_do_not_add_up() -> None:
    """Two signatures are wanted of one pair: one of each of two pairs are not it."""
    ring = keyring(3, (*NAMES, "pair3", "pair4"), other=grant(Role.COMMAND, "pair3", "pair4", threshold=2))
    assert refused(command(), "pair1", "pair3", ring=ring) is Code.ROLE_FORBIDDEN
    assert taken(command(), "pair3", "pair4", ring=ring)


@pytest.mark.parametrize("weak", [bytes(32), b"\1" + bytes(31), b"\xec" + b"\xff" * 30 + b"\x7f"])
def test_a_weak_public_key_signs_for_nobody(weak: bytes) -> None:
    """A point of small order in a keyring would let anybody sign: such a key has no right signature."""
    signature, messages = b"\1" + bytes(63), [b"%d" % number for number in range(64)]
    assert not any(signing.verify(weak, message, signature) for message in messages)


# 2. The keyring.


def test_a_keyring_comes_from_the_roots_of_the_one_before() -> None:
    """Enough of them, and of no other role: neither one root, nor every other key there is."""
    assert taken(keyring(4), "root1", "root3") == {"keyring": 4}
    assert refused(keyring(4), "root1") is Code.ROLE_FORBIDDEN
    assert refused(keyring(4), *(name for name in NAMES if not name.startswith("root"))) is Code.ROLE_FORBIDDEN
    assert refused(keyring(4), "root1", "content", "command", "alert") is Code.ROLE_FORBIDDEN


def test_new_roots_must_sign_too() -> None:
    """A keyring that hands over to new roots is signed by the old ones and the new ones: nobody is locked out."""
    new = keyring(4, (*NAMES, "root4"), root=grant(Role.ROOT, "root3", "root4", threshold=2))
    assert refused(new, "root1", "root2") is Code.ROLE_FORBIDDEN
    assert refused(new, "root3", "root4") is Code.ROLE_FORBIDDEN
    assert taken(new, "root1", "root3", "root4") == {"keyring": 4}


def test_roots_of_long_ago_may_sign_as_well() -> None:
    """A box that slept through two changes of roots takes the newest keyring, and so does one that did not."""
    names = tuple(name for name in NAMES if not name.startswith("root"))
    second = keyring(4, (*names, "b1"), root=grant(Role.ROOT, "b1"))
    third = keyring(5, (*names, "c1"), root=grant(Role.ROOT, "c1"))
    assert taken(third, "c1", "b1", "root1", "root2") == {"keyring": 5}
    assert taken(third, "c1", "b1", "root1", "root2", ring=second) == {"keyring": 5}
    assert refused(third, "c1", "b1") is Code.SIGNATURE_INVALID


def test_roots_that_were_replaced_have_nothing_more_to_say() -> None:
    """After the change the old roots alone are strangers."""
    names = tuple(name for name in NAMES if not name.startswith("root"))
    second = keyring(4, (*names, "b1"), root=grant(Role.ROOT, "b1"))
    assert refused(keyring(5), "root1", "root2", "root3", ring=second) is Code.SIGNATURE_INVALID


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_keyring_is_never_downgraded(version: int) -> None:
    """An older one, or another of the same number, is refused, even where all marks were lost."""
    assert refused(keyring(version), marks={}) is Code.REPLAYED


def test_a_keyring_is_held_against_its_mark() -> None:
    """Also where an older keyring is in force, for instance the one that came with the box."""
    assert refused(keyring(4), marks={"keyring": 4}) is Code.REPLAYED
    assert taken(keyring(5), marks={"keyring": 4}) == {"keyring": 5}


def test_a_key_that_the_keyring_no_longer_names_signs_for_nothing() -> None:
    """What it signs after it was revoked, and what it had signed before, are refused alike."""
    assert taken(alert(), "commune")
    after = keyring(4, tuple(name for name in NAMES if name != "commune"))
    assert refused(alert(), "commune", ring=after) is Code.SIGNATURE_INVALID
    assert taken(alert(), "alert", ring=after)


def test_a_key_without_a_role_signs_for_nothing() -> None:
    """To be in the keyring is not to be granted anything."""
    for document in (desired(), command(), alert(), sync()):
        assert refused(document, "idle") is Code.ROLE_FORBIDDEN


def test_a_role_that_was_taken_away_is_gone() -> None:
    """The key is still known, its grant is not: forbidden."""
    assert refused(alert(), "commune", ring=keyring(4, commune=None)) is Code.ROLE_FORBIDDEN


def test_a_key_under_the_id_of_another_is_refused() -> None:
    """The id in a keyring is the SHA-256 of the key, so that none passes for another."""
    keys = (*keyring(4).keys[1:], replace(public("root1"), public=key("stranger").public))
    assert refused(replace(keyring(4), keys=keys)) is Code.DOCUMENT_REFUSED


def test_a_keyring_with_a_key_twice_or_a_grant_to_nobody_is_refused() -> None:
    """Both are mistakes of whoever made it, and are told before a box finds out what they mean."""
    with pytest.raises(ValueError, match="has a key twice"):
        keyring(4, (*NAMES, "idle"))
    with pytest.raises(ValueError, match="does not have"):
        replace(RING, grants=(*RING.grants, grant(Role.CONTENT, "stranger")))
    with pytest.raises(ValueError, match="needs 2 signatures and names 1 keys"):
        grant(Role.CONTENT, "content", "content", threshold=2)


def test_the_keyring_that_comes_with_a_box_is_signed_by_its_own_roots() -> None:
    """A file that somebody put there is believed only whole, and only as a keyring."""
    assert read_own_keyring(sealed(RING), signing.verify) == RING
    for envelope, code in (
        (sealed(RING, "root1"), Code.ROLE_FORBIDDEN),
        (sealed(RING, "stranger"), Code.ROLE_FORBIDDEN),
        (sealed(alert()), Code.ENVELOPE_MALFORMED),
        (sealed(RING)[:-9], Code.ENVELOPE_MALFORMED),
    ):
        with pytest.raises(Rejected) as caught:
            read_own_keyring(envelope, signing.verify)
        assert caught.value.code is code


# 3. For whom, and by whom.


def test_what_is_for_another_box_is_not_for_this_one() -> None:
    """By its id, which must be the whole of it."""
    for audience in ("device:kt-002", "device:kt-0011", "device:kt-00", "device:KT-001", f"device:{COMMUNE}"):
        for document in (desired(audience=audience), command(audience=audience), sync(audience=audience)):
            assert refused(document) is Code.AUDIENCE_WRONG


def test_what_is_for_another_area_is_not_for_this_box() -> None:
    """A captured alert of the commune beside, offered here: not heard; and the other way round."""
    assert refused(alert(f"area:{BESIDE}")) is Code.AUDIENCE_WRONG
    assert refused(alert(f"area:{COMMUNE}"), who=OTHER_BOX) is Code.AUDIENCE_WRONG
    assert refused(alert("area:kt-001")) is Code.AUDIENCE_WRONG
    assert refused(desired(audience=f"area:{BESIDE}")) is Code.AUDIENCE_WRONG


@pytest.mark.parametrize("audience", [f"area:{PROVINCE}", f"area:{DISTRICT}", f"area:{COMMUNE}"])
def test_an_alert_reaches_every_area_of_the_boxs_chain(audience: str) -> None:
    """From the province down to its own commune, signed for the province."""
    assert taken(alert(audience)) == {f"alert/{audience}/{key('alert').id}": 7}


@pytest.mark.parametrize("audience", ["all", "device:kt-001"])
def test_an_alert_is_for_an_area(audience: str) -> None:
    """No grant bounds «all» or a single box, so no alert can be for them."""
    assert refused(alert(audience)) is Code.AUDIENCE_WRONG


@pytest.mark.parametrize("audience", ["all", f"area:{COMMUNE}"])
def test_a_command_is_for_one_box(audience: str) -> None:
    """Nobody silences or restarts a whole area with one signature."""
    assert refused(command(audience=audience)) is Code.AUDIENCE_WRONG
    assert refused(sync(audience=audience)) is Code.AUDIENCE_WRONG


def test_the_key_of_an_area_reaches_no_wider_and_no_other() -> None:
    """The commune's key: its commune, not its district or province; the sibling's key: nothing here at all."""
    assert taken(alert(f"area:{COMMUNE}"), "commune")
    assert refused(alert(f"area:{DISTRICT}"), "commune") is Code.ROLE_FORBIDDEN
    assert refused(alert(f"area:{PROVINCE}"), "commune") is Code.ROLE_FORBIDDEN
    for audience in (COMMUNE, DISTRICT, PROVINCE):
        assert refused(alert(f"area:{audience}"), "beside") is Code.ROLE_FORBIDDEN


def test_an_area_is_not_known_by_how_its_code_begins() -> None:
    """The chain of the box says what lies below what: a code that only looks so is another place."""
    ring = keyring(3, (*NAMES, "six"), six=grant(Role.ALERT, "six", areas=("6", "62.6", "62.608.2")))
    assert refused(alert(), "six", ring=ring) is Code.ROLE_FORBIDDEN


ROLE_OF = {Desired: "content", Command: "command", Alert: "alert", Sync: "service", Data: "content"}


@pytest.mark.parametrize("kind", ROLE_OF, ids=lambda kind: kind.__name__)
def test_every_role_signs_its_own_kind_only(kind: type[Document]) -> None:
    """Content does not alert, alerts do not command, roots do nothing but keyrings."""
    document = next(each for each in DOCUMENTS.values() if type(each) is kind)
    others = set(NAMES) - {ROLE_OF[kind], "commune", "technician"}
    for name in others:
        assert refused(document, name) is Code.ROLE_FORBIDDEN


@pytest.mark.parametrize("kind", CommandKind)
def test_a_technician_hears_sees_and_silences_and_no_more(kind: CommandKind) -> None:
    """No drill, live address, restart or amplifier; and whatever is new is forbidden until somebody allows it."""
    more: dict[str, Any] = {"volume_pct": 50, "on": True, "boot_id": "b"}
    if kind is CommandKind.LIVE:
        more["sources"] = ("https://live.example/",)
    if kind in TECHNICIAN_MAY:
        assert taken(command(kind, **more), "technician")
    else:
        assert refused(command(kind, **more), "technician") is Code.ROLE_FORBIDDEN
        assert taken(command(kind, **more), "command")


def test_what_a_technician_may_is_written_here_once_more() -> None:
    """A change of that table is a decision, not a slip."""
    assert frozenset("amplifier drill live restart".split()) == frozenset(CommandKind) - TECHNICIAN_MAY  # noqa: SIM905


def test_a_technician_signs_nothing_but_commands() -> None:
    """No alert, no schedule, no time, no keyring."""
    for document in (desired(), alert(), alert(status="test"), sync(), data(), keyring(4)):
        assert refused(document, "technician") is Code.ROLE_FORBIDDEN


# All of it at once.


@given(kinds, st.sets(st.sampled_from((*NAMES, "stranger")), min_size=1, max_size=6))
def test_only_who_may_sign_is_obeyed(document: Document, names: set[str]) -> None:
    """Any set of keys: obeyed exactly when the rule, written here in another way, says so."""
    enough = {
        Keyring: len(names & {"root1", "root2", "root3"}) >= 2,
        Desired: "content" in names,
        Command: bool({"command", "technician"} & names) or {"pair1", "pair2"} <= names,
        Alert: bool({"alert", "commune"} & names),
        Sync: "service" in names,
        Data: "content" in names,
    }[type(document)]
    known = "stranger" not in names or isinstance(document, Keyring)
    if enough and known:
        assert taken(document, *sorted(names)) is not None
    else:
        assert refused(document, *sorted(names)) in {Code.SIGNATURE_INVALID, Code.ROLE_FORBIDDEN}


def test_the_box_that_is_meant_is_the_one_of_the_vocabulary() -> None:
    """The box beside takes its own: so that refusals above are not by accident."""
    assert taken(alert(f"area:{BESIDE}"), "beside", who=OTHER_BOX)
    assert BOX.areas[:2] == OTHER_BOX.areas[:2]
