"""What a board output shows when: orders and the clock in, items out. Pure.

Each channel has an item on air, perhaps one ordered by `Now` for a later start, and perhaps one prepared by `Next`.
An item comes on air when it is due or, if that is past, at once; it leaves when another comes, or at its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from firmware_py.core.messages import MAIN, SIDE, TICKER, Item, Next, Now
from firmware_py.core.units import FAR_FUTURE_US, WallUs


class OnAir(NamedTuple):
    """The items of the channels; None is the board's own page, no ticker, nothing beside."""

    main: Item | None
    ticker: Item | None
    side: Item | None = None

    @property
    def items(self) -> tuple[Item, ...]:
        """Return the items that are there."""
        return tuple(item for item in self if item is not None)


def end_of(item: Item) -> WallUs:
    """Return the instant at which an item is over."""
    return item.start_us + item.duration_us


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel: `on_air`, `ordered` by a `Now` that is not due yet, and `next`."""

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
        """Return the channel at an instant: what is due is on air, the latest first; what is over is not.

        Returns the same object when nothing changes.
        """
        begun = [item for item in (self.ordered, self.next) if item is not None and item.due_us <= wall_us]
        on_air = max(reversed(begun), key=lambda item: item.due_us, default=self.on_air)
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
        instants = [item.due_us for item in (self.ordered, self.next) if item is not None]
        instants += [] if self.on_air is None else [end_of(self.on_air)]
        return min((instant for instant in instants if instant > wall_us), default=FAR_FUTURE_US)

    def without(self, no: int) -> Channel:
        """Return the channel without an item that cannot be shown."""
        return Channel(*(None if item is None or item.no == no else item for item in self))


@dataclass(frozen=True, slots=True)
class Program:
    """All channels, by the names that orders use."""

    main: Channel = Channel()
    ticker: Channel = Channel()
    side: Channel = Channel()

    @property
    def on_air(self) -> OnAir:
        """Return the items on air."""
        return OnAir(self.main.on_air, self.ticker.on_air, self.side.on_air)

    def take(self, order: Now | Next) -> Program:
        """Return the program after an order; one for no channel of a board is for the main one."""
        name = order.channel if order.channel in {TICKER, SIDE} else MAIN
        channel: Channel = getattr(self, name)
        return replace(self, **{name: channel.take(order)})

    def at(self, wall_us: WallUs) -> Program:
        """Return the program at an instant, the same object when nothing changes."""
        before = self._channels
        after = tuple(channel.at(wall_us) for channel in before)
        same = all(one is other for one, other in zip(before, after, strict=True))
        return self if same else Program(*after)

    def change_after(self, wall_us: WallUs) -> WallUs:
        """Return the next instant at which time alone changes what is on air."""
        return min(channel.change_after(wall_us) for channel in self._channels)

    def without(self, no: int) -> Program:
        """Return the program without an item that cannot be shown."""
        return Program(*(channel.without(no) for channel in self._channels))

    @property
    def _channels(self) -> tuple[Channel, ...]:
        return (self.main, self.ticker, self.side)
