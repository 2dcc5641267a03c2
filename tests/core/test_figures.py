"""Figures that are signed are shown while they are good; no others, and none when the time is not known."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from firmware_py.core import messages as msg
from firmware_py.core.errors import Refused
from firmware_py.core.model import Bulletin, Kind, Schedule, Translation, read_schedule
from firmware_py.core.records import ClockState, Result
from firmware_py.core.timeline import MAIN, TICKER
from firmware_py.core.units import DAY, HOUR, MINUTE, SECOND, WallUs
from firmware_py.core.wire import Data, Figure, FigureText, read_document
from tests.core.builders import at, schedule, slot, text, ways
from tests.core.forging import body, data
from tests.core.linked import LinkedWorld
from tests.core.source import COMMUNE, HAMLET
from tests.core.source import PROVINCE as WIDEST

AIR = Bulletin("khi", Kind.TEXT, title="Không khí", data="khong-khi", duration_s=3600.0)
FIVE = at("05:00")


def plan(*bulletins: Bulletin, zone: Any = "main") -> Schedule:  # noqa: ANN401 - a zone
    """Return a schedule that shows these at all times, and a text when there is nothing."""
    always = slot("luon", *bulletins, days="always", zone=zone)
    return schedule([*bulletins, text("nen", 3600)], [always], fallback=("nen",))


def board(*bulletins: Bulletin, zone: str = "main", **more: Any) -> LinkedWorld:  # noqa: ANN401 - of World
    """Return a board at five."""
    world = LinkedWorld(plan(*(bulletins or (AIR,)), zone=zone), setup=ways(MAIN, TICKER), **more)
    world.run_for(2 * SECOND)
    return world


def figure(vi: str = "AQI 42, tốt", name: str = "khong-khi", until: WallUs = FIVE + HOUR, **others: str) -> Figure:
    """Return a figure that is good until six, in Vietnamese and other languages."""
    texts = (FigureText("vi", vi), *(FigureText(language, words) for language, words in others.items()))
    return Figure(name, texts, FIVE - HOUR, until)


def shown(world: LinkedWorld, channel: str = "main") -> msg.Item:
    """Return what the board shows a moment later."""
    world.run_for(SECOND)
    assert world.output
    item = world.output.lane(channel).on_air
    assert item
    return item


def test_a_signed_figure_is_the_text_of_its_bulletin() -> None:
    """It is a text like others, under the title of the bulletin; before it came that was skipped."""
    world = board()
    assert shown(world).bulletin_id == "nen"
    assert (world.record("khi").result, world.record("khi").code) == (Result.SKIPPED, "data_missing")
    world.arrive("data", world.source.data(1, figure(), figure("28 độ", "thoi-tiet")), retained=True)
    item = shown(world)
    assert (item.kind, item.title, item.text, item.translations) == ("text", "Không khí", "AQI 42, tốt", ())
    assert world.codes() == []


def test_a_figure_in_several_languages_is_shown_in_turn() -> None:
    """That of the bulletin first; the titles of the others are the bulletin's."""
    world = board(replace(AIR, translations=(Translation("bdq", "Kon"),)))
    world.arrive("data", world.source.data(1, figure(sed="Sed", bdq="Ba Na")))
    item = shown(world)
    assert item.text == "AQI 42, tốt"
    assert item.translations == (msg.NoticeText("sed", "", "Sed"), msg.NoticeText("bdq", "Kon", "Ba Na"))


def test_a_figure_may_be_the_running_line() -> None:
    """In the zone of the ticker too."""
    world = board(zone="ticker")
    world.arrive("data", world.source.data(1, figure()))
    assert shown(world, "ticker").text == "AQI 42, tốt"


