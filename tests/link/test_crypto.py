"""Keys and certificates: signatures that hold, files that nobody else reads, TLS that lets in who belongs."""

from __future__ import annotations

import base64
import os
import socket
import ssl
import stat
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from firmware_py.core.envelope import read_envelope, signed_bytes
from firmware_py.core.errors import Code, Unavailable
from firmware_py.core.wire import Document
from firmware_py.core.writing import write_document
from firmware_py.link.crypto import files
from firmware_py.link.crypto.certificates import Authority, Identity
from firmware_py.link.crypto.signing import SigningKey, is_weak, seal, verify
from tests.core.forging import DOCUMENTS, alert, key

LONG_AGO = datetime.now(UTC) - timedelta(days=3000)


# Signatures.


def test_a_signature_holds_for_its_key_and_message_only() -> None:
    """The right one of RFC 8032 (7.1, test 2) holds; another message, key or a changed signature does not."""
    public = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    signature = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert verify(public, b"\x72", signature)
    assert not verify(public, b"\x73", signature)
    assert not verify(key("other").public, b"\x72", signature)
    assert not verify(public, b"\x72", signature[::-1])


def test_the_other_form_of_a_signature_does_not_hold() -> None:
    """S plus the order of the group is the same point: accepted by lax verifiers, refused here (RFC 8032, 5.1.7)."""
    order = 2**252 + 27742317777372353535851937790883648493
    sig = key("a").sign("t", b"p").sig
    other = sig[:32] + (int.from_bytes(sig[32:], "little") + order).to_bytes(32, "little")
    assert verify(key("a").public, signed_bytes("t", b"p"), sig)
    assert not verify(key("a").public, signed_bytes("t", b"p"), other)


@given(st.binary(max_size=70), st.binary(max_size=70), st.binary(max_size=70))
def test_hostile_bytes_are_no_signature(public: bytes, message: bytes, signature: bytes) -> None:
    """Of any length: False, never an exception."""
    assert verify(public, message, signature) is False


def test_keys_that_anybody_could_sign_for_are_known() -> None:
    """The points of small order, with either sign; keys that were made are none of them."""
    weak = [bytes(32), b"\1" + bytes(31), b"\xec" + b"\xff" * 30 + b"\x7f", b"\1" + bytes(30) + b"\x80"]
    assert all(map(is_weak, weak))
    assert not any(is_weak(SigningKey.generate().public) for _ in range(20))


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_a_sealed_document_carries_its_bytes_and_each_signature_once(document: Document) -> None:
    """What is signed is what is sent, and a key that is given twice signs once."""
    envelope = read_envelope(seal(document, [key("a"), key("b"), key("a")]))
    assert envelope.payload == write_document(document)
    assert [each.keyid for each in envelope.signatures] == [key("a").id, key("b").id]
    message = signed_bytes(envelope.payload_type, envelope.payload)
    assert verify(key("b").public, message, envelope.signatures[1].sig)


def test_what_is_not_said_is_left_out() -> None:
    """None is no member; instants are texts with an offset."""
    written = write_document(alert())
    assert b"volume_pct" not in written
    assert b'"issued":"2026-11-22T21:59:00+00:00"' in written


# Key files.


def test_a_key_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    """Same id, same signatures; readable by its owner only, whatever the umask says; nothing else is left there."""
    before = os.umask(0)
    try:
        key("a").save(tmp_path / "a.key")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["a.key"]
    again = SigningKey.load(tmp_path / "a.key")
    assert (again.id, again.public) == (key("a").id, key("a").public)
    assert again.sign("t", b"p") == key("a").sign("t", b"p")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    """With the mode, and how to mend it."""
    path = tmp_path / "a.key"
    key("a").save(path)
    path.chmod(mode)
    with pytest.raises(Unavailable, match=f"mode {mode:04o}.*chmod 600") as caught:
        SigningKey.load(path)
    assert caught.value.code is Code.KEY_UNUSABLE


def _pem(key_of_any_kind: Any, password: bytes = b"") -> bytes:  # noqa: ANN401 - what a foreign library makes
    how = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    pem = key_of_any_kind.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how)
    return bytes(pem)


