"""A real mosquitto with the config and the access list that are shipped, on a port of its own, with throw-away keys."""

from __future__ import annotations

import getpass
import shutil
import signal
import socket
import subprocess
import threading
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from firmware_py.core import settings
from firmware_py.link.crypto.certificates import Authority, Identity
from tests.waiting import until

HOST = "127.0.0.1"
SHIPPED = Path(__file__).resolve().parents[2] / "config" / "mosquitto"


def free_port() -> int:
    """Return a port on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class Mosquitto:
    """A broker in a directory. `lines` take the place of lines of the shipped config, or are added to it."""

    def __init__(self, directory: Path, **lines: str) -> None:
        directory.mkdir(parents=True)
        self.authority = Authority.create(directory / "ca", "Test")
        self.port = free_port()
        self._directory, self._lines = directory, lines
        self._store = directory / "store"
        self._store.mkdir()
        self._identities: dict[str, Identity] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._server = self.authority.issue_server([HOST, "localhost"])
        self.serve_as(self._server)

    def serve_as(self, server: Identity) -> None:
        """Take this certificate at the next start."""
        self._server = server
        paths = {
            "listener": f"{self.port} {HOST}",
            "cafile": str(self.authority.ca_path),
            "certfile": str(server.cert_path),
            "keyfile": str(server.key_path),
            "acl_file": str(SHIPPED / "acl"),
            "persistence_location": f"{self._store}/",
            "log_dest": f"file {self._directory / 'log'}",
            "user": getpass.getuser(),
        }
        self._conf = self._directory / "mosquitto.conf"
        self._conf.write_text(rewritten((SHIPPED / "mosquitto.conf").read_text(), paths | self._lines))

    def restart(self, **lines: str) -> None:
        """Start it anew with other lines in its config."""
        self.kill()
        self._lines |= lines
        self.serve_as(self._server)
        self.start()

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        self._process = subprocess.Popen([tool(), "-c", self._conf], stderr=subprocess.DEVNULL)
        until(self._listens)

    def stop(self) -> None:
        """End it in good order: it says goodbye to its clients and saves its store."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would: nothing is said and nothing is saved."""
        self._end(signal.SIGKILL)

    def forget(self) -> None:
        """Empty the store of a broker that does not run."""
        shutil.rmtree(self._store)
        self._store.mkdir()

    def identity(self, name: str) -> Identity:
        """Return the certificate of a client."""
        if name not in self._identities:
            self._identities[name] = self.authority.issue_device(name)
        return self._identities[name]

    def settings(self, name: str, **changes: Any) -> settings.Broker:  # noqa: ANN401 - of any key
        """Return the config of a box with a certificate for `name`, but for `changes`."""
        own = self.identity(name)
        usual: dict[str, Any] = {
            "host": HOST,
            "port": self.port,
            "ca": str(self.authority.ca_path),
            "certificate": str(own.cert_path),
            "key": str(own.key_path),
            "origins": ("https://127.0.0.1:1",),
        }
        return settings.Broker(**(usual | changes))

    def log(self) -> str:
        """Return what it has written about itself."""
        return (self._directory / "log").read_text()

    def _listens(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log()
        with socket.socket() as probe:
            return probe.connect_ex((HOST, self.port)) == 0

    def _end(self, number: int) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(5)
            self._process = None


class Peer:
    """An independent client of a broker: what the source system is to a box, or a box that means no good."""

    def __init__(self, broker: Mosquitto, name: str, *filters: str, client_id: str = "any") -> None:
        self.messages: list[MQTTMessage] = []
        self.losses: list[str] = []
        self.refusals: list[int] = []
        self._answers: dict[int, int] = {}
        self._subscribed = threading.Event()
        self._filters = [(each, 1) for each in filters]
        own = broker.identity(name)
        self._client = Client(CallbackAPIVersion.VERSION2, client_id, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.tls_set(str(broker.authority.ca_path), str(own.cert_path), str(own.key_path))
        self._client.on_connect = self._connected
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = lambda _client, _data, message: self.messages.append(message)
        self._client.on_publish = lambda _client, _data, mid, reason, _: self._answers.update({mid: reason.value})
        self._client.on_disconnect = lambda _client, _data, _flags, reason, _: self.losses.append(str(reason))
        self._client.connect(HOST, broker.port, clean_start=True)
        self._client.loop_start()
        until(lambda: self._subscribed.is_set() or self.refusals)

    def publish(self, topic: str, body: bytes, *, qos: int = 1, retain: bool = False, expiry_s: int = 0) -> int:
        """Publish a message and return the broker's reason code, 0 for success."""
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if expiry_s:
            properties.MessageExpiryInterval = expiry_s
        mid = self._client.publish(topic, body, qos, retain, properties).mid
        until(lambda: mid in self._answers)
        return self._answers[mid]

    def push(self, topic: str, body: bytes) -> None:
        """Publish a message for which there may be no answer."""
        self._client.publish(topic, body, 1)

    def bodies(self, topic: str) -> list[bytes]:
        """Return what has come on a topic."""
        return [bytes(message.payload) for message in self.messages if message.topic == topic]

    def close(self) -> None:
        """Leave the broker."""
        self._client.disconnect()
        self._client.loop_stop()

    def _connected(self, _: Client, __: object, ___: ConnectFlags, reason: ReasonCode, ____: Properties | None) -> None:
        if reason.is_failure:
            self.refusals.append(reason.value)
        elif self._filters:
            self._client.subscribe(self._filters)
        else:
            self._subscribed.set()


def rewritten(conf: str, lines: dict[str, str]) -> str:
    """Return a config with other values for some keys; a key that does not stand in it is added at its end."""
    keys = [line.split(" ", 1)[0] for line in conf.splitlines()]
    changed = [
        f"{key} {lines[key]}" if key in lines else line for key, line in zip(keys, conf.splitlines(), strict=True)
    ]
    added = [f"{key} {value}" for key, value in lines.items() if key not in keys]
    return "\n".join([*changed, *added, ""])


def tool() -> str:
    """Return mosquitto, which Debian keeps where only root looks."""
    found = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    assert found, "mosquitto is not installed"
    return found
