"""How far the wall clock is believed, and what counts as its being set."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from firmware_py.core.records import ClockState
from firmware_py.core.settings import Clock
from firmware_py.core.units import DAY, HOUR, SECOND, Now
from firmware_py.runtime.clock import STEP_LIMIT_US, ClockWatch, SystemClock

WALL_US = 1_795_402_800 * SECOND
START = Now(WALL_US, 100 * SECOND)


def later(seconds: float, stepped_us: int = 0) -> Now:
    """Return both clocks after some seconds, the wall clock moved by `stepped_us` against the other."""
    passed_us = round(seconds * SECOND)
    return Now(START.wall_us + passed_us + stepped_us, START.mono_us + passed_us)


@pytest.fixture(name="synchronised")
def _synchronised(tmp_path: Path) -> Path:
    """The file by which the time service says that the clock is right; it is not there yet."""
    return tmp_path / "synchronized"


@pytest.fixture(name="watch")
def _watch(tmp_path: Path, synchronised: Path) -> ClockWatch:
    return ClockWatch(Clock(timesync_file=str(synchronised)), tmp_path, START)


def test_both_clocks_are_those_of_the_system() -> None:
    """The wall clock counts from 1970, the other one is CLOCK_MONOTONIC, and an offset moves the first alone."""
    wall_us, mono_us = time.time_ns() // 1000, time.monotonic_ns() // 1000
    now, moved = SystemClock().now(), SystemClock(-HOUR).now()
    assert 0 <= now.wall_us - wall_us < 10 * SECOND
    assert 0 <= now.mono_us - mono_us < 10 * SECOND
    assert abs(moved.wall_us + HOUR - moved.mono_us - (now.wall_us - now.mono_us)) < SECOND


def test_a_clock_is_trusted_once_the_time_service_says_so(watch: ClockWatch, synchronised: Path) -> None:
    """Untrusted at first; trusted with the service's word; a change is told once."""
    states = [watch.state]
    assert not watch.changed()
    synchronised.touch()
    assert watch.changed()
    states.append(watch.state)
    assert not watch.changed()
    assert states == [ClockState.UNTRUSTED, ClockState.TRUSTED]


def test_trust_that_is_lost_leaves_the_clock_held(watch: ClockWatch, synchronised: Path) -> None:
    """A clock that was right earlier in this boot goes on well enough."""
    synchronised.touch()
    watch.changed()
    synchronised.unlink()
    assert watch.changed()
    assert watch.state is ClockState.HELD


def test_an_agent_that_starts_again_in_the_same_boot_holds_the_clock(tmp_path: Path, synchronised: Path) -> None:
    """The run directory remembers the trust; a boot empties it, and then the clock is unknown again."""
    settings = Clock(timesync_file=str(synchronised))
    synchronised.touch()
    ClockWatch(settings, tmp_path, START)
    synchronised.unlink()
    assert ClockWatch(settings, tmp_path, START).state is ClockState.HELD
    emptied = tmp_path / "after a boot"
    emptied.mkdir()
    assert ClockWatch(settings, emptied, START).state is ClockState.UNTRUSTED


def test_a_desk_takes_the_systems_word(tmp_path: Path) -> None:
    """With `assume-trusted` the time service is not asked."""
    settings = Clock(source="assume-trusted", timesync_file="/nonexistent")
    assert ClockWatch(settings, tmp_path, START).state is ClockState.TRUSTED


def test_a_run_directory_that_is_gone_costs_no_trust(tmp_path: Path, synchronised: Path) -> None:
    """Where trust cannot be noted the clock is trusted, then held, all the same."""
    synchronised.touch()
    watch = ClockWatch(Clock(timesync_file=str(synchronised)), tmp_path / "gone", START)
    assert watch.state is ClockState.TRUSTED
    synchronised.unlink()
    assert watch.read() is ClockState.HELD


@pytest.mark.parametrize("stepped_us", [STEP_LIMIT_US + 1, -STEP_LIMIT_US - 1, 40 * 365 * DAY])
def test_a_clock_that_is_set_is_noticed_once(watch: ClockWatch, stepped_us: int) -> None:
    """More than five seconds against the monotonic clock, forwards or back: told once, then the new time holds."""
    assert watch.stepped(later(1, stepped_us))
    assert not watch.stepped(later(2, stepped_us))
    assert watch.stepped(later(3))


@pytest.mark.parametrize("stepped_us", [STEP_LIMIT_US, -STEP_LIMIT_US, 0])
def test_a_clock_that_is_steered_is_not_set(watch: ClockWatch, stepped_us: int) -> None:
    """Five seconds and less is steering, also when the process was not looked at for a day."""
    assert not watch.stepped(later(1, stepped_us))
    assert not watch.stepped(later(86_400, stepped_us))


def test_small_steps_that_add_up_are_a_step(watch: ClockWatch) -> None:
    """Three seconds and three more: what was ordered by the clock six seconds ago is not right any more."""
    assert not watch.stepped(later(1, 3 * SECOND))
    assert watch.stepped(later(2, 6 * SECOND))