def test_a_newer_document_takes_the_place_of_the_one_before() -> None:
    """At once; what it leaves out is not known any more, and the same one again does nothing."""
    world = board()
    first = world.source.data(1, figure())
    world.arrive("data", first)
    world.arrive("data", world.source.data(2, figure("AQI 160, xấu")))
    assert shown(world).text == "AQI 160, xấu"
    tickets = [world.arrive("data", first), world.arrive("data", world.source.data(2, figure("AQI 160, xấu")))]
    assert shown(world).text == "AQI 160, xấu"
    assert set(tickets) <= set(world.acknowledged)
    assert world.codes() == ["replayed"]
    world.arrive("data", world.source.data(3))
    assert shown(world).bulletin_id == "nen"


def test_a_figure_that_has_expired_is_not_shown_and_told_of_once() -> None:
    """At that very second, until a newer one comes."""
    world = board()
    world.arrive("data", world.source.data(1, figure()))
    world.pass_time(FIVE + HOUR - 2 * SECOND)
    assert shown(world).text == "AQI 42, tốt"
    world.pass_time(FIVE + HOUR)
    assert shown(world).bulletin_id == "nen"
    world.pass_time(FIVE + 3 * HOUR)
    assert world.codes() == ["data_stale"]
    assert world.record("khi").code == "data_stale"
    world.arrive("data", world.source.data(2, figure(until=FIVE + 5 * HOUR)))
    assert shown(world).text == "AQI 42, tốt"


def test_the_nearest_area_that_has_a_good_one_counts() -> None:
    """The commune before the province, while its own is good; each is numbered by itself."""
    world = board()
    world.arrive("data", world.source.data(9, figure("tỉnh", until=FIVE + DAY), audience=f"area:{WIDEST}"))
    assert shown(world).text == "tỉnh"
    world.arrive("data", world.source.data(2, figure("xã")))
    assert shown(world).text == "xã"
    world.arrive("data", world.source.data(1, figure("thôn", until=FIVE + MINUTE), audience=f"area:{HAMLET}"))
    assert shown(world).text == "thôn"
    world.pass_time(FIVE + MINUTE)
    assert shown(world).text == "xã"
    world.pass_time(FIVE + HOUR)
    assert shown(world).text == "tỉnh"
    assert world.codes() == []


def test_figures_outlive_a_power_cut_and_so_do_their_marks() -> None:
    """They were on disk before they were shown; an older document is refused afterwards too."""
    world = board()
    old, new = world.source.data(1, figure("cũ")), world.source.data(2, figure("mới"))
    world.arrive("data", new)
    again = world.restarted(setup=ways(MAIN, TICKER))
    again.receive(plan(AIR))
    assert shown(again).text == "mới"
    again.arrive("data", old)
    assert shown(again).text == "mới"
    assert again.codes() == ["replayed"]


def test_a_figure_that_the_board_could_not_show_gets_another_chance() -> None:
    """With the next document that has one of its name."""
    world = board()
    world.make_unplayable("khi")
    world.arrive("data", world.source.data(1, figure()))
    world.run_for(MINUTE)
    assert "quarantined" in world.codes()
    world.make_unplayable("khi")
    world.arrive("data", world.source.data(2, figure(name="khac")))
    assert shown(world).bulletin_id == "nen"
    world.arrive("data", world.source.data(3, figure()))
    assert shown(world).text == "AQI 42, tốt"


def test_on_an_unset_clock_no_figure_is_shown() -> None:
    """Nobody knows whether it is still good; once the time is known it is shown."""
    world = board(clock=ClockState.UNTRUSTED)
    world.arrive("data", world.source.data(1, figure()))
    assert shown(world).bulletin_id == "nen"
    world.trust_clock(ClockState.TRUSTED)
    assert shown(world).text == "AQI 42, tốt"


def test_a_clock_that_is_set_decides_anew_what_is_good() -> None:
    """Forward beyond its end it goes at once, and back again it is there."""
    world = board()
    world.arrive("data", world.source.data(1, figure()))
    assert shown(world).text == "AQI 42, tốt"
    world.step_clock(2 * HOUR)
    assert shown(world).bulletin_id == "nen"
    world.step_clock(-2 * HOUR)
    assert shown(world).text == "AQI 42, tốt"


