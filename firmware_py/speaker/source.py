"""What a play needs of whoever makes its sound: a side that the device's thread takes from, and one that we tend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from firmware_py.core.errors import Code, Unplayable
from firmware_py.core.messages import Item
from firmware_py.speaker.reel import Reel


class Source(Protocol):
    """What a play takes its sound from: frames of 16 bits, two channels."""

    @property
    def keeps_to_clock(self) -> bool:
        """Whether time that goes by without sound passes over as much of the content."""

    @property
    def is_live(self) -> bool:
        """Whether it is made while it is heard: it may pause, and whoever fills it sees to that."""

    @property
    def next_frame(self) -> int:
        """The frame of the content that is taken next."""

    @property
    def length_frames(self) -> int:
        """How many frames the content has, or may have at most."""

    @property
    def waiting(self) -> int:
        """How many frames are there to take."""

    @property
    def over(self) -> bool:
        """Whether everything was taken and nothing will come."""

    @property
    def error(self) -> Unplayable | None:
        """Why not everything came."""

    def take(self, frames: int) -> bytes:
        """Return the next frames, fewer when fewer are there."""

    def drop(self, frames: int) -> int:
        """Throw frames away that come too late; return how many were there."""


class Running(Protocol):
    """Who fills a reel, and can be given up."""

    def tend(self) -> None:
        """Do what is due; called several times a second, returns at once."""

    def close(self) -> None:
        """Give it up; returns at once."""


OpenSource: TypeAlias = Callable[[Item], tuple[Source, Running]]
"""Where an item's sound comes from, and who sees to it that it comes."""

Tell: TypeAlias = Callable[[Code, str], None]
"""Who hears what goes wrong with a source, or comes right again."""

StartDecoding: TypeAlias = Callable[[Item, Reel], Running]
