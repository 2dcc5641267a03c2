"""A broker that lies: at worst it keeps a box from its province. Nothing it says ends the link or fills the memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from firmware_py.core import events as ev
from firmware_py.core.errors import Code
from firmware_py.link.keeper import SLACK
from firmware_py.link.terms import Terms
from tests.link import liar
from tests.link.boxes import QUICK, Make
from tests.link.broker import Mosquitto
from tests.link.liar import WELCOME, Liar, publish
from tests.waiting import until

COMMANDS = b"ttcs/1/d/box-1/dn/cmd"
GRANTED = b"\x90\x09\x00\x01\x00" + b"\x01" * 6
HUGE = b"\x30\xff\xff\xff\x7f"

ENDS: list[tuple[str, bytes, bytes, str]] = [
    ("a packet of 256 MB", WELCOME, HUGE + bytes(1000), "too large"),
    ("a length without an end", WELCOME, b"\x30\xff\xff\xff\xff\xff", "cut"),
    ("QoS 2", WELCOME, publish(COMMANDS, b"x", qos=2), "cut"),
    ("QoS 3", WELCOME, publish(COMMANDS, b"x", qos=3), "cut"),
    ("no packet", WELCOME, b"\x00\x00", "cut"),
    ("AUTH", WELCOME, b"\xf0\x00", "cut"),
    ("properties that lie about their length", WELCOME, publish(COMMANDS, b"x", properties=b"\x7f\x02"), "cut"),
    ("an unknown property", WELCOME, publish(COMMANDS, b"x", properties=b"\x02\x7e\x00"), "cut"),
    ("a topic that is longer than its packet", WELCOME, b"\x32\x04\xff\xffab", "cut"),
    ("a PUBLISH without anything", WELCOME, b"\x32\x00", "cut"),
    ("a PUBACK without anything", WELCOME, b"\x40\x00", "cut"),
    ("a SUBACK with an unknown reason", WELCOME, b"\x90\x04\x00\x01\x00\x55", "cut"),
    ("CONNACK twice", WELCOME, WELCOME, "twice"),
    ("21 messages at once", WELCOME, b"".join(publish(COMMANDS, b"x", mid=no) for no in range(1, 22)), "more at once"),
    ("no CONNACK", b"\x90\x04\x00\x01\x00\x01", b"", "does not answer"),
    ("a CONNACK with an unknown reason", b"\x20\x03\x00\x77\x00", b"", "cut"),
    ("a CONNACK of MQTT 3", b"\x20\x02\x00\x01", b"", "Unsupported protocol version"),
    ("a CONNACK with no room for anything", b"\x20\x06\x00\x00\x03\x21\x00\x00", b"", "cut"),
    ("not authorized", b"\x20\x03\x00\x87\x00", b"", "refuses this box: Not authorized"),
    ("server busy", b"\x20\x03\x00\x89\x00", b"", "refuses this box: Server busy"),
    ("a goodbye", WELCOME, b"\xe0\x02\x8b\x00", "ended the connection: Server shutting down"),
    ("no SUBACK", WELCOME, b"", "does not answer"),
]

PATIENT = replace(QUICK, turn_s=30.0, answer_s=60.0)
Lie = Callable[..., Liar]


@pytest.fixture
def lie(broker: Mosquitto) -> Iterator[Lie]:
    """A maker of brokers that lie, which boxes believe to be the right one."""
    made: list[Liar] = []

    def make(greeting: bytes = WELCOME, speech: bytes = b"") -> Liar:
        made.append(Liar(broker.authority, greeting, speech))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.mark.parametrize(("greeting", "speech", "words"), [row[1:] for row in ENDS], ids=[row[0] for row in ENDS])
def test_what_no_broker_may_say_ends_the_connection(
    make_box: Make, lie: Lie, greeting: bytes, speech: bytes, words: str
) -> None:
    """The connection is given up with a reason, another one is tried, and the thread goes on."""
    made = lie(greeting, speech)
    box = make_box(port=made.port, terms=replace(QUICK, answer_s=0.3))
    (down, *_) = box.wait(ev.LinkDown)
    assert words in down.detail
    assert len(box.of(ev.Arrived)) <= QUICK.receive_max + SLACK
    until(lambda: [packet[0] for packet in made.heard].count(liar.CONNECT) > 1)
    assert box.deaths == []


@pytest.mark.parametrize("topic", [b"ttcs/1/d/box-2/dn/cmd", b"\xff\xfe", b"", b"ttcs/1/area/99/alert", b"a/+/#"])
def test_a_topic_that_was_not_asked_for_is_dropped_and_confirmed(make_box: Make, lie: Lie, topic: bytes) -> None:
    """A message on a foreign or unreadable topic reaches nobody, is not sent again, and is no reason to hang up."""
    made = lie(speech=GRANTED + publish(topic, b"x", mid=7) + publish(COMMANDS, b"for us", mid=8))
    box = make_box(port=made.port)
    assert box.wait(ev.Arrived)[0].raw == b"for us"
    until(lambda: b"\x40\x00\x07" in made.heard)
    assert box.of(ev.LinkDown) == []


def test_what_tls_has_already_decrypted_is_not_left_lying(make_box: Make, lie: Lie) -> None:
    """The last of many packets that came as one piece is read at once too, though nothing more wakes the link."""
    crowd = publish(b"not/asked/for", b"x", qos=0) * 200
    box = make_box(port=lie(speech=GRANTED + crowd + publish(COMMANDS, b"last")).port, terms=PATIENT)
    assert box.wait(ev.Arrived)[0].raw == b"last"


def test_what_is_too_large_is_answered_at_once(make_box: Make, lie: Lie) -> None:
    """A message that no broker would take is refused without a word to the broker, and without waiting for one."""
    box = make_box(port=lie(speech=GRANTED).port, terms=PATIENT)
    box.ready()
    box.link.publish(ev.Publish(ev.Topic.EVENTS, bytes(262_144), no=1))
    assert box.wait(ev.Sent) == [ev.Sent(1, "too_large")]


def test_a_message_with_qos_0_arrives_and_is_not_confirmed(make_box: Make, lie: Lie) -> None:
    """What was published with QoS 0 is taken all the same; confirming it sends nothing."""
    made = lie(speech=GRANTED + publish(COMMANDS, b"loose", qos=0))
    box = make_box(port=made.port)
    (arrived,) = box.wait(ev.Arrived)
    box.link.acknowledge(arrived.ticket)
    box.link.close()
    until(lambda: made.heard[-1][0] == liar.DISCONNECT)
    assert liar.PUBACK not in [packet[0] for packet in made.heard]


def test_a_flood_of_qos_0_is_dropped_beyond_what_is_under_way(make_box: Make, lie: Lie) -> None:
    """What needs no confirmation for the broker needs one for the link: sixteen wait, the rest is dropped."""
    flood = b"".join(publish(COMMANDS, b"%d" % no, qos=0) for no in range(100))
    made = lie(speech=GRANTED + flood + publish(b"not/asked/for", b"x", mid=7, qos=0))
    box = make_box(port=made.port)
    box.wait(ev.Arrived, 16)
    box.link.publish(ev.Publish(ev.Topic.HEARTBEAT, b"{}", no=1))
    assert box.wait(ev.Sent) == [ev.Sent(1)]
    assert len(box.of(ev.Arrived)) == 16
    assert box.of(ev.LinkDown) == []


def test_nothing_is_said_before_the_broker_has_taken_the_box_on(make_box: Make, lie: Lie) -> None:
    """A message before CONNACK is answered as one without a connection, at once, and does not go out later."""
    made = lie(greeting=b"")
    box = make_box(port=made.port, terms=PATIENT)
    until(lambda: made.heard)
    box.link.publish(ev.Publish(ev.Topic.HELLO, b"{}", no=1))
    assert box.wait(ev.Sent) == [ev.Sent(1, "link_down")]


def test_no_more_is_under_way_than_the_broker_takes(make_box: Make, lie: Lie) -> None:
    """Of ten messages to a broker that takes two at a time and confirms none, two go out."""
    made = lie(greeting=b"\x20\x06\x00\x00\x03\x21\x00\x02", speech=GRANTED)
    box = make_box(port=made.port)
    box.ready()
    for no in range(1, 11):
        box.link.publish(ev.Publish(ev.Topic.EVENTS, b"{}", no=no))
    box.link.close()
    until(lambda: made.heard[-1][0] == liar.DISCONNECT)
    assert [packet[0] for packet in made.heard].count(liar.PUBLISH) == 2
    assert sorted(sent.no for sent in box.wait(ev.Sent, 10)) == list(range(1, 11))


def test_a_subscription_that_is_refused_is_noticed(make_box: Make, lie: Lie) -> None:
    """A broker whose access list is wrong is told to a person, by topic."""
    refused = b"\x90\x0a\x00\x01\x00" + b"\x01\x87" + b"\x01" * 5
    box = make_box(port=lie(speech=refused).port)
    (notice,) = box.wait(ev.Noticed)
    assert notice.detail.startswith("ttcs/1/d/box-1/dn/cmd: the broker refuses the subscription (Not authorized)")
    assert box.of(ev.LinkDown) == []


def test_a_box_that_is_told_of_another_one_makes_way_at_once(make_box: Make, lie: Lie) -> None:
    """«Session taken over» means a second box: one alarm, and a rest of 10 to 30 minutes."""
    made = lie(speech=b"\xe0\x02\x8e\x00")
    box = make_box(port=made.port)
    (notice,) = box.wait(ev.Noticed)
    assert notice.code is Code.LINK_FLAPPING
    minutes = int(notice.detail.split()[-2])
    assert 10 <= minutes <= 30
    began = box.link.ticked_us
    until(lambda: box.link.ticked_us > began + 200_000)
    assert [packet[0] for packet in made.heard].count(liar.CONNECT) == 1
    assert [down.code for down in box.of(ev.LinkDown)] == [Code.LINK_DOWN, Code.LINK_FLAPPING]


def test_after_the_rest_the_box_tries_again(make_box: Make, lie: Lie) -> None:
    """A box that made way is not gone for good."""
    made = lie(speech=b"\xe0\x02\x8e\x00")
    box = make_box(port=made.port, terms=replace(QUICK, rest_s=(0.1, 0.2)))
    box.wait(ev.LinkUp, 2)


def test_what_the_link_asks_for(make_box: Make, lie: Lie) -> None:
    """CONNECT says MQTT 5, no clean start, 110 s, a day's session, 16 messages, 256 KiB, the will with its delay."""
    made = lie()
    make_box(port=made.port, number=9, terms=Terms(first_s=0.1))
    until(lambda: made.heard)
    connect = made.heard[0]
    assert connect[1:].startswith(b"\x00\x04MQTT\x05")
    flags = connect[8]
    assert flags == 0x04 | 1 << 3 | 0x20
    assert connect[9:11] == (110).to_bytes(2)
    asked = b"\x11" + (24 * 3600).to_bytes(4) + b"\x21" + (16).to_bytes(2) + b"\x27" + (262_144).to_bytes(4)
    assert connect[11:].startswith(bytes([len(asked)]) + asked)
    assert b"\x18" + (45).to_bytes(4) + b"\x00\x18ttcs/1/d/box-1/up/status" in connect
    assert b'"online":false,"connection":9,"boot_id":"boot-1"' in connect