@pytest.mark.parametrize("by", ["command", "service", "technician", "province", "commune", "root", "nobody"])
def test_nobody_else_says_what_the_weather_is(by: str) -> None:
    """Only keys of the role that signs schedules."""
    world = board()
    world.arrive("data", world.source.data(1, figure(), by=by))
    assert shown(world).bulletin_id == "nen"
    assert world.codes() == ["signature_invalid" if by == "nobody" else "role_forbidden"]
    assert world.state.marks == {}


@pytest.mark.parametrize("audience", ["all", "device:loa-01", "area:99"])
def test_figures_are_for_an_area_of_the_box(audience: str) -> None:
    """Not for all, not for one box, not for another commune."""
    world = board()
    world.arrive("data", world.source.data(1, figure(), audience=audience))
    assert world.codes() == ["audience_wrong"]


def test_a_document_that_is_late_or_early_or_lives_too_long_is_refused() -> None:
    """The same rules of time as for all that is signed."""
    world = board()
    now_us = world.source.now_us
    for version, times in enumerate(
        (
            {"issued": now_us - DAY, "expires": now_us - HOUR},
            {"issued": now_us + HOUR, "expires": now_us + DAY},
            {"issued": now_us, "expires": now_us + 8 * DAY},
        )
    ):
        changes: dict[str, Any] = times
        world.arrive("data", world.source.data(version + 1, figure(), **changes))
    assert world.codes() == ["expired", "from_future"]
    assert world.state.figures == {}


def test_the_marks_of_each_area_are_its_own() -> None:
    """A number of the province says nothing of the commune's."""
    world = board()
    world.arrive("data", world.source.data(5, figure(), audience=f"area:{WIDEST}"))
    world.arrive("data", world.source.data(1, figure()))
    names = {name.rpartition("/")[0]: value for name, value in world.state.marks.items()}
    assert names == {f"data/area:{WIDEST}": 5, f"data/area:{COMMUNE}": 1}


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"name": "Thời tiết"}, "no name of a figure"),
        ({"name": ""}, "no name of a figure"),
        ({"texts": []}, "length 0"),
        ({"texts": [{"language": "vi", "text": ""}]}, "length 0"),
        ({"texts": [{"language": "vi", "text": "a" * 401}]}, "length 401"),
        ({"texts": [{"language": "vi", "text": "a"}] * 2}, "twice in one language"),
        ({"expires": "2026-11-23T03:59:59+07:00"}, "until before it was taken"),
        ({"colour": "red"}, "not a known key"),
    ],
)
def test_a_document_with_faults_is_refused(change: dict[str, Any], what: str) -> None:
    """Each is named; nothing of it is taken."""
    (good,) = json.loads(body(data()))["figures"]
    with pytest.raises(Refused, match=what):
        read_document(Data, body(data(), figures=[good | change]))
    with pytest.raises(Refused, match="has a figure twice"):
        read_document(Data, body(data(), figures=[good, good]))


@pytest.mark.parametrize(
    "change",
    [
        {"text": "a"},
        {"translations": [{"language": "bdq", "text": "a"}]},
        {"kind": "image", "content": [{"path": "a.png"}]},
        {"data": "Khí"},
    ],
)
def test_a_bulletin_that_shows_a_figure_says_nothing_itself(change: dict[str, Any]) -> None:
    """Titles only."""
    bulletin = {"id": "khi", "kind": "text", "data": "khong-khi", "duration_s": 60} | change
    raw = {"format": "ttcs-schedule/1", "version": 1, "bulletins": [bulletin], "slots": []}
    with pytest.raises(Refused, match=r"shows data|no name of a figure"):
        read_schedule(json.dumps(raw).encode(), "schedule.json")
