"""What goes wrong with paho-mqtt 2.2 and mosquitto, and that it does not go wrong here; by the numbers of our list.

Impossible by how the link is built (`link/mqtt.py`: one client for one connection; `link/keeper.py`: one thread):

- 2, the session is only in memory: the link keeps nothing. What has no PUBACK when a connection ends is answered with
  `link_down` (6 below), and the outbox is the loop's.
- 4, a failed handler confirms all the same: there is no handler; what the loop does not confirm is not confirmed.
- 8, QoS 2: nothing is sent or asked for with it; a broker that sends it loses the connection (`test_hostile.py`).
- 9 and 10, locks held in callbacks, waiting in one: a callback only adds to a list, `post` is called when paho has
  returned, and `wait_for_publish` is called nowhere.
- 16, what is published before CONNACK overtakes: it is answered with `link_down` and not given to paho.
- 19, `loop_stop` in a callback: paho has no thread here.

Elsewhere: 12, no jitter (`test_backoff.py`); 13, `connect` with the broker down, and 3, a thread that dies unnoticed
(`test_mqtt.py`); 18, a subscription that is refused (`test_hostile.py`). All others are below.
"""

from __future__ import annotations

import random
import time
from dataclasses import replace

from firmware_py.core import events as ev
from firmware_py.core.errors import Code
from firmware_py.core.wire import Command
from tests.link.boxes import QUICK, Box, Make, Obliging
from tests.link.broker import Mosquitto, Peer
from tests.link.proxy import Proxy
from tests.waiting import until

COMMANDS = "ttcs/1/d/box-1/dn/cmd"


def reconnect(box: Box, proxy: Proxy) -> None:
    """Cut the connection of a box and wait for the next one."""
    ups = len(box.of(ev.LinkUp))
    proxy.cut()
    box.wait(ev.LinkUp, ups + 1)


def settle(box: Box, no: int) -> None:
    """Wait until the broker has dealt with all that the link was asked to say before this."""
    box.link.publish(ev.Publish(ev.Topic.ACK, b"{}", no=no))
    until(lambda: ev.Sent(no) in box.events)


def leave(box: Box, source: Peer) -> None:
    """Have a box leave its broker for good; when this returns the broker has taken note of it."""
    box.ready()
    box.link.close()
    until(box.is_gone)
    source.publish("ttcs/1/area/none/alert", b"the goodbye was there before this")


def test_1_a_new_process_gets_what_was_sent_while_it_was_away(make_box: Make, source: Peer) -> None:
    """A command that is published while the box is off arrives when another process of the box connects."""
    first = make_box()
    leave(first, source)
    assert source.publish(COMMANDS, b"volume", expiry_s=60) == 0
    assert make_box(number=2).wait(ev.Arrived)[0].raw == b"volume"


def test_3_an_error_over_what_a_broker_sends_is_not_the_end(make_box: Make, source: Peer, proxy: Proxy) -> None:
    """A connection that breaks inside a packet ends and the next one begins; the thread goes on."""
    box = make_box(port=proxy.port)
    box.ready()
    proxy.cut_after = 20_000
    reconnect(box, proxy)
    source.publish(COMMANDS, bytes(100_000))
    box.wait(ev.LinkUp, 3)
    proxy.cut_after = None
    reconnect(box, proxy)
    assert box.wait(ev.Arrived)[0].raw == bytes(100_000)


def test_4_and_5_what_was_not_confirmed_comes_again(make_box: Make, source: Peer, proxy: Proxy) -> None:
    """A message that the loop has not confirmed comes again on the next connection; a confirmed one does not."""
    box = make_box(port=proxy.port)
    box.ready()
    source.publish(COMMANDS, b"one")
    source.publish(COMMANDS, b"two")
    box.link.acknowledge(box.wait(ev.Arrived, 2)[0].ticket)
    settle(box, 1)
    reconnect(box, proxy)
    assert box.wait(ev.Arrived, 3)[2].raw == b"two"
    assert box.bodies() == [b"one", b"two", b"two"]


