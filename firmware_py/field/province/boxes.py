"""A box's directory, ready to run: its config, keyring, authority, certificate and key."""

from __future__ import annotations

import shutil
from pathlib import Path

from firmware_py.core.codec import to_json
from firmware_py.core.errors import Code, Unavailable
from firmware_py.field.province.book import Book, Box
from firmware_py.field.province.place import ANY, Facts, Place, write_file
from firmware_py.link.crypto import files
from firmware_py.link.crypto.certificates import Authority

CA, CERTIFICATE, KEY, KEYRING = "ca.pem", "device.pem", "device.key", "keyring.json"
OWN = {"speaker": '\n[sound]\nsink = "auto"\n', "board": '\n[screen]\ndriver = "auto"\n'}

CONFIG = """\
# Made by `ttcs enrol`. `ttcs check FILE` names every fault; config/{product}.example.toml explains every key.

[device]
id = {id}
name = {name}
areas = {areas}
state_dir = "state"
run_dir = "run"

[link]
kind = "mqtt"
keyring = "{keyring}"
heartbeat_s = 60.0

[link.broker]
host = {host}
port = {port}
ca = "{ca}"
certificate = "{certificate}"
key = "{key}"
origins = [{origin}]

[clock]
{clock}
{own}"""

DESK_CLOCK = 'source = "assume-trusted"          # this machine is a desk; a box in the field has "system"'
FIELD_CLOCK = 'source = "system"'


def equip(place: Place, box: Box, out: Path) -> Path:
    """Make the directory of a box and enrol the box; return its config file.

    Raises `Unavailable` when there is something in the directory already: a box that runs must not lose its key.
    """
    facts = place.facts()
    if out.exists() and any(out.iterdir()):
        what = f"{out}: is not empty; name a new directory, or remove this one if the box no longer needs it"
        raise Unavailable(Code.FOLDER_UNREADABLE, what)
    files.make_directory(out)
    authority = Authority.load(place.ca)
    identity = authority.issue_device(box.id)
    files.write(out / KEY, files.read(identity.key_path, private=True), files.PRIVATE)
    identity.key_path.unlink()  # nobody but the box needs it
    shutil.copyfile(identity.cert_path, out / CERTIFICATE)
    shutil.copyfile(authority.ca_path, out / CA)
    shutil.copyfile(place.keyring, out / KEYRING)
    with Book(place.book) as book:
        book.enrol(box)
    config = out / f"{box.product}.toml"
    write_file(config, config_text(facts, box).encode())
    return config


def config_text(facts: Facts, box: Box) -> str:
    """Return the config of a box. On the loopback address the box is on this machine, whose clock somebody watches."""
    near = facts.bind not in ANY and facts.bind in ("127.0.0.1", "::1")
    return CONFIG.format(
        product=box.product,
        id=_quoted(box.id),
        name=_quoted(box.name),
        areas=_quoted(box.areas),
        keyring=KEYRING,
        host=_quoted(facts.host),
        port=facts.mqtt_port,
        ca=CA,
        certificate=CERTIFICATE,
        key=KEY,
        origin=_quoted(facts.origin),
        clock=DESK_CLOCK if near else FIELD_CLOCK,
        own=OWN[box.product],
    )


def _quoted(value: object) -> str:
    """Return a text or list as TOML; that of JSON is one, but for the sign for deletion, which JSON leaves bare."""
    return to_json(value).decode().replace("\x7f", "\\u007f")
