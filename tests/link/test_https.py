"""Files come over HTTPS whole and right, or somebody is told which one does not come, from where and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_py.core.errors import Code, Unplayable
from firmware_py.core.model import Content
from firmware_py.link.fetching import Wanted
from tests.link import server as faults
from tests.link.downloads import FILE, HASTY, NAME, OTHER, PATH, RAW, Open, Papers, content
from tests.link.server import ContentServer, make_authority
from tests.link.shops import _box, _first, _papers, _second  # noqa: F401 - fixtures
from tests.store.samples import sha256
from tests.waiting import until


def test_a_file_comes_once_and_is_named(box: Open, first: ContentServer) -> None:
    """What is not here is on its way; when it has come its path is named, and nothing unfinished is left."""
    downloads = box(first)
    downloads.ask(FILE)
    downloads.come(FILE)
    assert downloads.parts() == []
    assert [each.path for each in first.shop.asked] == [PATH]
    assert downloads.name(FILE) == frozenset()
    assert downloads.store.ingest(downloads.store.path(sha256(RAW)), FILE) == sha256(RAW)


def test_a_request_says_who_asks_and_wants_nothing_packed(box: Open, first: ContentServer) -> None:
    """The server sees this box's certificate; identity encoding is asked for, and nothing is told of the program."""
    downloads = box(first)
    downloads.ask(FILE)
    downloads.come(FILE)
    (asked,) = first.shop.asked
    assert asked.device == "loa-1"
    host = first.origin.removeprefix("https://")
    assert asked.headers == {"Host": host, "User-Agent": "ttcs", "Accept-Encoding": "identity"}


def test_many_files_come_over_one_connection(box: Open, first: ContentServer) -> None:
    """A handshake costs more than a small file: the connection is kept for the next one."""
    files = [content(f"{number}.png", bytes((number,)) * 1000) for number in range(20)]
    first.shop.files |= {f"{number}.png": bytes((number,)) * 1000 for number in range(20)}
    downloads = box(first)
    downloads.ask(*files)
    downloads.come(*files)
    assert [each.path for each in first.shop.asked] == [file.path for file in files]
    assert first.connections == 1


def test_two_paths_with_one_hash_are_one_download(box: Open, first: ContentServer) -> None:
    """Two bulletins with the same file: it is fetched once and both are named."""
    first.shop.fault(PATH, faults.stall(100_000))
    twin = content("twin.mp3", RAW)
    downloads = box(first, pace=HASTY)
    downloads.ask(FILE, twin)
    downloads.come(FILE, twin)
    assert {each.path for each in first.shop.asked} == {PATH}


def test_a_slow_drip_is_left_for_the_next_server(box: Open, first: ContentServer, second: ContentServer) -> None:
    """Less than a kilobyte a second is as good as nothing: the other server is asked, for what is missing."""
    first.shop.fault(PATH, *[faults.drip(0.02)] * 9)
    downloads = box(first, second, pace=HASTY)
    downloads.ask(FILE)
    downloads.come(FILE)
    assert len(first.shop.asked) == 1
    (rest,) = second.shop.ranges(PATH)
    assert rest.startswith("bytes=")


def test_a_head_that_never_ends_is_left_for_the_next_server(
    box: Open, first: ContentServer, second: ContentServer
) -> None:
    """A server that sends its head letter by letter does not hold the box for hours."""
    first.shop.fault(PATH, *[faults.drip(0.02, head=True)] * 9)
    downloads = box(first, second, pace=HASTY)
    downloads.ask(FILE)
    downloads.come(FILE)
    assert len(first.shop.asked) == 1