def test_5_an_old_ticket_confirms_nothing_on_a_new_connection(make_box: Make, source: Peer, proxy: Proxy) -> None:
    """Message ids begin anew with a connection, tickets do not: a late confirmation cannot hit another message."""
    box = make_box(port=proxy.port)
    box.ready()
    source.publish(COMMANDS, b"one")
    (old,) = box.wait(ev.Arrived)
    reconnect(box, proxy)
    assert box.wait(ev.Arrived, 2)[1].ticket != old.ticket
    box.link.acknowledge(old.ticket)
    box.link.acknowledge(12_345)
    settle(box, 1)
    reconnect(box, proxy)
    box.link.acknowledge(box.wait(ev.Arrived, 3)[2].ticket)
    settle(box, 2)
    reconnect(box, proxy)
    source.publish(COMMANDS, b"two")
    box.wait(ev.Arrived, 4)
    assert box.bodies() == [b"one", b"one", b"one", b"two"]


def test_5_no_more_than_sixteen_wait_for_confirmation(make_box: Make, source: Peer) -> None:
    """The broker holds back what is more than can be under way, and sends it when there is room."""
    box = make_box()
    box.ready()
    for no in range(20):
        source.publish(COMMANDS, b"%d" % no)
    settle(box, 1)
    assert len(box.wait(ev.Arrived, 16)) == 16
    for arrived in box.of(ev.Arrived):
        box.link.acknowledge(arrived.ticket)
    box.wait(ev.Arrived, 20)
    assert box.bodies() == [b"%d" % no for no in range(20)]


def test_6_what_the_broker_has_not_taken_is_told_when_the_connection_ends(make_box: Make, proxy: Proxy) -> None:
    """Each message under way at the end of a connection is answered with link_down, and is not sent by itself."""
    box = make_box(port=proxy.port)
    box.wait(ev.LinkUp)
    proxy.stall()
    for no in range(1, 31):
        box.link.publish(ev.Publish(ev.Topic.EVENTS, bytes(1000), no=no))
    proxy.refuse()
    assert sorted(sent.no for sent in box.wait(ev.Sent, 30)) == list(range(1, 31))
    assert {sent.code for sent in box.of(ev.Sent)} == {"link_down"}


def test_7_a_refusal_by_the_broker_is_no_success(broker: Mosquitto, make_box: Make) -> None:
    """A message that the broker's access list forbids is answered with the reason of the refusal."""
    other = broker.identity("box-2")
    box = make_box(certificate=str(other.cert_path), key=str(other.key_path))
    box.wait(ev.LinkUp)
    box.link.publish(ev.Publish(ev.Topic.EVENTS, b"{}", no=4))
    assert box.wait(ev.Sent) == [ev.Sent(4, "not_authorized")]


def test_9_and_10_the_loop_may_publish_while_it_is_being_told(make_box: Make, source: Peer) -> None:
    """Whoever hears an event may publish and confirm at once, in the link's own thread."""

    class Eager(Obliging):
        def hear(self, event: ev.Event) -> None:
            super().hear(event)
            if isinstance(event, ev.LinkUp):
                self.link.publish(ev.Publish(ev.Topic.HELLO, b"hello", no=1))

    box = make_box(kind=Eager)
    box.wait(ev.Sent)
    until(lambda: source.bodies(box.up("hello")) == [b"hello"])
    for no in range(40):
        source.publish(COMMANDS, b"%d" % no)
    box.wait(ev.Arrived, 40)


def test_11_a_queue_that_is_full_refuses_and_says_so(make_box: Make, proxy: Proxy) -> None:
    """A network that takes nothing fills no memory: of very many messages most are refused at once."""
    box = make_box(port=proxy.port)
    box.wait(ev.LinkUp)
    proxy.stall()
    for no in range(1, 201):
        box.link.publish(ev.Publish(ev.Topic.EVENTS, bytes(1000), no=no))
    refused = box.wait(ev.Sent, 200 - 64 - 16)
    assert {sent.code for sent in refused} == {"queue_full"}
    proxy.flow()
    taken = [sent for sent in box.wait(ev.Sent, 200) if not sent.code]
    assert sorted(sent.no for sent in taken) == list(range(1, 81))


