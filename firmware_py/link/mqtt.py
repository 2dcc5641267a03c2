"""paho behind a narrow door: one client for one connection, driven by one thread; nothing else imports paho.

A client is thrown away with its connection. So nothing of an old connection (message ids, queued messages, half a
packet) meets a new one. Callbacks only note what was said; that is acted on when paho has returned, with none of
its locks held. What paho raises over the bytes of a broker ends the connection, not the agent.
"""

from __future__ import annotations

import logging
import select
import socket
from collections import deque
from collections.abc import Callable
from functools import partial

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from firmware_py.link.letters import Accepted, Account, Came, Denied, End, Happening, Letter, Taken
from firmware_py.link.reasons import explain
from firmware_py.link.terms import Terms
from firmware_py.link.tls import Context, Tap

READS = 32
"""Packets read in one turn at most, so that what the loop wants sent does not wait for what comes in."""

HEADER_BYTES = 64
UNANSWERED, TAKEN_OVER = 0x8D, 0x8E
WITH_WILL = 0x04

_log = logging.getLogger("link")


class _Client(Client):
    """A client that takes no part in QoS 2: paho would keep such messages without a bound, and nobody sends them."""

    def _send_pubrec(self, mid: int) -> MQTTErrorCode:
        _log.warning("a message with QoS 2 came (id %d); the connection is ended", mid)
        return MQTTErrorCode.MQTT_ERR_PROTOCOL


