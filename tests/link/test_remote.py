"""A schedule that a pointer names arrives with its files, and the worker takes both as it takes a folder's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from firmware_py.core import events as ev
from firmware_py.core.content import Facts
from firmware_py.core.errors import Code
from firmware_py.core.news import DocumentArrived, SourceTrouble
from firmware_py.runtime.worker import Tools, Worker
from tests.link import server as faults
from tests.link.downloads import Downloads, content, pointer
from tests.link.server import ContentServer, broker, make_authority
from tests.runtime.fakes import FakeDocuments, FakeProber
from tests.store.samples import sha256
from tests.waiting import until

PATH = "schedules/7.json"
RAW = Random(1).randbytes(50_000)


class Province:
    """A content server and a box: the box's downloads, its worker, and what the worker tells the loop."""

    def __init__(self, server: ContentServer, downloads: Downloads) -> None:
        """Put the worker together; nothing is wanted yet."""
        self.shop, self.downloads = server.shop, downloads
        self.documents, prober = FakeDocuments(), FakeProber()
        prober.go.set()
        self.posted: list[ev.Event] = []
        tools = Tools(downloads.source, downloads.store, self.documents, prober)
        self.worker = Worker(tools, self.posted.append, poll_s=0.0)

    def want(self, document: bytes, version: int = 1) -> None:
        """Publish a schedule document and point to it."""
        self.shop.files[PATH] = document
        self.downloads.source.want(pointer(PATH, document, version))

    def hear(self, kind: type[ev.Event]) -> Any:  # noqa: ANN401 - an event of that kind
        """Let the worker work until it has told something of this kind; return it, what came before is dropped."""

        def told() -> ev.Event | None:
            self.worker.turn(0)
            while self.posted:
                event = self.posted.pop(0)
                if isinstance(event, kind):
                    return event
            return None

        return until(told, 20)


@pytest.fixture(name="province")
def _province(tmp_path: Path) -> Iterator[Province]:
    authority, server_identity, device = make_authority(tmp_path / "ca")
    with ContentServer(authority, server_identity) as server:
        downloads = Downloads(broker(authority, device, server.origin), tmp_path / "box")
        yield Province(server, downloads)
        downloads.end()


def schedule(*files: tuple[str, bytes], **changes: object) -> bytes:
    """Return a schedule document with an audio bulletin for each file."""
    bulletins = [
        {
            "id": path,
            "kind": "audio",
            "content": [{"path": path, "sha256": sha256(raw), "size": len(raw)} | changes],
        }
        for path, raw in files
    ]
    return json.dumps({"format": "ttcs-schedule/1", "version": 7, "bulletins": bulletins, "slots": []}).encode()


def test_a_schedule_and_its_file_arrive(province: Province) -> None:
    """Pointer, document, check, download, check again: the file is good, and nobody was told of a fault."""
    province.shop.files["a.mp3"] = RAW
    document = schedule(("a.mp3", RAW))
    province.want(document)
    arrived = province.hear(ev.ScheduleArrived)
    assert province.documents.raw == document
    province.worker.check(ev.Check(arrived.schedule.bulletins))
    changed = province.hear(ev.FilesChanged)
    assert changed.paths == {"a.mp3"}
    province.worker.check(ev.Check(arrived.schedule.bulletins))
    checked = province.hear(ev.Checked)
    ((entry, facts),) = checked.results
    assert entry == content("a.mp3", RAW)
    assert isinstance(facts, Facts)
    assert facts.path == str(province.downloads.store.path(sha256(RAW)))


def test_a_file_that_does_not_come_is_a_flaw_until_it_does(province: Province) -> None:
    """What the server has not got is told by the worker as the reason why the bulletin is passed over."""
    province.want(schedule(("a.mp3", RAW)))
    bulletins = province.hear(ev.ScheduleArrived).schedule.bulletins
    province.worker.check(ev.Check(bulletins))
    assert province.hear(ev.FilesChanged).paths == {"a.mp3"}
    province.worker.check(ev.Check(bulletins))
    ((_, flaw),) = province.hear(ev.Checked).results
    assert flaw.code is Code.FETCH_FAILED
    assert flaw.detail.startswith("a.mp3: https://127.0.0.1:")
    province.shop.files["a.mp3"] = RAW
    assert province.hear(ev.FilesChanged).paths == {"a.mp3"}
    province.worker.check(ev.Check(bulletins))
    ((_, facts),) = province.hear(ev.Checked).results
    assert isinstance(facts, Facts)
    province.downloads.store._remove(sha256(RAW))
    assert province.downloads.source.fetch(content("a.mp3", RAW)) is None  # the fault is over: it comes once more


