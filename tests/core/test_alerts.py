"""Alerts: heard at once, once, for their time, in their order, whatever the clock says and the power does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from firmware_py.core import events as ev
from firmware_py.core import messages as msg
from firmware_py.core.decide import Volumes
from firmware_py.core.errors import Code
from firmware_py.core.records import ClockState, Result
from firmware_py.core.timeline import MAIN, TICKER
from firmware_py.core.units import DAY, HOUR, MINUTE, SECOND
from firmware_py.core.wire import AlertStatus, AlertText
from tests.core.builders import at, audio, facts, hours, schedule, slot, text, ways
from tests.core.linked import MORNING, LinkedWorld
from tests.core.output import Manners
from tests.core.source import COMMUNE


def test_an_alert_is_heard_at_once_and_the_programme_goes_on_where_the_clock_is(box: LinkedWorld) -> None:
    """The siren interrupts within milliseconds; when all repeats are through, the bulletin goes on in its middle."""
    ticket = box.arrive("alert", box.source.alert(voice=b"opus"))
    box.pass_time("05:32:01")
    assert box.on_air() == "flood"
    order = box.told[-1][1]
    assert isinstance(order, msg.Now)
    assert order.item is not None
    assert order.item.notice is not None
    assert (order.item.kind, order.item.notice.style, order.item.notice.siren) == ("notice", "actual", True)
    assert order.item.path.startswith("/run/spool/")
    assert list(box.spooled.values()) == [b"opus"]
    assert ticket in box.acknowledged
    box.pass_time("05:32:30")
    assert box.on_air() == "news"
    assert [heard.name for heard in box.heard] == ["news", "flood"]
    assert box.states("flood") == ["received", "on_air", "done"]
    assert box.record("flood").result is Result.COMPLETE


def test_a_board_is_told_where_and_until_when(box: LinkedWorld) -> None:
    """Area in words and the alert's own end go to the output as they were signed; a cancel has no end."""
    expires_us = box.source.now_us + 20 * MINUTE
    box.arrive("alert", box.source.alert(area_name="Thôn Kon Tu", expires=expires_us))
    box.pass_time("05:32:01")
    box.arrive("alert", box.source.alert(msg_type="cancel", area_name="Thôn Kon Tu"))
    box.pass_time("05:32:02")
    orders = [order.item for _, order in box.told if isinstance(order, msg.Now)]
    notices = [item.notice for item in orders if item and item.notice]
    assert {(notice.style, notice.area, notice.until_us) for notice in notices} == {
        ("actual", "Thôn Kon Tu", expires_us),
        ("cancel", "Thôn Kon Tu", 0),
    }


def test_a_board_prepares_what_goes_on_after_an_alert() -> None:
    """It is told beforehand, and from when, so that nothing else is seen in between; a loudspeaker joins by order."""
    plan = schedule([text("long", 600)], [slot("s", "long", start="05:30")])
    world = LinkedWorld(plan, start="05:31", setup=ways(MAIN), manners=Manners(notice_us=HOUR))
    world.sync()
    world.pass_time("05:31:02")
    world.arrive("alert", world.source.alert())
    world.pass_time("05:31:05")
    assert world.on_air("main") == "flood"
    world.arrive("alert", world.source.alert(msg_type="cancel"))
    world.pass_time("05:33")
    prepared = [order.item for _, order in world.told if isinstance(order, msg.Next) and order.item]
    cancel, goes_on = world.heard[-1], prepared[-1]
    assert (goes_on.bulletin_id, goes_on.start_us) == ("long", at("05:30"))
    assert goes_on.due_us == goes_on.from_us == cancel.end_us
    assert world.on_air("main") == "long"
    assert [heard.name for heard in world.heard] == ["long", "flood", cancel.name]


def test_a_drill_that_is_stopped_gives_the_board_back_at_once() -> None:
    """What was prepared for its end does not wait for that."""
    plan = schedule([text("long", 600)], [slot("s", "long", start="05:30")])
    world = LinkedWorld(plan, start="05:31", setup=ways(MAIN), manners=Manners(notice_us=HOUR))
    world.sync()
    world.arrive("command", world.source.command("drill", seconds=60))
    world.pass_time("05:31:55")
    assert any(isinstance(order, msg.Next) and order.item for _, order in world.told)
    world.arrive("command", world.source.command("stop"))
    world.pass_time("05:31:57")
    assert world.on_air("main") != "drill"


