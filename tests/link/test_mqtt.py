"""The link of a box to a real mosquitto over TLS: what goes up, what comes down, and what it says about itself."""

from __future__ import annotations

import json
import random
import socket
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from firmware_py.core import events as ev
from firmware_py.core.errors import Code
from firmware_py.core.trust import Identity
from firmware_py.core.wire import Alert, Command, Data, Desired, Document, Keyring, Sync
from firmware_py.link.crypto.certificates import Authority
from firmware_py.link.topics import Topics
from firmware_py.link.uplink import MqttLink
from tests.link.boxes import QUICK, Make
from tests.link.broker import HOST, Mosquitto, Peer, free_port
from tests.link.proxy import Proxy
from tests.waiting import until

DOWN: list[tuple[str, type[Document]]] = [
    ("ttcs/1/d/box-1/dn/desired", Desired),
    ("ttcs/1/d/box-1/dn/cmd", Command),
    ("ttcs/1/d/box-1/dn/sync", Sync),
    ("ttcs/1/area/62/alert", Alert),
    ("ttcs/1/area/62.08.1/alert", Alert),
    ("ttcs/1/keyring", Keyring),
]


def test_only_a_board_asks_for_the_figures_of_its_areas() -> None:
    """They come every hour, and a loudspeaker has no use for them."""
    who = Identity("box-1", ("62", "23500"))
    board, speaker = Topics(who, "boot", figures=True), Topics(who, "boot")
    assert set(board.account.filters) - set(speaker.account.filters) == {
        "ttcs/1/area/62/data",
        "ttcs/1/area/23500/data",
    }
    assert board.kind("ttcs/1/area/62/data") is Data
    assert speaker.kind("ttcs/1/area/62/data") is None


@pytest.mark.parametrize(("topic", "kind"), DOWN)
def test_what_comes_down_arrives_as_its_kind(make_box: Make, source: Peer, topic: str, kind: type[Document]) -> None:
    """A message on a topic of this box, its areas or of all arrives whole, as the kind that belongs there."""
    box = make_box()
    box.ready()
    body = bytes(range(256)) * 100
    assert source.publish(topic, body, expiry_s=60) == 0
    (arrived,) = box.wait(ev.Arrived)
    assert (arrived.kind, arrived.raw, arrived.retained) == (kind, body, False)
    assert arrived.ticket > 0
    assert arrived.remaining_s == 60


def test_what_is_retained_says_so_and_one_without_expiry_says_nothing_of_it(make_box: Make, source: Peer) -> None:
    """A message that lay ready arrives marked as retained; one that never expires has no remaining time."""
    source.publish("ttcs/1/d/box-1/dn/desired", b"pointer", retain=True)
    (arrived,) = make_box().wait(ev.Arrived)
    assert (arrived.raw, arrived.retained, arrived.remaining_s) == (b"pointer", True, None)


@pytest.mark.parametrize("topic", list(ev.Topic))
def test_what_goes_up_goes_to_its_topic(make_box: Make, broker: Mosquitto, source: Peer, topic: ev.Topic) -> None:
    """A message of the loop is heard by the source with its quality and on its topic; only the status is kept."""
    box = make_box()
    box.wait(ev.LinkUp)
    box.link.publish(ev.Publish(topic, b"{}", no=5))
    until(lambda: source.messages)
    (message,) = source.messages
    assert (message.topic, message.payload) == (box.up(topic), b"{}")
    assert message.qos == (0 if topic is ev.Topic.HEARTBEAT else 1)
    assert getattr(message.properties, "MessageExpiryInterval", 0) == (300 if topic is ev.Topic.HELLO else 0)
    assert box.wait(ev.Sent) == [ev.Sent(5)]
    source.close()
    late = Peer(broker, "source", "ttcs/1/d/+/up/+", "ttcs/1/keyring")
    late.publish("ttcs/1/keyring", b"marker")
    until(lambda: late.bodies("ttcs/1/keyring"))
    assert (box.up(topic) in [each.topic for each in late.messages]) == (topic is ev.Topic.STATUS)
    late.close()


def test_a_message_without_a_number_is_not_answered(make_box: Make) -> None:
    """Nobody is told what became of a message that asked for no answer."""
    box = make_box()
    box.wait(ev.LinkUp)
    box.link.publish(ev.Publish(ev.Topic.REPORTED, b"{}"))
    box.link.publish(ev.Publish(ev.Topic.REPORTED, b"{}", no=9))
    assert box.wait(ev.Sent) == [ev.Sent(9)]


