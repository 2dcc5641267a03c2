"""What `ttcs keys` tells: a keyring with its grants, and whether a box would obey an envelope."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from firmware_py.core.codec import from_json
from firmware_py.core.envelope import MAX_BYTES, Envelope, read_envelope
from firmware_py.core.errors import Code, Malformed, Unavailable
from firmware_py.core.records import ClockState
from firmware_py.core.trust import Identity, Present, Rejected, admit, verify
from firmware_py.core.wire import PAYLOAD_TYPES, Document, Keyring
from firmware_py.core.writing import format_instant
from firmware_py.field.keychain import Keychain, load_keyring
from firmware_py.link.crypto import signing


def judge(options: argparse.Namespace) -> int:
    """Hold an envelope against a keyring, as the box would to which it is addressed and which has seen nothing yet."""
    keyring, raw = load_keyring(options.keyring), read_bytes(options.file)
    envelope = _envelope(options.file, raw)
    kind = PAYLOAD_TYPES.get(envelope.payload_type)
    if kind is None:
        raise Rejected(Code.ENVELOPE_MALFORMED, f"{options.file}: holds {envelope.payload_type[:80]!r}")
    who = _identity(options, envelope, kind)
    found = verify(raw, kind, keyring, who, signing.verify)
    admit(found, Present(now_us(), ClockState.TRUSTED, 0), {})
    told = {"valid": True, "type": kind.__name__.lower(), "signers": sorted(found.signers), "sha256": found.digest}
    until = {"expires": format_instant(found.document.expires), "audience": _audience(found.document)}
    return tell(told | until, as_json=options.json)


def show(options: argparse.Namespace) -> int:
    """Show the keyring of a directory or file; of another envelope what it claims, which nobody has vouched for."""
    if options.place.is_dir():
        chain = Keychain(options.place, options.root_dir)
        return tell(keyring_as_told(chain.keyring(), chain), as_json=options.json)
    envelope = _envelope(options.place, read_bytes(options.place))
    if PAYLOAD_TYPES.get(envelope.payload_type) is Keyring:
        chain = Keychain(options.place.parent, options.root_dir)
        return tell(keyring_as_told(load_keyring(options.place), chain), as_json=options.json)
    claims = {"verified": False, "type": envelope.payload_type, "signers": [each.keyid for each in envelope.signatures]}
    return tell(claims | {"document": _tree(options.place, envelope.payload)}, as_json=options.json)


def keyring_as_told(keyring: Keyring, chain: Keychain) -> dict[str, Any]:
    """Return a keyring as it is told to people and programs, with the names of the private keys that are here."""
    here = chain.here()
    named = {id_: {"name": each.name, "file": str(each.path)} for id_, each in here.items()}
    grants = [
        {
            "role": grant.role.value,
            "threshold": grant.threshold,
            "areas": list(grant.areas),
            "keys": [{"id": id_, **named.get(id_, {})} for id_ in grant.keys],
        }
        for grant in keyring.grants
    ]
    told = {"version": keyring.version, "issued": format_instant(keyring.issued)}
    return told | {"expires": format_instant(keyring.expires), "file": str(chain.keyring_path), "grants": grants}


def _identity(options: argparse.Namespace, envelope: Envelope, kind: type[Document]) -> Identity:
    """Return the box as which is judged: the one of the options, or one to which the document is addressed."""
    if options.device or options.area or kind is Keyring:
        return Identity(options.device, tuple(options.area))
    tree = _tree(options.file, envelope.payload)
    audience = tree.get("audience") if isinstance(tree, dict) else None
    word, _, name = audience.partition(":") if isinstance(audience, str) else ("", "", "")
    return Identity(name if word == "device" else "", (name,) if word == "area" else ())


def _audience(document: Document) -> str:
    return "all" if isinstance(document, Keyring) else document.audience


def _envelope(path: Path, raw: bytes) -> Envelope:
    try:
        return read_envelope(raw)
    except Malformed as error:
        raise Rejected(Code.ENVELOPE_MALFORMED, f"{path}: is no envelope: {error}") from error


def _tree(path: Path, payload: bytes) -> Any:  # noqa: ANN401 - JSON
    try:
        return from_json(payload)
    except Malformed as error:
        raise Rejected(Code.DOCUMENT_REFUSED, f"{path}: {error}") from error


def read_bytes(path: Path) -> bytes:
    """Return a file, or one byte more of it than any envelope has; raise `Unavailable` when it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        what = f"{path}: cannot be read ({error.strerror}); check the name and the permissions"
        raise Unavailable(Code.KEY_UNUSABLE, what) from error


def now_us() -> int:
    """Return the wall clock in microseconds."""
    return time.time_ns() // 1000


def tell(told: dict[str, Any], *, as_json: bool) -> int:
    """Print what there is to say, for people or programs, and return the exit status 0."""
    print(json.dumps(told, ensure_ascii=False) if as_json else "\n".join(_lines(told)))
    return 0


def _lines(told: dict[str, Any]) -> list[str]:
    lines = [f"{name}: {_line(value)}" for name, value in told.items() if name != "grants"]
    return lines + [_grant_line(grant) for grant in told.get("grants", ())]


def _line(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _grant_line(grant: dict[str, Any]) -> str:
    keys = ", ".join(f"{key.get('name', 'not here')} ({key['id'][:16]})" for key in grant["keys"])
    areas = f" for {', '.join(grant['areas'])}" if grant["areas"] else ""
    return f"  {grant['role']:10} {grant['threshold']} of {len(grant['keys'])}{areas}: {keys}"
