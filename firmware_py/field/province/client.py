"""The source system's own connection to its broker: paho without a thread of its own, driven by the one loop.

Callbacks run inside `turn`, in the caller's thread. A message is acknowledged to the broker when `take` has returned,
so that what is not yet kept comes again after a crash.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from firmware_py.link.crypto.certificates import Identity

SESSION_S = 7 * 24 * 3600
KEEPALIVE_S = 30
CONNECT_TIMEOUT_S = 5.0
IN_FLIGHT = 10
"""Below the broker's own limit, which paho does not look at and the broker enforces by hanging up."""

QOS = 1
UPWARD = "ttcs/1/d/+/up/+"

_log = logging.getLogger(__name__)


class Client:
    """A session of the source at the broker. `take(topic, body)` gets what arrives; `connected()` each new connection
    once it is subscribed: from then on it is `up`.

    `sent(no, why_not)` is called when the broker has taken over (`why_not` is "") or refused what was published.
    """

    def __init__(
        self,
        name: str,
        identity: Identity,
        ca: Path,
        take: Callable[[str, bytes], None],
        connected: Callable[[], None],
        sent: Callable[[int, str], None],
    ) -> None:
        self._take, self._connected, self._sent = take, connected, sent
        self._under_way: dict[int, int] = {}
        self.up = False
        self._mqtt = paho.Client(CallbackAPIVersion.VERSION2, name, protocol=paho.MQTTv5, manual_ack=True)
        self._mqtt.tls_set(str(ca), str(identity.cert_path), str(identity.key_path))
        self._mqtt.connect_timeout = CONNECT_TIMEOUT_S
        self._mqtt.max_inflight_messages_set(IN_FLIGHT)
        self._mqtt.on_connect = self._on_connect
        self._mqtt.on_subscribe = self._on_subscribe
        self._mqtt.on_disconnect = self._on_disconnect
        self._mqtt.on_message = self._on_message
        self._mqtt.on_publish = self._on_publish

    def connect(self, host: str, port: int) -> str:
        """Try to connect; return "" when the way is open (`connected` follows), else why it is not."""
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = SESSION_S
        try:
            self._mqtt.connect(host, port, KEEPALIVE_S, clean_start=False, properties=properties)
        except OSError as error:
            return str(error)
        return ""

    @property
    def waits_on(self) -> int | None:
        """The descriptor that says when `turn` has something to read; None while there is no connection."""
        way = self._mqtt.socket()
        return None if way is None else way.fileno()

    @property
    def wants_to_write(self) -> bool:
        """Whether something waits until the socket takes it."""
        return self._mqtt.want_write()

    @property
    def is_behind(self) -> bool:
        """Whether something has been read already, of which the socket knows no more."""
        pending = getattr(self._mqtt.socket(), "pending", None)
        return bool(pending and pending())

    def turn(self) -> None:
        """Read, write and keep alive, without waiting."""
        if self._mqtt.socket() is not None:
            result = self._mqtt.loop(0)
            if result is not MQTTErrorCode.MQTT_ERR_SUCCESS:
                _log.info("the broker's connection ended: %s", paho.error_string(result))

    def publish(self, topic: str, body: bytes, *, retain: bool, expiry_s: int, no: int = 0) -> None:
        """Hand a message to the broker; call this only while `up`."""
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.MessageExpiryInterval = expiry_s
        info = self._mqtt.publish(topic, body, QOS, retain, properties)
        self._under_way[info.mid] = no

    def close(self) -> None:
        """Say goodbye to the broker."""
        with suppress(OSError, ValueError):
            self._mqtt.disconnect()

    def _on_connect(self, _client: paho.Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any) -> None:  # noqa: ANN401 - paho's types
        if reason.is_failure:
            _log.warning("the broker refuses the source: %s", reason)
            return
        self._mqtt.subscribe(UPWARD, QOS)

    def _on_subscribe(self, _client: paho.Client, _data: Any, _mid: int, _codes: Any, _properties: Any) -> None:  # noqa: ANN401 - paho's types
        self.up = True
        self._connected()

    def _on_disconnect(self, _client: paho.Client, _data: Any, _flags: Any, reason: ReasonCode, _more: Any) -> None:  # noqa: ANN401 - paho's types
        self.up = False
        _log.info("the broker has gone: %s", reason)

    def _on_message(self, client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:  # noqa: ANN401 - paho's
        self._take(message.topic, bytes(message.payload))
        client.ack(message.mid, message.qos)

    def _on_publish(self, _client: paho.Client, _data: Any, mid: int, reason: ReasonCode, _more: Any) -> None:  # noqa: ANN401 - paho's types
        no = self._under_way.pop(mid, 0)
        if no:
            self._sent(no, str(reason) if reason.is_failure else "")
