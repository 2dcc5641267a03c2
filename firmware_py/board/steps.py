"""Work in slices: what takes longer than a frame is a generator that yields where a frame may come in between.

One thread draws and prepares, so nothing needs a lock, and no preparation can make a frame late by more than
one slice. A slice is a line of text rendered or a band of a snapshot packed: about a millisecond.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Generic, TypeAlias, TypeVar

T = TypeVar("T")
Steps: TypeAlias = Generator[None, None, T]
"""A job in slices; its return value is the result, its exception the failure."""


def finish(steps: Steps[T]) -> T:
    """Run a job to its end at once and return its result."""
    while True:
        try:
            next(steps)
        except StopIteration as done:
            result: T = done.value
            return result


class Job(Generic[T]):
    """A job that goes on where it stopped, as long as there is time."""

    def __init__(self, steps: Steps[T]) -> None:
        """Take a job that has not begun."""
        self._steps = steps

    def run(self, in_time: Callable[[], bool]) -> T | None:
        """Run slices while `in_time` says so; return the result at the end, None before. Exceptions come through."""
        while in_time():
            try:
                next(self._steps)
            except StopIteration as done:
                result: T = done.value
                return result
        return None


class Rest:
    """What is left of a job after its most urgent part: it adds to what that part gave."""

    def __init__(self, steps: Iterable[None] = ()) -> None:
        """Take the slices that are left, if any."""
        self._steps = iter(steps)
        self._done = False

    def run(self, in_time: Callable[[], bool]) -> None:
        """Run slices while `in_time` says so."""
        while not self._done and in_time():
            self._done = next(self._steps, True) is True
