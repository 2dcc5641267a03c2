"""A relay as sound: the sources that the chain wants are open, and the one that it has chosen is heard.

`take` and what it reads belong to the device's thread, the rest to ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from firmware_py.core import relay as rule
from firmware_py.core.errors import Code, Unplayable
from firmware_py.core.messages import Item
from firmware_py.core.settings import Relay as Settings
from firmware_py.core.units import FAR_FUTURE_US, SECOND, MonoUs
from firmware_py.speaker import pcm
from firmware_py.speaker.level import Level
from firmware_py.speaker.reel import REEL_US, Reel
from firmware_py.speaker.relay.live import LiveReel
from firmware_py.speaker.relay.tuner import Tune, Tuned
from firmware_py.speaker.source import Running, StartDecoding, Tell

LIVE_REST_US = SECOND
LIVE_GONE_US = 10 * SECOND
"""A live address is over when nobody was heard for so long; until then its sources are tried each second."""

NOTHING_SEEN = rule.Seen()


@dataclass(frozen=True, slots=True)
class Means:
    """What every relay of a loudspeaker needs: config, how a source is opened and a file decoded, who hears of it."""

    settings: Settings
    rate_hz: int
    tune: Tune
    decode: StartDecoding
    tell: Tell
    clock: Callable[[], MonoUs]


class Relay:
    """The sound of one relay, from the best of its sources."""

    keeps_to_clock = False
    is_live = True
    waiting = 1

    def __init__(self, item: Item, means: Means) -> None:
        """Take what to relay, and by what means; nothing is opened before the first `tend`."""
        settings, rate_hz = means.settings, means.rate_hz
        self._item, self._settings, self._rate_hz = item, settings, rate_hz
        self._tune, self._decode, self._tell, self._clock = means.tune, means.decode, means.tell, means.clock
        self.over = False
        self._terms = terms_of(settings)
        if item.kind == "live":
            self._terms = replace(self._terms, rest_us=LIVE_REST_US, longest_rest_us=LIVE_REST_US)
        self._flowed_us = self._clock()
        self._chain = rule.chain_of(len(item.sources))
        self._open: dict[int, tuple[LiveReel, Tuned]] = {}
        self._file: tuple[Reel, Running] | None = None
        self._heard: LiveReel | Reel | None = None
        self._level = Level(0.0, rate_hz)
        self.length_frames = item.duration_us * rate_hz // SECOND
        self.next_frame = 0

    @property
    def error(self) -> Unplayable | None:
        """Why nothing at all was heard."""
        if self.next_frame:
            return None
        what = f"{self._item.title}: none of its {len(self._item.sources)} sources could be heard"
        return Unplayable(Code.STREAM_LOST, f"{what}; look at the network, and at relay.origins")

    def tend(self) -> None:
        """Have the chain move, and bring what is open and heard in line with it."""
        seen = tuple(self._seen(index) for index in range(len(self._item.sources)))
        self._chain, news = rule.moved(self._chain, self._terms, self._clock(), seen)
        for index, feed in enumerate(self._chain.feeds):
            self._bring(index, feed)
        self._choose(self._chain.on_air)
        self._see_end(self._chain.on_air, self._clock())
        for each in news:
            self._report(each)

    def close(self) -> None:
        """Let every source go; returns at once."""
        for _, tuned in self._open.values():
            tuned.close()
        self._open.clear()
        if self._file:
            self._file[1].close()

    def take(self, frames: int) -> bytes:
        """Return the next frames of what is heard, fewer when fewer are there; each source begins softly."""
        heard = self._heard
        sound = heard.take(frames) if heard else b""
        if sound:
            self._level.go_to(1.0)
            sound = self._level.apply(sound)
            self.next_frame += len(sound) // pcm.FRAME_BYTES
        return sound

    def drop(self, frames: int) -> int:  # noqa: ARG002 - whatever is asked for
        """Pass over nothing: what is live cannot be late."""
        return 0

    def _seen(self, index: int) -> rule.Seen:
        found = self._open.get(index)
        return found[0].seen(self._clock()) if found else NOTHING_SEEN

    def _bring(self, index: int, feed: rule.Feed) -> None:
        """Open a source that the chain wants open, and let one go that it does not."""
        if feed.state == "resting" and index in self._open:
            self._open.pop(index)[1].close()
        elif feed.state != "resting" and index not in self._open:
            reel = LiveReel(self._rate_hz, self._settings.silence_dbfs)
            self._open[index] = reel, self._tune(self._item.sources[index], reel)

    def _choose(self, on_air: int | None) -> None:
        """Have the chosen source heard, or the file: again from its beginning whenever it is over."""
        if on_air != self._chain.file and self._file:
            self._file[1].close()
            self._file = None
        if on_air == self._chain.file:
            heard: LiveReel | Reel | None = self._file_reel()
        else:
            heard = self._open[on_air][0] if on_air is not None else None
        if heard is not self._heard:
            self._level = Level(0.0, self._rate_hz)
            self._heard = heard

    def _see_end(self, on_air: int | None, now_us: MonoUs) -> None:
        """Note that a live address is over: nobody has spoken for a while."""
        if on_air not in (None, self._chain.file):
            self._flowed_us = now_us
        self.over = self._item.kind == "live" and now_us - self._flowed_us >= LIVE_GONE_US

    def _file_reel(self) -> Reel | None:
        if not self._item.path:
            return None
        if self._file is None or self._file[0].over:
            reel = Reel(REEL_US * self._rate_hz // SECOND)
            whole = replace(self._item, start_mono_us=FAR_FUTURE_US, duration_us=0)
            self._file = reel, self._decode(whole, reel)
        return self._file[0]

    def _report(self, news: rule.News) -> None:
        name = self._item.bulletin_id
        if isinstance(news, rule.Lost):
            what = "on air " if news.on_air else ""
            self._tell(Code.STREAM_LOST, f"{name}: source {news.index + 1} {what}{news.why}")
        elif news.index == self._chain.file:
            instead = "its file is heard" if self._item.path else "nothing is heard"
            self._tell(Code.STREAM_TAKEN, f"{name}: none of its sources flows; {instead}")
        else:
            self._tell(Code.STREAM_TAKEN, f"{name}: source {news.index + 1} is heard")


def terms_of(settings: Settings) -> rule.Terms:
    """Return the terms of the chain as the config has them."""
    times_s = (
        settings.open_s,
        settings.stall_s,
        settings.silence_s,
        settings.rest_s,
        settings.longest_rest_s,
        settings.steady_s,
    )
    return rule.Terms(*(round(seconds * SECOND) for seconds in times_s))