def test_14_the_limits_of_the_broker_are_kept(broker: Mosquitto, make_box: Make) -> None:
    """A broker that takes two messages at a time and 2000 bytes gets no more: all that fit arrive, one is refused."""
    broker.restart(max_inflight_messages="2", max_packet_size="2000")
    source = Peer(broker, "source", "ttcs/1/d/+/up/+")
    box = make_box()
    box.ready()
    for no in range(1, 31):
        box.link.publish(ev.Publish(ev.Topic.EVENTS, b"%d" % no, no=no))
    box.link.publish(ev.Publish(ev.Topic.EVENTS, bytes(2000), no=99))
    box.wait(ev.Sent, 31)
    until(lambda: len(source.messages) == 30)
    assert [sent.no for sent in box.of(ev.Sent) if sent.code == "too_large"] == [99]
    assert box.of(ev.LinkDown) == []
    source.close()


def test_15_a_large_message_on_a_slow_line_outlasts_the_keep_alive(make_box: Make, source: Peer, proxy: Proxy) -> None:
    """A message that takes longer than the keep-alive to come is received, and the connection holds."""
    box = make_box(port=proxy.port, keepalive_s=1)
    box.ready()
    proxy.piece_bytes, proxy.delay_s = 8192, 0.1
    source.publish(COMMANDS, bytes(180_000))
    assert len(box.wait(ev.Arrived, timeout_s=15)[0].raw) == 180_000
    assert box.of(ev.LinkDown) == []


def test_17_two_boxes_with_one_identity_are_noticed_and_one_makes_way(make_box: Make) -> None:
    """A copied memory card is an alarm on one of the boxes, which leaves the broker to the other for long."""
    terms = replace(QUICK, short_s=60.0, steady_s=60.0, first_s=0.02)
    boxes = [make_box(number=1, terms=terms), make_box(number=100, terms=terms)]
    until(lambda: any(box.of(ev.Noticed) for box in boxes), 20)
    (gone,) = [box for box in boxes if box.of(ev.Noticed)]
    (kept,) = [box for box in boxes if box is not gone]
    (notice,) = gone.of(ev.Noticed)
    assert notice.code is Code.LINK_FLAPPING
    assert "copied memory card" in notice.detail
    until(lambda: gone.of(ev.LinkDown)[-1].code is Code.LINK_FLAPPING)
    until(lambda: isinstance(kept.events[-1], ev.LinkUp))
    kept.link.publish(ev.Publish(ev.Topic.EVENTS, b"{}", no=1))
    assert kept.wait(ev.Sent) == [ev.Sent(1)]


def test_17_a_network_that_cuts_is_not_taken_for_a_copied_card(make_box: Make, proxy: Proxy) -> None:
    """Connections that are cut again and again are made again and again."""
    box = make_box(port=proxy.port, terms=replace(QUICK, short_s=60.0, first_s=0.02))
    for count in range(1, 9):
        box.wait(ev.LinkUp, count)
        proxy.cut()
    box.wait(ev.LinkUp, 9)
    assert box.of(ev.Noticed) == []


def test_18_retained_messages_come_once_in_a_session(make_box: Make, source: Peer, proxy: Proxy) -> None:
    """What is retained comes with the first subscription, not with every connection; what is new comes at once."""
    source.publish("ttcs/1/d/box-1/dn/desired", b"old", retain=True)
    box = make_box(port=proxy.port)
    box.link.acknowledge(box.wait(ev.Arrived)[0].ticket)
    settle(box, 1)
    reconnect(box, proxy)
    source.publish("ttcs/1/d/box-1/dn/desired", b"new", retain=True)
    box.wait(ev.Arrived, 2)
    assert box.bodies() == [b"old", b"new"]