def test_a_voice_that_has_to_be_fetched_is_heard_once_it_is_there(box: LinkedWorld) -> None:
    """The siren does not wait for the file; when that has come the siren sounds again, now with the words."""
    recording = audio("voice", 8)
    recording = replace(recording, content=(replace(recording.content[0], size=1000),))
    box.store["voice.mp3"] = None
    box.arrive("alert", box.source.alert(content=recording.content))
    box.pass_time("05:32:02")
    assert box.on_air() == "flood"
    box.store["voice.mp3"] = facts(recording)
    box.send(ev.FilesChanged(frozenset({"voice.mp3"})))
    box.pass_time("05:32:03")
    order = box.told[-1][1]
    assert isinstance(order, msg.Now)
    assert order.item
    assert (order.item.path, order.item.bulletin_id) == ("/content/voice.mp3", "flood")
    box.receive(replace(MORNING, version=2))
    box.pass_time("05:33")
    assert box.states("flood")[-1] == "done"
    assert box.on_air() == "news"


def test_an_alert_is_heard_in_quiet_hours_below_its_own_cap() -> None:
    """Quiet hours do not bind alerts; the cap of alerts does, whatever volume they ask for."""
    quiet = replace(ways(limits=hours(("00:00-24:00",))), volumes=Volumes(80, alert_max_pct=70))
    world = LinkedWorld(MORNING, start="05:31", setup=quiet)
    world.sync()
    world.arrive("alert", world.source.alert(volume_pct=100))
    world.pass_time("05:31:05")
    assert world.on_air() == "flood"
    order = world.told[-1][1]
    assert isinstance(order, msg.Now)
    assert order.item
    assert order.item.volume_pct == 70


def test_a_cancel_ends_the_alert_and_is_heard_itself(box: LinkedWorld) -> None:
    """The alert is off the air at once, and the box says that it is over."""
    box.arrive("alert", box.source.alert())
    box.pass_time("05:32:05")
    box.arrive("alert", box.source.alert(msg_type="cancel"))
    box.pass_time("05:32:06")
    order = box.told[-1][1]
    assert isinstance(order, msg.Now)
    assert order.item
    assert order.item.notice
    assert order.item.notice.style == "cancel"
    box.pass_time("05:33")
    assert box.on_air() == "news"
    assert box.states("flood") == ["received", "on_air", "received", "cancelled", "on_air", "done"]


def test_a_cancel_of_what_never_came_is_not_heard(box: LinkedWorld) -> None:
    """Nobody is told that a danger is over of which nobody was told."""
    box.arrive("alert", box.source.alert(msg_type="cancel"))
    box.pass_time("05:32:05")
    assert box.on_air() == "news"
    assert box.states("flood") == ["received", "done"]


def test_a_drill_or_another_area_cannot_cancel_an_alert(box: LinkedWorld) -> None:
    """Whoever may sign less knows the id of a real alert too: only the same area and status speak of it."""
    box.arrive("alert", box.source.alert())
    box.arrive("alert", box.source.alert(msg_type="cancel", status=AlertStatus.DRILL))
    box.arrive("alert", box.source.alert(msg_type="cancel", by="commune", audience=f"area:{COMMUNE}"))
    box.arrive("alert", box.source.alert(msg_type="update", by="commune", audience=f"area:{COMMUNE}", siren=False))
    box.pass_time("05:32:05")
    assert "flood" in [held.id for held in box.state.notices if held.notice.siren and held.notice.style == "actual"]
    assert not {"cancelled", "superseded"} & set(box.states("flood"))


@pytest.mark.parametrize(("aired_s", "word"), [(0, "expired"), (5, "done")])
def test_an_alert_whose_time_ran_out_without_power_has_a_last_word(aired_s: int, word: str) -> None:
    """After the power cut it is over: heard for a while it is done, never heard it has expired."""
    world = LinkedWorld(start="05:31")
    world.sync()
    world.arrive("alert", world.source.alert(max_duration_s=30.0))
    world.run_for(aired_s * SECOND)
    again = world.restarted(start=world.now.wall_us + 2 * MINUTE)
    again.run_for(SECOND)
    assert again.on_air() is None
    assert again.states("flood") == [word]


@pytest.mark.parametrize("more", [{"status": AlertStatus.TEST}, {"msg_type": "cancel"}], ids=["test", "cancel"])
def test_what_was_settled_at_once_is_not_heard_after_a_restart(box: LinkedWorld, more: dict[str, Any]) -> None:
    """A test of the way, or the cancel of nothing, is over when it is answered: a restart finds nothing to sound."""
    box.arrive("alert", box.source.alert("quiet", **more))
    again = box.restarted()
    again.run_for(5 * SECOND)
    assert again.on_air() is None
    assert again.states("quiet") == []


