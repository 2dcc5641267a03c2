"""A feed is shown as a text while it is good, is skipped with a code when it is not, and is told of once."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from firmware_py.core import events as ev
from firmware_py.core import messages as msg
from firmware_py.core.content import Flaw
from firmware_py.core.errors import Code, Refused
from firmware_py.core.feeds import LINE_LETTERS, Entry, Reading, good_until_us, line, written_out
from firmware_py.core.model import Bulletin, Kind, Schedule, read_schedule
from firmware_py.core.records import ClockState, Result
from firmware_py.core.settings import BoardSettings
from firmware_py.core.shape import load
from firmware_py.core.timeline import MAIN, SOUND, TICKER
from firmware_py.core.units import HOUR, MINUTE, SECOND, Now
from tests.core.builders import at, schedule, slot, text, ways
from tests.core.world import World

ORIGIN = "https://xa.example"
SOURCE = f"{ORIGIN}/rss"
OTHER = f"{ORIGIN}/tin-khac.xml"
NEWS = (Entry("Lịch tiêm chủng", "Sáng thứ Ba, tại trạm y tế."), Entry("Họp thôn"), Entry("Cấp nước"))
BOARD = replace(ways(MAIN, TICKER), feed_origins=frozenset({ORIGIN}))


def feed(name: str = "tin", **more: Any) -> Bulletin:  # noqa: ANN401 - the fields of Bulletin
    """Return a feed bulletin."""
    given: dict[str, Any] = {"source": SOURCE, "duration_s": 3600.0} | more
    return Bulletin(name, Kind.FEED, title="Tin xã", **given)


def board(*bulletins: Bulletin, zone: str = "main", **more: Any) -> World:  # noqa: ANN401 - of World
    """Return a board at five that shows these in turn all day, with a text as its fallback."""
    plan = schedule([*bulletins, text("nen")], [always(*bulletins, zone=zone)], fallback=("nen",))
    world = World(plan, setup=BOARD, **more)
    world.run_for(2 * SECOND)
    return world


def always(*bulletins: Bulletin, zone: Any = "main") -> Any:  # noqa: ANN401 - a zone, a slot
    """Return a slot in which these are shown at all times."""
    return slot("luon", *bulletins, days="always", zone=zone)


def says(world: World, *entries: Entry, source: str = SOURCE) -> None:
    """Let a feed be read."""
    world.send(ev.FeedRead(source, Reading(entries, world.now.wall_us, world.now.mono_us)))
    world.run_for(SECOND)


def shown(world: World, channel: str = "main") -> msg.Item:
    """Return what a channel of the board shows a moment later."""
    world.run_for(SECOND // 10)
    assert world.output
    item = world.output.lane(channel).on_air
    assert item
    return item


def name_of(world: World) -> str:
    """Return the bulletin that the board shows."""
    return shown(world).bulletin_id


def text_of(world: World, channel: str = "main") -> str:
    """Return the text that a channel shows."""
    item = shown(world, channel)
    assert item.kind == "text"
    return item.text


def follows(world: World, plan: Schedule) -> list[tuple[str, ...]]:
    """Return what the agent wants followed when a schedule arrives."""
    found: list[tuple[str, ...]] = []

    class Watched(World):
        def _carry_out(self, effect: ev.Effect) -> None:
            if isinstance(effect, ev.Follow):
                found.append(effect.sources)
            super()._carry_out(effect)

    world.__class__ = Watched
    world.receive(plan)
    return found


def test_a_feed_is_shown_as_a_text_with_its_newest_titles() -> None:
    """To the output it is a text like others: the title of the bulletin and a paragraph for each entry."""
    world = board(feed(entries=2))
    says(world, *NEWS)
    assert text_of(world) == "Lịch tiêm chủng\n\nHọp thôn"
    item = shown(world)
    assert (item.bulletin_id, item.title) == ("tin", "Tin xã")


def test_summaries_stand_below_their_titles_when_they_are_asked_for() -> None:
    """`titles_and_summaries` gives both; an entry without a summary is its title."""
    world = board(feed(parts="titles_and_summaries"))
    says(world, *NEWS)
    assert text_of(world) == "Lịch tiêm chủng\nSáng thứ Ba, tại trạm y tế.\n\nHọp thôn\n\nCấp nước"


def test_a_running_line_takes_whole_entries_up_to_its_limit() -> None:
    """A board refuses a line that is too long: what does not fit is left out, and never cut in two."""
    world = board(feed(entries=20), zone="ticker")
    says(world, *(Entry(f"{no:02} {'a' * 190}") for no in range(20)))
    said = text_of(world, "ticker")
    assert said.split("\n\n")[0] == f"00 {'a' * 190}"
    assert LINE_LETTERS - 200 < len(said) <= LINE_LETTERS
    assert len(said) % 195 == 193


def test_a_feed_that_says_something_else_is_shown_at_once() -> None:
    """A new text is another play, under a new number; the same text again orders nothing."""
    world = board(feed())
    says(world, *NEWS)
    orders = len(world.told)
    says(world, *NEWS)
    assert len(world.told) == orders
    first = world.record("tin").no
    says(world, Entry("Mưa lớn"), *NEWS)
    assert text_of(world).startswith("Mưa lớn")
    assert world.records[first][-1].result is Result.PREEMPTED


def test_before_its_first_word_a_feed_is_waited_for_in_silence() -> None:
    """What has not been read yet may still come: the fallback is shown and nothing is told."""
    world = board(feed())
    assert name_of(world) == "nen"
    assert (world.codes(), world.results(Result.ON_AIR)) == ([], [])


def test_a_feed_that_fails_at_first_is_skipped_with_its_code() -> None:
    """Its fault is told once, its record says why it was not shown, and the fallback is."""
    world = board(feed())
    for _ in range(3):
        world.send(ev.FeedFailed(SOURCE, Flaw(Code.CONTENT_UNSUPPORTED, "is a web page")))
    assert world.codes() == ["content_unsupported"]
    assert (world.record("tin").result, world.record("tin").code) == (Result.SKIPPED, "content_unsupported")
    assert name_of(world) == "nen"


def test_a_feed_that_fails_later_leaves_what_it_said_until_that_is_too_old() -> None:
    """The last good words stay for `max_age_s` after they were read; then they go, at that second, told once."""
    world = board(feed(max_age_s=600.0))
    too_old_us = world.now.wall_us + 10 * MINUTE
    says(world, *NEWS)
    world.run_for(5 * MINUTE)
    world.send(ev.FeedFailed(SOURCE, Flaw(Code.FETCH_FAILED, "does not come")))
    world.run_to(too_old_us - SECOND)
    assert text_of(world).startswith("Lịch")
    world.run_to(too_old_us)
    assert name_of(world) == "nen"
    world.run_for(HOUR)
    assert world.codes() == ["fetch_failed", "feed_stale"]
    assert "does not come" in world.faults[-1].detail
    assert (world.record("tin").result, world.record("tin").code) == (Result.SKIPPED, "feed_stale")


def test_a_feed_that_comes_back_is_shown_and_may_be_told_of_again() -> None:
    """Once it is read the fault is over: the next one is told anew."""
    world = board(feed(max_age_s=600.0))
    for _ in range(2):
        says(world, *NEWS)
        assert text_of(world).startswith("Lịch")
        world.send(ev.FeedFailed(SOURCE, Flaw(Code.FETCH_FAILED, "does not come")))
        world.run_for(20 * MINUTE)
    assert world.codes() == ["fetch_failed", "feed_stale"] * 2


def test_to_be_read_again_keeps_a_feed_young() -> None:
    """Its age counts from when its server was last heard, not from when it last changed."""
    world = board(feed(max_age_s=600.0))
    for _ in range(12):
        says(world, *NEWS)
        world.run_for(9 * MINUTE)
    assert text_of(world).startswith("Lịch")
    assert world.codes() == []


def test_an_empty_feed_is_the_truth_and_is_told_once() -> None:
    """Whoever has taken the last entry out does not want it shown any more."""
    world = board(feed())
    says(world, *NEWS)
    says(world)
    says(world)
    assert name_of(world) == "nen"
    assert world.codes() == ["content_empty"]


def test_a_feed_of_another_origin_is_refused() -> None:
    """The schedule names what it likes, the box's own config whom it asks; a prefix of a name is another name."""
    for source in ("https://xa.example.org/rss", "http://xa.example/rss", "https://xa.example:8443/rss"):
        world = board(feed(source=source))
        assert world.state.followed == ()
        assert world.record("tin").code == "feed_refused"


