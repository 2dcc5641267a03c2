"""What is an envelope, and what a body: everything else is refused, whoever signed it, and in few words."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_py.core.envelope import MAX_BYTES, MAX_SIGNATURES
from firmware_py.core.errors import Code, Refused
from firmware_py.core.model import Content
from firmware_py.core.trust import MAX_DETAIL_LETTERS, Rejected
from firmware_py.core.units import DAY
from firmware_py.core.wire import (
    PAYLOAD_TYPES,
    TYPE_OF,
    Alert,
    Command,
    Desired,
    Document,
    Role,
)
from firmware_py.core.writing import write_document
from firmware_py.link.crypto.signing import seal_payload
from tests.core.builders import digest
from tests.core.forging import (
    COMMUNE,
    DOCUMENTS,
    NAMES,
    NOW,
    alert,
    body,
    command,
    desired,
    grant,
    judged,
    key,
    keyring,
    opened,
    raw,
    refused_raw,
    sealed,
    taken,
    tree,
    wire_with,
)

every_kind = pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS.keys())
kinds = st.sampled_from(tuple(DOCUMENTS.values()))


CONFUSIONS = [(document, other) for document in DOCUMENTS.values() for other in TYPE_OF if other is not type(document)]


@pytest.mark.parametrize(("document", "other"), CONFUSIONS, ids=lambda each: getattr(each, "__name__", None))
def test_one_kind_is_never_read_as_another(document: Document, other: type[Document]) -> None:
    """A document on the topic of another kind, as it is or with the other's type written over its own."""
    assert refused_raw(sealed(document), other) is Code.ENVELOPE_MALFORMED
    relabelled = wire_with(document, payloadType=TYPE_OF[other])
    assert refused_raw(relabelled, other) is Code.SIGNATURE_INVALID
    resigned = seal_payload(TYPE_OF[other], write_document(document), [key("root1"), key("root2"), key("idle")])
    assert refused_raw(resigned, other) in {Code.DOCUMENT_REFUSED, Code.SIGNATURE_INVALID}


ENVELOPES: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"alert",
    "truncated": sealed(alert())[:-20],
    "with something after it": sealed(alert()) + b"{}",
    "with a mark before it": b"\xef\xbb\xbf" + sealed(alert()),
    "not UTF-8": sealed(alert()).replace(b"payloadType", b"payload\xff\xfe"),
    "UTF-16": sealed(alert()).decode().encode("utf-16"),
    "oversize": sealed(alert()) + b" " * MAX_BYTES,
    "deeply nested": b"[" * (MAX_BYTES // 2) + b"]" * (MAX_BYTES // 2),
    "deeply nested inside": b'{"payload":' * 20_000,
    "a list": raw([tree(sealed(alert()))]),
    "another member": wire_with(alert(), extra=1),
    "no signatures": wire_with(alert(), signatures=[]),
    "too many signatures": wire_with(alert(), signatures=[{"keyid": f"{n}", "sig": ""} for n in range(17)]),
    "signatures that are one": wire_with(alert(), signatures=tree(sealed(alert()))["signatures"][0]),
    "a payload that is no text": wire_with(alert(), payload=[1, 2]),
    "a payload that is not base64": wire_with(alert(), payload="Lũ về"),
    "a payload in the other base64": wire_with(alert(), payload="-_-_"),
    "a payload of two lines": wire_with(alert(), payload="QUJD\nQUJD"),
    "a payload with spare bits": wire_with(alert(), payload="QR=="),
    "a payload without padding": wire_with(alert(), payload="QQ"),
    "a payload with too much padding": wire_with(alert(), payload="QUI=="),
    "an unknown type": wire_with(alert(), payloadType="application/json"),
    "half a surrogate as type": sealed(alert()).replace(TYPE_OF[Alert].encode(), b"\\ud800alert"),
    "a short signature": wire_with(alert(), signatures=[{"keyid": key("alert").id, "sig": "QUJD"}]),
    "no key id": wire_with(alert(), signatures=[{"sig": tree(sealed(alert()))["signatures"][0]["sig"]}]),
    "a payload twice": b'{"payload":"QUJD",' + sealed(alert())[1:],
    "a payload twice, once in disguise": b'{"p\\u0061yload":"QUJD",' + sealed(alert())[1:],
}


@pytest.mark.parametrize("envelope", ENVELOPES.values(), ids=ENVELOPES.keys())
def test_what_is_no_envelope_is_refused(envelope: bytes) -> None:
    """In few words, and always as malformed, whatever it is instead."""
    with pytest.raises(Rejected) as caught:
        judged(envelope, Alert)
    assert caught.value.code is Code.ENVELOPE_MALFORMED
    assert len(caught.value.detail) < MAX_DETAIL_LETTERS + 100


def test_an_envelope_of_the_largest_size_is_read() -> None:
    """Sixteen signatures and a payload up to the limit are still looked at."""
    spaces = b" " * (MAX_BYTES - len(sealed(command())))
    assert judged(sealed(command()) + spaces, Command)
    names = tuple(f"key{number}" for number in range(MAX_SIGNATURES))
    ring = keyring(3, (*NAMES, *names), many=grant(Role.COMMAND, *names, threshold=MAX_SIGNATURES))
    assert len(taken(command(), *names, ring=ring)) == MAX_SIGNATURES


