"""A download that was broken off, by the network, by something more urgent or by SIGKILL, is gone on with."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from firmware_py.link.fetching import Pauses
from tests.link import server as faults
from tests.link.downloads import FILE, HASTY, NAME, OTHER, PATH, RAW, Open, Papers, content
from tests.link.server import ContentServer, etag
from tests.link.shops import _box, _first, _papers, _second  # noqa: F401 - fixtures
from tests.store.samples import sha256
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]


def test_a_stall_in_mid_body_is_gone_on_with(box: Open, first: ContentServer) -> None:
    """A server that falls silent is left; the next request asks for the rest of the same version only."""
    first.shop.fault(PATH, faults.stall(200_000))
    downloads = box(first, pace=HASTY)
    downloads.ask(FILE)
    downloads.come(FILE)
    assert first.shop.ranges(PATH) == ["", "bytes=200000-"]
    assert first.shop.asked[1].headers["If-Range"] == etag(RAW)


def test_a_broken_connection_is_gone_on_with(box: Open, first: ContentServer) -> None:
    """Five connections that break after 50,000 bytes each bring a file of 300,000, no byte twice."""
    first.shop.fault(PATH, *[faults.cut(50_000)] * 5)
    downloads = box(first)
    downloads.ask(FILE)
    downloads.come(FILE)
    assert first.shop.ranges(PATH) == ["", *(f"bytes={number * 50_000}-" for number in range(1, 6))]


def test_a_version_that_has_changed_is_fetched_from_its_beginning(box: Open, first: ContentServer) -> None:
    """The server's If-Range shows that the part is of something else: what comes whole is taken whole."""
    first.shop.files[PATH] = OTHER
    first.shop.fault(PATH, faults.cut(90_000))
    downloads = box(first, pauses=Pauses(first_s=2.0))
    downloads.ask(FILE)
    until(lambda: first.shop.asked and downloads.parts() and not first.shop.faults[PATH])
    first.shop.files[PATH] = RAW
    downloads.come(FILE)
    assert first.shop.ranges(PATH) == ["", "bytes=90000-"]


def test_without_an_etag_the_hash_decides(box: Open, first: ContentServer) -> None:
    """A server that names no version is asked for the rest all the same; if that does not fit, all comes anew."""
    first.shop.etags = False
    first.shop.files[PATH] = OTHER
    first.shop.fault(PATH, _cut_without_etag)
    downloads = box(first, pauses=Pauses(first_s=2.0))
    downloads.ask(FILE)
    until(lambda: first.shop.asked and downloads.parts() and not first.shop.faults[PATH])
    first.shop.files[PATH] = RAW
    downloads.come(FILE)
    assert first.shop.ranges(PATH) == ["", "bytes=90000-", ""]
    assert "If-Range" not in first.shop.asked[1].headers


def _cut_without_etag(handler: faults.Handler, raw: bytes) -> None:
    handler.head(200, {"Content-Length": str(len(raw))})
    handler.wfile.write(raw[:90_000])
    handler.close_connection = True


@pytest.mark.parametrize("fault", [faults.wrong_range, faults.status(416)], ids=["wrong-range", "refused-range"])
def test_a_wish_for_the_rest_that_is_answered_wrongly_begins_anew(
    box: Open, first: ContentServer, fault: faults.Fault
) -> None:
    """A wrong Content-Range and a refused range: the part is thrown away and the file fetched whole, at once."""
    first.shop.fault(PATH, faults.cut(90_000), fault)
    downloads = box(first)
    downloads.ask(FILE)
    until(lambda: downloads.name(FILE))
    assert downloads.source.fetch(FILE) is not None
    assert first.shop.ranges(PATH) == ["", "bytes=90000-", ""]


def test_a_new_schedule_drops_what_it_does_not_name(box: Open, first: ContentServer) -> None:
    """A download that nobody needs any more is broken off, and what is needed comes."""
    first.shop.fault(PATH, faults.drip(0.005))
    first.shop.files["new.mp3"] = OTHER
    downloads = box(first)
    downloads.ask(FILE)
    until(lambda: first.shop.asked)
    new = content("new.mp3", OTHER)
    downloads.ask(new)
    downloads.come(new)
    assert not downloads.store.has(sha256(RAW))
    assert downloads.source._fetcher._jobs.due_s() == float("inf")


def test_what_a_new_schedule_asks_for_first_comes_first(box: Open, first: ContentServer) -> None:
    """A download under way waits for what is due sooner, and is gone on with where it was."""
    first.shop.fault(PATH, faults.stall_until_told(100_000))
    first.shop.files["soon.mp3"] = OTHER
    downloads = box(first)
    downloads.ask(FILE)
    until(lambda: any(path.stat().st_size >= 100_000 for path in downloads.parts()))
    soon = content("soon.mp3", OTHER)
    downloads.ask(soon, FILE)
    first.shop.go_on.set()
    downloads.come(soon, FILE)
    assert [each.path for each in first.shop.asked] == [PATH, "soon.mp3", PATH]
    assert first.shop.ranges(PATH)[1].startswith("bytes=")


def test_a_path_with_a_new_hash_is_another_file(box: Open, first: ContentServer) -> None:
    """The schedule is corrected while its file is on its way: the one that was wanted before is given up."""
    first.shop.fault(PATH, faults.drip(0.005))
    downloads = box(first)
    downloads.ask(FILE)
    until(lambda: first.shop.asked)
    first.shop.files[PATH] = OTHER
    new = content(PATH, OTHER)
    downloads.ask(new)
    downloads.come(new)
    assert not downloads.store.has(sha256(RAW))


def test_kill_9_in_mid_download_goes_on_from_the_part(first: ContentServer, papers: Papers, tmp_path: Path) -> None:
    """A process that is killed while a file comes has the next one ask for the rest, and the file is right."""
    first.shop.fault(PATH, faults.stall(200_000))
    landing = tmp_path / "content" / "landing"
    with _box_process(tmp_path, first, papers) as process:
        until(lambda: (landing / f"{NAME}.part").is_file() and _size(landing) >= 200_000, 20)
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait(10) == -signal.SIGKILL
    with _box_process(tmp_path, first, papers) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"landed\n"
    assert first.shop.ranges(PATH) == ["", "bytes=200000-"]
    assert first.shop.asked[1].headers["If-Range"] == etag(RAW)
    assert list(landing.iterdir()) == []


def _size(landing: Path) -> int:
    return (landing / f"{NAME}.part").stat().st_size


def _box_process(directory: Path, server: ContentServer, papers: Papers) -> subprocess.Popen[bytes]:
    authority, _, device = papers
    names = (authority.ca_path, device.cert_path, device.key_path)
    entry = (FILE.path, FILE.sha256 or "", str(FILE.size))
    command = (sys.executable, "-m", "tests.link.downloads", str(directory), server.origin, *map(str, names), *entry)
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
