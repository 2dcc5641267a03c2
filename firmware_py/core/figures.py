"""Figures (số liệu): the weather, the quality of the air, the level of a river, as short signed texts with names.

They change too often for a schedule. A signed document for an area brings all its figures at once and takes the place
of the one before; each says until when it is good. A bulletin names the figure that it shows: the one of the nearest
area that has one that is still good. Whether one is, only a clock can say: while the time is not known, none is shown.
"""

from __future__ import annotations

from zlib import crc32

from firmware_py.core.errors import Code
from firmware_py.core.model import Bulletin, Translation
from firmware_py.core.records import ClockState
from firmware_py.core.state import State
from firmware_py.core.units import FAR_FUTURE_US, Now, WallUs
from firmware_py.core.windows import Playable, Skip
from firmware_py.core.wire import Data, Figure


def standing(state: State, bulletin: Bulletin, now: Now) -> Playable | Skip:
    """Return a bulletin with the figure that it shows, if that is here and good."""
    found = _named(state, bulletin.data)
    good = _good(state, found, now)
    if good is None:
        return Skip(bulletin.id, Code.DATA_STALE if found else Code.DATA_MISSING)
    first, *others = sorted(good.texts, key=lambda text: text.language != bulletin.language)
    titles = {each.language: each.title for each in bulletin.translations}
    more = tuple(Translation(each.language, titles.get(each.language, ""), each.text) for each in others)
    words = [bulletin.title, first.text, *(word for each in more for word in (each.language, each.title, each.text))]
    mark = crc32("\0".join(words).encode())
    return Playable(bulletin, bulletin.shown_us, mark=f"{mark:08x}", text=first.text, translations=more)


def renew_at_us(state: State, now: Now) -> WallUs:
    """Return when the next of the figures that are shown will not be good any more."""
    wanted = {bulletin.data for bulletin in state.schedule.bulletins if bulletin.data}
    good = (_good(state, _named(state, name), now) for name in wanted)
    return min((figure.expires for figure in good if figure), default=FAR_FUTURE_US)


def in_force(state: State, data: Data) -> dict[str, Data]:
    """Return the figures by audience, with this document in place of the one before."""
    return {**state.figures, data.audience: data}


def _named(state: State, name: str | None) -> tuple[Figure, ...]:
    """Return the figures of a name, that of the nearest area first."""
    audiences = [f"area:{code}" for code in reversed(state.me.identity.areas)]
    known = (state.figures[audience] for audience in audiences if audience in state.figures)
    return tuple(figure for data in known for figure in data.figures if figure.name == name)


def _good(state: State, figures: tuple[Figure, ...], now: Now) -> Figure | None:
    if state.clock is ClockState.UNTRUSTED:
        return None
    return next((figure for figure in figures if figure.expires > now.wall_us), None)
