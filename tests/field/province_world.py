"""The vocabulary of the province's tests: a province that runs in a thread, and a box that speaks its topics."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from firmware_py.core.settings import BoardSettings, SpeakerSettings
from firmware_py.core.settings import Broker as BrokerSettings
from firmware_py.core.trust import Identity, read_own_keyring
from firmware_py.core.trust import verify as check_document
from firmware_py.core.wire import Document, Keyring
from firmware_py.field.main import main
from firmware_py.field.province.book import Book
from firmware_py.field.province.making import make, new_facts
from firmware_py.field.province.place import Place
from firmware_py.field.province.service import Service, wall_us
from firmware_py.link.crypto.signing import verify
from firmware_py.runtime.config import load_config
from tests.waiting import until

PATIENCE_S = 10.0
NONCE = "a nonce of this box's run"
EPOCH = "epoch-1"
KINDS: dict[str, type[SpeakerSettings | BoardSettings]] = {"speaker": SpeakerSettings, "board": BoardSettings}

Json = dict[str, Any]


@dataclass(slots=True)
class Province:
    """A province and the lines that it told."""

    place: Place
    lines: list[str] = field(default_factory=list)
    service: Service | None = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the source in a thread of its own until the end of the block."""
        over, ready, errors = Event(), Event(), SimpleQueue[BaseException]()
        thread = Thread(target=self._run, args=(over, ready, errors))
        thread.start()
        try:
            until(lambda: ready.is_set() or not errors.empty(), PATIENCE_S)
            if not errors.empty():
                raise errors.get()
            yield
        finally:
            over.set()
            thread.join(PATIENCE_S)
            assert not thread.is_alive()

    def _run(self, over: Event, ready: Event, errors: SimpleQueue[BaseException]) -> None:
        try:
            with Service(self.place, self.lines.append) as service:
                self.service = service
                ready.set()
                while not over.is_set():
                    service.turn(0.05)
        except BaseException as error:  # noqa: BLE001 - the test's thread is to see it
            errors.put(error)

    def enrol(self, product: str, identifier: str, *areas: str) -> ScriptedBox:
        """Enrol a box by the command; return one that speaks for it."""
        out = self.place.root.parent / identifier
        chain = [word for code in areas for word in ("--area", code)]
        command = ["enrol", str(self.place.root), product, "--out", str(out), "--id", identifier, *chain]
        assert main(command) == 0
        return ScriptedBox(out / f"{product}.toml", product)

    def book(self) -> Book:
        """Return the database, for one more reader."""
        return Book(self.place.book)


def new_province(directory: Path) -> Province:
    """Make a province on free ports."""
    place = Place(directory / "province")
    make(place, new_facts("Kon Tum", ("62",), "127.0.0.1", "", 0, 0), wall_us())
    return Province(place)


class ScriptedBox:
    """A box with the files of an enrolled one that says what the test wants and keeps what it hears."""

    def __init__(self, config: Path, product: str) -> None:
        settings = load_config(KINDS[product], config)
        self.config = config
        self.who = Identity(settings.device.id, settings.device.areas)
        self.keyring: Keyring = read_own_keyring(Path(settings.link.keyring).read_bytes(), verify)
        assert settings.link.broker is not None
        self.broker: BrokerSettings = settings.link.broker
        self.heard: list[tuple[str, bytes, bool, int | None]] = []
        self.refused: list[str] = []
        self._mqtt: paho.Client | None = None

    @property
    def name(self) -> str:
        """The box's id."""
        return self.who.device_id

    @contextmanager
    def connected(self, *topics: str) -> Iterator[None]:
        """Be connected, and subscribed to what a box hears and to more topics, until the end of the block."""
        heard = (f"ttcs/1/d/{self.name}/dn/+", "ttcs/1/keyring", *(f"ttcs/1/area/{a}/alert" for a in self.who.areas))
        heard += tuple(f"ttcs/1/area/{area}/data" for area in self.who.areas)
        ready = Event()
        mqtt = paho.Client(CallbackAPIVersion.VERSION2, self.name, protocol=paho.MQTTv5)
        mqtt.tls_set(self.broker.ca, self.broker.certificate, self.broker.key)
        mqtt.on_message = self._on_message
        mqtt.on_subscribe = lambda *_: ready.set()
        mqtt.on_publish = lambda _client, _data, _mid, reason, _more: self.refused.append(str(reason))
        wanted = [(topic, SubscribeOptions(1)) for topic in (*heard, *topics)]
        mqtt.on_connect = lambda client, _data, _flags, _reason, _more: _discard(client.subscribe(wanted))
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = 600
        mqtt.connect(self.broker.host, self.broker.port, 60, clean_start=False, properties=properties)
        mqtt.loop_start()
        self._mqtt = mqtt
        try:
            until(ready.is_set, PATIENCE_S)
            yield
        finally:
            mqtt.disconnect()
            mqtt.loop_stop()

    def say(self, topic: str, body: object, device: str = "", *, retain: bool = False) -> None:
        """Publish a body on a topic of this box, or of another one."""
        assert self._mqtt is not None
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self._mqtt.publish(f"ttcs/1/d/{device or self.name}/up/{topic}", raw, 1, retain)

    def hello(self, epoch: str = EPOCH, first: int = 0, nonce: str = NONCE) -> None:
        """Say hello."""
        self.say(
            "hello", {"device": self.name, "epoch": epoch, "outbox_first": first, "outbox_last": 0, "nonce": nonce}
        )

    def events(self, *numbers: int, epoch: str = EPOCH) -> Json:
        """Return a batch with a fault of each number."""
        return {"device": self.name, "epoch": epoch, "events": [fault(number) for number in numbers]}

    def birth(self, connection: int = 1, *, online: bool = True) -> None:
        """Say that this box is there, or is gone."""
        status = {"device": self.name, "online": online, "connection": connection, "boot_id": "b1"}
        self.say("status", status, retain=True)

    def received(self, kind: type[Document]) -> list[Any]:
        """Return the documents of a kind that have come, each verified as a box does."""
        last = {"Desired": "/dn/desired", "Command": "/dn/cmd", "Sync": "/dn/sync", "Alert": "/alert", "Data": "/data"}
        tail = last.get(kind.__name__, "/keyring")
        raws = [raw for topic, raw, _, _ in self.heard if topic.endswith(tail)]
        return [check_document(raw, kind, self.keyring, self.who, verify).document for raw in raws]

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Ask the content server for a path; return status, headers and body."""
        return self.ask("GET", path, b"", headers)

    def ask(self, method: str, path: str, body: bytes = b"", headers: Json | None = None) -> tuple[int, Json, bytes]:
        """Send a request to the content server with this box's certificate."""
        host, _, port = self.broker.origins[0].removeprefix("https://").rpartition(":")
        connection = http.client.HTTPSConnection(host, int(port), timeout=PATIENCE_S, context=self.context())
        try:
            connection.request(method, path, body or None, headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def context(self, *, shown: bool = True) -> ssl.SSLContext:
        """Return how this box speaks TLS, showing its certificate or not."""
        context = ssl.create_default_context(cafile=self.broker.ca)
        if shown:
            context.load_cert_chain(self.broker.certificate, self.broker.key)
        return context

    def _on_message(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        expiry = getattr(message.properties, "MessageExpiryInterval", None)
        self.heard.append((message.topic, bytes(message.payload), message.retain, expiry))


def _discard(_value: object) -> None:
    """Let a callback return nothing."""


def fault(number: int) -> Json:
    """Return an event with a fault."""
    return {"no": number, "fault": {"at_us": 1, "code": "link_down", "subject": "link", "detail": f"fault {number}"}}
