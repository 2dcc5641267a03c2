"""The amplifier: on before what is foreseen, at once for what is not, never for long without need."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from firmware_py.core import events as ev
from firmware_py.core.amplifier import Amplifier, Scene, Terms, due_us, moved
from firmware_py.core.errors import Code
from firmware_py.core.state import Ways
from firmware_py.core.units import FAR_FUTURE_US, MINUTE, SECOND, MonoUs, WallUs
from tests.core.builders import at, audio, schedule, slot, ways
from tests.core.linked import LinkedWorld
from tests.core.trials import trials
from tests.core.world import World

TERMS = Terms(warm_up_us=2 * SECOND, hold_us=30 * SECOND, max_on_us=60 * MINUTE, rest_us=MINUTE)
NEWS, SONG = audio("news", 60), audio("song", 60)
TWICE = schedule(
    [NEWS, SONG],
    [slot("first", NEWS, start="05:30"), slot("near", SONG, start="05:31:20"), slot("far", NEWS, start="06:00")],
)


def switching(terms: Terms = TERMS) -> Ways:
    """Return a loudspeaker that switches its amplifier."""
    return replace(ways(), amplifier=terms)


def moments(*switched: tuple[str, bool]) -> list[tuple[WallUs, bool]]:
    """Return when it is to be switched, and how."""
    return [(at(moment), on) for moment, on in switched]


def test_it_is_on_before_the_sound_stays_on_to_the_next_and_goes_off_behind_it() -> None:
    """Two seconds of warm-up, twenty seconds between two bulletins joined, thirty held, and off until the next."""
    world = World(TWICE, start="05:00", setup=switching())
    world.run_to("06:05")
    assert world.switched == moments(
        ("05:29:58", True),
        ("05:32:50", False),
        ("05:59:58", True),
        ("06:01:30", False),
    )


def test_a_start_in_the_middle_switches_on_at_once() -> None:
    """An agent that starts while a bulletin is due waits for nothing."""
    world = World(TWICE, start="05:30:20", setup=switching())
    world.run_to("05:30:21")
    assert world.switched == moments(("05:30:20", True))


def test_a_bulletin_that_is_withdrawn_leaves_it_off() -> None:
    """What was switched on for a bulletin that does not come goes off again."""
    world = World(TWICE, start="05:00", setup=switching())
    world.run_to("05:29:59")
    world.receive(schedule([NEWS], [slot("far", NEWS, start="06:00")], version=2))
    assert world.switched == moments(("05:29:58", True), ("05:29:59", False))


def test_the_guard_takes_it_off_and_tells_and_lets_it_come_again() -> None:
    """A sound without end is heard for as long as the guard allows, and again after its rest."""
    plan = schedule([NEWS], [slot("all day", NEWS, start="05:30", end="09:00", repeat=True)])
    world = World(plan, start="05:00", setup=switching())
    world.run_to("06:31")
    assert world.switched == moments(("05:29:58", True), ("06:29:58", False), ("06:30:58", True))
    assert world.codes() == [Code.AMPLIFIER_RESTS]


def test_silence_of_it_is_told_once_and_stands_in_the_records() -> None:
    """It does not answer: one fault however often it is said, and the play's record tells that nobody could hear it."""
    world = World(TWICE, start="05:00", setup=switching())
    world.run_to("05:30:10")
    for _ in range(3):
        world.send(ev.Switched(on=True, detail="answered nothing"))
    world.run_to("05:31:10")
    assert world.codes() == [Code.AMPLIFIER_SILENT]
    assert world.record("news").amplifier == "silent"
    world.send(ev.Switched(on=True))
    world.run_to("05:33")
    assert world.record("song").amplifier == "on"


def linked() -> LinkedWorld:
    """Return a loudspeaker with a source system and an amplifier, before its morning."""
    world = LinkedWorld(TWICE, start="05:00", setup=switching())
    world.sync()
    return world


def test_a_command_holds_it_and_has_succeeded_when_it_answers() -> None:
    """On by command for a time; in progress until the amplifier says so, then it is left to itself again."""
    box = linked()
    box.arrive("command", box.source.command("amplifier", "try", on=True, seconds=100.0))
    assert box.switched[-1][1] is True
    assert box.states("try") == ["accepted", "in_progress"]
    box.send(ev.Switched(on=True))
    assert box.states("try")[-1] == "succeeded"
    box.pass_time("05:01:41")
    assert box.switched[-1][1] is False


