"""The config and access list that are shipped for mosquitto: what a box can read, write and be."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress

import pytest

from firmware_py.core import events as ev
from tests.link.boxes import Make
from tests.link.broker import HOST, Mosquitto, Peer
from tests.waiting import until

FAILURE, NOT_AUTHORIZED = 128, 135
FOR_BOX_1 = [
    "ttcs/1/d/box-1/dn/desired",
    "ttcs/1/d/box-1/dn/cmd",
    "ttcs/1/d/box-1/dn/sync",
    "ttcs/1/area/62/alert",
    "ttcs/1/area/62/data",
    "ttcs/1/keyring",
]
NOT_FOR_BOX_1 = ["ttcs/1/d/box-2/dn/cmd", "ttcs/1/d/box-2/dn/desired"]
BY_BOX_1 = [f"ttcs/1/d/box-1/up/{topic}" for topic in ev.Topic]
NOT_BY_BOX_1 = [
    "ttcs/1/d/box-2/up/status",
    "ttcs/1/d/box-1/dn/cmd",
    "ttcs/1/d/box-1/up/deeper/still",
    "ttcs/1/area/62/alert",
    "ttcs/1/area/62/data",
    "ttcs/1/keyring",
    "anything/else",
]


def test_a_box_hears_what_is_for_it_and_nothing_else(broker: Mosquitto, source: Peer) -> None:
    """A box that asks for everything gets its own topics, alerts and the keyring, and nothing of other boxes."""
    box, other = Peer(broker, "box-1", "#", "$SYS/#"), Peer(broker, "box-2", "#")
    assert other.publish("ttcs/1/d/box-2/up/status", b"of another") == 0
    for topic in [*NOT_FOR_BOX_1, *FOR_BOX_1]:
        assert source.publish(topic, topic.encode()) == 0
    until(lambda: box.bodies(FOR_BOX_1[-1]))
    assert [message.topic for message in box.messages] == FOR_BOX_1
    box.close()
    other.close()


@pytest.mark.parametrize("topic", BY_BOX_1)
def test_a_box_speaks_on_its_own_topics(broker: Mosquitto, source: Peer, topic: str) -> None:
    """What a box says below its own `up` reaches the source."""
    box = Peer(broker, "box-1")
    assert box.publish(topic, b"said") == 0
    until(lambda: source.bodies(topic) == [b"said"])
    box.close()


@pytest.mark.parametrize("topic", NOT_BY_BOX_1)
def test_a_box_speaks_nowhere_else(broker: Mosquitto, topic: str) -> None:
    """What a box says anywhere else is refused, and nobody hears it."""
    box, witness = Peer(broker, "box-1"), Peer(broker, "source", "#")
    assert box.publish(topic, b"false", retain=True) == NOT_AUTHORIZED
    assert box.publish("ttcs/1/d/box-1/up/events", b"marker") == 0
    until(lambda: witness.bodies("ttcs/1/d/box-1/up/events"))
    assert witness.bodies(topic) == []
    box.close()
    witness.close()


def test_the_source_speaks_for_nobody_but_itself(broker: Mosquitto) -> None:
    """The source cannot say anything in the name of a box."""
    source = Peer(broker, "source")
    assert source.publish("ttcs/1/d/box-1/up/status", b"false") == NOT_AUTHORIZED
    source.close()


def test_a_box_cannot_take_the_place_of_another(broker: Mosquitto, make_box: Make) -> None:
    """Whatever client id a client gives, it has that of its certificate: no other box loses its session to it."""
    box = make_box("box-2")
    box.ready()
    intruder = Peer(broker, "box-1", client_id="box-2")
    assert intruder.publish("ttcs/1/d/box-1/up/status", b"{}") < FAILURE
    assert intruder.publish("ttcs/1/d/box-2/up/status", b"{}") == NOT_AUTHORIZED
    box.link.publish(ev.Publish(ev.Topic.EVENTS, b"{}", no=1))
    assert box.wait(ev.Sent) == [ev.Sent(1)]
    assert box.of(ev.LinkDown) == []
    intruder.close()


def test_nobody_connects_without_a_certificate(broker: Mosquitto) -> None:
    """A client without a certificate gets no answer to its CONNECT."""
    context = ssl.create_default_context(cafile=str(broker.authority.ca_path))
    with socket.create_connection((HOST, broker.port), timeout=5) as plain:
        assert answer(context.wrap_socket(plain, server_hostname=HOST)) == b""
    until(lambda: "peer did not return a certificate" in broker.log())


def test_a_message_that_is_too_large_is_turned_away(source: Peer, make_box: Make) -> None:
    """No client gets more into the broker than boxes take: the others go on."""
    box = make_box()
    box.ready()
    source.push("ttcs/1/d/box-1/dn/cmd", bytes(300_000))
    until(lambda: source.losses)
    assert box.of(ev.Arrived) == []
    assert box.of(ev.LinkDown) == []


def answer(client: ssl.SSLSocket) -> bytes:
    """Send a CONNECT and return the first byte that comes, "" when the connection is closed or cut."""
    with client, suppress(ConnectionError, ssl.SSLError):
        client.sendall(b"\x10\x10\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x03abc")
        return client.recv(1)
    return b""
