"""The panel by the time of day: dark and dimmed at its hours, lit for whoever is to be warned, reported once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from firmware_py.core import events as ev
from firmware_py.core import messages as msg
from firmware_py.core.errors import Code
from firmware_py.core.panel import FULL, Light, Terms, light_at
from firmware_py.core.records import ClockState, Result
from firmware_py.core.state import Ways
from firmware_py.core.timeline import MAIN
from firmware_py.core.times import Span, parse_span
from firmware_py.core.units import DAY, FAR_FUTURE_US, MINUTE, SECOND, WallUs
from tests.core.builders import VN, at, schedule, slot, text, ways
from tests.core.linked import LinkedWorld
from tests.core.output import Manners
from tests.core.trials import trials
from tests.core.world import World

NIGHT, EVENING = parse_span("22:00-05:00"), parse_span("18:00-23:00")
TERMS = Terms(90, (NIGHT,), ((EVENING, 40), (parse_span("17:00-19:00"), 60)))
NEWS = text("news", 60)
PLAN = schedule([NEWS], [slot("all day", NEWS, start="04:00", end="03:00", repeat=True)])


def lit(brightness_pct: int) -> Light:
    """Return a panel that is on."""
    return Light(on=True, brightness_pct=brightness_pct)


def dark(brightness_pct: int) -> Light:
    """Return a panel that is off."""
    return Light(on=False, brightness_pct=brightness_pct)


def test_a_day_of_a_panel() -> None:
    """Off at night, the first level that holds in the evening, the usual brightness by day; each until its edge."""
    found, now_us = [], at("04:00")
    while now_us < at("04:00") + DAY:
        light, until_us = light_at(TERMS, now_us, VN, alert=False, known=True)
        found.append((datetime.fromtimestamp(now_us / SECOND, UTC).astimezone(VN).strftime("%H:%M"), light))
        now_us = until_us
    assert found == [
        ("04:00", dark(90)),
        ("05:00", lit(90)),
        ("17:00", lit(60)),
        ("18:00", lit(40)),
        ("19:00", lit(40)),
        ("22:00", dark(40)),
        ("23:00", dark(90)),
    ]


def test_an_alert_lights_it_and_an_unknown_time_leaves_it_lit() -> None:
    """At midnight: full for a warning, as bright as by day where nobody knows that it is midnight."""
    midnight_us = at("04:00") - 4 * 60 * MINUTE
    assert light_at(TERMS, midnight_us, VN, alert=True, known=True)[0] == FULL
    assert light_at(TERMS, midnight_us, VN, alert=True, known=False)[0] == FULL
    assert light_at(TERMS, midnight_us, VN, alert=False, known=False) == (lit(90), FAR_FUTURE_US)


minutes = st.integers(0, 24 * 60 - 1)
spans = st.tuples(minutes, minutes).filter(lambda ends: ends[0] != ends[1])


def holds(span: tuple[int, int], minute: int) -> bool:
    """Return whether a span of the day, in minutes, holds at a minute of the day."""
    start, end = span
    return start <= minute < end if start < end else minute >= start or minute < end


@trials(200)
@given(st.lists(spans, max_size=4), st.lists(st.tuples(spans, st.integers(1, 100)), max_size=4), st.integers(0, 10**7))
def test_it_is_what_the_clock_on_the_wall_says(
    nights: list[tuple[int, int]], levels: list[tuple[tuple[int, int], int]], minute: int
) -> None:
    """As a reading of the config minute by minute has it; and nothing changes before it is to be asked again."""

    def expected(moment: int) -> Light:
        of_day = (moment + 7 * 60) % (24 * 60)
        level = next((pct for span, pct in levels if holds(span, of_day)), 80)
        return Light(on=not any(holds(span, of_day) for span in nights), brightness_pct=level)

    def as_span(ends: tuple[int, int]) -> Span:
        return Span(ends[0] * MINUTE, ends[1] * MINUTE)

    terms = Terms(80, tuple(map(as_span, nights)), tuple((as_span(span), pct) for span, pct in levels))
    zone = timezone(timedelta(hours=7))
    light, until_us = light_at(terms, minute * MINUTE + 1, zone, alert=False, known=True)
    assert light == expected(minute)
    last = min(until_us // MINUTE, minute + 24 * 60)
    assert {expected(moment) for moment in range(minute, last)} == {light}
    assert (until_us == FAR_FUTURE_US) == (not nights and not levels)


def switching(terms: Terms = TERMS) -> Ways:
    """Return a board that switches its panel."""
    return replace(ways(MAIN), panel=terms)


class Lights:
    """What a panel and an output have been told, taken from a world's effects."""

    def __init__(self, world: World) -> None:
        """Look at a world."""
        self.world = world

    def blackened(self) -> list[tuple[WallUs, bool]]:
        """Return when the output was told to draw nothing, or something again."""
        return [(when, order.black) for when, order in self.world.told if isinstance(order, msg.Blacken)]


def test_the_panel_and_the_output_are_told_at_the_hours() -> None:
    """At each edge, once, to the second; the output when it is ready."""
    world = World(PLAN, start="16:00", setup=switching())
    world.run_to("23:30")
    assert world.lightened == [
        (at("16:00"), lit(90)),
        (at("17:00"), lit(60)),
        (at("18:00"), lit(40)),
        (at("22:00"), dark(40)),
        (at("23:00"), dark(90)),
    ]
    assert Lights(world).blackened() == [(at("22:00"), True)]


