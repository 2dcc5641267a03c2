"""A film in its place on the panel."""

from __future__ import annotations

from firmware_py.board import sdl
from firmware_py.board.layout import Box
from firmware_py.board.sdl import Surface
from firmware_py.board.video.feed import Feed
from firmware_py.board.video.orders import BYTES_A_PIXEL, SLOTS
from firmware_py.core.units import WallUs


class VideoFilm:
    """The frames of a feed, at the instants that they are due: the same on every board."""

    def __init__(self, feed: Feed, start_us: WallUs, zone: Box) -> None:
        """Take the feed, when its first frame is due, and the zone in whose middle it is shown."""
        head = feed.head
        self.box = Box(
            zone.x + (zone.width - head.width) // 2, zone.y + (zone.height - head.height) // 2, head.width, head.height
        )
        self._feed = feed
        self._start_us = start_us
        self._slots = [_surface(feed, number) for number in range(SLOTS)]

    def at(self, wall_us: WallUs) -> int:
        """Return the number of the frame to show at an instant."""
        return self._feed.newest(wall_us - self._start_us)

    def change_after(self, wall_us: WallUs) -> WallUs:
        """Return the first instant after another at which to look for the next frame."""
        return self._start_us + self._feed.change_after(wall_us - self._start_us)

    def paint(self, panel: Surface, number: int) -> None:
        """Put the frame that `at` has just named on the panel."""
        panel.blit(self._slots[number % SLOTS], self.box[:2])


def _surface(feed: Feed, number: int) -> Surface:
    """Return the picture in a slot: its rows are longer than the frame is wide, to be quick to write."""
    head = feed.head
    whole = sdl.from_bgrx(feed.slot(number), head.row_bytes // BYTES_A_PIXEL, head.height)
    return whole.subsurface((0, 0, head.width, head.height))