@pytest.mark.parametrize("missing", ["sha256", "size"])
def test_a_schedule_that_does_not_say_which_files_are_right_is_refused(province: Province, missing: str) -> None:
    """Without hash or size of a file any server could put another one in its place; the author is told which."""
    province.want(schedule(("a.mp3", RAW), ("b.mp3", RAW), **{missing: None}))
    refusal = province.hear(ev.ScheduleRefused).refusal
    assert [problem.where for problem in refusal.problems] == ["bulletins[0].content[0]", "bulletins[1].content[0]"]
    assert f"names no {missing}" in str(refusal)
    assert province.documents.raw is None


def test_a_document_comes_as_it_was_signed_or_not_at_all(province: Province) -> None:
    """Another document of the same size is thrown away and told of; the right one comes when it is there."""
    document, source = schedule(("a.mp3", RAW)), province.downloads.source
    province.want(document)
    province.downloads.news()
    province.want(document.replace(b"a.mp3", b"b.mp3"), version=2)
    province.shop.files[PATH] = document.replace(b"a.mp3", b"x.mp3")
    news = province.downloads.news()
    assert isinstance(news, SourceTrouble)
    assert news.code is Code.CONTENT_MISMATCH
    assert news.detail.startswith(f"{PATH}: https://127.0.0.1:")
    assert source.poll() is None
    province.shop.files[PATH] = document.replace(b"a.mp3", b"b.mp3")
    assert province.downloads.news() == DocumentArrived(document.replace(b"a.mp3", b"b.mp3"), remote=True)


def test_a_document_over_a_weak_network_is_gone_on_with(province: Province) -> None:
    """A connection that breaks in the middle: the rest is asked for, nothing comes twice, nothing lies on the disk."""
    document = schedule(*((f"{number}.mp3", RAW) for number in range(500)))
    province.shop.fault(PATH, faults.cut(20_000), faults.cut(20_000))
    province.want(document)
    assert province.downloads.news() == DocumentArrived(document, remote=True)
    assert province.shop.ranges(PATH) == ["", "bytes=20000-", "bytes=40000-"]
    assert province.downloads.parts() == []


def test_only_the_newest_pointer_counts(province: Province) -> None:
    """A pointer that comes while the former document is on its way: that one is never told."""
    old, new = schedule(("old.mp3", RAW)), schedule(("new.mp3", RAW))
    province.shop.fault(PATH, faults.drip(0.02))
    province.want(old)
    until(lambda: province.shop.asked)
    province.want(new, version=2)
    assert province.downloads.news() == DocumentArrived(new, remote=True)


def test_a_document_does_not_wait_for_a_long_file(province: Province) -> None:
    """A file comes slowly: a new pointer breaks in, and the file is gone on with afterwards."""
    files = [content("a.mp3", RAW)]
    province.shop.files["a.mp3"] = RAW
    province.shop.fault("a.mp3", faults.stall_until_told(10_000))
    province.downloads.ask(*files)
    until(lambda: any(path.stat().st_size >= 10_000 for path in province.downloads.parts()))
    province.want(schedule(("a.mp3", RAW)))
    province.shop.go_on.set()
    province.downloads.come(*files)
    assert [each.path for each in province.shop.asked] == ["a.mp3", PATH, "a.mp3"]


def test_the_document_that_the_box_has_is_not_fetched_at_a_start(tmp_path: Path) -> None:
    """The loop says again at each start what is wanted: if that is the active document, the network is not used."""
    authority, server_identity, device = make_authority(tmp_path / "ca")
    document = schedule(("a.mp3", RAW))
    with ContentServer(authority, server_identity) as server:
        server.shop.files |= {PATH: document, "a.mp3": RAW}
        downloads = Downloads(broker(authority, device, server.origin), tmp_path / "box", active=document)
        downloads.source.want(pointer(PATH, document))
        downloads.ask(content("a.mp3", RAW))
        downloads.come(content("a.mp3", RAW))
        assert [each.path for each in server.shop.asked] == ["a.mp3"]
        downloads.end()