def test_a_new_output_in_the_dark_is_told_again() -> None:
    """One that died at night is replaced by one that draws nothing either."""
    world = World(PLAN, start="22:10", setup=switching())
    world.run_to("22:20")
    world.kill_output()
    world.run_for(5 * SECOND)
    assert [black for _, black in Lights(world).blackened()] == [True, True]


def linked(start: str = "22:30") -> LinkedWorld:
    """Return a board at night, with a source system."""
    box = LinkedWorld(PLAN, start=start, setup=switching(), manners=Manners(notice_us=DAY))
    box.sync()
    return box


def test_an_alert_at_night_is_seen_and_the_dark_comes_back() -> None:
    """Full brightness before the alert is ordered, and seen with the alert on it; after its time what the hour says."""
    box = linked()
    box.run_for(SECOND)
    box.arrive("alert", box.source.alert("flood", max_duration_s=60.0))
    assert box.lightened[-1] == (box.now.wall_us, FULL)
    of_alert = [order for when, order in box.told if when == box.now.wall_us]
    assert isinstance(of_alert[0], msg.Now)
    assert of_alert[-1] == msg.Blacken(black=False)
    begun_us = box.now.wall_us
    box.run_for(2 * MINUTE)
    assert box.lightened[-1] == (begun_us + MINUTE, dark(40))
    assert Lights(box).blackened()[-1] == (begun_us + MINUTE, True)
    after = [order for when, order in box.told if when == begun_us + MINUTE]
    assert after[0] == msg.Blacken(black=True)


def test_a_drill_lights_it_and_a_test_tone_does_not() -> None:
    """Whoever exercises wants to see it; who looks for a box at night does not wake the square."""
    box = linked()
    box.arrive("command", box.source.command("test_tone", "tone"))
    box.run_for(SECOND)
    assert not box.lightened[-1][1].on
    box.arrive("command", box.source.command("drill", "exercise", seconds=30.0))
    assert box.lightened[-1][1] == FULL
    box.run_for(MINUTE)
    assert not box.lightened[-1][1].on


def test_an_unknown_time_is_day() -> None:
    """A box that does not know the hour shows what it has; when it learns that it is night it goes dark."""
    world = World(PLAN, start="23:30", setup=switching(), clock=ClockState.UNTRUSTED)
    assert world.lightened[-1][1] == lit(90)
    world.trust_clock(ClockState.TRUSTED)
    assert world.lightened[-1][1] == dark(90)


def test_silence_is_told_once_and_stands_in_the_records() -> None:
    """One fault however often it is said; when it answers again the next record and the state say so."""
    world = World(PLAN, start="05:59", setup=switching())
    for _ in range(3):
        world.send(ev.Lit(lit(90), "answered nothing"))
    world.run_to("06:05")
    assert world.codes() == [Code.PANEL_SILENT]
    assert newest(world) == "silent"
    world.send(ev.Lit(lit(90)))
    world.run_to("06:10")
    assert newest(world) == "on"
    world.send(ev.Lit(lit(90), "answered nothing"))
    assert world.codes() == [Code.PANEL_SILENT] * 2


def newest(world: World) -> str:
    """Return what the newest record that is closed says of the panel."""
    closed = [kept[-1] for kept in world.records.values() if kept[-1].result is Result.COMPLETE]
    return closed[-1].panel


def test_what_is_on_air_in_the_dark_is_recorded_as_dark() -> None:
    """The programme goes on, and its records say that nobody could see it."""
    world = World(PLAN, start="22:10", setup=switching(Terms(dark=(NIGHT,))))
    world.run_to("22:20")
    assert newest(world) == "dark"


def test_a_lost_screen_is_recorded_until_there_is_one_again() -> None:
    """Lost: a fault, and records that say so. Back: told; the play goes on as another, and nothing is struck."""
    world = World(PLAN, start="05:59", setup=ways(MAIN))
    world.run_to("06:05")
    world.send(ev.Reported(msg.Trouble(Code.SCREEN_LOST, "the monitor was unplugged")))
    world.run_to("06:10")
    assert newest(world) == "lost"
    for _ in range(4):
        world.run_for(10 * SECOND)
        world.lose_output(Code.SCREEN_BACK, "there is a screen again")
        world.run_for(10 * SECOND)
    assert world.codes() == [Code.SCREEN_LOST, *[Code.SCREEN_BACK] * 4]
    assert world.state.strikes == {}
    world.run_to("06:20")
    assert newest(world) == "none"
    assert {result for _, result in world.results(Result.COMPLETE, Result.ON_AIR)} == {Result.INTERRUPTED}


def test_whatever_closes_a_record_of_a_lost_screen_it_says_so() -> None:
    """The end of the agent, the death of the output, and the screen's return."""
    for end in (World.stop, World.kill_output, lambda world: world.lose_output(Code.SCREEN_BACK, "there is a screen")):
        world = World(PLAN, start="05:59", setup=ways(MAIN))
        world.send(ev.Reported(msg.Trouble(Code.SCREEN_LOST, "the monitor was unplugged")))
        world.run_to("06:00:10")
        no = max(world.records)
        end(world)
        assert world.records[no][-1].result is not Result.ON_AIR
        assert world.records[no][-1].panel == "lost"


def test_a_panel_that_is_always_the_same_is_told_nothing() -> None:
    """A board without a driver and without dark hours orders nothing."""
    world = World(PLAN, start="05:59", setup=ways(MAIN))
    world.run_to("06:01")
    assert world.lightened == []
    assert Lights(world).blackened() == []
