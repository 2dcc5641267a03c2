"""`ttcs keys`: make, grant, rotate and revoke keys; sign documents and see what a signature is worth."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from firmware_py.core.trust import Rejected
from firmware_py.core.units import DAY
from firmware_py.core.wire import TYPE_OF, Role, read_area, read_document
from firmware_py.field.keychain import Keychain, Life
from firmware_py.field.keyview import judge, keyring_as_told, now_us, read_bytes, show, tell
from firmware_py.link.crypto import files
from firmware_py.link.crypto.signing import seal_payload

KINDS = {kind.__name__.lower(): kind for kind in TYPE_OF}
GRANTED = tuple(role.value for role in Role if role is not Role.ROOT)
DAYS = 1825


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what can be done with keys."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _init(actions)
    _role(actions)
    for name, text in (
        ("rotate", "put a new key in the place of one, with the same rights"),
        ("revoke", "take every right from a key (a name, or the first digits of an id)"),
    ):
        action = _writing(actions, name, text)
        action.add_argument("name", metavar="NAME")
        action.add_argument("directory", type=Path, metavar="DIR")
    _writing(actions, "renew", "give the keyring a later end").add_argument("directory", type=Path, metavar="DIR")
    _sign(actions)
    _verify(actions)
    show = actions.add_parser("show", help="show a keyring, or what an envelope claims")
    show.add_argument("place", type=Path, metavar="DIR|FILE")
    show.add_argument("--root-dir", type=Path, action="append", default=[], metavar="DIR")
    show.add_argument("--json", action="store_true", help="one JSON object")


def _init(actions: Any) -> None:  # noqa: ANN401 - argparse gives the type of its sub-parsers no public name
    action = _writing(actions, "init", "make the root keys and the first keyring")
    action.add_argument("--roots", type=int, default=1, metavar="N", help="how many root keys (default: 1)")
    action.add_argument("--threshold", type=int, default=1, metavar="M", help="how many must sign (default: 1)")
    action.add_argument("directory", type=Path, metavar="DIR")


def _role(actions: Any) -> None:  # noqa: ANN401 - see _init
    action = _writing(actions, "role", "make a key (or several) and give it a role")
    action.add_argument("role", choices=GRANTED, metavar="ROLE", help=", ".join(GRANTED))
    action.add_argument(
        "--area", type=_area, action="append", default=[], metavar="CODE", help="what an alert key reaches"
    )
    action.add_argument("--name", action="append", required=True, metavar="NAME", help="again for a second key")
    action.add_argument("--threshold", type=int, default=1, metavar="M", help="how many of them must sign (default: 1)")
    action.add_argument("directory", type=Path, metavar="DIR")


def _sign(actions: Any) -> None:  # noqa: ANN401 - see _init
    action = actions.add_parser("sign", help="sign a document")
    action.add_argument("file", type=Path, metavar="FILE.json")
    action.add_argument("--type", choices=tuple(KINDS), required=True)
    action.add_argument("--key", action="append", required=True, metavar="NAME", help="again where several must sign")
    action.add_argument("--root-dir", type=Path, action="append", default=[], metavar="DIR")
    action.add_argument("-o", "--output", type=Path, default=None, metavar="FILE", help="default: standard output")
    action.add_argument("directory", type=Path, metavar="DIR")


def _verify(actions: Any) -> None:  # noqa: ANN401 - see _init
    action = actions.add_parser("verify", help="say whether a box would obey an envelope now")
    action.add_argument("file", type=Path, metavar="ENVELOPE")
    action.add_argument("--keyring", type=Path, required=True, metavar="FILE")
    action.add_argument("--device", default="", metavar="ID", help="as this box (default: the one that it is for)")
    action.add_argument(
        "--area", action="append", default=[], metavar="CODE", help="its areas, the widest first (default: as above)"
    )
    action.add_argument("--json", action="store_true", help="one JSON object")


def _writing(actions: Any, name: str, text: str) -> argparse.ArgumentParser:  # noqa: ANN401 - see _init
    action: argparse.ArgumentParser = actions.add_parser(name, help=text)
    where = "where root keys lie (default: DIR/root); again for several places"
    action.add_argument("--root-dir", type=Path, action="append", default=[], metavar="DIR", help=where)
    action.add_argument(
        "--days", type=_days, default=DAYS, metavar="N", help="how long the keyring is good for (%(default)s)"
    )
    action.add_argument("--json", action="store_true", help="one JSON object")
    return action


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 36_500:
        raise argparse.ArgumentTypeError(f"{text[:20]!r} is no number of days from 1 to 36500")
    return int(text)


def _area(text: str) -> str:
    try:
        return read_area(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def main(options: argparse.Namespace) -> int:
    """Do it; return 0, or 1 when it could not be done or an envelope is not to be obeyed."""
    try:
        match options.action:
            case "sign":
                return sign(options)
            case "verify":
                return judge(options)
            case "show":
                return show(options)
            case _:
                return change(options)
    except Rejected as refusal:
        print(f"ttcs: {refusal.detail} ({refusal.code})", file=sys.stderr)
        return 1


def change(options: argparse.Namespace) -> int:
    """Make the next version of a keyring, and show it."""
    chain, begin_us = Keychain(options.directory, options.root_dir), now_us()
    life = Life(begin_us, begin_us + options.days * DAY)
    match options.action:
        case "init":
            keyring = chain.init(options.roots, options.threshold, life)
        case "role":
            role, areas = Role(options.role), tuple(options.area)
            keyring = chain.grant(role, options.name, options.threshold, areas, life)
        case "rotate":
            keyring = chain.rotate(options.name, life)
        case "revoke":
            keyring = chain.revoke(options.name, life)
        case _:
            keyring = chain.renew(life)
    return tell(keyring_as_told(keyring, chain), as_json=options.json)


def sign(options: argparse.Namespace) -> int:
    """Sign the very bytes of a file, if a box could read them."""
    chain, kind = Keychain(options.directory, options.root_dir), KINDS[options.type]
    payload = read_bytes(options.file)
    read_document(kind, payload)
    raw = seal_payload(TYPE_OF[kind], payload, [chain.key(name) for name in options.key])
    if options.output:
        files.write(options.output, raw)
    else:
        print(raw.decode())
    return 0
