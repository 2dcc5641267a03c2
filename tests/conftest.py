"""What every test shares: one profile for generated examples."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# No deadline: two shared cores make single examples slow at random, and speed is measured in benchmarks/.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

REALTIME = ("speaker/", "system/", "board/test_output.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of these places as realtime: `ttcs test` runs them one after the other."""
    for item in items:
        if item.path.relative_to(Path(__file__).parent).as_posix().startswith(REALTIME):
            item.add_marker(pytest.mark.realtime)


@pytest.fixture(autouse=True)
def _log_level() -> Iterator[None]:
    """Give the root logger its level back: a command that a test runs in its own process sets it."""
    level = logging.getLogger().level
    yield
    logging.getLogger().setLevel(level)
