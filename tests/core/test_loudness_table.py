"""How loud, at which hour, by whose word: the table of rank, hour and command, held against a second reckoning."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_py.core import messages as msg
from firmware_py.core.decide import Volumes, decide
from firmware_py.core.model import Bulletin, Kind, Priority
from firmware_py.core.settings import Hours
from firmware_py.core.units import HOUR, MINUTE
from firmware_py.core.windows import Playable, Rank, Window, line_up
from tests.core.builders import at, audio, hours, laid_out, schedule, slot, ways
from tests.core.linked import LinkedWorld

SCHEDULED = {Rank.RELAY: Priority.NORMAL, **{Rank[each.name]: each for each in Priority}}
BY_WORD = (Rank.OVERRIDE, Rank.DRILL, Rank.ALERT)
PERCENT = st.integers(0, 100)
QUIET, CAPPED = range(21, 29), range(18, 24)
"""Quiet from 21:00 to 05:00; a cap from 18:00 to 24:00."""


def limits(cap_pct: int, alert_max_pct: int) -> Hours:
    """Return what the box may do."""
    return replace(hours(["21:00-05:00"], {"18:00-24:00": cap_pct}), alert_max_pct=alert_max_pct)


def expected(rank: Rank, hour: int, wanted_pct: int, cap_pct: int, alert_max_pct: int) -> int | None:
    """Return the volume that the table says; None where nothing is to sound."""
    if rank in (Rank.DRILL, Rank.ALERT):
        return min(wanted_pct, alert_max_pct)
    if rank in SCHEDULED and (hour in QUIET or hour + 24 in QUIET):
        return None
    return min(wanted_pct, cap_pct) if hour in CAPPED else wanted_pct


@given(
    st.sampled_from([*SCHEDULED, *BY_WORD]),
    st.integers(0, 23),
    st.none() | PERCENT,
    PERCENT,
    PERCENT,
    st.none() | PERCENT,
)
def test_the_table_of_rank_hour_and_command(
    rank: Rank, hour: int, own_pct: int | None, cap_pct: int, alert_max_pct: int, command_pct: int | None
) -> None:
    """Its own volume, else the command's, else the box's; never above the cap of the hour; alerts have their own."""
    usual_pct = 80 if command_pct is None else command_pct
    when = at(f"{hour:02}:30")
    found = _decided(rank, when, own_pct, limits(cap_pct, alert_max_pct), Volumes(usual_pct, alert_max_pct))
    wanted_pct = usual_pct if own_pct is None else own_pct
    assert found == expected(rank, hour, wanted_pct, cap_pct, alert_max_pct)


def _decided(rank: Rank, when: int, own_pct: int | None, allowed: Hours, volumes: Volumes) -> int | None:
    """Return the volume of something of this rank that wants the air at an instant, None when it does not get it."""
    bulletin = audio("a", 7200, priority=SCHEDULED.get(rank, Priority.NORMAL))
    if rank is Rank.RELAY:
        bulletin = Bulletin("a", Kind.RELAY, duration_s=7200, sources=("https://pinned.example/",))
    slots = [slot("s", bulletin, start="00:00", end="24:00", repeat=True, volume=own_pct)] if rank in SCHEDULED else []
    notice = msg.Notice("actual", "", "unknown", (), siren=True, repeats=1)
    lineup = line_up((Playable(audio("word"), HOUR, notice=notice),))
    word = Window(rank, "word", when - MINUTE, when - MINUTE, when - MINUTE, when + MINUTE, lineup, own_pct)
    interruptions = (word,) if rank in BY_WORD else ()
    timeline = laid_out(schedule([replace(bulletin, content=audio("a").content)], slots), limits=allowed)
    on_air = decide(timeline, interruptions, when, volumes).on_air
    return on_air.volume_pct if on_air else None


@pytest.mark.parametrize("priority", list(Priority))
def test_a_slot_at_a_quarter_past_three_is_refused_and_an_alert_sounds(priority: Priority) -> None:
    """The night of a wrong hour in a schedule: nobody is woken by it, and everybody by a flood."""
    news = audio("news", 600, priority=priority)
    plan = schedule([news], [slot("wrong", news, start="03:15")])
    world = LinkedWorld(plan, start="03:00", setup=ways(limits=hours(["21:00-05:00"])))
    world.sync()
    world.pass_time("03:20")
    assert world.on_air() is None
    assert world.record("news").code == "quiet_hours"
    world.arrive("alert", world.source.alert())
    world.pass_time("03:20:05")
    assert world.on_air() == "flood"
