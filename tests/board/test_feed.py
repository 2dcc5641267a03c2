"""Which frame of a film is due, which slots are given back, and when a film is given up; with pipes and no process."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from firmware_py.board.video.feed import STARVED_US, Feed
from firmware_py.board.video.orders import END_US, FRAME, FREED, SEEN, SLOTS, FilmHead
from firmware_py.core.units import FAR_FUTURE_US, SECOND

FRAME_US = 40_000
HEAD = FilmHead(8, 4, 64, 256, FRAME_US)


class Film:
    """The other side of a feed, in the test's hand."""

    def __init__(self) -> None:
        """Make memory and pipes as a film's process has them."""
        memory = os.memfd_create("film")
        os.truncate(memory, SLOTS * HEAD.slot_bytes)
        reading, self._frames = os.pipe()
        self._control, writing = os.pipe()
        os.set_blocking(self._control, False)
        self._ends = [self._frames, self._control]
        self.given_up: list[str] = []
        self.feed = Feed(HEAD, memory, reading, writing, self.given_up.append)

    def brings(self, *numbers: int) -> None:
        """Have frames lie ready, by their number in the film."""
        os.write(self._frames, b"".join(FRAME.pack(number * FRAME_US) for number in numbers))

    def ends(self) -> None:
        """Say that there are no more."""
        os.write(self._frames, FRAME.pack(END_US))

    def hears(self) -> list[int]:
        """Return the bytes that came back."""
        try:
            return list(os.read(self._control, 1024))
        except BlockingIOError:
            return []

    def dies(self) -> None:
        """Close both ends, once or more often."""
        for end in self._ends:
            os.close(end)
        self._ends.clear()


@pytest.fixture
def film() -> Iterator[Film]:
    """Give a film in the test's hand."""
    made = Film()
    yield made
    made.dies()


def test_the_frame_shown_is_the_latest_that_is_due(film: Film) -> None:
    """Frames change at their instants; those that were passed over are given back with the one that was shown."""
    film.brings(0, 1, 2, 3)
    assert [film.feed.newest(n * FRAME_US // 2) for n in range(4)] == [0, 0, 1, 1]
    assert film.hears() == [SEEN, FREED]
    assert film.feed.newest(3 * FRAME_US) == 3
    assert film.hears() == [FREED, FREED]


def test_the_first_frame_is_shown_until_the_second_is_due(film: Film) -> None:
    """A film that is joined late has its first frame at once, however old that is."""
    film.brings(100)
    assert film.feed.newest(0) == 0
    assert film.feed.newest(200 * FRAME_US) == 0


def test_the_next_look_is_when_the_next_frame_is_due(film: Film) -> None:
    """That is its own instant; while it is not there, soon; after the last one, never."""
    film.brings(0, 3)
    film.feed.newest(0)
    assert film.feed.change_after(0) == 3 * FRAME_US
    film.feed.newest(3 * FRAME_US)
    assert film.feed.change_after(3 * FRAME_US) == 4 * FRAME_US
    assert 4 * FRAME_US < film.feed.change_after(4 * FRAME_US) <= 5 * FRAME_US
    film.ends()
    film.feed.newest(5 * FRAME_US)
    assert film.feed.change_after(5 * FRAME_US) == FAR_FUTURE_US


def test_a_film_that_stands_still_is_given_up_once(film: Film) -> None:
    """One that is shown and brings nothing for seconds cannot go on; one that has ended is only over."""
    film.brings(0)
    for tenth in range(2 * STARVED_US * 10 // SECOND):
        film.feed.newest(tenth * SECOND // 10)
    assert len(film.given_up) == 1
    assert "no picture for 5 s" in film.given_up[0]


@pytest.mark.parametrize("why", ["it has ended", "it was not looked at"])
def test_a_film_is_not_given_up_for_what_is_no_fault_of_it(film: Film, why: str) -> None:
    """The last frame stays; and after it was hidden a film has all the time anew."""
    film.brings(0)
    film.feed.newest(0)
    if why == "it has ended":
        film.ends()
    for second in range(10, 10 + STARVED_US // SECOND):
        film.feed.newest(second * SECOND)
    assert film.given_up == []


def test_a_film_that_is_seen_and_does_not_move_says_so(film: Film) -> None:
    """Its sound goes on only while the board says that it is seen: so that comes twice a second."""
    film.brings(0)
    film.ends()
    for tenth in range(30):
        film.feed.newest(tenth * SECOND // 10)
    assert film.hears() == [SEEN] * 5


def test_a_volume_is_passed_on_and_a_dead_film_does_no_harm(film: Film) -> None:
    """The volume is one byte; to a process that has ended nothing is said, and nothing happens."""
    film.brings(0)
    film.feed.volume(30)
    assert film.hears() == [30]
    film.dies()
    film.feed.volume(40)
    assert film.feed.newest(0) == 0