def test_what_an_earlier_run_has_read_counts_by_the_wall_clock() -> None:
    """After a start without a network the words of before are shown until they are too old, told or not."""
    world = board(feed(max_age_s=7200.0))
    world.send(ev.FeedRead(SOURCE, Reading(NEWS, world.now.wall_us - HOUR)))
    assert text_of(world).startswith("Lịch")
    world.run_for(HOUR)
    assert world.codes() == ["feed_stale"]


def test_on_an_unset_clock_nobody_knows_how_old_a_feed_is() -> None:
    """What an earlier run has read waits for the time; what this one has read is shown."""
    world = board(feed(), clock=ClockState.UNTRUSTED)
    world.send(ev.FeedRead(SOURCE, Reading(NEWS, world.now.wall_us - HOUR)))
    assert world.record("tin").code == "feed_stale"
    world.trust_clock(ClockState.TRUSTED)
    assert text_of(world).startswith("Lịch")
    fresh = board(feed(), clock=ClockState.UNTRUSTED)
    says(fresh, *NEWS)
    assert text_of(fresh).startswith("Lịch")


def test_a_clock_that_is_set_does_not_age_what_this_run_has_read() -> None:
    """Days forward or back: ten minutes on the monotonic clock are ten minutes."""
    world = board(feed(max_age_s=600.0))
    says(world, *NEWS)
    world.run_for(MINUTE)
    world.step_clock(50 * HOUR)
    assert text_of(world).startswith("Lịch")
    world.step_clock(-70 * HOUR)
    world.run_for(8 * MINUTE)
    assert text_of(world).startswith("Lịch")
    world.run_for(2 * MINUTE)
    assert world.codes() == ["feed_stale"]


