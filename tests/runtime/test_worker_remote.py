"""The worker with files that come over a network: they are waited for, kept, given room, and named by their hash."""

from __future__ import annotations

import json

import pytest

from firmware_py.core import events as ev
from firmware_py.core.model import read_schedule
from firmware_py.core.news import DocumentArrived
from firmware_py.runtime import worker as module
from tests.runtime.fakes import FULL, content, document
from tests.runtime.test_worker import Desk, facts


@pytest.fixture(name="desk")
def _desk() -> Desk:
    return Desk()


def test_what_the_schedule_names_by_its_hash_is_not_evicted_before_it_is_checked(desk: Desk) -> None:
    """A download that has just landed is nobody's yet: it stays while others make room."""
    landed = {"path": "b.wav", "sha256": "b" * 64, "size": 9}
    raw = json.loads(document("a"))
    raw["bulletins"].append({"id": "b", "kind": "audio", "content": [landed]})
    desk.source.publish(json.dumps(raw).encode())
    (arrived,) = desk.turn()
    assert isinstance(arrived, ev.ScheduleArrived)
    desk.worker.check(ev.Check(arrived.schedule.bulletins[:1]))
    desk.turn()
    assert desk.shelf.kept == [frozenset({"a.wav", "b" * 64})]


def test_what_is_on_its_way_is_neither_told_nor_tried_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The source names its path once it is there; until then nothing is taken, and nobody hears of a fault."""
    monkeypatch.setattr(module, "RETRY_US", 0)
    desk.source.coming = {"a.wav"}
    assert desk.check("a", "b") == [ev.Checked(((content("b"), facts("b")),))]
    assert desk.turn(3) == []
    assert desk.shelf.taken == ["b.wav"]
    desk.source.coming.clear()
    desk.source.changed = {"a.wav"}
    assert desk.turn() == [ev.FilesChanged(frozenset({"a.wav"}))]
    desk.worker.check(ev.Check(read_schedule(document("a"), "test").bulletins))
    assert desk.turn() == [ev.Checked(((content("a"), facts("a")),))]


def test_room_is_made_for_what_did_not_fit(desk: Desk) -> None:
    """A full disk: so much is evicted that the largest file which found no room would fit, and only that time."""
    entry = {"path": "a.wav", "size": 7000}
    raw = {"format": "ttcs-schedule/1", "version": 1, "slots": []}
    raw |= {"bulletins": [{"id": "a", "kind": "audio", "content": [entry]}]}
    desk.shelf.refusals["a.wav"] = FULL
    desk.source.publish(json.dumps(raw).encode())
    (arrived,) = desk.turn()
    assert isinstance(arrived, ev.ScheduleArrived)
    desk.worker.check(ev.Check(arrived.schedule.bulletins))
    desk.turn()
    assert desk.shelf.room_bytes == [7000]
    desk.worker.check(ev.Check(read_schedule(document("b"), "test").bulletins))
    desk.turn()
    assert desk.shelf.room_bytes == [7000, 0]


def test_a_document_from_a_network_names_hash_and_size_of_its_files(desk: Desk) -> None:
    """What a folder may leave out, a content server may not: the document is refused, at each place."""
    desk.source.news.append(DocumentArrived(document("a", "b"), remote=True))
    (refused,) = desk.turn()
    assert isinstance(refused, ev.ScheduleRefused)
    assert [problem.where for problem in refused.refusal.problems] == [
        "bulletins[0].content[0]",
        "bulletins[1].content[0]",
    ]
    assert desk.documents.raw is None
