"""What every test shares: one profile for generated examples."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# No deadline: two shared cores make single examples slow at random, and speed is measured in benchmarks/.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")
