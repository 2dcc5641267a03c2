"""An agent with a relay board on its serial line: what the amplifier hears of a programme, of faults and of deaths."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.speaker.amplifiers import RelayBoard
from tests.system import world
from tests.system.world import Box, clock, slot
from tests.terminal import Terminal

WRITE_COIL = 5
SETTINGS = """
[amplifier]
driver = "modbus"
warm_up_s = 1.0
hold_s = 4.0
[amplifier.modbus]
port = "{port}"
unit = 7
coil = 2
"""


@pytest.fixture(name="relay")
def _relay(tmp_path: Path) -> Iterator[Terminal[RelayBoard]]:
    with Terminal(RelayBoard(), tmp_path / "tty") as terminal:
        yield terminal


@pytest.fixture(name="speaker")
def _speaker(tmp_path: Path, relay: Terminal[RelayBoard]) -> Iterator[Box]:
    with world.box(tmp_path, "speaker", settings=SETTINGS.format(port=relay.path)) as made:
        yield made


def switchings(relay: Terminal[RelayBoard]) -> list[bool]:
    """Return what was written to the coil, repetitions left out."""
    assert isinstance(relay.wire, RelayBoard)
    written = [frame[4] == 0xFF for frame in relay.wire.frames if frame[1] == WRITE_COIL]
    return [on for on, before in zip(written, [None, *written], strict=False) if on is not before]


def test_it_is_on_before_the_sound_and_held_to_its_neighbour(speaker: Box, relay: Terminal[RelayBoard]) -> None:
    """On a second before the first tone, not off between two that are near, off after the last; the records say so."""
    first, second = speaker.feed.tone("first", 1), speaker.feed.tone("second", 1)
    speaker.start()
    speaker.ready()
    begin_s = speaker.soon_s(5)
    slots = (slot("a", first, start=clock(begin_s)), slot("b", second, start=clock(begin_s + 3)))
    speaker.feed.publish(first, second, slots=slots)
    speaker.until(lambda: relay.wire.on)
    on_us = speaker.now_us()
    (record,) = speaker.closed(first)
    assert on_us < record.actual_start_us
    (other,) = speaker.closed(second)
    assert (record.amplifier, other.amplifier) == ("on", "on")
    speaker.until(lambda: not relay.wire.on)
    assert switchings(relay) == [False, True, False]


def test_an_agent_that_is_killed_leaves_it_off_and_takes_it_again(speaker: Box, relay: Terminal[RelayBoard]) -> None:
    """`kill -9` in mid-item: it goes off without the agent, and on again with it."""
    item = speaker.feed.item("speaker", "long")
    speaker.feed.publish(item, slots=(slot("s", item),))
    speaker.start()
    speaker.play(item, 0.5)
    speaker.until(lambda: relay.wire.on)
    speaker.kill()
    speaker.until(lambda: not relay.wire.on)
    speaker.start()
    speaker.play(item, 0.5)
    speaker.until(lambda: relay.wire.on)
    assert speaker.stop() == 0
    assert not relay.wire.on


def test_one_that_does_not_answer_is_reported_and_the_programme_goes_on(
    speaker: Box, relay: Terminal[RelayBoard]
) -> None:
    """The fault names the port within ten seconds, and the record says that nobody knows whether people heard it."""
    relay.silent = True
    speaker.start()
    fault = speaker.fault(code="amplifier_silent")
    assert str(relay.path) in fault.detail
    first = speaker.feed.tone("first", 1)
    speaker.feed.publish(first, slots=(slot("a", first, start=clock(speaker.soon_s(2))),))
    (record,) = speaker.closed(first)
    assert (record.result, record.amplifier) == ("complete", "silent")
    relay.silent = False
    speaker.until(lambda: not relay.wire.on)
    second = speaker.feed.tone("second", 1)
    speaker.feed.publish(second, slots=(slot("b", second, start=clock(speaker.soon_s(4))),))
    (record,) = speaker.closed(second)
    assert (record.result, record.amplifier) == ("complete", "on")
