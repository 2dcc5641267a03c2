"""A province on free ports for the tests that ask for one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.field.province_world import Province, new_province


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    """Give a province whose source runs; the tests of a module share it, each with boxes of its own."""
    made = new_province(tmp_path_factory.mktemp("desk"))
    with made.running():
        yield made