def test_20_a_short_break_is_no_death_and_a_long_one_is(
    broker: Mosquitto, make_box: Make, source: Peer, proxy: Proxy
) -> None:
    """The will of a box is published when its delay is over, and not at all when the box is back before that."""
    for_good = Proxy(broker.port, random.Random(1))
    back, gone = make_box("box-1", port=proxy.port), make_box("box-2", port=for_good.port)
    gone.ready()
    back.ready()
    proxy.cut()
    for_good.refuse()
    back.wait(ev.LinkUp, 2)
    until(lambda: source.bodies(gone.up("status")))
    assert source.bodies(back.up("status")) == []


def test_a_command_that_has_expired_on_the_way_does_not_come(make_box: Make, source: Peer) -> None:
    """The broker drops what nobody fetched in its time, and says how much time is left of the rest."""
    first = make_box()
    leave(first, source)
    source.publish(COMMANDS, b"short", expiry_s=1)
    source.publish(COMMANDS, b"long", expiry_s=100)
    published = time.monotonic()
    until(lambda: time.monotonic() > published + 2.1)
    second = make_box(number=2)
    (arrived,) = second.wait(ev.Arrived)
    assert (arrived.kind, arrived.raw) == (Command, b"long")
    assert arrived.remaining_s is not None
    assert 90 < arrived.remaining_s <= 98


def test_a_broker_that_lost_its_store_is_subscribed_to_anew(broker: Mosquitto, make_box: Make) -> None:
    """A broker that was killed and has forgotten everything gets the subscriptions again, and its messages come."""
    box = make_box()
    box.wait(ev.LinkUp)
    broker.kill()
    assert box.wait(ev.LinkDown)[0].detail == "the connection was cut"
    broker.forget()
    broker.start()
    box.wait(ev.LinkUp, 2)
    source = Peer(broker, "source")
    source.publish(COMMANDS, b"again")
    source.publish("ttcs/1/area/62.08/alert", b"flood", retain=True)
    box.wait(ev.Arrived, 2)
    assert box.bodies() == [b"again", b"flood"]
    source.close()


def test_a_broker_that_was_stopped_keeps_what_a_box_has_not_fetched(
    broker: Mosquitto, make_box: Make, source: Peer
) -> None:
    """Sessions and what is in them outlast a restart of the broker with its store."""
    box = make_box()
    leave(box, source)
    source.publish(COMMANDS, b"kept", expiry_s=60)
    broker.stop()
    broker.start()
    assert make_box(number=2).wait(ev.Arrived)[0].raw == b"kept"


def test_a_connection_that_is_dead_without_a_word_is_noticed(make_box: Make, proxy: Proxy) -> None:
    """A network that takes everything and passes nothing on is found out by the keep-alive."""
    box = make_box(port=proxy.port, keepalive_s=1)
    box.wait(ev.LinkUp)
    proxy.stall()
    (down,) = box.wait(ev.LinkDown, timeout_s=8)
    assert down.detail == "the broker does not answer any more; check the network"
    proxy.cut()
    box.wait(ev.LinkUp, 2)


def test_through_a_network_that_loses_connections_everything_arrives(
    make_box: Make, source: Peer, proxy: Proxy
) -> None:
    """With one in five connections lost by chance, and others cut in mid-work, all that is said until it is taken
    arrives, and so does every command.
    """
    box = make_box(kind=Obliging, port=proxy.port, terms=replace(QUICK, first_s=0.02))
    box.ready()
    proxy.loss = 0.2
    for no in range(1, 19):
        source.publish(COMMANDS, b"%d" % no)
        if no % 3 == 0:
            proxy.cut()
        say_until_taken(box, no)
    until(lambda: len(set(box.bodies())) == 18)
    until(lambda: len(set(source.bodies(box.up("events")))) == 18)
    assert len(box.of(ev.LinkUp)) > 4


def say_until_taken(box: Box, no: int) -> None:
    """Publish a message as often as it takes until the broker has it."""
    said = 0
    while ev.Sent(no) not in box.events:
        box.link.publish(ev.Publish(ev.Topic.EVENTS, b"%d" % no, no=no))
        said += 1
        until(lambda: [sent.no for sent in box.of(ev.Sent)].count(no) == said)  # noqa: B023 - waited for at once
