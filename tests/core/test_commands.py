"""Commands, pointers and keyrings: who is obeyed, what is answered, what a restart finds again, what is reported."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware_py.core import events as ev
from firmware_py.core import messages as msg
from firmware_py.core.errors import Code
from firmware_py.core.units import DAY, MINUTE, SECOND
from tests.core.builders import schedule, seconds, slot
from tests.core.linked import NEWS, SONG, LinkedWorld
from tests.core.output import Manners
from tests.core.source import COMMUNE, altered, keyring, sealed


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


def test_what_was_never_heard_has_not_succeeded(box: LinkedWorld) -> None:
    """A drill below an alert that lasts longer is answered as failed, a muted alert as expired."""
    assert box.output
    box.output.manners = Manners(notice_us=DAY)
    box.arrive("alert", box.source.alert(max_duration_s=300.0))
    box.arrive("command", box.source.command("drill", "below", seconds=20.0))
    box.pass_time("05:33")
    assert box.states("below") == ["accepted", "in_progress", "failed"]
    box.arrive("command", box.source.command("mute"))
    box.arrive("alert", box.source.alert("unheard", max_duration_s=30.0))
    box.pass_time("05:34")
    assert box.states("unheard") == ["received", "expired"]


def test_a_snapshot_is_taken_brought_and_answered(box: LinkedWorld) -> None:
    """The command succeeds when the picture is at the source, and fails when it cannot be brought."""
    for name, detail, word in (("good", "", "succeeded"), ("bad", "the disk of the server is full", "failed")):
        box.arrive("command", box.source.command("snapshot", name))
        box.run_for(SECOND)
        upload = box.uploads[-1]
        assert upload.path == f"/run/spool/{upload.name}"
        box.send(ev.Uploaded(upload.name, detail))
        assert box.states(name) == ["accepted", "in_progress", word]


def test_a_snapshot_that_died_with_its_output_has_failed(box: LinkedWorld) -> None:
    """Nobody waits for ever for a picture that will not come."""
    box.arrive("command", box.source.command("snapshot", "lost"))
    box.kill_output()
    assert box.states("lost") == ["accepted", "in_progress", "failed"]


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


def test_what_came_before_its_keyring_is_obeyed_when_that_comes(box: LinkedWorld) -> None:
    """Retained messages come in any order: a pointer by a new key waits for the keyring that names the key."""
    early = altered(box.source.desired(9), "new")
    box.arrive("desired", early)
    assert box.wanted == []
    box.arrive("keyring", sealed(keyring(2, content_too="new"), "root"))
    assert [pointer.version for pointer in box.wanted] == [9]


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


def test_a_hello_without_an_answer_is_said_again_and_told_once() -> None:
    """Half a minute without the source's answer is a fault, and the box asks again until it is answered."""
    world = LinkedWorld(start="05:31")
    hello = world.connect()
    world.run_for(35 * SECOND)
    assert len(world.said(ev.Topic.HELLO)) == 2
    world.run_for(20 * MINUTE)
    assert len(world.said(ev.Topic.HELLO)) == 6
    assert world.codes().count(Code.LINK_DOWN) == 1
    world.source.now_us = world.now.wall_us
    world.arrive("sync", world.source.sync(hello.nonce))
    world.run_for(20 * MINUTE)
    assert len(world.said(ev.Topic.HELLO)) == 6


def test_a_keyring_that_will_expire_is_reported(box: LinkedWorld) -> None:
    """Two months before its end each connection reports it: without a keyring in force nobody is obeyed."""
    new = keyring(2, box.source.now_us)
    box.arrive("keyring", sealed(replace(new, expires=box.source.now_us + 30 * DAY), "root"))
    box.connect(2)
    assert [fault.detail for fault in box.faults if fault.subject == "keyring"][-1].startswith("holds for 30 more days")