def test_an_update_takes_the_place_of_its_alert(box: LinkedWorld) -> None:
    """The same id with a higher number: the old text is off the air, the new one on."""
    box.arrive("alert", box.source.alert())
    box.pass_time("05:32:05")
    box.arrive("alert", box.source.alert(msg_type="update", event="Lũ lớn", texts=(AlertText("vi", "Lũ lớn"),)))
    box.pass_time("05:32:06")
    assert [held.notice.event for held in box.state.notices] == ["Lũ lớn"]
    assert box.states("flood") == ["received", "on_air", "received", "superseded", "on_air"]


def test_an_actual_alert_stands_above_a_drill_and_a_drill_above_the_programme(box: LinkedWorld) -> None:
    """Whatever comes when: the real thing is heard, then the exercise goes on, then the programme."""
    box.arrive("alert", box.source.alert("drill", status=AlertStatus.DRILL))
    box.pass_time("05:32:02")
    assert box.on_air() == "drill"
    box.arrive("alert", box.source.alert("flood"))
    box.pass_time("05:32:04")
    assert box.on_air() == "flood"
    box.pass_time("05:32:40")
    assert box.on_air() == "drill"
    box.pass_time("05:33:10")
    assert box.on_air() == "news"


def test_a_test_is_answered_and_not_heard(box: LinkedWorld) -> None:
    """A test of the way proves that alerts come through and disturbs nobody."""
    box.arrive("alert", box.source.alert("test", status=AlertStatus.TEST))
    box.pass_time("05:32:05")
    assert box.on_air() == "news"
    assert box.states("test") == ["received", "done"]


def test_an_alert_lasts_no_longer_than_it_may() -> None:
    """An output that would repeat it for ever is told the end: the alert's own, or its longest time."""
    world = LinkedWorld(start="05:31", manners=Manners(notice_us=DAY))
    world.sync()
    world.arrive("alert", world.source.alert(max_duration_s=90.0))
    world.pass_time("05:32:29")
    assert world.on_air() == "flood"
    world.pass_time("05:32:31")
    assert world.on_air() is None
    assert world.states("flood")[-1] == "done"


def test_the_same_alert_again_does_nothing(box: LinkedWorld) -> None:
    """Retained messages come again with each connection: known by name and digest, heard once."""
    raw = box.source.alert()
    box.arrive("alert", raw)
    box.pass_time("05:33")
    for _ in range(3):
        assert box.arrive("alert", raw, retained=True) in box.acknowledged
    box.pass_time("05:34")
    assert box.names_heard().count("flood") == 1


@pytest.mark.parametrize("clock", list(ClockState))
def test_an_alert_is_not_heard_again_after_a_restart(box: LinkedWorld, clock: ClockState) -> None:
    """A captured genuine alert, replayed after a power cut: refused by what is on the disk, on any clock."""
    raw = box.source.alert()
    box.arrive("alert", raw)
    box.pass_time("05:33")
    again = box.restarted(clock=clock)
    again.connect(2)
    again.arrive("alert", raw, remaining_s=3000)
    again.run_for(MINUTE)
    assert "flood" not in again.names_heard()
    assert again.on_air() is None


def test_an_alert_that_was_cut_by_a_power_cut_is_heard_again(box: LinkedWorld) -> None:
    """It was not heard to its end: the box begins again with the siren as soon as it is up."""
    box.arrive("alert", box.source.alert(voice=b"opus"))
    box.pass_time("05:32:05")
    again = box.restarted()
    again.run_for(SECOND)
    assert again.on_air() == "flood"
    assert list(again.spooled.values()) == [b"opus"]
    again.run_for(MINUTE)
    assert again.states("flood") == ["on_air", "done"]


def test_an_output_that_dies_of_an_alert_is_tried_three_times(box: LinkedWorld) -> None:
    """A voice that breaks the output does not break it for ever; the source learns that it failed."""
    box.make_unplayable("flood")
    box.arrive("alert", box.source.alert())
    box.pass_time("05:33")
    assert box.states("flood") == ["received", "failed"]
    assert box.on_air() == "news"


def test_an_output_that_dies_during_an_alert_sounds_it_again(box: LinkedWorld) -> None:
    """The siren comes back with the new output process."""
    box.arrive("alert", box.source.alert())
    box.pass_time("05:32:05")
    box.kill_output()
    box.pass_time("05:32:08")
    assert box.on_air() == "flood"


