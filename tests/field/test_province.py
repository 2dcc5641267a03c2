"""The source's side of the link: what boxes say is kept once and answered with a signed word."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from itertools import count, takewhile
from pathlib import Path

import pytest

from firmware_py.core.errors import Unavailable
from firmware_py.core.trust import read_own_keyring
from firmware_py.core.wire import Command, Keyring, Role, Sync
from firmware_py.field.main import main
from firmware_py.field.province.bell import is_heard
from firmware_py.field.province.broker import check_port
from firmware_py.field.province.making import UNFINISHED, make
from firmware_py.field.province.place import Place
from firmware_py.field.province.post import Letter, Post
from firmware_py.field.province.service import Service, wall_us
from firmware_py.link.crypto.signing import verify
from firmware_py.store.lock import ProcessLock
from tests.field.province_world import EPOCH, NONCE, PATIENCE_S, Province, ScriptedBox, new_province
from tests.waiting import until

NUMBERS = count(1)


@pytest.fixture
def box(province: Province) -> ScriptedBox:
    """Give an enrolled box that no other test has."""
    return province.enrol("speaker", f"loa-{next(NUMBERS)}", "62", "23500", "thon-3")


def through(box: ScriptedBox, number: int, epoch: str = EPOCH) -> None:
    """Wait until the source says that it has everything up to a number."""
    until(lambda: [s for s in box.received(Sync) if (s.epoch, s.through) == (epoch, number)], PATIENCE_S)


def kept(province: Province, box: ScriptedBox) -> list[str]:
    """Return the detail of every event that the source has of a box, in the order of arrival."""
    with province.book() as book:
        return [row.body.get("detail", row.kind) for row in book.events(device=box.name)]


def test_a_new_province_has_a_signed_keyring_with_every_role(tmp_path: Path) -> None:
    """Root has signed it, alerts reach the province's area, and only their owner may read the private keys."""
    place = new_province(tmp_path).place
    keyring = read_own_keyring(place.keyring.read_bytes(), verify)
    assert {grant.role for grant in keyring.grants} == set(Role)
    assert [grant.areas for grant in keyring.grants if grant.role is Role.ALERT] == [("62",)]
    modes = {stat.S_IMODE(path.stat().st_mode) for path in place.root.rglob("*.key")}
    assert modes == {0o600}


def test_a_making_that_was_cut_off_begins_anew_and_nothing_of_others_is_touched(tmp_path: Path) -> None:
    """What has the mark of an unfinished province goes; a directory with somebody's files is refused as it is."""
    place = new_province(tmp_path).place
    facts, keyring = place.facts(), place.keyring.read_bytes()
    place.facts_path.unlink()
    (tmp_path / "province" / UNFINISHED).touch()
    make(place, facts, wall_us())
    assert place.is_made
    assert place.keyring.read_bytes() != keyring
    (tmp_path / "mine" / "keys").mkdir(parents=True)
    with pytest.raises(Unavailable, match="is not empty and no province"):
        make(Place(tmp_path / "mine"), facts, wall_us())
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["keys"]


def test_a_hello_is_answered_with_the_signed_time_and_its_nonce(province: Province, box: ScriptedBox) -> None:
    """The answer is for this box, by the key of the service, and of this moment."""
    with box.connected():
        box.hello()
        (sync,) = until(lambda: box.received(Sync), PATIENCE_S)
    assert (sync.audience, sync.nonce, sync.epoch, sync.through) == (f"device:{box.name}", NONCE, EPOCH, 0)
    with province.book() as book:
        assert 0 <= book.heard_us(box.name) - sync.issued < 10_000_000 or sync.issued >= book.heard_us(box.name)


def test_events_are_kept_once_however_often_they_come(province: Province, box: ScriptedBox) -> None:
    """The same batch again, and one that overlaps, add nothing but what is new; the acknowledgement is cumulative."""
    with box.connected():
        box.hello()
        for numbers in ((1, 2, 3), (1, 2, 3), (2, 3, 4, 5)):
            box.say("events", box.events(*numbers))
        through(box, 5)
        box.say("events", box.events(1, epoch="epoch-2"))
        through(box, 1, "epoch-2")
    assert kept(province, box) == [f"fault {number}" for number in (1, 2, 3, 4, 5, 1)]


def test_nothing_is_acknowledged_beyond_a_batch_that_is_missing(province: Province, box: ScriptedBox) -> None:
    """Batches 1 to 2 and 5 to 6: acknowledged is 2 until 3 and 4 are here; a gap in a batch is none."""
    with box.connected():
        box.hello()
        box.say("events", box.events(1, 2))
        box.say("events", box.events(5, 6))
        until(lambda: len(kept(province, box)) == 4, PATIENCE_S)
        assert {sync.through for sync in box.received(Sync)} <= {0, 2}
        box.say("events", box.events(3, 4))
        through(box, 6)
        box.say("events", box.events(7, 9))
        through(box, 9)


def test_a_box_that_has_nothing_older_is_not_asked_for_it(box: ScriptedBox) -> None:
    """Its outbox begins with 40, so that the source lost its database: up to 39 counts as had."""
    with box.connected():
        box.hello(first=40)
        through(box, 39)