class Connection:
    """One connection to a broker, from CONNECT on; its methods are for one thread and, but for `open`, do not block.

    `end` is None while it lasts; `accepted` once the broker has taken the client on, `settled` once it has answered
    what was asked for first. It keeps to the broker's limits itself (letters under way, largest packet): paho does not.
    """

    def __init__(self, account: Account, number: int, keepalive_s: int, terms: Terms) -> None:
        self._account, self._keepalive_s, self._terms = account, keepalive_s, terms
        self._client = self._make_client(account.will(number))
        self._tap: Tap | None = None
        self._said: deque[Callable[[], None]] = deque()
        self._happened: list[Happening] = []
        self._letters: deque[Letter] = deque()
        self._under_way: dict[int, int] = {}
        self._window = terms.receive_max
        self._largest_bytes = terms.packet_max_bytes
        self.accepted = self.settled = False
        self.end: End | None = None

    def open(self, address: str, port: int, context: Context) -> None:
        """Connect, shake hands and send CONNECT; raise `OSError`. Blocks for twice `connect_s` at most."""
        properties = _properties(
            PacketTypes.CONNECT,
            SessionExpiryInterval=self._terms.session_s,
            ReceiveMaximum=self._terms.receive_max,
            MaximumPacketSize=self._terms.packet_max_bytes,
        )
        self._client.tls_set_context(context)
        self._client.connect(address, port, self._keepalive_s, clean_start=False, properties=properties)
        found = self._client.socket()
        if not isinstance(found, Tap):
            raise ConnectionResetError
        self._tap = found
        found.packet_max_bytes = self._terms.packet_max_bytes
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def turn(self, bell: int, wait_s: float) -> list[Happening]:
        """Wait for the broker or the bell (a file descriptor), do what there is to do, return what has happened."""
        if self._tap is not None:
            poll = select.poll()
            poll.register(self._tap, select.POLLIN | (select.POLLOUT if self._client.want_write() else 0))
            poll.register(bell, select.POLLIN)
            at_once = self._tap.pending() or self._happened
            ready = dict(poll.poll(0 if at_once else wait_s * 1000))
            self._guarded(partial(self._serve, self._tap, ready.get(self._tap.fileno(), 0)))
        happened, self._happened = self._happened, []
        return happened

    def publish(self, letter: Letter) -> None:
        """Hand a letter to the broker; `Taken` follows, unless the connection ends before."""
        if len(letter.topic.encode()) + len(letter.body) + HEADER_BYTES > self._largest_bytes:
            self._take(letter.no, "too_large")
        elif len(self._letters) >= self._terms.queue_max:
            self._take(letter.no, "queue_full")
        else:
            self._letters.append(letter)
            self._guarded(self._send_letters)

    def acknowledge(self, mid: int) -> None:
        """Confirm what came with this id."""
        self._guarded(partial(self._client.ack, mid, 1))

    def leave(self) -> None:
        """Say goodbye; the will is published unless a new connection comes before its delay is over."""
        reason = ReasonCode(PacketTypes.DISCONNECT, identifier=WITH_WILL)
        self._guarded(partial(self._client.disconnect, reason))
        self.drop(End("this box has ended the connection"))

    def drop(self, end: End) -> None:
        """Close the connection without a word."""
        self.end = self.end or end
        if self._tap is not None:
            self._tap.close()
        self._tap = None

    def unanswered(self) -> list[int]:
        """Return the numbers of the letters that the broker has not answered."""
        return [*self._under_way.values(), *(letter.no for letter in self._letters)]

    def _make_client(self, will: Letter) -> Client:
        client = _Client(
            CallbackAPIVersion.VERSION2,
            self._account.client_id,
            protocol=MQTTProtocolVersion.MQTTv5,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.connect_timeout = self._terms.connect_s
        delay = _properties(PacketTypes.WILLMESSAGE, WillDelayInterval=self._terms.will_delay_s)
        client.will_set(will.topic, will.body, will.qos, will.retain, delay)
        client.on_connect = self._later(self._on_connect)
        client.on_subscribe = self._later(self._on_subscribe)
        client.on_message = self._later(self._on_message)
        client.on_publish = self._later(self._on_publish)
        client.on_disconnect = self._later(self._on_disconnect)
        return client

    def _later(self, method: Callable[..., None]) -> Callable[..., None]:
        def note(_client: Client, _userdata: object, *what: object) -> None:
            self._said.append(partial(method, *what))

        return note

    def _guarded(self, call: Callable[[], object]) -> None:
        """Run a piece of paho; then act on what it has noted, and on an end that it has met with."""
        try:
            call()
        except Exception:  # noqa: BLE001 - whatever a broker's bytes do to paho, they are no fault of ours
            _log.exception("paho has failed; the connection is ended")
            self.drop(End("what the broker sent cannot be read"))
        while self._said:
            self._said.popleft()()
        if self._tap is not None and self._client.socket() is None:
            self.drop(self._end_of(self._tap))

    def _serve(self, tap: Tap, ready: int) -> None:
        if ready & ~select.POLLOUT or tap.pending():
            self._read(tap)
        if ready & select.POLLOUT:
            self._client.loop_write()
        self._client.loop_misc()

    def _read(self, tap: Tap) -> None:
        for _ in range(READS):
            self._client.loop_read()
            # TLS may have decrypted more than was asked for, of which poll knows nothing.
            if self._client.socket() is None or not tap.pending():
                return

    def _send_letters(self) -> None:
        while self._letters and len(self._under_way) < self._window:
            letter = self._letters.popleft()
            expiry = {} if letter.expiry_s is None else {"MessageExpiryInterval": letter.expiry_s}
            properties = _properties(PacketTypes.PUBLISH, **expiry)
            sent = self._client.publish(letter.topic, letter.body, letter.qos, letter.retain, properties)
            self._under_way[sent.mid] = letter.no

    def _take(self, no: int, code: str) -> None:
        if no:
            self._happened.append(Taken(no, code))

    def _on_connect(self, _: ConnectFlags, reason: ReasonCode, properties: Properties) -> None:
        if reason.is_failure:
            self.drop(End(f"the broker refuses this box: {reason}; check what it allows the box"))
            return
        if self.accepted:
            self.drop(End("the broker takes the connection twice; check that it is an MQTT 5 broker"))
            return
        self._window = min(self._window, getattr(properties, "ReceiveMaximum", self._window))
        self._largest_bytes = min(self._largest_bytes, getattr(properties, "MaximumPacketSize", self._largest_bytes))
        self.accepted = True
        self._happened.append(Accepted())
        options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
        self._client.subscribe([(each, options) for each in self._account.filters])

    def _on_subscribe(self, _: int, reasons: list[ReasonCode], __: Properties) -> None:
        self.settled = self.accepted
        for topic, reason in zip(self._account.filters, reasons, strict=False):
            if reason.is_failure:
                self._happened.append(Denied(topic, str(reason)))

    def _on_message(self, message: MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = ""
        remaining_s = getattr(message.properties, "MessageExpiryInterval", None)
        body = bytes(message.payload)
        self._happened.append(Came(topic, body, message.qos, message.mid, message.retain, remaining_s))

    def _on_publish(self, mid: int, reason: ReasonCode, _: Properties) -> None:
        no = self._under_way.pop(mid, 0)
        self._take(no, str(reason).lower().replace(" ", "_") if reason.is_failure else "")
        self._guarded(self._send_letters)

    def _on_disconnect(self, flags: DisconnectFlags, reason: ReasonCode, _: Properties) -> None:
        if flags.is_disconnect_packet_from_server:
            what = f"the broker has ended the connection: {reason}"
            self.drop(End(what, taken_over=reason.value == TAKEN_OVER))
        elif reason.value == UNANSWERED:
            self.drop(End("the broker does not answer any more; check the network"))

    def _end_of(self, tap: Tap) -> End:
        if tap.error is not None:
            return End(explain(tap.error))
        if tap.closed:
            return End("the broker has closed the connection and does not say why", closed=True)
        return End("the connection was cut")


def _properties(packet: int, **values: int) -> Properties:
    """Return the MQTT 5 properties of a packet."""
    properties = Properties(packet)  # type: ignore[no-untyped-call]
    for name, value in values.items():
        setattr(properties, name, value)
    return properties