def test_a_message_without_a_connection_is_dropped_and_answered(make_box: Make, source: Peer) -> None:
    """While there is no connection a message is answered with link_down at once, and never sent later."""
    box = make_box(port=free_port())
    box.link.publish(ev.Publish(ev.Topic.EVENTS, b"early", no=3))
    box.link.publish(ev.Publish(ev.Topic.EVENTS, b"early"))
    assert box.wait(ev.Sent) == [ev.Sent(3, "link_down")]
    other = make_box("box-2")
    other.wait(ev.LinkUp)
    other.link.publish(ev.Publish(ev.Topic.EVENTS, b"late", no=1))
    until(lambda: source.messages)
    assert [message.payload for message in source.messages] == [b"late"]


def test_the_number_rises_with_each_connection(make_box: Make, proxy: Proxy) -> None:
    """The first connection has the number that was given, and each one after it a higher one."""
    box = make_box(number=41, port=proxy.port)
    box.wait(ev.LinkUp)
    proxy.cut()
    assert [up.connection for up in box.wait(ev.LinkUp, 2)] == [41, 42]
    kinds = [type(event) for event in box.events]
    assert kinds == [ev.LinkUp, ev.LinkDown, ev.LinkUp]


def test_leaving_has_the_will_published(make_box: Make, source: Peer) -> None:
    """A box that closes its link is reported as gone, by the number of its connection, and its thread ends."""
    box = make_box(number=7)
    box.wait(ev.LinkUp)
    box.link.close()
    until(lambda: source.bodies(box.up("status")))
    said = json.loads(source.bodies(box.up("status"))[0])
    assert said["online"] is False
    assert (said["device"], said["connection"], said["boot_id"]) == ("box-1", 7, "boot-1")
    until(box.is_gone)
    assert box.of(ev.LinkDown) == []


def test_a_broker_that_is_not_there_at_the_start_is_tried_again(broker: Mosquitto, make_box: Make) -> None:
    """A box that starts before its broker says once what is wrong, and is connected when the broker is there."""
    broker.kill()
    box = make_box()
    box.wait(ev.LinkDown)
    ticked = box.link.ticked_us
    until(lambda: box.link.ticked_us > ticked + 200_000)
    broker.start()
    box.wait(ev.LinkUp)
    (down,) = box.of(ev.LinkDown)
    assert down.code is Code.LINK_DOWN
    assert "nothing listens there; check link.broker.port" in down.detail