def test_the_wrong_file_is_thrown_away_and_the_next_server_asked(
    box: Open, first: ContentServer, second: ContentServer
) -> None:
    """A server that has another file of the same size: the other one's is taken, and nobody need be told."""
    first.shop.files[PATH] = OTHER
    downloads = box(first, second)
    downloads.ask(FILE)
    downloads.come(FILE)
    assert (first.shop.ranges(PATH), second.shop.ranges(PATH)) == ([""], [""])


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        (faults.other(OTHER), Code.CONTENT_MISMATCH, f"another file than the one that is signed (SHA-256 {NAME})"),
        (faults.other(RAW + b"x"), Code.CONTENT_MISMATCH, "has 300001 bytes where 300000 are signed"),
        (faults.other(RAW[:-1]), Code.CONTENT_MISMATCH, "has 299999 bytes where 300000 are signed"),
        (faults.endless, Code.CONTENT_MISMATCH, "has more bytes where 300000 are signed"),
        (faults.packed, Code.FETCH_FAILED, "sends the file packed (gzip)"),
        (faults.status(404), Code.FETCH_FAILED, "answers 404; put the file there"),
        (faults.status(403), Code.FETCH_FAILED, "answers 403; put the file there"),
        (faults.status(302, Location="https://127.0.0.1:1/x"), Code.FETCH_FAILED, "points elsewhere (302)"),
        (faults.bottomless_redirect, Code.FETCH_FAILED, "points elsewhere (302)"),
        (faults.status(206, Content_Range="bytes 0-299999/300000"), Code.FETCH_FAILED, "answers 206"),
    ],
    ids=["other", "longer", "shorter", "endless", "packed", "absent", "forbidden", "redirect", "bottomless", "partial"],
)
def test_what_is_wrong_is_told_once_with_the_file_and_the_server(
    box: Open, first: ContentServer, fault: faults.Fault, code: Code, said: str
) -> None:
    """Another file, a wrong size, packed, not there, elsewhere: told once, tried again, right when it is mended."""
    first.shop.fault(PATH, *[fault] * 500)
    downloads = box(first)
    downloads.ask(FILE)
    error = downloads.told(FILE)
    assert error.code is code
    assert error.detail.startswith(f"{PATH}: {first.origin} ")
    assert said in error.detail
    until(lambda: len(first.shop.asked) > 3)
    assert downloads.name(FILE) == frozenset()
    first.shop.faults.clear()
    downloads.come(FILE)


def test_what_is_here_already_is_not_fetched_for_another_path(box: Open, first: ContentServer) -> None:
    """A wish that comes when its content has just landed by another name is answered without a request."""
    downloads = box(first)
    downloads.ask(FILE)
    downloads.come(FILE)
    downloads.name(FILE, content("twin.mp3", RAW))
    downloads.source._fetcher.ask(Wanted("twin.mp3", NAME, len(RAW)))
    assert until(lambda: downloads.name(FILE, content("twin.mp3", RAW))) == {"twin.mp3"}
    assert len(first.shop.asked) == 1


def test_what_two_servers_do_wrong_is_told_of_both(box: Open, first: ContentServer, second: ContentServer) -> None:
    """One has another file, the other one none: the report names each with its fault, by the graver code."""
    first.shop.files[PATH] = OTHER
    del second.shop.files[PATH]
    downloads = box(first, second)
    downloads.ask(FILE)
    error = downloads.told(FILE)
    assert error.code is Code.CONTENT_MISMATCH
    assert f"{first.origin} has another file" in error.detail
    assert f"{second.origin} answers 404" in error.detail


def test_a_server_that_is_away_is_told_for_one_file_only(box: Open, first: ContentServer) -> None:
    """Nobody answers: after some rounds one of the files is named, not each; all come when the server is there."""
    files = [FILE, *(content(f"{number}.mp3", bytes((number,)) * 100) for number in range(1, 6))]
    first.shop.files |= {f"{number}.mp3": bytes((number,)) * 100 for number in range(1, 6)}
    for file in files:
        first.shop.fault(file.path, *[faults.status(503)] * 500)
    downloads = box(first)
    downloads.ask(*files)
    until(lambda: all(len(first.shop.ranges(file.path)) > 5 for file in files))
    (named,) = downloads.name(*files)
    (missing,) = downloads.source._missing.values()
    assert missing.wanted.path == named
    assert f"{named}: {first.origin} answers 503" in missing.error.detail
    first.shop.faults.clear()
    downloads.come(*files)


def test_a_server_that_is_not_there_at_all_is_passed_by(box: Open, second: ContentServer) -> None:
    """A refused connection at the first origin: the second has the file."""
    downloads = box("https://127.0.0.1:9", second)
    downloads.ask(FILE)
    downloads.come(FILE)