@pytest.mark.parametrize("raw", [b"", b"not a key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, raw: bytes) -> None:
    """By its name."""
    files.write(tmp_path / "a.key", raw, files.PRIVATE)
    with pytest.raises(Unavailable, match=r"a\.key: is no private key"):
        SigningKey.load(tmp_path / "a.key")


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    """An elliptic curve key of TLS, an Ed25519 key with a password, a file that is much too large, none at all."""
    path = tmp_path / "a.key"
    files.write(path, _pem(ec.generate_private_key(ec.SECP256R1())), files.PRIVATE)
    with pytest.raises(Unavailable, match="another kind than Ed25519"):
        SigningKey.load(path)
    files.write(path, _pem(Ed25519PrivateKey.generate(), b"x"), files.PRIVATE)
    with pytest.raises(Unavailable, match="without a password"):
        SigningKey.load(path)
    files.write(path, bytes(files.MAX_PEM_BYTES + 1), files.PRIVATE)
    with pytest.raises(Unavailable, match="larger than any key"):
        SigningKey.load(path)
    path.unlink()
    with pytest.raises(Unavailable, match="No such file"):
        SigningKey.load(path)


def test_the_key_of_the_standard_is_read(tmp_path: Path) -> None:
    """RFC 8410, 10.3 and 10.1: the private key in PKCS #8 and the public one that belongs to it."""
    pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
    files.write(tmp_path / "a.key", f"{pem}-----END PRIVATE KEY-----\n".encode(), files.PRIVATE)
    public = base64.b64decode("MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=")[-32:]
    assert SigningKey.load(tmp_path / "a.key").public == public


def test_a_key_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """Where it cannot be written the old one stays and nothing is left over."""
    key("old").save(tmp_path / "a.key")
    with pytest.raises(Unavailable, match="cannot be written"):
        key("new").save(tmp_path / "nowhere" / "a.key")
    (tmp_path / "b.key").mkdir()
    with pytest.raises(Unavailable, match="cannot be written"):
        key("new").save(tmp_path / "b.key")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.key", "b.key"]
    assert SigningKey.load(tmp_path / "a.key").id == key("old").id


def test_what_lies_in_the_way_is_not_written_through(tmp_path: Path) -> None:
    """A link under the name of the unfinished file, put there by somebody else: replaced, never followed."""
    (tmp_path / "elsewhere").write_bytes(b"theirs")
    (tmp_path / "a.key.part").symlink_to(tmp_path / "elsewhere")
    key("a").save(tmp_path / "a.key")
    assert (tmp_path / "elsewhere").read_bytes() == b"theirs"
    assert SigningKey.load(tmp_path / "a.key").id == key("a").id


# Certificates.


def _server(identity: Identity, ca: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=ca)
    context.load_cert_chain(identity.cert_path, identity.key_path)
    context.verify_mode, context.verify_flags = ssl.CERT_REQUIRED, context.verify_flags | ssl.VERIFY_X509_STRICT
    return context


def _client(identity: Identity, ca: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca)
    context.load_cert_chain(identity.cert_path, identity.key_path)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


def greeted(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> str:
    """Return the common name by which a server knows a client; raise `ssl.SSLError` when they do not meet."""
    ours, theirs = socket.socketpair()
    ours.settimeout(5)
    theirs.settimeout(5)
    answer = threading.Thread(target=_answer, args=(server, theirs))
    answer.start()
    try:
        with client.wrap_socket(ours, server_hostname=name) as met:
            return met.recv(100).decode()
    finally:
        ours.close()
        answer.join()


def _answer(server: ssl.SSLContext, theirs: socket.socket) -> None:
    with theirs, suppress(OSError), server.wrap_socket(theirs, server_side=True) as met:
        subject = dict(part[0] for part in met.getpeercert()["subject"])  # type: ignore[index, misc]
        met.sendall(str(subject["commonName"]).encode())


@pytest.fixture(scope="module", name="authority")
def _authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("ca"), "Kon Tum, một tỉnh để thử")


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
def test_a_server_is_believed_by_each_of_its_names_and_knows_the_box(authority: Authority, name: str) -> None:
    """By host name and address, under the strict rules of X.509; the box is known by its id."""
    server = _server(authority.issue_server(["localhost", "127.0.0.1", "::1"]), authority.ca_path)
    client = _client(authority.issue_device("kt-001"), authority.ca_path)
    assert greeted(server, client, name) == "kt-001"


def test_a_server_is_not_believed_by_another_name(authority: Authority) -> None:
    """A server of the same province under another's name is refused by the box."""
    server = _server(authority.issue_server(["localhost"]), authority.ca_path)
    client = _client(authority.issue_device("kt-001"), authority.ca_path)
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        greeted(server, client, "content.kontum.example")


def test_another_authority_is_believed_by_neither(authority: Authority, tmp_path: Path) -> None:
    """Of the same name, but with another key: the box refuses the server, the server the box."""
    other = Authority.create(tmp_path, "Kon Tum, một tỉnh để thử")
    ours, theirs = authority.issue_server(["localhost"]), other.issue_server(["localhost"])
    with pytest.raises(ssl.SSLCertVerificationError):
        greeted(
            _server(theirs, authority.ca_path), _client(authority.issue_device("a"), authority.ca_path), "localhost"
        )
    with pytest.raises(ssl.SSLError):
        greeted(_server(ours, authority.ca_path), _client(other.issue_device("a"), authority.ca_path), "localhost")


def test_a_box_is_no_server_and_a_server_no_box(authority: Authority) -> None:
    """A certificate is good for what it was issued for, so that a stolen box impersonates no broker."""
    server, device = authority.issue_server(["localhost"]), authority.issue_device("localhost")
    with pytest.raises(ssl.SSLCertVerificationError):
        greeted(_server(device, authority.ca_path), _client(device, authority.ca_path), "localhost")
    with pytest.raises(ssl.SSLError):
        greeted(_server(server, authority.ca_path), _client(server, authority.ca_path), "localhost")


def test_a_certificate_expires(authority: Authority) -> None:
    """One that was issued eight years ago is refused today."""
    old = Authority.load(authority.ca_path.parent, now=LONG_AGO).issue_server(["old.example"])
    client = _client(authority.issue_device("kt-001"), authority.ca_path)
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        greeted(_server(old, authority.ca_path), client, "old.example")


def test_an_authority_that_is_loaded_issues_like_the_one_that_was_made(authority: Authority) -> None:
    """From its directory, on another day."""
    again = Authority.load(authority.ca_path.parent)
    server = _server(again.issue_server(["localhost"]), authority.ca_path)
    assert greeted(server, _client(authority.issue_device("kt-002"), again.ca_path), "localhost") == "kt-002"


def test_keys_of_certificates_are_for_their_owner(authority: Authority) -> None:
    """All of them, the authority's too."""
    authority.issue_device("kt-003")
    found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in authority.ca_path.parent.glob("*.key")}
    assert {"ca.key", "device-kt-003.key"} <= found.keys()
    assert set(found.values()) == {0o600}


@pytest.mark.parametrize("name", ["", "../x", "a/b", "a b", ".hidden", "x" * 65, "a\0b"])
def test_a_name_that_could_not_be_a_file_is_refused(authority: Authority, name: str) -> None:
    """It would be written outside of the directory, or not be read the same by everybody."""
    with pytest.raises(ValueError, match="names no certificate"):
        authority.issue_device(name)


def test_a_server_without_a_name_is_refused(authority: Authority) -> None:
    """Nobody could reach it."""
    with pytest.raises(ValueError, match="at least one name"):
        authority.issue_server([])


def test_an_authority_that_is_broken_is_named(tmp_path: Path) -> None:
    """Not there, with a key that is open or damaged, or with another authority's key."""
    with pytest.raises(Unavailable, match=r"ca\.pem: cannot be read"):
        Authority.load(tmp_path)
    for name in ("a", "b"):
        Authority.create(tmp_path / name, "x")
    files.write(tmp_path / "a" / "ca.key", (tmp_path / "b" / "ca.key").read_bytes(), files.PRIVATE)
    with pytest.raises(Unavailable, match=r"is not the key of ca\.pem"):
        Authority.load(tmp_path / "a")
    files.write(tmp_path / "a" / "ca.key", b"nothing", files.PRIVATE)
    with pytest.raises(Unavailable, match="damaged"):
        Authority.load(tmp_path / "a")
    (tmp_path / "b" / "ca.key").chmod(0o644)
    with pytest.raises(Unavailable, match="chmod 600"):
        Authority.load(tmp_path / "b")
