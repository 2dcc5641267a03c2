"""Where a province keeps its things, and the few facts that the other commands must know of it.

province.json        names, addresses, ports, areas
ca/                  certificate authority, certificates of the servers and of the source itself
keys/ root/          the private keys of the roles, as `ttcs keys` keeps them
keyring.json         what each key may do, signed by root; keyrings/ has all versions
broker/              mosquitto: its config, access list, store and log
content/             what the content server gives out: objects/SHA256.EXT and schedules
up/DEVICE/           what boxes have sent: snapshots, logs
source.sqlite        boxes, what they said, their events, what is to go out
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from firmware_py.core.codec import from_json, to_json
from firmware_py.core.errors import Code, Malformed, Unavailable
from firmware_py.core.shape import Length, Range, load
from firmware_py.core.wire import AreaCode
from firmware_py.store.durable import disk, make_directory, move, new_file, write_all

DEFAULT = Path("province")
SOURCE = "source"
"""The name by which the broker knows the source system; no box may have it."""

KEYRING_TOPIC = "ttcs/1/keyring"

ANY = ("0.0.0.0", "::")  # noqa: S104 - compared with, never bound to by itself
MQTT_PORT, HTTPS_PORT = 8883, 8443


@dataclass(frozen=True, slots=True)
class Facts:
    """What `province.json` says. `host` is the name or address by which boxes reach both servers."""

    format: Literal["ttcs-province/1"]
    name: Annotated[str, Length(1, 120)]
    areas: Annotated[tuple[AreaCode, ...], Length(1, 16)]
    bind: Annotated[str, Length(1, 253)] = "127.0.0.1"
    host: Annotated[str, Length(1, 253)] = "127.0.0.1"
    mqtt_port: Annotated[int, Range(1, 65_535, "")] = MQTT_PORT
    https_port: Annotated[int, Range(1, 65_535, "")] = HTTPS_PORT

    @property
    def origin(self) -> str:
        """The content server's address."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"https://{host}:{self.https_port}"

    @property
    def near(self) -> str:
        """The address by which this machine itself reaches the servers."""
        return "127.0.0.1" if self.bind in ANY else self.bind


@dataclass(frozen=True, slots=True)
class Place:
    """The directory of a province."""

    root: Path

    @property
    def facts_path(self) -> Path:
        """Names, addresses, ports."""
        return self.root / "province.json"

    @property
    def ca(self) -> Path:
        """The certificate authority."""
        return self.root / "ca"

    @property
    def keys(self) -> Path:
        """The private keys of the roles."""
        return self.root / "keys"

    @property
    def keyring(self) -> Path:
        """The signed keyring, as it is published."""
        return self.root / "keyring.json"

    @property
    def broker(self) -> Path:
        """The broker's directory."""
        return self.root / "broker"

    @property
    def content(self) -> Path:
        """What the content server gives out."""
        return self.root / "content"

    @property
    def up(self) -> Path:
        """What boxes have sent."""
        return self.root / "up"

    @property
    def book(self) -> Path:
        """The database."""
        return self.root / "source.sqlite"

    @property
    def bell(self) -> Path:
        """The named pipe by which the other commands wake the source."""
        return self.root / "bell"

    @property
    def is_made(self) -> bool:
        """Whether a province was made here to the end: the facts are written last."""
        return self.facts_path.is_file()

    def facts(self) -> Facts:
        """Return the facts; raise `Unavailable` when no province is here, `Refused` when the file has faults."""
        try:
            raw = self.facts_path.read_bytes()
        except OSError as error:
            what = f"{self.root}: is no province ({error.strerror}); make one with `ttcs source {self.root}`"
            raise Unavailable(Code.FOLDER_UNREADABLE, what) from error
        try:
            return load(Facts, from_json(raw), str(self.facts_path))
        except Malformed as error:
            what = f"{error}; mend it, or begin anew in another directory"
            raise Unavailable(Code.DOCUMENT_REFUSED, what) from error

    def write_facts(self, facts: Facts) -> None:
        """Write the facts, whole; raise `Unavailable`."""
        write_file(self.facts_path, to_json(facts))

    def make(self) -> None:
        """Make the directories that are not there; raise `Unavailable`."""
        for directory in (self.root, self.keys, self.broker, self.content / "objects", self.up):
            make_directory(directory)
        with disk(self.root):
            self.root.chmod(0o700)


def write_file(path: Path, data: bytes) -> None:
    """Write a file that survives a power cut, whole or not at all; raise `Unavailable`."""
    part = path.with_name(path.name + ".part")
    with disk(path):
        with new_file(part) as descriptor:
            write_all(descriptor, data)
        move(part, path)
