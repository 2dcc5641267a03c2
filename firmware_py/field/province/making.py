"""A new province: certificate authority, role keys, signed keyring. Throw-away: all of it lies in one directory."""

from __future__ import annotations

import shutil
import socket
from dataclasses import replace
from pathlib import Path

from firmware_py.core.errors import Code, Unavailable
from firmware_py.core.units import DAY, WallUs
from firmware_py.core.wire import Role
from firmware_py.field.keychain import Keychain, Life
from firmware_py.field.province.book import Book
from firmware_py.field.province.broker import free_port
from firmware_py.field.province.place import ANY, HTTPS_PORT, KEYRING_TOPIC, MQTT_PORT, Facts, Place, write_file
from firmware_py.field.province.post import Letter, Post
from firmware_py.link.crypto.certificates import Authority
from firmware_py.store.durable import make_directory

UNFINISHED = ".ttcs-province-unfinished"
"""A mark in a directory whose making was cut off: it is ours, and nothing in it is of use."""

KEYRING_LASTS_US = 3650 * DAY


def make(place: Place, facts: Facts, now_us: WallUs) -> None:
    """Make a province where there is none; the facts are written last, and what a cut-off start has left goes.

    Raises `Unavailable` when the directory cannot be written.
    """
    mark = place.root / UNFINISHED
    if mark.exists():
        shutil.rmtree(place.root)
    elif place.root.exists() and any(place.root.iterdir()):
        what = f"{place.root}: is not empty and no province; name a new directory"
        raise Unavailable(Code.FOLDER_UNREADABLE, what)
    make_directory(place.root)
    write_file(mark, b"")
    place.make()
    Authority.create(place.ca, facts.name)
    _make_keys(place.root, facts.areas, now_us)
    keyring = place.keyring.read_bytes()
    with Book(place.book) as book:
        Post(book).put(Letter(KEYRING_TOPIC, keyring, retain=True, expires_us=now_us + KEYRING_LASTS_US))
    place.write_facts(facts)
    mark.unlink()


def settle_ports(facts: Facts) -> Facts:
    """Return the facts with ports that are free now in the place of those given as 0."""
    mqtt = facts.mqtt_port or free_port(facts.bind)
    return replace(facts, mqtt_port=mqtt, https_port=facts.https_port or free_port(facts.bind))


def new_facts(
    name: str, areas: tuple[str, ...], bind: str, host: str, mqtt_port: int = MQTT_PORT, https_port: int = HTTPS_PORT
) -> Facts:
    """Return the facts of a new province; without a host boxes reach it by the address that it listens on."""
    reached = host or (own_address() if bind in ANY else bind)
    return settle_ports(Facts("ttcs-province/1", name, areas, bind, reached, mqtt_port, https_port))


def own_address() -> str:
    """Return the address by which this machine is known in its network; connecting a UDP socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def _make_keys(directory: Path, areas: tuple[str, ...], now_us: WallUs) -> None:
    """Make a key for every role, named like it, and the keyring that says so, signed by root."""
    chain, life = Keychain(directory), Life(now_us, now_us + KEYRING_LASTS_US)
    chain.init(1, 1, life)
    for role in Role:
        if role is not Role.ROOT:
            chain.grant(role, [role.value], 1, areas if role is Role.ALERT else (), life)
