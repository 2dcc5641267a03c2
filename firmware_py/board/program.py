"""What a board output shows when: orders and the clock in, items out. Pure.

Each channel has an item on air, perhaps one ordered by `Now` for a later start, and perhaps one prepared by `Next`.
An item comes on air at its start or, if that is past, at once; it leaves when another comes, or at its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from firmware_py.core.messages import Item, Next, Now
from firmware_py.core.units import FAR_FUTURE_US, WallUs

MAIN = "main"
TICKER = "ticker"


class Pair(NamedTuple):
    """The items of the two channels; None is the board's own page, or no ticker."""

    main: Item | None
    ticker: Item | None

    @property
    def items(self) -> tuple[Item, ...]:
        """Return the items that are there."""
        return tuple(item for item in self if item is not None)


def end_of(item: Item) -> WallUs:
    """Return the instant at which an item is over."""
    return item.start_us + item.duration_us


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel: `on_air`, `ordered` by a `Now` whose start is still to come, and `next`."""

    on_air: Item | None = None
    ordered: Item | None = None
    next: Item | None = None

    def __iter__(self) -> Iterator[Item | None]:
        """Yield the three items."""
        return iter((self.on_air, self.ordered, self.next))

    def take(self, order: Now | Next) -> Channel:
        """Return the channel after an order. An item that is on air already is only brought up to date."""
        item = order.item
        if item is not None and self.on_air is not None and item.no == self.on_air.no:
            return replace(self, on_air=item)
        if isinstance(order, Next):
            return replace(self, next=item)
        following = None if item is not None and self.next is not None and self.next.no == item.no else self.next
        return Channel(None if item is None else self.on_air, item, following)

    def at(self, wall_us: WallUs) -> Channel:
        """Return the channel at an instant: what has begun is on air, the latest start first; what is over is not.

        Returns the same object when nothing changes.
        """
        begun = [item for item in (self.ordered, self.next) if item is not None and item.start_us <= wall_us]
        on_air = max(reversed(begun), key=lambda item: item.start_us, default=self.on_air)
        over = on_air is not None and end_of(on_air) <= wall_us
        if not begun and not over:
            return self
        return Channel(
            None if over else on_air,
            None if self.ordered in begun else self.ordered,
            None if self.next in begun else self.next,
        )

    def change_after(self, wall_us: WallUs) -> WallUs:
        """Return the next instant at which time alone changes what is on air."""
        instants = [item.start_us for item in (self.ordered, self.next) if item is not None]
        instants += [] if self.on_air is None else [end_of(self.on_air)]
        return min((instant for instant in instants if instant > wall_us), default=FAR_FUTURE_US)

    def without(self, no: int) -> Channel:
        """Return the channel without an item that cannot be shown."""
        return Channel(*(None if item is None or item.no == no else item for item in self))


@dataclass(frozen=True, slots=True)
class Program:
    """Both channels."""

    main: Channel = Channel()
    ticker: Channel = Channel()

    @property
    def on_air(self) -> Pair:
        """Return the items on air."""
        return Pair(self.main.on_air, self.ticker.on_air)

    def take(self, order: Now | Next) -> Program:
        """Return the program after an order for the main channel or the ticker."""
        if order.channel == TICKER:
            return replace(self, ticker=self.ticker.take(order))
        return replace(self, main=self.main.take(order))

    def at(self, wall_us: WallUs) -> Program:
        """Return the program at an instant, the same object when nothing changes."""
        main, ticker = self.main.at(wall_us), self.ticker.at(wall_us)
        return self if main is self.main and ticker is self.ticker else Program(main, ticker)

    def change_after(self, wall_us: WallUs) -> WallUs:
        """Return the next instant at which time alone changes what is on air."""
        return min(self.main.change_after(wall_us), self.ticker.change_after(wall_us))

    def without(self, no: int) -> Program:
        """Return the program without an item that cannot be shown."""
        return Program(self.main.without(no), self.ticker.without(no))