def test_on_a_board_the_whole_panel_is_the_alerts() -> None:
    """The ticker falls silent while the alert is shown, for all its time, and comes back."""
    long, line = text("long", 3600), text("line", 3600)
    slots = [slot("a", long, start="05:00"), slot("b", line, start="05:00", zone="ticker")]
    world = LinkedWorld(
        schedule([long, line], slots), start="05:29", setup=ways(MAIN, TICKER), manners=Manners(notice_us=DAY)
    )
    world.sync()
    world.pass_time("05:30")
    world.arrive("alert", world.source.alert(max_duration_s=60.0))
    world.pass_time("05:30:30")
    assert (world.on_air("main"), world.on_air("ticker")) == ("flood", None)
    world.pass_time("05:31:05")
    assert (world.on_air("main"), world.on_air("ticker")) == ("long", "line")


# The time.


def test_with_an_unset_clock_an_alert_waits_for_the_time_and_is_then_heard() -> None:
    """The signed answer to the box's own hello tells the time within a moment: an alert in force is heard."""
    world = LinkedWorld(start="05:31", clock=ClockState.UNTRUSTED)
    world.source.now_us = at("05:31") + 400 * DAY
    hello = world.connect()
    world.arrive("alert", world.source.alert())
    world.run_for(SECOND)
    assert world.on_air() is None
    world.arrive("sync", world.source.sync(hello.nonce))
    world.run_for(SECOND)
    assert world.on_air() == "flood"


@pytest.mark.parametrize("by_us", [6 * HOUR, -6 * HOUR, 400 * DAY])
def test_an_alert_goes_on_when_somebody_sets_the_clock(by_us: int) -> None:
    """A box without a clock of its own is told the time in mid-alert: the siren is heard for as long as was ordered."""
    world = LinkedWorld(start="05:31", manners=Manners(notice_us=DAY))
    world.sync()
    world.arrive("alert", world.source.alert(max_duration_s=120.0))
    world.run_for(10 * SECOND)
    world.now = replace(world.now, wall_us=world.now.wall_us + by_us)
    world.progress()
    assert (world.on_air(), world.states("flood")[-1]) == ("flood", "on_air")
    world.step_clock(0)
    world.run_for(100 * SECOND)
    assert (world.on_air(), world.states("flood")[-1]) == ("flood", "on_air")
    world.run_for(11 * SECOND)
    assert world.on_air() is None
    assert world.states("flood")[-1] == "done"


def test_with_an_unset_clock_an_old_alert_is_known_for_one() -> None:
    """A captured alert that has expired is refused once the source has told the time."""
    world = LinkedWorld(start="05:31", clock=ClockState.UNTRUSTED)
    world.source.now_us = at("05:31") + 300 * DAY
    old = world.source.alert()
    world.source.now_us = at("05:31") + 400 * DAY
    hello = world.connect()
    world.arrive("alert", old, remaining_s=3000)
    world.arrive("sync", world.source.sync(hello.nonce))
    world.run_for(MINUTE)
    assert world.on_air() is None
    assert Code.EXPIRED in world.codes()


def test_without_time_and_without_the_source_the_broker_has_to_vouch() -> None:
    """When nobody tells the time an alert is heard for as long as the broker says it is in force, and else not."""
    for remaining_s, expected in ((None, None), (0.0, None), (30.0, "flood")):
        world = LinkedWorld(start="05:31", clock=ClockState.UNTRUSTED, manners=Manners(notice_us=DAY))
        world.connect()
        world.arrive("alert", world.source.alert(), remaining_s=remaining_s)
        world.run_for(5 * SECOND)
        assert world.on_air() == expected
        world.run_for(40 * SECOND)
        assert world.on_air() is None


def test_the_answer_to_another_hello_tells_nothing(box: LinkedWorld) -> None:
    """A recorded answer has the nonce of another connection: it neither tells the time nor lets events go."""
    old = box.source.sync("x" * 20, epoch="epoch", through=7)
    before = box.state.connection
    box.arrive("sync", old)
    assert box.forgotten == []
    assert box.state.connection == before


def test_the_floor_of_time_survives(box: LinkedWorld) -> None:
    """What the source once said of the time is on the disk: a box that wakes up in the past does not believe less."""
    old = box.source.alert()
    box.source.now_us += 10 * DAY
    box.sync(2)
    again = box.restarted(start=at("05:32"), clock=ClockState.UNTRUSTED)
    again.connect(3)
    again.arrive("alert", old, remaining_s=600.0)
    again.run_for(MINUTE)
    assert "flood" not in again.names_heard()
