"""How many generated examples a test takes, in the proportion that the chosen profile has to the usual one."""

from __future__ import annotations

from hypothesis import Phase, settings

USUAL = 100
# Not the explaining phase: it traces every line, and takes minutes for a crowd.
_PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.target, Phase.shrink)


def trials(count: int) -> settings:
    """Return a decorator for `count` examples when the profile has its usual hundred."""
    profile = settings()
    phases = tuple(phase for phase in _PHASES if phase in profile.phases)
    return settings(max_examples=max(1, count * profile.max_examples // USUAL), phases=phases)