def test_of_several_addresses_another_one_is_taken_each_time(make_box: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name with an address on which nothing listens does not keep a box from the broker."""
    resolve = socket.getaddrinfo

    def answer(host: str, *args: Any, **kwargs: Any) -> list[Any]:  # noqa: ANN401 - passed on as they are
        hosts = ["127.0.0.2", HOST] if host == "localhost" else [host]
        return [found for each in hosts for found in resolve(each, *args, **kwargs)]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    box = make_box(host="localhost")
    box.wait(ev.LinkUp)
    assert "nothing listens there" in box.of(ev.LinkDown)[0].detail


def test_the_name_of_the_config_is_verified_and_not_the_address(broker: Mosquitto, make_box: Make) -> None:
    """A broker that is called by its name needs a certificate for the name only."""
    broker.kill()
    broker.serve_as(broker.authority.issue_server(["localhost"]))
    broker.start()
    make_box(host="localhost").wait(ev.LinkUp)


def test_a_name_that_nobody_knows_is_named(make_box: Make) -> None:
    """An unknown host name is told as such."""
    (down,) = make_box(host="broker.invalid").wait(ev.LinkDown, timeout_s=20)
    assert "broker.invalid:" in down.detail
    assert "not found" in down.detail or "check the network" in down.detail


def test_a_server_that_is_silent_is_given_up(make_box: Make, proxy: Proxy) -> None:
    """A server that takes a connection and never shakes hands holds the link for its time-out only."""
    proxy.stall()
    (down,) = make_box(port=proxy.port, terms=replace(QUICK, connect_s=0.3)).wait(ev.LinkDown)
    assert "it does not answer; check the network" in down.detail


def test_a_server_that_does_not_speak_tls_is_named(make_box: Make) -> None:
    """A port behind which something else listens is told as such."""
    with socket.create_server((HOST, 0)) as plain:
        box = make_box(port=plain.getsockname()[1])
        with plain.accept()[0] as client:
            client.sendall(b"220 ready\r\n")
            (down,) = box.wait(ev.LinkDown)
    assert "check that link.broker.port is the broker's TLS port" in down.detail


def test_another_authority_is_not_believed(make_box: Make, tmp_path: Path) -> None:
    """A broker whose certificate another authority has signed is not spoken to."""
    other = Authority.create(tmp_path / "other", "Other")
    box = make_box(ca=str(other.ca_path))
    (down,) = box.wait(ev.LinkDown)
    assert "not signed by link.broker.ca" in down.detail
    assert box.of(ev.LinkUp) == []


@pytest.mark.parametrize(("year", "words"), [(2020, "it has expired"), (2090, "it is not valid yet; set the clock")])
def test_a_certificate_out_of_its_time_is_refused(broker: Mosquitto, make_box: Make, year: int, words: str) -> None:
    """A certificate that has expired, or will be valid one day, is told with what to do about it."""
    at_another_time = Authority.load(broker.authority.ca_path.parent, now=datetime(year, 1, 1, tzinfo=UTC))
    broker.kill()
    broker.serve_as(at_another_time.issue_server([HOST]))
    broker.start()
    box = make_box()
    (down,) = box.wait(ev.LinkDown)
    assert words in down.detail
    assert box.of(ev.LinkUp) == []


def test_another_host_name_is_refused(broker: Mosquitto, make_box: Make) -> None:
    """A certificate of the right authority for another server is refused."""
    broker.kill()
    broker.serve_as(broker.authority.issue_server(["content.example"]))
    broker.start()
    box = make_box()
    (down,) = box.wait(ev.LinkDown)
    assert "it is for another address" in down.detail
    assert box.of(ev.LinkUp) == []


def test_a_box_of_another_authority_is_refused(make_box: Make, tmp_path: Path) -> None:
    """The broker takes no box whose certificate another authority has signed."""
    stranger = Authority.create(tmp_path / "other", "Other").issue_device("box-1")
    box = make_box(certificate=str(stranger.cert_path), key=str(stranger.key_path))
    (down,) = box.wait(ev.LinkDown)
    # The broker closes at once; where that overtakes its word, the word is lost.
    assert "refuses this box's certificate" in down.detail or "the connection was cut" in down.detail
    assert box.of(ev.LinkUp) == []


@pytest.mark.parametrize("name", ["ca", "certificate", "key"])
def test_a_file_that_is_missing_or_no_pem_is_named(make_box: Make, tmp_path: Path, name: str) -> None:
    """What the config names and is not there, or is something else, is told by its path."""
    missing = make_box(**{name: str(tmp_path / "missing.pem")}).wait(ev.LinkDown)
    (tmp_path / "garbage.pem").write_text("no PEM")
    garbage = make_box("box-2", **{name: str(tmp_path / "garbage.pem")}).wait(ev.LinkDown)
    assert "missing.pem" in missing[0].detail
    assert "No such file" in missing[0].detail
    assert "garbage.pem" in garbage[0].detail


def test_files_that_are_mended_are_taken_without_a_restart(broker: Mosquitto, make_box: Make, tmp_path: Path) -> None:
    """A certificate that is put in its place while the box runs is used at the next attempt."""
    ca = tmp_path / "late.pem"
    box = make_box(ca=str(ca))
    box.wait(ev.LinkDown)
    ca.write_bytes(broker.authority.ca_path.read_bytes())
    box.wait(ev.LinkUp)


def test_a_reason_is_told_once_for_as_long_as_it_lasts(broker: Mosquitto, make_box: Make) -> None:
    """Many attempts that fail alike are one event; another failure is another one."""
    broker.kill()
    box = make_box(terms=replace(QUICK, first_s=0.01), reconnect_max_s=0.05)
    box.wait(ev.LinkDown)
    began = box.link.ticked_us
    until(lambda: box.link.ticked_us > began + 200_000)
    assert len(box.of(ev.LinkDown)) == 1
    broker.serve_as(broker.authority.issue_server(["content.example"]))
    broker.start()
    box.wait(ev.LinkDown, 2)


def test_what_the_loop_cannot_take_ends_the_thread_and_is_handed_on(broker: Mosquitto) -> None:
    """An exception in the link's thread reaches whoever must end the process."""
    deaths: list[BaseException] = []

    def fail(_: ev.Event) -> None:
        raise RuntimeError("no loop")

    link = MqttLink(broker.settings("box-1"), Identity("box-1", ()), "boot-1", 1, fail, random.Random(1), QUICK)
    link.start(deaths.append)
    until(lambda: deaths)
    assert str(deaths[0]) == "no loop"
    link.publish(ev.Publish(ev.Topic.EVENTS, b"", no=1))


@pytest.mark.parametrize(("device", "areas"), [("box/1", ()), ("+", ()), ("box-1", ("62/#",)), ("", ())])
def test_names_that_would_reach_other_topics_are_refused(device: str, areas: tuple[str, ...]) -> None:
    """An id or area code with signs of topics in it is refused before anything is connected."""
    with pytest.raises(ValueError, match="is no area code"):
        Topics(Identity(device, areas), "boot-1")
