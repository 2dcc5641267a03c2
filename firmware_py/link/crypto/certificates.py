"""A certificate authority of one's own (X.509, EC P-256), for a province on a desk and for tests of the TLS links.

A device's certificate carries its id as common name: the broker takes it for the name of the user. A directory
holds `ca.pem`, `ca.key` and a pair of files for each certificate; keys are readable by their owner only.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from firmware_py.core.errors import Code, Unavailable
from firmware_py.link.crypto import files

BACKDATED = timedelta(days=1)
AUTHORITY_LASTS = timedelta(days=3650)
LEAF_LASTS = timedelta(days=730)

_CA, _CA_KEY = "ca.pem", "ca.key"
_FILE_NAME = re.compile(r"[\w:][\w.:-]{0,63}")


@dataclass(frozen=True, slots=True)
class Identity:
    """Where a certificate and its private key lie, both PEM."""

    cert_path: Path
    key_path: Path


class Authority:
    """Signs the certificates of servers and devices; `now` is when what it issues was made (default: at the call)."""

    def __init__(
        self, directory: Path, cert: x509.Certificate, key: ec.EllipticCurvePrivateKey, now: datetime | None
    ) -> None:
        """Keep what it signs with."""
        self._directory = directory
        self._cert = cert
        self._key = key
        self._now = now

    @classmethod
    def create(cls, directory: Path, name: str, *, now: datetime | None = None) -> Self:
        """Make a new authority in a directory (in place of one that is there); raise `Unavailable`."""
        files.make_directory(directory)
        key, subject = ec.generate_private_key(ec.SECP256R1()), _name(name)
        builder = _builder(subject, subject, key.public_key(), now, AUTHORITY_LASTS)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        cert = builder.add_extension(_usage(signs_certificates=True), critical=True).sign(key, hashes.SHA256())
        _save(Identity(directory / _CA, directory / _CA_KEY), cert, key)
        return cls(directory, cert, key, now)

    @classmethod
    def load(cls, directory: Path, *, now: datetime | None = None) -> Self:
        """Return the authority in a directory; raise `Unavailable` when there is none that can be used."""
        cert, key = files.read(directory / _CA, private=False), files.read(directory / _CA_KEY, private=True)
        try:
            private = serialization.load_pem_private_key(key, None)
            certificate = x509.load_pem_x509_certificate(cert)
        except (ValueError, TypeError) as error:
            what = f"{directory}: {_CA} or {_CA_KEY} is damaged ({error}); make a new authority"
            raise Unavailable(Code.KEY_UNUSABLE, what) from error
        if not isinstance(private, ec.EllipticCurvePrivateKey) or private.public_key() != certificate.public_key():
            what = f"{directory}: {_CA_KEY} is not the key of {_CA}; make a new authority"
            raise Unavailable(Code.KEY_UNUSABLE, what)
        return cls(directory, certificate, private, now)

    @property
    def ca_path(self) -> Path:
        """The certificate that a peer must know to believe the others (PEM)."""
        return self._directory / _CA

    def issue_server(self, names: Iterable[str]) -> Identity:
        """Return the certificate of a server that is reached by these host names and IP addresses."""
        wanted = tuple(names)
        if not wanted:
            raise ValueError("a server has at least one name; give the host name or address that boxes use")
        alternative = x509.SubjectAlternativeName([_general(name) for name in wanted])
        return self._issue(wanted[0], "server", ExtendedKeyUsageOID.SERVER_AUTH, alternative)

    def issue_device(self, device_id: str) -> Identity:
        """Return the certificate of a box; the broker knows it by its common name, the device id."""
        return self._issue(device_id, "device", ExtendedKeyUsageOID.CLIENT_AUTH, None)

    def _issue(
        self, common: str, kind: str, usage: x509.ObjectIdentifier, alternative: x509.SubjectAlternativeName | None
    ) -> Identity:
        if not _FILE_NAME.fullmatch(common):
            raise ValueError(f"{common[:80]!r} names no certificate; use 1 to 64 letters, digits and . _ -")
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_name(common), self._cert.subject, key.public_key(), self._now, LEAF_LASTS)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        builder = builder.add_extension(_issuer_of(self._cert), critical=False)
        if alternative:
            builder = builder.add_extension(alternative, critical=False)
        stem = f"{kind}-{common}"
        identity = Identity(self._directory / f"{stem}.pem", self._directory / f"{stem}.key")
        _save(identity, builder.sign(self._key, hashes.SHA256()), key)
        return identity


def validity(path: Path) -> tuple[datetime, datetime]:
    """Return from when until when a certificate (PEM) is good; raise `Unavailable` when it is none."""
    try:
        found = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise Unavailable(Code.KEY_UNUSABLE, f"{path}: is no certificate ({error}); enrol the box anew") from error
    return found.not_valid_before_utc, found.not_valid_after_utc


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    now: datetime | None,
    lasts: timedelta,
) -> x509.CertificateBuilder:
    begin = (now or datetime.now(UTC)) - BACKDATED
    builder = x509.CertificateBuilder(issuer, subject, public, x509.random_serial_number(), begin, begin + lasts)
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _issuer_of(cert: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    known = cert.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(known)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _save(identity: Identity, cert: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    files.write(identity.key_path, private, files.PRIVATE)
    files.write(identity.cert_path, cert.public_bytes(pem))
