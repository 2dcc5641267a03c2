"""What is kept open while an alert is heard: for one play, used once, given up when it is not wanted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from firmware_py.core.messages import Item
from firmware_py.speaker.reel import Reel
from firmware_py.speaker.source import Running, Source
from firmware_py.speaker.spare import Spare
from tests.speaker.outputs import item


class Stream:
    """A source that notes whether it is tended and closed."""

    def __init__(self) -> None:
        """Begin open."""
        self.tended = 0
        self.closed = False

    def tend(self) -> None:
        """Note it."""
        self.tended += 1

    def close(self) -> None:
        """Note it."""
        self.closed = True


class Streams:
    """Opens streams, and knows them all."""

    def __init__(self) -> None:
        """Begin without any."""
        self.opened: list[Stream] = []

    def __call__(self, _item: Item) -> tuple[Source, Running]:
        """Open one."""
        self.opened.append(Stream())
        return Reel(1), self.opened[-1]


RELAY = replace(item(1, Path("-"), 0), kind="relay", path="", sources=("http://a/",))


def test_the_same_play_gets_what_was_kept_once() -> None:
    """The play that goes on, under another number, has the open stream; a second one opens its own."""
    streams = Streams()
    spare = Spare(streams)
    spare.keep(RELAY)
    spare.keep(RELAY)
    spare.tend()
    _, running = spare.open(replace(RELAY, no=2))
    assert running is streams.opened[0]
    assert (streams.opened[0].tended, len(streams.opened)) == (1, 1)
    assert spare.open(replace(RELAY, no=3))[1] is streams.opened[1]
    spare.close()
    assert not any(stream.closed for stream in streams.opened)


def test_another_play_does_not_get_it() -> None:
    """Other sources are opened anew, and what was kept is given up with the order that does not want it."""
    streams = Streams()
    spare = Spare(streams)
    spare.keep(RELAY)
    assert spare.open(replace(RELAY, sources=("http://b/",)))[1] is streams.opened[1]
    spare.close()
    assert [stream.closed for stream in streams.opened] == [True, False]


def test_one_play_is_kept_at_most() -> None:
    """What was kept for an earlier play is given up for a later one."""
    streams = Streams()
    spare = Spare(streams)
    spare.keep(RELAY)
    spare.keep(replace(RELAY, bulletin_id="other"))
    assert [stream.closed for stream in streams.opened] == [True, False]
