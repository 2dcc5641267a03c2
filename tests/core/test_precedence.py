"""Who is heard when two want to be, said in examples."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from firmware_py.core.decide import Volumes, decide
from firmware_py.core.model import Bulletin, Priority, Schedule
from firmware_py.core.settings import Hours
from firmware_py.core.timeline import SOUND, Timeline, build
from firmware_py.core.units import SECOND, WallUs
from firmware_py.core.windows import Lineup, Playable, Rank, Window
from tests.core.builders import DAILY, MONDAY, VN, at, audio, schedule, slot, urgent

NEWS, SONG = audio("news", 600), audio("song", 600)
FLOOD, DUTY = urgent("flood", 600), audio("duty", 600, priority=Priority.PRIORITY)


def _timeline(plan: Schedule, day: date = MONDAY) -> Timeline:
    known = {one.id: Playable(one, round((one.duration_s or 0) * SECOND)) for one in plan.bulletins}
    return build(plan, SOUND, known, Hours(), VN, day)


def _on_air(timeline: Timeline, at_us: WallUs, *interruptions: Window) -> str:
    play = decide(timeline, interruptions, at_us).on_air
    return play.what.bulletin.id if play else ""


def _interruption(rank: Rank, what: Bulletin, start: str, end: str) -> Window:
    lineup = Lineup((Playable(what, 600 * SECOND),), (600 * SECOND,))
    return Window(rank, rank.name, at(start), at(start), at(start), at(end), lineup)


@pytest.mark.parametrize(
    ("first", "second", "winner"),
    [(NEWS, SONG, "song"), (DUTY, SONG, "duty"), (DUTY, FLOOD, "flood"), (FLOOD, DUTY, "flood"), (NEWS, DUTY, "duty")],
)
def test_rank_comes_before_the_later_start(first: Bulletin, second: Bulletin, winner: str) -> None:
    """Of two slots the more urgent one is on air; of two equally urgent ones the one that started later."""
    plan = schedule([first, second], [slot("a", first, start="05:30"), slot("b", second, start="05:32")])
    assert _on_air(_timeline(plan), at("05:33")) == winner


def test_of_equals_the_id_that_sorts_first_is_on_air() -> None:
    """Two slots of one rank and one start: the smaller id wins, in whatever order they are written."""
    slots = [slot("b", NEWS, start="05:30"), slot("a", SONG, start="05:30")]
    for order in (slots, slots[::-1]):
        assert _on_air(_timeline(schedule([NEWS, SONG], order)), at("05:31")) == "song"


def test_a_day_that_is_excepted_is_left_out() -> None:
    """A daily slot is not on air on its `except_days`."""
    plan = schedule([NEWS], [slot("a", NEWS, start="05:30", days="FREQ=DAILY", except_days=(MONDAY,))])
    assert plan.slots[0].days == DAILY
    assert _on_air(_timeline(plan), at("05:31")) == ""


def test_interruptions_stand_in_their_order_above_every_slot() -> None:
    """Override, drill and alert each silence what is below them, also an emergency slot."""
    timeline = _timeline(schedule([FLOOD], [slot("a", FLOOD, start="05:30")]))
    ranks = (Rank.OVERRIDE, Rank.DRILL, Rank.ALERT)
    for count in range(1, 4):
        holding = [_interruption(rank, audio(rank.name), "05:31", "05:35") for rank in ranks[:count]]
        assert _on_air(timeline, at("05:32"), *holding) == ranks[count - 1].name


def test_an_interruption_that_is_known_to_come_ends_the_play_before_it() -> None:
    """What is on air leaves it when the alert is due, and is on air again after it, at the place of the clock."""
    timeline = _timeline(schedule([NEWS], [slot("a", NEWS, start="05:30")]))
    alert = _interruption(Rank.ALERT, FLOOD, "05:33", "05:34")
    before = decide(timeline, (alert,), at("05:31"))
    assert before.on_air is not None
    assert (before.until_us, before.on_air.end_us) == (at("05:33"), at("05:33"))
    after = decide(timeline, (alert,), at("05:34")).on_air
    assert after is not None
    assert (after.key, after.start_us) == (before.on_air.key, at("05:30"))


def test_alerts_have_a_volume_cap_of_their_own() -> None:
    """The caps of the hour do not bind an alert; its own cap does."""
    timeline = _timeline(schedule([NEWS], [slot("a", NEWS, start="05:30", volume=90)]))
    alert = replace(_interruption(Rank.ALERT, FLOOD, "05:31", "05:32"), volume_pct=100)
    capped = replace(timeline, caps=((timeline.start_us, 40),))
    volumes = Volumes(usual_pct=80, alert_max_pct=95)
    playing = [decide(capped, (alert,), at(text), volumes).on_air for text in ("05:30:30", "05:31:30")]
    assert [play.volume_pct for play in playing if play] == [40, 95]
