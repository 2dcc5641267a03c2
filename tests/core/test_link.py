"""A box and its source system: who is obeyed, what is answered, what is on air, what a power cut leaves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware_py.core import events as ev
from firmware_py.core import messages as msg
from firmware_py.core.decide import Volumes
from firmware_py.core.errors import Code
from firmware_py.core.records import ClockState, Result
from firmware_py.core.timeline import MAIN, TICKER
from firmware_py.core.units import DAY, MINUTE, SECOND
from firmware_py.core.wire import AlertStatus, AlertText
from tests.core.builders import at, audio, hours, schedule, seconds, slot, text, ways
from tests.core.linked import LinkedWorld
from tests.core.output import Manners
from tests.core.source import COMMUNE, keyring, sealed

NEWS, SONG = audio("news", 600), audio("song", 600)
MORNING = schedule([NEWS, SONG], [slot("morning", NEWS, SONG, start="05:30")])


@pytest.fixture(name="box")
def _box() -> LinkedWorld:
    """Return a loudspeaker in mid-programme, connected."""
    world = LinkedWorld(MORNING, start="05:29")
    world.sync()
    world.pass_time("05:32")
    assert world.on_air() == "news"
    return world


# Alerts.


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
    box.arrive("sync", old)
    assert box.forgotten == []
    assert Code.REPLAYED in box.codes()


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


# Commands.


def test_volume_mute_and_pause_outlive_a_restart(box: LinkedWorld) -> None:
    """What was set by command is set after a power cut, and each is answered once as succeeded."""
    box.arrive("command", box.source.command("volume", volume_pct=35))
    box.arrive("command", box.source.command("mute"))
    box.pass_time("05:32:01")
    assert box.on_air() is None
    again = box.restarted()
    assert (again.state.controls.muted, again.state.controls.volume_pct) == (True, 35)
    assert box.states("c1") == box.states("c2") == ["accepted", "succeeded"]


def test_a_muted_box_is_silent_for_alerts_too_and_comes_back(box: LinkedWorld) -> None:
    """The off switch is for whoever stands in front of the loudspeaker."""
    box.arrive("command", box.source.command("mute"))
    box.arrive("alert", box.source.alert())
    box.pass_time("05:32:05")
    assert box.on_air() is None
    box.arrive("command", box.source.command("unmute"))
    box.pass_time("05:32:06")
    assert box.on_air() == "flood"


def test_pause_and_resume(box: LinkedWorld) -> None:
    """Silence until the resume; then the bulletin is joined where the clock is. Alerts are heard meanwhile."""
    box.arrive("command", box.source.command("pause"))
    box.pass_time("05:33")
    assert box.on_air() is None
    box.arrive("alert", box.source.alert())
    box.pass_time("05:33:05")
    assert box.on_air() == "flood"
    box.pass_time("05:34")
    box.arrive("command", box.source.command("resume"))
    box.pass_time("05:34:01")
    assert box.on_air() == "news"


def test_a_pause_ends_by_itself(box: LinkedWorld) -> None:
    """A pause of thirty seconds is over after thirty seconds."""
    box.arrive("command", box.source.command("pause", seconds=30.0))
    box.pass_time("05:32:29")
    assert box.on_air() is None
    box.pass_time("05:32:31")
    assert box.on_air() == "news"


def test_stop_silences_the_slot_on_air_and_not_the_next() -> None:
    """The rest of the slot is silent; the slot after it plays."""
    world = LinkedWorld(
        schedule([NEWS, SONG], [slot("a", NEWS, start="05:30"), slot("b", SONG, start="05:45")]), start="05:29"
    )
    world.sync()
    world.pass_time("05:31")
    world.arrive("command", world.source.command("stop"))
    world.pass_time("05:39")
    assert world.on_air() is None
    world.pass_time("05:46")
    assert world.on_air() == "song"


def test_next_goes_over_to_the_next_bulletin_and_through_the_rest(box: LinkedWorld) -> None:
    """The following bulletin begins at once, from its beginning, and the slot ends so much earlier."""
    box.arrive("command", box.source.command("next"))
    box.pass_time("05:32:05")
    assert box.on_air() == "song"
    box.pass_time("05:42:05")
    assert box.on_air() is None
    heard = box.heard[-1]
    assert heard.name == "song"
    assert heard.offset_us == pytest.approx(0, abs=seconds(0.1))


def test_the_same_command_again_gets_the_same_answer_and_does_nothing(box: LinkedWorld) -> None:
    """At least once on the way is exactly once in effect: the second `next` of the same id skips nothing."""
    raw = box.source.command("next")
    box.arrive("command", raw)
    box.pass_time("05:32:05")
    acks = len(box.said(ev.Topic.ACK))
    box.arrive("command", raw)
    box.pass_time("05:32:10")
    assert box.on_air() == "song"
    *_, first, second = box.said(ev.Topic.ACK)
    assert len(box.said(ev.Topic.ACK)) == acks + 1
    assert {**first, "at_us": 0} == {**second, "at_us": 0}


def test_another_command_under_a_known_id_is_refused(box: LinkedWorld) -> None:
    """An id names one command: another one under it is reported and not obeyed."""
    box.arrive("command", box.source.command("volume", "same", volume_pct=10))
    box.arrive("command", box.source.command("volume", "same", volume_pct=90))
    assert box.state.controls.volume_pct == 10
    assert Code.REPLAYED in box.codes()


def test_what_is_refused_is_answered(box: LinkedWorld) -> None:
    """Expired, out of order, without its hardware: each has its state and code at the source."""
    late = box.source.command("stop", "late", expires=box.now.wall_us - 1, issued=box.now.wall_us - MINUTE)
    first = box.source.command("stop", "first")
    second = box.source.command("volume", "second", volume_pct=50)
    for raw in (late, second, first, box.source.command("amplifier", "amp", on=True)):
        box.arrive("command", raw)
    assert box.states("late") == ["expired"]
    assert box.states("first") == ["rejected"]
    assert box.states("amp") == ["accepted", "rejected"]
    assert box.on_air() == "news"


def test_a_technician_may_not_start_a_siren(box: LinkedWorld) -> None:
    """The key of a person on the spot sets the volume; its drill is refused without an act."""
    box.arrive("command", box.source.command("volume", by="technician", volume_pct=20))
    assert box.state.controls.volume_pct == 20
    box.arrive("command", box.source.command("drill", by="technician"))
    box.pass_time("05:32:05")
    assert box.on_air() == "news"
    assert Code.ROLE_FORBIDDEN in box.codes()


@pytest.mark.parametrize(("kind", "style"), [("test_tone", "tone"), ("identify", "identify"), ("drill", "drill")])
def test_tones_and_drills_by_command_are_heard_and_end(box: LinkedWorld, kind: str, style: str) -> None:
    """They interrupt the programme for their time, are answered when they are over, and the programme goes on."""
    box.manners = Manners(notice_us=DAY)
    assert box.output
    box.output.manners = box.manners
    box.arrive("command", box.source.command(kind, "sound", seconds=5.0))
    box.pass_time("05:32:03")
    order = box.told[-1][1]
    assert isinstance(order, msg.Now)
    assert order.item
    assert order.item.notice
    assert order.item.notice.style == style
    box.pass_time("05:32:07")
    assert box.on_air() == "news"
    assert box.states("sound") == ["accepted", "in_progress", "succeeded"]


def test_a_snapshot_is_taken_brought_and_answered(box: LinkedWorld) -> None:
    """The command succeeds when the picture is at the source, and fails when it cannot be brought."""
    for name, detail, word in (("good", "", "succeeded"), ("bad", "the disk of the server is full", "failed")):
        box.arrive("command", box.source.command("snapshot", name))
        box.run_for(SECOND)
        upload = box.uploads[-1]
        assert upload.path == f"/run/spool/{upload.name}"
        box.send(ev.Uploaded(upload.name, detail))
        assert box.states(name) == ["accepted", "in_progress", word]


def test_a_restart_is_answered_by_the_next_run(box: LinkedWorld) -> None:
    """It needs the boot id of this run, ends the agent, and has succeeded when the agent is there again."""
    box.arrive("command", box.source.command("restart", "old", boot_id="boot-0-of-the-box"))
    assert (box.ended, box.states("old")) == (False, ["accepted", "rejected"])
    box.arrive("command", box.source.command("restart", "now", boot_id="boot-1-of-the-box"))
    assert (box.ended, box.states("now")) == (True, ["accepted", "in_progress"])
    again = box.restarted()
    assert again.states("now") == ["succeeded"]


def test_a_command_that_was_cut_has_failed(box: LinkedWorld) -> None:
    """A snapshot that was under way when the power went is answered as failed, not for ever in progress."""
    box.arrive("command", box.source.command("snapshot", "cut"))
    assert box.restarted().states("cut") == ["failed"]


def test_refresh_wants_and_checks_everything_again(box: LinkedWorld) -> None:
    """The schedule is fetched anew and every file checked."""
    box.arrive("desired", box.source.desired(3))
    box.arrive("command", box.source.command("refresh"))
    assert [pointer.version for pointer in box.wanted] == [3, 3]


# Schedules, keys.


def test_a_newer_pointer_is_wanted_and_an_older_one_is_not(box: LinkedWorld) -> None:
    """Versions only rise; the same pointer again is nothing, and a restart wants it without being told."""
    box.arrive("desired", box.source.desired(5))
    box.arrive("desired", box.source.desired(5))
    box.arrive("desired", box.source.desired(4))
    assert [pointer.version for pointer in box.wanted] == [5]
    assert Code.REPLAYED in box.codes()
    assert [pointer.version for pointer in box.restarted().wanted] == [5]


def test_a_new_keyring_counts_at_once_and_after_a_restart(box: LinkedWorld) -> None:
    """A key that the new keyring does not name is no key any more; the old keyring does not come back."""
    new = keyring(2, box.source.now_us)
    without = tuple(grant for grant in new.grants if grant.role != "technician")
    box.arrive("keyring", sealed(replace(new, grants=without), "root"))
    for world in (box, box.restarted()):
        world.arrive("command", world.source.command("volume", by="technician", volume_pct=1))
        assert world.state.controls.volume_pct is None
        world.arrive("keyring", sealed(keyring(1), "root"))
        assert world.state.keyring
        assert world.state.keyring.version == 2


def test_a_flood_of_forgeries_is_counted_and_hardly_written(box: LinkedWorld) -> None:
    """A thousand forged alerts leave one fault now and one an hour later, and are all acknowledged."""
    before = len(box.faults)
    for _ in range(1000):
        box.arrive("alert", box.source.alert(by="commune"))
    assert len(box.faults) == before + 1
    assert len(box.acknowledged) > 1000
    box.pass_time("06:33")
    box.arrive("alert", box.source.alert(by="commune"))
    assert "1000 of these" in box.faults[-1].detail
    assert "flood" not in box.names_heard()


def test_the_alert_key_of_a_commune_reaches_the_commune(box: LinkedWorld) -> None:
    """It may speak to its own area and those below it."""
    box.arrive("alert", box.source.alert(by="commune", audience=f"area:{COMMUNE}"))
    box.pass_time("05:32:02")
    assert box.on_air() == "flood"


# Reports.


def test_what_changes_is_reported_whole_first_and_then_in_parts(box: LinkedWorld) -> None:
    """Each connection begins with the whole; then only what is new, at most every ten seconds."""
    whole = box.reports()[0]
    assert {"volume_pct", "muted", "areas", "on_air"} <= whole.keys()
    count = len(box.reports())
    for volume in (10, 20, 30):
        box.arrive("command", box.source.command("volume", volume_pct=volume))
    box.pass_time("05:32:30")
    parts = box.reports()[count:]
    assert [part.get("volume_pct") for part in parts if "volume_pct" in part][-1] == 30
    assert len(parts) <= 3
    assert "areas" not in parts[0]
    box.connect(2)
    assert box.reports()[-1].keys() == whole.keys()


def test_the_source_is_told_what_waits_and_says_what_may_go(box: LinkedWorld) -> None:
    """The hello names the outbox; the signed answer lets events go, and only of the epoch that it names."""
    hello = box.connect(2)
    assert (hello.epoch, hello.outbox_first, hello.outbox_last) == ("epoch", 1, 7)
    box.arrive("sync", box.source.sync(hello.nonce, epoch="epoch", through=5))
    assert box.forgotten == [ev.Forget("epoch", 5)]