def test_the_age_of_a_reading_from_the_future_is_unknown() -> None:
    """A box whose clock was ahead when it read has written an instant that says nothing."""
    now = Now(at("06:00"), 50 * SECOND)
    assert good_until_us(Reading(NEWS, now.wall_us + SECOND), HOUR, now, clock_known=True) == 0
    assert (
        good_until_us(Reading(NEWS, now.wall_us - SECOND), HOUR, now, clock_known=True) == now.wall_us + HOUR - SECOND
    )


def test_only_feeds_that_a_slot_or_the_fallback_names_are_followed() -> None:
    """Each costs bytes of a network that is paid by the megabyte; the same set again is no new wish."""
    world = World(setup=BOARD)
    in_slot, in_fallback, nowhere = feed("a"), feed("b", source=OTHER), feed("c", source=f"{ORIGIN}/x")
    plan = schedule([in_slot, in_fallback, nowhere], [always(in_slot)], fallback=("b",))
    assert follows(world, plan) == [(SOURCE, OTHER)]
    assert follows(world, replace(plan, version=2)) == []
    assert follows(world, schedule([text("t")], [always(text("t"))])) == [()]


def test_a_loudspeaker_follows_nothing() -> None:
    """Feeds are for boards."""
    world = World(setup=replace(ways(SOUND), feed_origins=frozenset({ORIGIN})))
    assert follows(world, schedule([feed()], [always(feed())])) == []


def test_a_new_schedule_with_the_same_feed_goes_on_with_what_it_said() -> None:
    """Nothing is asked for anew and nothing goes dark; what is not followed any more is forgotten."""
    world = board(feed())
    says(world, *NEWS)
    world.receive(schedule([feed("moi")], [always(feed("moi"))]))
    assert name_of(world) == "moi"
    world.receive(schedule([text("t")], [always(text("t"))]))
    says(world, *NEWS)
    world.send(ev.FeedFailed(SOURCE, Flaw(Code.CONTENT_EMPTY, "late")))
    assert (world.state.feeds, world.codes()) == ({}, [])


