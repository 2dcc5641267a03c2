"""A document with faults is refused as a whole, with every fault, its place, and how to mend it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from firmware_py.core.errors import Problem, Refused
from firmware_py.core.model import MAX_DOCUMENT_BYTES, Schedule, read_schedule
from firmware_py.core.settings import BoardSettings, SpeakerSettings
from firmware_py.core.shape import load
from tests.core.corpus import DOCUMENTS

Tree = Any
Change = Callable[[Tree], object]


def document(*changes: Change) -> bytes:
    """Return the first document of the corpus with some changes."""
    tree = copy.deepcopy(DOCUMENTS[0])
    for change in changes:
        change(tree)
    return json.dumps(tree).encode()


def put(path: str, value: object) -> Change:
    """Return a change that sets the value at a path such as `slots.0.start`."""
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]

    def change(tree: Tree) -> None:
        for step in steps:
            tree = tree[step]
        tree[last] = value

    return change


def drop(path: str, key: str) -> Change:
    """Return a change that removes a key of the table at a path."""

    def change(tree: Tree) -> None:
        for step in path.split("."):
            tree = tree[int(step) if step.isdigit() else step]
        del tree[key]

    return change


def faults(raw: bytes) -> tuple[Problem, ...]:
    """Return what a document is refused for."""
    with pytest.raises(Refused) as caught:
        read_schedule(raw, "schedule.json")
    return caught.value.problems


FAULTS: dict[str, tuple[Change, str, str, str]] = {
    "a wrong type": (put("slots.0.start", 530), "slots[0].start", "is 530, must be text", ""),
    "a number as text": (put("bulletins.0.duration_s", "60"), "bulletins[0].duration_s", "must be number", ""),
    "a list that is none": (put("slots.0.playlist", "chuong"), "slots[0].playlist", "must be a list", "brackets"),
    "an unknown key": (put("slots.0.volum", 20), "slots[0].volum", "is not a known key", "did you mean 'volume'?"),
    "a missing key": (drop("slots.1", "playlist"), "slots[1].playlist", "is missing", "it must be given"),
    "an impossible date": (put("slots.1.days", ["2026-02-30"]), "slots[1].days[0]", "no date of the calendar", "YYYY"),
    "an impossible time": (put("slots.0.start", "25:00"), "slots[0].start", "not a time of day", "hours go from 00"),
    "an impossible rule": (
        put("slots.0.days", "FREQ=SOMETIMES"),
        "slots[0].days",
        "no FREQ",
        "write FREQ= with one of",
    ),
    "an instant without offset": (
        put("bulletins.0.valid_from", "2026-11-20T00:00:00"),
        "bulletins[0].valid_from",
        "no offset from UTC",
        "",
    ),
    "a zone that is none": (put("timezone", "Asia/Saign"), "timezone", "no time zone", "Asia/Ho_Chi_Minh"),
    "a slot that ends when it starts": (put("slots.0.end", "05:30"), "slots[0]", "ends when it starts", "later end"),
    "a slot without start": (drop("slots.0", "start"), "slots[0]", "no start", "such as 05:30"),
    "a slot that repeats for ever": (put("slots.3.repeat", True), "slots[3]", "repeats for ever", "give an end"),
    "a kept place without end": (put("slots.3.on_missing", "fallback"), "slots[3]", "no end", "on_missing skip"),
    "a first day in antiquity": (put("slots.0.first_day", "0001-01-01"), "slots[0]", "counts from 0001", "or later"),
    "a bulletin that ends before it begins": (
        put("bulletins.0.valid_until", "2026-11-19T00:00:00+07:00"),
        "bulletins[0]",
        "is never valid",
        "valid_until must be later",
    ),
    "a sound without file": (put("bulletins.0.content", []), "bulletins[0]", "0 content entries", "exactly one"),
    "a picture without duration": (drop("bulletins.2", "duration_s"), "bulletins[2]", "without duration_s", "seconds"),
    "a volume too high": (put("slots.0.volume", 101), "slots[0].volume", "is 101", "0 to 100 percent"),
    "an unknown priority": (put("bulletins.0.priority", "high"), "bulletins[0].priority", "is 'high'", "'emergency'"),
    "a reference to nothing": (
        put("slots.0.playlist.1", "ban-tin-toi"),
        "slots[0].playlist[1]",
        "names 'ban-tin-toi', which is no bulletin",
        "",
    ),
    "a fallback that is not there": (put("fallback.0", "x"), "fallback[0]", "names 'x'", ""),
    "the same slot twice": (put("slots.1.id", "sang"), "slots", "has the id 'sang' 2 times", "each its own id"),
    "the same bulletin twice": (put("bulletins.3.id", "loi-chao"), "bulletins", "'loi-chao' 2 times", "its own id"),
    "a path that leaves the folder": (
        put("bulletins.2.content.0.path", "../secret"),
        "bulletins[2].content[0].path",
        "leaves or repeats a folder",
        "without . and ..",
    ),
    "a hash that is none": (
        put("bulletins.0.content.0.sha256", "abc"),
        "bulletins[0].content[0].sha256",
        "SHA-256",
        "",
    ),
    "another format": (put("format", "ttcs-schedule/2"), "format", "is 'ttcs-schedule/2'", "'ttcs-schedule/1'"),
}


@pytest.mark.parametrize(("change", "where", "what", "remedy"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_named_with_its_place_and_its_remedy(change: Change, where: str, what: str, remedy: str) -> None:
    """One fault in a good document gives a problem at that place, which says what is wrong and how to mend it."""
    problems = faults(document(change))
    assert next(problem.where for problem in problems) == where
    assert what in problems[0].what
    assert remedy in problems[0].remedy


def test_all_faults_are_told_at_once() -> None:
    """One round of mending is enough: five faults in five places are five problems of one refusal."""
    changes = [
        FAULTS[name][0] for name in ("a wrong type", "an unknown key", "an impossible date", "a volume too high")
    ]
    found = {problem.where for problem in faults(document(*changes, put("version", -1)))}
    assert found >= {"slots[0].start", "slots[0].volum", "slots[1].days[0]", "slots[0].volume", "version"}


def test_all_references_to_nothing_are_told_at_once() -> None:
    """Each wrong id is named, and repeated ids beside them."""
    broken = document(put("slots.0.playlist", ["x", "chuong", "y"]), put("fallback", ["z"]), put("slots.1.id", "sang"))
    assert [problem.where for problem in faults(broken)] == [
        "slots",
        "slots[0].playlist[0]",
        "slots[0].playlist[2]",
        "fallback[0]",
    ]


def test_an_end_before_the_start_lies_on_the_next_day() -> None:
    """23:50 to 00:10 is a slot of twenty minutes over midnight, not a fault."""
    slot = next(slot for slot in read_schedule(document(), "schedule.json").slots if slot.id == "dem")
    assert slot.end is not None
    assert slot.start is not None
    assert slot.end < slot.start


def test_a_key_that_stands_twice_is_a_fault() -> None:
    """Of two volumes nobody could say which one is meant."""
    raw = document().replace(b'"volume": 60', b'"volume": 60, "volume": 6')
    (problem,) = faults(raw)
    assert "has the key 'volume' more than once" in problem.what


def test_a_document_that_is_no_json_is_refused_with_the_byte() -> None:
    """The message of the parser says where the text stops being JSON."""
    (problem,) = faults(b'{"format": "ttcs-schedule/1",,}')
    assert (problem.where, "byte 29" in problem.what) == ("document", True)


def test_a_document_that_is_too_long_is_not_even_parsed() -> None:
    """10 MB of brackets are refused for their number, in a message of one line."""
    (problem,) = faults(b"[" * 10_000_000)
    assert problem.what == f"has 10000000 bytes, the limit is {MAX_DOCUMENT_BYTES}"


def test_a_good_document_is_what_it_says() -> None:
    """Every key of the document stands in the schedule with its meaning."""
    plan = read_schedule(document(), "schedule.json")
    assert isinstance(plan, Schedule)
    assert [bulletin.id for bulletin in plan.bulletins] == ["ban-tin-sang", "loi-chao", "ap-phich", "chuong"]
    assert (plan.slots[0].repeat, plan.slots[0].volume, plan.slots[0].on_missing) == (3, 60, "fallback")
    assert plan.slots[2].days == "always"


def test_texts_come_in_one_normal_form() -> None:
    """Letters written as base and marks become the composed ones that fonts and line breaks are made for."""
    plan = read_schedule(document(put("bulletins.1.text", "ti\u00ea\u0301ng")), "schedule.json")
    assert plan.bulletins[1].text == "ti\u1ebfng"


@pytest.mark.parametrize(
    ("tree", "where", "what"),
    [
        ({"hours": {"quiet": ["24:00-00:00"]}}, "hours.quiet[0]", "starts at 24:00"),
        ({"hours": {"quiet": ["05:00-05:00"]}}, "hours.quiet[0]", "starts when it ends"),
        ({"hours": {"quiet": "21:30-05:00"}}, "hours.quiet", "must be a list"),
        ({"sound": {"volume": 80}}, "sound.volume", "is not a known key"),
        ({"sound": {"buffer_ms": 1 << 50_000}}, "sound.buffer_ms", "more than 18 digits"),
        ({"sound": {"rate_hz": True}}, "sound.rate_hz", "is True, must be whole number"),
        ({"link": {"kind": "folder", "path": "x"}}, "link", 'without trust = "unsigned"'),
    ],
)
def test_a_config_fault_is_named_with_its_key(tree: Tree, where: str, what: str) -> None:
    """The same holds for configs: the key of the fault, and what is wrong there."""
    with pytest.raises(Refused) as caught:
        load(SpeakerSettings, tree, "speaker.toml")
    found = {problem.where: problem.what for problem in caught.value.problems}
    assert what in found[where]
    assert {"device", "link"} - {where.split(".", maxsplit=1)[0]} <= {place.split(".")[0] for place in found}


@pytest.mark.parametrize(
    "origin",
    ["http://x.example", "https://", "https://a@x.example", "https://x.example/", "https://x.example?a", "x.example"],
)
def test_an_origin_is_a_server_that_is_asked_by_https(origin: str) -> None:
    """No other scheme, no name and password, no question: what would follow it is the path of a file."""
    link: dict[str, object] = {"kind": "mqtt", "keyring": "k"}
    for good in ("https://x.example", "https://content.x.example:8443/ttcs/1"):
        link["broker"] = {"host": "x", "ca": "a", "certificate": "b", "key": "c", "origins": [good, origin]}
        with pytest.raises(Refused) as caught:
            load(SpeakerSettings, {"link": link}, "speaker.toml")
        found = {problem.where: problem.what for problem in caught.value.problems}
        assert "is no origin" in found["link.broker.origins[1]"]
        assert "link.broker.origins[0]" not in found


def test_a_boards_config_knows_no_loudspeaker() -> None:
    """A section of the other program is an unknown key, not silently ignored."""
    with pytest.raises(Refused, match="amplifier: is not a known key"):
        load(BoardSettings, {"amplifier": {}}, "board.toml")
