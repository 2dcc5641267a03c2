"""Fixtures: two content servers with one file, and boxes that fetch from them and are gone before they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_py.link.fetching import Pace, Pauses
from tests.link.downloads import PACE, PATH, PAUSES, RAW, Downloads, Open, Papers
from tests.link.server import ContentServer, broker, make_authority


@pytest.fixture(scope="module", name="papers")
def _papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    return make_authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(name="first")
def _first(papers: Papers) -> Iterator[ContentServer]:
    with ContentServer(papers[0], papers[1]) as server:
        server.shop.files[PATH] = RAW
        yield server


@pytest.fixture(name="second")
def _second(papers: Papers) -> Iterator[ContentServer]:
    with ContentServer(papers[0], papers[1]) as server:
        server.shop.files[PATH] = RAW
        yield server


@pytest.fixture(name="box")
def _box(papers: Papers, tmp_path: Path, first: ContentServer, second: ContentServer) -> Iterator[Open]:
    assert first.origin != second.origin  # both are there for longer than the box
    opened: list[Downloads] = []

    def open_box(*servers: ContentServer | str, pace: Pace = PACE, pauses: Pauses = PAUSES) -> Downloads:
        origins = (each if isinstance(each, str) else each.origin for each in servers)
        opened.append(Downloads(broker(papers[0], papers[2], *origins), tmp_path, pace, pauses))
        return opened[-1]

    yield open_box
    for each in opened:
        each.end()
