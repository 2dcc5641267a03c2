"""A box for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.world import Box, box

PRODUCTS = ("board", "speaker")


@pytest.fixture(params=PRODUCTS)
def product(request: pytest.FixtureRequest) -> str:
    """Each product in turn."""
    return str(request.param)


@pytest.fixture(name="box")
def _box(tmp_path: Path, product: str) -> Iterator[Box]:
    with box(tmp_path, product) as made:
        yield made


@pytest.fixture(name="board")
def _board(tmp_path: Path) -> Iterator[Box]:
    with box(tmp_path, "board") as made:
        yield made
