"""The AsyncAPI 3 document of the link, as seen from a box: where it listens, where it speaks, what travels there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from firmware_py.core.wire import TYPE_OF, Alert, Command, Data, Desired, Document, Keyring, Sync

Tree = dict[str, Any]
SCHEMA_FORMAT = "application/schema+json;version=draft-07"


@dataclass(frozen=True, slots=True)
class _Down:
    """A topic on which a box hears signed documents; `expires` when the broker must be told until when."""

    name: str
    address: str
    kind: type[Document]
    retained: bool
    what: str


@dataclass(frozen=True, slots=True)
class _Up:
    """A topic on which a box speaks."""

    name: str
    what: str
    qos: int = 1
    retained: bool = False


_DOWN = (
    _Down("desired", "ttcs/1/d/{device}/dn/desired", Desired, retained=True, what="which schedule is to be in force"),
    _Down("command", "ttcs/1/d/{device}/dn/cmd", Command, retained=False, what="a command; with message expiry"),
    _Down(
        "sync",
        "ttcs/1/d/{device}/dn/sync",
        Sync,
        retained=False,
        what="answer to a hello or to events: time, acknowledgement",
    ),
    _Down("alert", "ttcs/1/area/{area}/alert", Alert, retained=True, what="an alert to an area; with message expiry"),
    _Down("data", "ttcs/1/area/{area}/data", Data, retained=True, what="all figures of an area, for boards"),
    _Down("keyring", "ttcs/1/keyring", Keyring, retained=True, what="whose word counts, for all boxes"),
)
_UP = (
    _Up("status", "birth, and the will with a delay of 45 s", retained=True),
    _Up("hello", "said on each connection; the source answers with sync"),
    _Up("reported", "what the box is now: all of it on each connection and once a day, else the keys that changed"),
    _Up("ack", "how far a command or an alert is; said again as an event"),
    _Up("events", "play records, faults and answers; kept by the box until sync covers them"),
    _Up("heartbeat", "that the box lives, and its health", qos=0),
)
_PARAMETERS = {
    "device": {"description": "id of the box: the common name of its certificate, its user name and its client id"},
    "area": {"description": "code of an area of the box's chain"},
}


def asyncapi() -> Tree:
    """Return the document."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Commune loudspeakers and public bulletin boards: the link to the source system",
            "version": "1",
            "description": "As seen from a box. docs/source.md explains it in words.",
        },
        "defaultContentType": "application/json",
        "servers": {"broker": _server()},
        "channels": {down.name: _heard(down) for down in _DOWN} | {up.name: _spoken(up) for up in _UP},
        "operations": {
            f"hear_{down.name}": _operation("receive", down.name, qos=1, retained=down.retained) for down in _DOWN
        }
        | {f"say_{up.name}": _operation("send", up.name, qos=up.qos, retained=up.retained) for up in _UP},
        "components": {
            "messages": {down.name: _signed(down) for down in _DOWN} | {up.name: _plain(up) for up in _UP},
            "securitySchemes": {"certificate": {"type": "X509", "description": "a client certificate for each box"}},
        },
    }


def _server() -> Tree:
    binding = {
        "cleanSession": False,
        "keepAlive": 60,
        "sessionExpiryInterval": 86_400,
        "maximumPacketSize": 262_144,
        "lastWill": {"topic": "ttcs/1/d/{device}/up/status", "qos": 1, "retain": True},
    }
    return {
        "host": "mqtt.example:8883",
        "protocol": "secure-mqtt",
        "protocolVersion": "5.0",
        "security": [{"$ref": "#/components/securitySchemes/certificate"}],
        "bindings": {"mqtt": binding | {"bindingVersion": "0.2.0"}},
    }


def _heard(down: _Down) -> Tree:
    return _channel(down.address, down.name, down.what)


def _spoken(up: _Up) -> Tree:
    return _channel(f"ttcs/1/d/{{device}}/up/{up.name}", up.name, up.what)


def _channel(address: str, name: str, what: str) -> Tree:
    parameters = {key: value for key, value in _PARAMETERS.items() if f"{{{key}}}" in address}
    channel: Tree = {"address": address, "description": what, "messages": {name: _reference(f"messages/{name}")}}
    return channel | ({"parameters": parameters} if parameters else {})


def _operation(action: str, name: str, *, qos: int, retained: bool) -> Tree:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{name}"},
        "messages": [{"$ref": f"#/channels/{name}/messages/{name}"}],
        "bindings": {"mqtt": {"qos": qos, "retain": retained, "bindingVersion": "0.2.0"}},
    }


def _signed(down: _Down) -> Tree:
    """Return a message whose payload is an envelope; what is signed stands in extensions."""
    message = _message(down.name, "envelope", down.what)
    return message | {"x-payload-type": TYPE_OF[down.kind], "x-signed-payload": {"$ref": f"schemas/{down.name}.json"}}


def _plain(up: _Up) -> Tree:
    return _message(up.name, up.name, up.what)


def _message(name: str, schema: str, what: str) -> Tree:
    payload = {"schemaFormat": SCHEMA_FORMAT, "schema": {"$ref": f"schemas/{schema}.json"}}
    return {"name": name, "summary": what, "contentType": "application/json", "payload": payload}


def _reference(place: str) -> Tree:
    return {"$ref": f"#/components/{place}"}