BODIES: dict[str, tuple[type[Document], str, bytes]] = {
    "no JSON": (Alert, "alert", b"Lu ve"),
    "nothing": (Alert, "alert", b""),
    "not UTF-8": (Alert, "alert", write_document(alert()).replace(b"actual", b"act\xff\xfe")),
    "deeply nested": (Alert, "alert", b'{"texts":' + b"[" * 100_000),
    "a key twice": (Alert, "alert", b'{"status":"test",' + write_document(alert())[1:]),
    "an unknown member": (Command, "command", body(command(), program="reboot")),
    "a kind that there is not": (Command, "command", body(command(), kind="exec")),
    "another format": (Alert, "alert", body(alert(), format="ttcs-alert/2")),
    "no seq": (Command, "command", body(command(), seq=None)),
    "seq 0": (Command, "command", body(command(), seq=0)),
    "seq true": (Command, "command", body(command(), seq=True)),
    "a seq that is too large": (Command, "command", body(command(), seq=2**53 + 1)),
    "a seq with a fraction": (Command, "command", body(command(), seq=8.5)),
    "a seq of 5000 digits": (Command, "command", write_document(command()).replace(b":7,", b":" + b"9" * 5000 + b",")),
    "an instant without offset": (Alert, "alert", body(alert(), expires="2030-01-01T00:00:00")),
    "an instant that is a number": (Alert, "alert", body(alert(), expires=4e9)),
    "expires before it is issued": (Alert, "alert", body(alert(), expires="2026-11-01T00:00:00Z")),
    "an audience of no kind": (Alert, "alert", body(alert(), audience=COMMUNE)),
    "an audience with a wildcard": (Alert, "alert", body(alert(), audience="area:#")),
    "a path that leads out": (Desired, "content", body(desired(), path="../../etc/passwd")),
    "a path to another server": (Desired, "content", body(desired(), path="//evil.example/x")),
    "a schedule that is too large": (Desired, "content", body(desired(), size=9 * 1024 * 1024)),
    "a voice that is too large": (Alert, "alert", body(alert(), voice=base64.b64encode(bytes(65 * 1024)).decode())),
    "an event without end": (Alert, "alert", body(alert(), event="Lũ" * 101)),
    "no event": (Alert, "alert", body(alert(), event="")),
    "files without hash": (Alert, "alert", body(alert(), content=[{"path": "a.opus", "size": 1}])),
    "files without size": (Alert, "alert", body(alert(), content=[{"path": "a.opus", "sha256": "0" * 64}])),
    "a restart of any boot": (Command, "command", body(command(), kind="restart")),
}


@pytest.mark.parametrize(("kind", "signer", "payload"), BODIES.values(), ids=BODIES.keys())
def test_a_right_signature_does_not_make_a_bad_body_good(kind: type[Document], signer: str, payload: bytes) -> None:
    """Whoever may sign may be mistaken: the document is refused with its faults, in few words."""
    with pytest.raises(Rejected) as caught:
        judged(seal_payload(TYPE_OF[kind], payload, [key(signer)]), kind)
    assert caught.value.code is Code.DOCUMENT_REFUSED
    assert len(caught.value.detail) < MAX_DETAIL_LETTERS + 100


def test_a_file_of_an_alert_is_named_by_hash_and_size() -> None:
    """With both, whatever server it is fetched from cannot put another in its place."""
    assert taken(alert(content=(Content("a.opus", digest("a"), 9),)))


@given(kinds, st.data())
def test_a_flipped_bit_is_never_another_document(document: Document, data: st.DataObject) -> None:
    """Any bit of any envelope: refused, or the very same payload by the very same signers."""
    genuine = sealed(document)
    place = data.draw(st.integers(0, len(genuine) * 8 - 1))
    flipped = bytearray(genuine)
    flipped[place // 8] ^= 1 << place % 8
    try:
        found = opened(bytes(flipped), type(document))
    except Rejected:
        return
    assert found == opened(genuine, type(document))


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_and_nothing_else_happens(junk: bytes) -> None:
    """Whatever comes from the network: no exception but the refusal."""
    for kind in PAYLOAD_TYPES.values():
        assert refused_raw(junk, kind) is Code.ENVELOPE_MALFORMED


@given(st.binary(max_size=300))
def test_any_body_with_a_right_signature_is_refused_and_nothing_else_happens(junk: bytes) -> None:
    """Whatever a key is made to sign: no exception but the refusal."""
    assert refused_raw(seal_payload(TYPE_OF[Command], junk, [key("command")]), Command) is Code.DOCUMENT_REFUSED


@every_kind
def test_what_is_written_is_read_as_it_was(document: Document) -> None:
    """The way through JSON and back changes nothing."""
    assert opened(sealed(document), type(document)).document == document


def test_what_no_box_would_take_is_not_signed() -> None:
    """Whoever signs hears of the faults first, and of an envelope that is too large."""
    with pytest.raises(Refused, match="expires"):
        sealed(command(expires=NOW - DAY))
    with pytest.raises(Refused, match="the limit is 262144"):
        seal_payload(TYPE_OF[Alert], b" " * MAX_BYTES, [key("alert")])