def test_a_new_schedule_waits_for_the_first_word_of_a_feed_that_it_wants_now() -> None:
    """What is on air stays until the feed is read, for ten seconds at most."""
    world = World(schedule([text("cu", 3600)], [always(text("cu", 3600))]), setup=BOARD)
    world.run_for(2 * SECOND)
    world.receive(schedule([feed()], [always(feed())]))
    assert name_of(world) == "cu"
    says(world, *NEWS)
    assert text_of(world).startswith("Lịch")


def test_a_feed_that_the_board_could_not_show_gets_another_chance_with_other_words() -> None:
    """Three failures put it in quarantine; the same words again leave it there."""
    world = board(feed())
    world.make_unplayable("tin")
    says(world, *NEWS)
    world.run_for(MINUTE)
    assert "quarantined" in world.codes()
    world.make_unplayable("tin")
    says(world, *NEWS)
    assert name_of(world) == "nen"
    says(world, Entry("Khác"))
    assert text_of(world) == "Khác"


def test_entries_with_the_same_words_are_one() -> None:
    """Three notices of the same title are one title, and the next entry takes the place."""
    notices = (Entry("Thông báo", "một"), Entry("Thông báo", "hai"), Entry("Họp"))
    assert written_out(notices, 2, "titles") == "Thông báo\n\nHọp"
    assert written_out(notices, 2, "titles_and_summaries") == "Thông báo\nmột\n\nThông báo\nhai"


def test_a_line_of_one_entry_that_is_too_long_is_none() -> None:
    """Then the text of the title stands alone; half an entry might say the opposite."""
    assert line("a" * (LINE_LETTERS + 1)) == ""
    assert line("một\nhai\n\nba") == "một\nhai\n\nba"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"source": None}, "has no source"),
        ({"source": "ftp://xa.example/rss"}, "is no feed"),
        ({"source": "rtsp://xa.example/rss"}, "is no feed"),
        ({"source": "https://a@xa.example/rss"}, "is no feed"),
        ({"kind": "text", "text": "a"}, "is text and has a source"),
        ({"text": "a"}, "has text or content of its own"),
        ({"translations": [{"language": "bdq", "text": "a"}]}, "has translations"),
        ({"duration_s": None}, "without duration_s"),
        ({"entries": 0}, "is 0"),
        ({"entries": 21}, "is 21"),
        ({"max_age_s": 10}, "is 10"),
        ({"parts": "all"}, "is 'all'"),
    ],
)
def test_a_feed_with_faults_is_refused(change: dict[str, Any], what: str) -> None:
    """Each fault is named; another kind of bulletin has no source."""
    bulletin = {"id": "tin", "kind": "feed", "source": SOURCE, "duration_s": 60} | change
    document = {"format": "ttcs-schedule/1", "version": 1, "bulletins": [bulletin], "slots": []}
    with pytest.raises(Refused, match=what):
        read_schedule(json.dumps(document).encode(), "schedule.json")


def test_a_schedule_with_too_many_feeds_is_refused() -> None:
    """Sixteen addresses are enough; the same one in many bulletins counts once."""
    bulletins = [{"id": f"{no}", "kind": "feed", "source": f"{SOURCE}{no % 16}", "duration_s": 60} for no in range(32)]
    document = {"format": "ttcs-schedule/1", "version": 1, "bulletins": bulletins, "slots": []}
    assert len(read_schedule(json.dumps(document).encode(), "schedule.json").bulletins) == 32
    bulletins[0]["source"] = OTHER
    with pytest.raises(Refused, match="has 17 feeds, the limit is 16"):
        read_schedule(json.dumps(document).encode(), "schedule.json")


@pytest.mark.parametrize(
    "origin", ["xa.example", "https://xa.example/rss", "rtsp://xa.example", "https://a@xa.example", ""]
)
def test_an_origin_of_feeds_is_a_server_of_the_web(origin: str) -> None:
    """Scheme, host and port, nothing else."""
    tree = {"feeds": {"origins": [ORIGIN, "http://XA.example:8080", origin]}}
    with pytest.raises(Refused) as caught:
        load(BoardSettings, tree, "board.toml")
    places = [problem.where for problem in caught.value.problems]
    assert "feeds.origins[2]" in places
    assert not {"feeds.origins[0]", "feeds.origins[1]"} & set(places)
