"""Boxes for tests, ended with each of them; the conftest modules of directories that use them import these names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system import world

PRODUCTS = ("board", "speaker")


@pytest.fixture(params=PRODUCTS)
def product(request: pytest.FixtureRequest) -> str:
    """Each product in turn."""
    return str(request.param)


@pytest.fixture
def box(tmp_path: Path, product: str) -> Iterator[world.Box]:
    """Give a box of each product in turn."""
    with world.box(tmp_path, product) as made:
        yield made


@pytest.fixture
def board(tmp_path: Path) -> Iterator[world.Box]:
    """Give a board."""
    with world.box(tmp_path, "board") as made:
        yield made
