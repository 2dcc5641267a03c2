"""Announcements over what is on air: on time, beside it, and never beside an alert or in quiet hours."""

from __future__ import annotations

import json

import pytest

from firmware_py.core import events as ev
from firmware_py.core.errors import Refused
from firmware_py.core.model import Schedule, read_schedule
from firmware_py.core.records import Result
from firmware_py.core.state import Ways
from firmware_py.core.timeline import OVER, SOUND
from tests.core.builders import audio, hours, schedule, slot, ways
from tests.core.linked import LinkedWorld
from tests.core.world import World

MUSIC, CHIME = audio("music", 600), audio("chime", 10)


def plan() -> Schedule:
    """Return a programme of ten minutes with a chime over it after five."""
    return schedule(
        [MUSIC, CHIME],
        [slot("m", MUSIC, start="05:30"), slot("c", CHIME, start="05:35", zone="over")],
        fallback=("music",),
    )


def both() -> Ways:
    """Return a loudspeaker with its two channels."""
    return ways(SOUND, OVER)


def test_it_is_heard_beside_what_is_on_air() -> None:
    """Both are on air, each has its record, and neither is cut by the other."""
    world = World(plan(), start="05:29", setup=both())
    world.run_to("05:35:05")
    assert (world.on_air(), world.on_air("over")) == ("music", "chime")
    world.run_to("05:41")
    assert world.record("chime").result is Result.COMPLETE
    (music,) = [history[-1] for history in world.records.values() if history[-1].slot_id == "m"]
    assert (music.result, music.channel) == (Result.COMPLETE, "sound")


def test_there_is_no_fallback_over_the_fallback() -> None:
    """Where nothing is to be announced that channel is silent, whatever goes on beneath."""
    world = World(plan(), start="05:50", setup=both())
    world.run_to("05:51")
    assert (world.on_air(), world.on_air("over")) == ("music", None)


def test_an_alert_is_alone() -> None:
    """An announcement that has begun goes away for it, and comes back with what is left of it."""
    world = LinkedWorld(plan(), start="05:34", setup=both())
    world.sync()
    world.pass_time("05:35:02")
    world.arrive("alert", world.source.alert())
    world.pass_time("05:35:04")
    assert (world.on_air(), world.on_air("over")) == ("flood", None)


def test_a_mute_silences_both() -> None:
    """A technician in front of the box wants silence."""
    world = World(plan(), start="05:34", setup=both())
    world.run_to("05:35:02")
    world.send(ev.Muted(muted=True))
    world.run_for(1)
    assert (world.on_air(), world.on_air("over")) == (None, None)


def test_quiet_hours_and_caps_hold_for_it_too() -> None:
    """It is refused at night like everything else, and as loud as the hour allows."""
    quiet = ways(SOUND, OVER, limits=hours(quiet=("05:30-06:00",)))
    world = World(plan(), start="05:34", setup=quiet)
    world.run_to("05:36")
    assert world.on_air("over") is None
    assert world.record("chime").result is Result.SKIPPED


def test_it_keeps_no_place_for_a_fallback() -> None:
    """A document that asks for that is refused with a reason."""
    document = {
        "version": 1,
        "bulletins": [{"id": "a", "kind": "audio", "content": [{"path": "a.mp3"}]}],
        "slots": [
            {"id": "s", "days": "always", "playlist": ["a"], "zone": "over", "on_missing": "fallback"},
        ],
    }
    with pytest.raises(Refused, match="leave on_missing out"):
        read_schedule(json.dumps(document).encode(), "schedule.json")
