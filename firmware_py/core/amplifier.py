"""The amplifier (tăng âm) as a state machine: when it is to be on, given what sounds, what will, and for how long.

    off ──a sound within `warm_up`, or one that was not foreseen──▶ on ──`hold` without sound and none to come──▶ off
                                                                    └──on for `max_on`──▶ rests for `rest` ──▶ off
    an actual alert: on, whatever else holds

1. It is on `warm_up` before a sound that is foreseen, and at once for one that is not: an alert waits for nothing.
2. It stays on for `hold` after a sound, and on to a sound that begins by then: neighbours are joined, the relay is
   spared, nobody hears it click between two bulletins.
3. It is off when the agent starts; whatever drives it switches it off when the agent is gone.
4. The guard: nothing but an alert, which has an end of its own, keeps it on for longer than `max_on`. Then it rests,
   that is reported, and it may come on again.
5. A command holds it on or off for a time. Neither an alert nor the guard asks for its leave.
6. An alert is the real thing alone: no drill and no test tone switches on what is held off for a repair, or rests.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from firmware_py.core.units import FAR_FUTURE_US, DurationUs, MonoUs

LONG_AGO_US: MonoUs = -FAR_FUTURE_US

Said: TypeAlias = Literal["none", "on", "off", "silent"]
"""`none` where nothing switches the amplifier, or has not answered yet; `silent` when it does not answer."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How an amplifier is to be treated (see above)."""

    warm_up_us: DurationUs
    hold_us: DurationUs
    max_on_us: DurationUs
    rest_us: DurationUs


@dataclass(frozen=True, slots=True)
class Scene:
    """What bears on the amplifier now. `next_us` is when the next sound begins that is not on air yet.

    `forced` is what a command asks for, None when it is left to itself.
    """

    now_us: MonoUs
    sounds: bool = False
    alert: bool = False
    next_us: MonoUs = FAR_FUTURE_US
    forced: bool | None = None


@dataclass(frozen=True, slots=True)
class Amplifier:
    """What is known of it: what was ordered and when, until when something sounded, until when it rests.

    `said` is what it, or whatever switches it, has answered last.
    """

    on: bool = False
    said: Said = "none"
    since_us: MonoUs = 0
    sounding: bool = False
    sounded_us: MonoUs = LONG_AGO_US
    rests_until_us: MonoUs = LONG_AGO_US


def moved(amplifier: Amplifier, terms: Terms, scene: Scene) -> Amplifier:
    """Return the amplifier as it is to be now."""
    sounded_us = scene.now_us if scene.sounds or amplifier.sounding else amplifier.sounded_us
    known = replace(amplifier, sounding=scene.sounds, sounded_us=sounded_us)
    if tripped(known, terms, scene):
        return replace(known, on=False, since_us=scene.now_us, rests_until_us=scene.now_us + terms.rest_us)
    wanted = scene.alert or (scene.now_us >= known.rests_until_us and _is_wanted(known, terms, scene))
    return known if wanted == known.on else replace(known, on=wanted, since_us=scene.now_us)


def tripped(amplifier: Amplifier, terms: Terms, scene: Scene) -> bool:
    """Return whether the guard takes it off."""
    return amplifier.on and not scene.alert and scene.now_us >= amplifier.since_us + terms.max_on_us


def _is_wanted(amplifier: Amplifier, terms: Terms, scene: Scene) -> bool:
    if scene.forced is not None:
        return scene.forced
    if scene.sounds or scene.next_us <= scene.now_us + terms.warm_up_us:
        return True
    held_until_us = amplifier.sounded_us + terms.hold_us
    return amplifier.on and (scene.now_us < held_until_us or scene.next_us <= held_until_us)


def due_us(amplifier: Amplifier, terms: Terms, scene: Scene) -> MonoUs:
    """Return when time alone may move it next."""
    moments = [scene.next_us - terms.warm_up_us, amplifier.rests_until_us]
    if amplifier.on:
        moments += [amplifier.since_us + terms.max_on_us, amplifier.sounded_us + terms.hold_us]
    return min((moment for moment in moments if moment > scene.now_us), default=FAR_FUTURE_US)