def test_a_command_to_an_amplifier_that_does_not_answer_fails() -> None:
    """The one who ordered it hears why."""
    box = linked()
    box.arrive("command", box.source.command("amplifier", "try", on=True))
    box.send(ev.Switched(on=True, detail="answered nothing"))
    assert box.states("try")[-1] == "failed"


def test_an_alert_switches_on_what_a_command_holds_off() -> None:
    """Whoever has switched it off for a repair is not asked when people are to be warned."""
    box = linked()
    box.arrive("command", box.source.command("amplifier", "repair", on=False, seconds=3600.0))
    box.pass_time("05:30:10")
    assert box.on_air() == "news"
    assert not any(on for _, on in box.switched)
    box.arrive("alert", box.source.alert("flood"))
    assert box.switched[-1][1] is True


def test_an_alert_is_heard_while_it_rests_and_no_guard_cuts_it() -> None:
    """Whoever is to be warned is warned by an amplifier that is on, then it rests on."""
    plan = schedule([NEWS], [slot("all day", NEWS, start="05:30", end="09:00", repeat=True)])
    box = LinkedWorld(plan, start="05:00", setup=switching(replace(TERMS, rest_us=10 * MINUTE)))
    box.sync()
    box.pass_time("06:30:10")
    assert box.switched == moments(("05:29:58", True), ("06:29:58", False))
    box.arrive("alert", box.source.alert("flood", max_duration_s=20.0))
    assert box.switched[-1] == (box.now.wall_us, True)
    box.pass_time("06:31")
    assert box.switched[-1][1] is False
    box.pass_time("06:41")
    assert box.switched[-1][1] is True


def test_a_test_tone_leaves_off_what_is_held_off_for_a_repair() -> None:
    """Neither a tone nor a drill is an alert: nobody gets a shock because somebody looks for a box."""
    box = linked()
    box.arrive("command", box.source.command("amplifier", "repair", on=False, seconds=3600.0))
    for kind in ("test_tone", "identify", "drill"):
        box.arrive("command", box.source.command(kind, kind))
        box.run_for(SECOND)
        assert not any(on for _, on in box.switched)


scenes = st.lists(
    st.tuples(
        st.integers(0, 10 * MINUTE),
        st.booleans(),
        st.booleans(),
        st.one_of(st.just(FAR_FUTURE_US), st.integers(1, 5 * MINUTE)),
        st.sampled_from((None, None, True, False)),
    ),
    max_size=60,
)


@trials(400)
@given(scenes)
def test_it_is_never_on_for_longer_than_its_guard_and_always_on_in_an_alert(
    story: list[tuple[int, bool, bool, int, bool | None]],
) -> None:
    """Whatever happens, and however late the agent looks: the guard holds, alerts are heard, rest is kept."""
    amplifier, now_us = Amplifier(), 0
    for pause_us, sounds, alert, next_us, forced in story:
        scene = Scene(now_us, sounds or alert, alert, now_us + next_us, forced)
        wake_us: MonoUs = due_us(amplifier, TERMS, scene)
        now_us = min(now_us + pause_us, wake_us)
        scene = replace(scene, now_us=now_us, next_us=now_us + next_us)
        amplifier = moved(amplifier, TERMS, scene)
        assert alert or not amplifier.on or now_us - amplifier.since_us < TERMS.max_on_us
        rests = now_us < amplifier.rests_until_us
        assert alert or not (amplifier.on and rests)
        assert not alert or amplifier.on
        if forced is None and not rests:
            assert amplifier.on or not (sounds or alert)


def test_no_look_between_two_looks_would_find_anything_else() -> None:
    """An agent that looks only when it is told to misses nothing: looked at every second, it moves when it said."""
    amplifier, due = moved(Amplifier(), TERMS, Scene(0, sounds=True)), 0
    for now_us in range(SECOND, 5 * 60 * MINUTE, SECOND):
        scene = Scene(now_us, sounds=now_us < 90 * MINUTE)
        after = moved(amplifier, TERMS, scene)
        assert after.on is amplifier.on or now_us >= due or now_us == 90 * MINUTE
        amplifier, due = after, due_us(after, TERMS, scene)
    assert not amplifier.on
