"""A box with a source system; and how many generated examples are taken: the usual number, or few for mutants."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.core.linked import MORNING, LinkedWorld

settings.register_profile(
    "mutants",
    deadline=None,
    max_examples=30,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
settings.register_profile("long", deadline=None, max_examples=5_000, suppress_health_check=list(HealthCheck))


@pytest.fixture(name="box")
def _box() -> LinkedWorld:
    """Return a loudspeaker in mid-programme, connected."""
    world = LinkedWorld(MORNING, start="05:29")
    world.sync()
    world.pass_time("05:32")
    assert world.on_air() == "news"
    return world