def test_the_will_of_an_older_connection_is_old_news(province: Province, box: ScriptedBox) -> None:
    """Connection 7 is there although the will of 6 comes after it."""
    with box.connected(), province.book() as book:
        box.birth(7)
        box.birth(6, online=False)
        box.say("heartbeat", {"outbox": 3})
        until(lambda: book.said(box.name, "heartbeat"), PATIENCE_S)
        assert book.said(box.name, "status")["online"] is True
        box.birth(7, online=False)
        until(lambda: book.said(box.name, "status")["online"] is False, PATIENCE_S)


def test_what_a_box_reports_is_put_together_from_differences(province: Province, box: ScriptedBox) -> None:
    """Keys that are not said again keep their value."""
    with box.connected(), province.book() as book:
        box.say("reported", {"volume_pct": 80, "muted": False})
        box.say("reported", {"muted": True})
        wanted = {"volume_pct": 80, "muted": True}
        until(lambda: book.said(box.name, "reported") == wanted, PATIENCE_S)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        b"[]",
        b'{"device": "another", "epoch": "e", "events": []}',
        b'{"device": "BOX", "epoch": 7, "events": []}',
        b'{"device": "BOX", "epoch": "e", "events": [{"no": -1}]}',
        b'{"device": "BOX", "epoch": "e", "events": [{"no": 1e400}]}',
        b'{"device": "BOX", "epoch": "e", "events": "x"}',
        json.dumps({"device": "BOX", "epoch": "\x1b[2J", "events": ["\x1b[2J"]}).encode(),
    ],
)
def test_what_cannot_be_read_is_named_and_stops_nothing(province: Province, box: ScriptedBox, raw: bytes) -> None:
    """The next batch is kept, and the line that tells of the bad one cannot move a cursor."""
    with box.connected():
        box.hello()
        box.say("events", raw.replace(b"BOX", box.name.encode()))
        box.say("hello", raw)
        box.say("events", box.events(1))
        through(box, 1)
    assert any(line.startswith(f"{box.name}: events passed over") for line in province.lines)
    assert all(line.isprintable() for line in province.lines)


def test_an_event_of_a_kind_that_is_not_known_is_kept(province: Province, box: ScriptedBox) -> None:
    """A newer box says more than this source understands: it is had all the same, and acknowledged."""
    with box.connected():
        box.hello()
        box.say("events", box.events(1) | {"events": [{"no": 1, "dance": {"steps": 3}}]})
        through(box, 1)
    assert kept(province, box) == ["unknown"]


def test_a_box_speaks_and_hears_for_itself_only(province: Province, box: ScriptedBox) -> None:
    """It can neither report as another box, nor read what is for that one, nor raise an alert or a command."""
    other = province.enrol("board", "bang-1", "62", "23500")
    with other.connected(), box.connected("ttcs/1/d/bang-1/#", "ttcs/1/d/+/up/#"):
        box.say("events", other.events(1), device="bang-1")
        box.say("../dn/cmd", b"x", device="bang-1")
        assert box._mqtt is not None
        box._mqtt.publish("ttcs/1/area/62/alert", b"x", 1)
        box._mqtt.publish("ttcs/1/keyring", b"x", 1, retain=True)
        box._mqtt.publish("ttcs/1/d/bang-1/dn/cmd", b"x", 1)
        until(lambda: len(box.refused) == 5, PATIENCE_S)
        other.hello()
        until(lambda: other.received(Sync), PATIENCE_S)
    assert all("Not authorized" in reason for reason in box.refused)
    assert kept(province, other) == kept(province, box) == []
    assert not [topic for topic, *_ in box.heard if "bang-1" in topic]


def test_a_name_that_is_not_the_certificates_own_is_not_believed(province: Province, box: ScriptedBox) -> None:
    """A client id of another box gets its sender nothing: the broker knows it by its certificate."""
    other = province.enrol("board", "bang-2", "62")
    box.who = other.who
    with box.connected():
        box.birth()
        until(lambda: box.refused, PATIENCE_S)
    assert "Not authorized" in box.refused[0]


def test_a_broker_that_lost_its_store_is_told_again(tmp_path: Path) -> None:
    """The keyring is there for boxes that come after a start with an empty broker, and the acknowledged stays so."""
    made = new_province(tmp_path)
    with made.running():
        box = made.enrol("speaker", "loa-1", "62")
        with box.connected():
            box.hello()
            box.say("events", box.events(1, 2))
            through(box, 2)
    for stored in made.place.broker.glob("*.db"):
        stored.unlink()
    box.heard.clear()
    with made.running(), box.connected():
        (keyring,) = until(lambda: heard_keyrings(box), PATIENCE_S)
        box.hello()
        through(box, 2)
    assert keyring == box.keyring


