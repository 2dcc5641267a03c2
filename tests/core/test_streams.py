"""Addresses of live streams: which are taken, which are refused, and whose they are."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from firmware_py.core import messages as msg
from firmware_py.core.errors import Code, Problem, Refused
from firmware_py.core.model import Bulletin, Content, Kind, Priority, read_schedule
from firmware_py.core.records import Result
from firmware_py.core.streams import origin_of
from firmware_py.core.units import SECOND
from tests.core.builders import at, audio, digest, schedule, slot, ways
from tests.core.world import World

GOOD = {
    "https://Stream.Kontum.example:8443/live.mp3?x=1": "https://stream.kontum.example:8443",
    "http://127.0.0.1/": "http://127.0.0.1",
    "rtsp://[2001:db8::1]:554/radio": "rtsp://[2001:db8::1]:554",
    "rtp://239.1.2.3:5004": "rtp://239.1.2.3:5004",
}
BAD = [
    "",
    "station.example/live",
    "file:///etc/passwd",
    "https://",
    "https://user:secret@host/live",
    "https://host/a b",
    "https://host/á",
    "https://host/#top",
    "rtp://239.1.2.3",
    "https://host/" + "x" * 2048,
    "screen://",
    "https://host/live\n",
]


@pytest.mark.parametrize("address", GOOD)
def test_an_address_has_an_origin(address: str) -> None:
    """Scheme, host and port, in small letters: what the config pins."""
    assert origin_of(address) == GOOD[address]


@pytest.mark.parametrize("address", BAD)
def test_what_is_no_address_is_refused_with_the_schedule(address: str) -> None:
    """Nothing but a server or a sender can be named: no file, no password, no other scheme of libVLC."""
    (fault,) = faults(document({"sources": [address]}))
    assert fault.where == "bulletins[0].sources[0]"


@pytest.mark.parametrize(
    ("relay", "slot", "where"),
    [
        ({"sources": []}, {}, "bulletins[0]"),
        ({"sources": ["https://a.example/"] * 5}, {}, "bulletins[0].sources"),
        ({"kind": "audio", "content": [{"path": "a.mp3"}]}, {}, "bulletins[0]"),
        ({}, {"end": None}, "slots[0]"),
    ],
)
def test_a_relay_without_sources_or_end_is_refused(relay: Any, slot: Any, where: str) -> None:  # noqa: ANN401 - parts of a document
    """It needs one to four sources and an end; nothing else has sources."""
    assert [fault.where for fault in faults(document(relay, slot))] == [where]


def test_a_relay_with_a_duration_needs_no_end() -> None:
    """It then lasts so long."""
    assert read_schedule(document({"duration_s": 600}, {"end": None}), "test").bulletins[0].shown_us == 600 * SECOND


def document(relay: dict[str, Any], slot: dict[str, Any] | None = None) -> bytes:
    """Return a schedule with one relay in one slot; None leaves a key out."""
    usual = {"id": "r", "kind": "relay", "title": "Thời sự", "sources": ["https://pinned.example/live"]}
    when = {"id": "s", "days": ["2026-11-23"], "start": "05:00", "end": "05:30", "playlist": ["r"]} | (slot or {})
    kept = {key: value for key, value in when.items() if value is not None}
    return json.dumps(
        {"format": "ttcs-schedule/1", "version": 1, "bulletins": [usual | relay], "slots": [kept]}
    ).encode()


def faults(raw: bytes) -> tuple[Problem, ...]:
    """Return what a document is refused for."""
    with pytest.raises(Refused) as caught:
        read_schedule(raw, "schedule.json")
    return caught.value.problems


PINNED, OTHER = "https://pinned.example/live", "https://other.example/live"
SETUP = replace(ways(), origins=frozenset({"https://pinned.example"}))
RELAY = Bulletin("relay", Kind.RELAY, title="Thời sự", sources=(OTHER, PINNED))
HALF_HOUR = slot("relay", RELAY, start="05:00", end="05:30")


def relayed(world: World) -> list[tuple[str, tuple[str, ...]]]:
    """Return the path and the sources of each relay that was ordered."""
    items = [order.item for _, order in world.told if isinstance(order, msg.Now | msg.Next) and order.item]
    return [(item.path, item.sources) for item in items if item.kind == "relay"]


def test_a_relay_lasts_to_the_end_of_its_slot_with_pinned_sources_only() -> None:
    """What the config does not name is not even tried."""
    world = World(schedule([RELAY], [HALF_HOUR]), start="04:59", setup=SETUP)
    world.run_to("06:00")
    assert relayed(world) == [("", (PINNED,))]
    assert [(heard.start_us, heard.end_us) for heard in world.heard] == [(at("05:00"), at("05:30"))]


def test_a_relay_that_this_box_may_not_listen_to_is_recorded_as_passed_over() -> None:
    """Without a pinned source and without a file nothing goes out, and the record says why."""
    world = World(schedule([RELAY], [HALF_HOUR]), start="04:59")
    world.run_to("06:00")
    assert world.results() == [("relay", Result.SKIPPED)]
    assert {record.code for rows in world.records.values() for record in rows} == {Code.STREAM_REFUSED}


def test_every_bulletin_of_the_schedule_stands_above_a_relay() -> None:
    """Also where the relay is called urgent: who hijacks a station gains nothing."""
    urgent_relay = replace(RELAY, priority=Priority.EMERGENCY)
    news = audio("news", 60)
    world = World(
        schedule([urgent_relay, news], [HALF_HOUR, slot("news", news, start="05:10")]), start="04:59", setup=SETUP
    )
    world.run_to("06:00")
    assert world.names_heard() == ["relay", "news", "relay"]


def test_a_file_is_named_when_it_is_ready() -> None:
    """The last of the chain comes from the schedule's content."""
    relay = replace(RELAY, content=(Content("last.mp3", digest("last")),))
    world = World(schedule([relay], [HALF_HOUR]), start="04:58", setup=SETUP)
    world.run_to("06:00")
    assert relayed(world) == [("/content/last.mp3", (PINNED,))]