def test_a_server_that_the_ca_does_not_vouch_for_gets_no_request(box: Open, tmp_path: Path) -> None:
    """A certificate of another authority: no request leaves the box, and the reason is told."""
    stranger, identity, _ = make_authority(tmp_path / "other")
    with ContentServer(stranger, identity) as server:
        downloads = box(server)
        downloads.ask(FILE)
        error = downloads.told(FILE)
        assert error.code is Code.FETCH_FAILED
        assert "certificate verify failed" in error.detail
        assert server.shop.asked == []
        downloads.end()


def test_a_box_that_the_server_does_not_know_is_told_so(box: Open, papers: Papers, tmp_path: Path) -> None:
    """A server that wants the certificate of another authority answers no request; which server that was is told."""
    stranger, _, _ = make_authority(tmp_path / "other")
    with ContentServer(stranger, papers[1]) as server:
        downloads = box(server)
        downloads.ask(FILE)
        error = downloads.told(FILE)
        assert error.code is Code.FETCH_FAILED
        assert error.detail.startswith(f"{PATH}: {server.origin} fails (")
        assert server.shop.asked == []
        downloads.end()


def test_a_full_disk_is_told_once_and_heals_by_itself(
    box: Open, first: ContentServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No room for two files: one of them is named, nothing is asked of the server, and both come when there is room."""
    twin = content("twin.mp3", OTHER)
    first.shop.files["twin.mp3"] = OTHER
    downloads = box(first)
    monkeypatch.setattr(downloads.store, "_free_bytes", lambda: 1_000_000)
    downloads.ask(FILE, twin)
    error = downloads.told(FILE)
    assert error.code is Code.DISK_FULL
    assert error.detail.startswith(f"{PATH}: needs 1300000 bytes with store.keep_free_mb, ")
    looks = iter(range(6))
    until(lambda: downloads.name(FILE, twin) or next(looks) == 5)
    assert downloads.source.fetch(twin) is None
    assert first.shop.asked == []
    monkeypatch.undo()
    downloads.come(FILE, twin)


def test_a_full_disk_is_made_room_on_from_what_nobody_wants_any_more(
    box: Open, first: ContentServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The half of a file that a former schedule wanted goes when a new one has no room for its own."""
    first.shop.fault(PATH, faults.stall(200_000))
    first.shop.files["new.mp3"] = OTHER
    downloads = box(first, pace=HASTY)
    downloads.ask(FILE)
    until(lambda: downloads.parts() and downloads.parts()[-1].stat().st_size >= 200_000)
    old = downloads.parts()[-1]
    monkeypatch.setattr(downloads.store, "_free_bytes", lambda: 1_200_000 if old.exists() else 9_000_000)
    new = content("new.mp3", OTHER)
    downloads.ask(new)
    downloads.come(new)
    assert downloads.parts() == []


def test_a_pause_that_a_server_asks_for_is_kept(box: Open, first: ContentServer) -> None:
    """429 with Retry-After: neither this file nor another is asked for there until it is over; then both come."""
    late = content("late.mp3", OTHER)
    first.shop.files["late.mp3"] = OTHER
    first.shop.fault(PATH, faults.status(429, Retry_After="1"))
    downloads = box(first)
    downloads.ask(FILE, late)
    downloads.come(FILE, late)
    at_s = [each.at_s for each in first.shop.asked]
    assert len(at_s) == 3
    assert at_s[1] - at_s[0] >= 1.0


def test_a_pause_of_one_server_is_no_pause_of_the_next(box: Open, first: ContentServer, second: ContentServer) -> None:
    """503 for an hour at the first origin: the second is asked at once, for the next file too."""
    late = content("late.mp3", OTHER)
    second.shop.files["late.mp3"] = OTHER
    first.shop.fault(PATH, faults.status(503, Retry_After="3600"))
    downloads = box(first, second)
    downloads.ask(FILE, late)
    downloads.come(FILE, late)
    assert len(first.shop.asked) == 1


def test_a_file_without_hash_or_size_is_never_fetched(box: Open, first: ContentServer) -> None:
    """Whatever a server would serve under that path, nothing could tell it from the right file."""
    downloads = box(first)
    for entry in (Content(PATH), Content(PATH, FILE.sha256), Content(PATH, None, 7)):
        with pytest.raises(Unplayable, match="names no sha256 or no size"):
            downloads.source.fetch(entry)
    assert first.shop.asked == []