def test_a_command_is_said_again_to_a_box_that_comes_until_it_answers(province: Province, box: ScriptedBox) -> None:
    """A box that was never there has no queue at the broker: its hello brings it what it has not answered yet."""
    words = ("send", "command", "mute", "--device", box.name, "--no-wait", "--province", str(province.place.root))
    assert main(list(words)) == 0
    with province.book() as book:
        until(lambda: Post(book).unanswered(box.name, wall_us()), PATIENCE_S)
    with box.connected():
        box.hello()
        (command,) = until(lambda: box.received(Command), PATIENCE_S)
        box.say("ack", {"id": command.id, "state": "accepted", "at_us": 1})
        box.hello()
        until(lambda: len(box.received(Sync)) == 2, PATIENCE_S)
        assert box.received(Command) == [command]


def heard_keyrings(box: ScriptedBox) -> list[Keyring]:
    """Return the keyrings that a box was given."""
    return [read_own_keyring(raw, verify) for topic, raw, *_ in box.heard if topic == "ttcs/1/keyring"]


def test_a_broker_that_dies_takes_the_source_down(tmp_path: Path) -> None:
    """The source says what the broker said last and how to go on, instead of running on deaf."""
    with Service(new_province(tmp_path).place, print) as service:
        service.broker.kill()
        with pytest.raises(Unavailable) as caught:
            service.turn(0)
    assert "start again" in caught.value.detail


def test_a_part_that_cannot_start_leaves_none_running(tmp_path: Path) -> None:
    """The content server's port is taken: the broker's is free again afterwards."""
    place = new_province(tmp_path).place
    facts = place.facts()
    with socket.create_server(("127.0.0.1", facts.https_port)), pytest.raises(Unavailable) as caught:
        Service(place, print)
    assert f"port {facts.https_port}" in caught.value.detail
    assert _is_free(facts.mqtt_port)


def test_more_goes_out_at_once_than_the_broker_takes_at_once(province: Province, box: ScriptedBox) -> None:
    """A hundred messages: the broker's limit of those under way is kept, and all arrive in their order."""
    letters = [Letter(f"ttcs/1/d/{box.name}/dn/cmd", b"%d" % no, False, wall_us() + 60_000_000) for no in range(100)]
    with box.connected(), province.book() as book:
        numbers = Post(book).put(*letters)
        assert is_heard(province.place.bell)
        until(lambda: Post(book).outcome(numbers[-1]) == "sent", PATIENCE_S)
        until(lambda: len(box.heard) > 100, PATIENCE_S)
    assert [raw for topic, raw, *_ in box.heard if topic.endswith("/cmd")] == [letter.body for letter in letters]


def test_a_message_that_the_broker_would_hang_up_on_is_not_sent(province: Province, box: ScriptedBox) -> None:
    """It is named as too large, and what comes after it goes out; so is what has expired meanwhile."""
    topic, later_us = f"ttcs/1/d/{box.name}/dn/cmd", wall_us() + 60_000_000
    letters = (
        Letter(topic, b"x" * 262_144, retain=False, expires_us=later_us),
        Letter(topic, b"late", retain=False, expires_us=1),
        Letter(topic, b"good", retain=False, expires_us=later_us),
    )
    with box.connected(), province.book() as book:
        post = Post(book)
        numbers = post.put(*letters)
        assert is_heard(province.place.bell)
        until(lambda: post.outcome(numbers[-1]) == "sent", PATIENCE_S)
        assert "larger" in post.outcome(numbers[0])
        assert "expired" in post.outcome(numbers[1])
        until(lambda: [raw for name, raw, *_ in box.heard if name == topic] == [b"good"], PATIENCE_S)


def command(*words: str) -> list[str]:
    """Return the command line of `ttcs source` on free ports."""
    ports = ("--mqtt-port", "0", "--https-port", "0")
    return [sys.executable, "-P", "-m", "firmware_py.field.main", "source", *words, *ports]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_end_of_the_source_is_the_end_of_all(tmp_path: Path, number: signal.Signals) -> None:
    """By Ctrl-C, by systemd or by force: its ports are free again, and asked to end it ends with status 0."""
    place = Place(tmp_path / "province")
    with subprocess.Popen(command(str(place.root)), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        shown = list(takewhile(lambda line: line != "Ctrl-C ends all.\n", process.stdout))
        facts = place.facts()
        os.kill(process.pid, number)
        process.stdout.read()
    assert process.returncode == (-9 if number is signal.SIGKILL else 0)
    assert any("ttcs enrol" in line for line in shown)
    until(lambda: _is_free(facts.mqtt_port) and _is_free(facts.https_port), PATIENCE_S)


def _is_free(port: int) -> bool:
    try:
        check_port("127.0.0.1", port)
    except Unavailable:
        return False
    return True


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    """One line with the port and how to give another, and status 1."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        words = command(str(tmp_path / "p"))
        words[words.index("--mqtt-port") + 1] = port
        done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert f"port {port} on 127.0.0.1" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_one_source_to_a_directory(province: Province) -> None:
    """A second one is refused while the first runs, before it touches anything."""
    lock = ProcessLock(province.place.root / "source.lock")
    words = [word for word in command(str(province.place.root)) if word not in ("--mqtt-port", "--https-port", "0")]
    done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=30)
    lock.close()
    assert done.returncode == 1
    assert "a source runs here already" in done.stderr
