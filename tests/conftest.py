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

REALTIME = (
    "speaker/test_notice_output.py",
    "speaker/test_output.py",
    "speaker/test_pulse.py",
    "system/test_death.py",
    "system/test_demo.py",
    "system/test_link.py",
    "system/test_on_air.py",
    "board/test_output.py",
    "board/test_video_play.py",
)
WHOLE_BOXES = (
    "faults/",
    "system/",
    "link/test_pitfalls.py",
    "field/test_say.py",
    "speaker/test_damaged.py",
    "speaker/test_ear.py",
    "speaker/test_relay_output.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what must run alone, and what mostly waits: `ttcs test` runs them apart from the rest."""
    for item in items:
        place = item.path.relative_to(Path(__file__).parent).as_posix()
        if place.startswith(REALTIME):
            item.add_marker(pytest.mark.realtime)
        elif place.startswith(WHOLE_BOXES):
            item.add_marker(pytest.mark.boxes)


@pytest.fixture(autouse=True)
def _log_level() -> Iterator[None]:
    """Give the root logger its level back: a command that a test runs in its own process sets it."""
    level = logging.getLogger().level
    yield
    logging.getLogger().setLevel(level)
