"""Orders and the clock in, plays and reports out: what the loudspeaker does with each `Now`, `Next` and `Volume`.

    Now ──▶ waiting ──its instant──▶ on air ──end, or cut by the next──▶ over
    Next ─▶ waiting, behind the play on air: joined to its last sample if that ends within 250 ms of its start

The agent decides, and says anew what follows after each `Now`: so a `Now` forgets what was prepared. A play that
would run on beyond the start of the next one is faded out at its own planned end, and a notice is in any case.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from firmware_py.core.errors import Code, Unplayable
from firmware_py.core.messages import Ended, EndReason, Failed, Item, Next, Now, Progress, Report, Started, Volume
from firmware_py.core.units import MS, SECOND, MonoUs
from firmware_py.speaker.level import gain_of
from firmware_py.speaker.mixer import Mixer
from firmware_py.speaker.reports import Outgoing
from firmware_py.speaker.source import OpenSource, Running
from firmware_py.speaker.spare import Spare
from firmware_py.speaker.voice import JOIN_US, Began, News, Over, Voice

SILENT_LIMIT_US = 1_800 * MS
"""An item that is not heard for so long, at its start or later, is given up: none holds the air for two seconds."""


@dataclass(slots=True)
class Play:
    """One item, its sound and its decoder; `wanted_us` is its start, or when it was ordered if that was later."""

    item: Item
    voice: Voice
    decoding: Running
    wanted_us: MonoUs
    reason: EndReason = "complete"

    @property
    def planned_end_us(self) -> MonoUs:
        """When the item is over by the plan."""
        return self.item.start_mono_us + self.item.duration_us


class Playout:
    """Owns the plays of one channel. Everything here runs in the process's main thread."""

    def __init__(
        self, mixer: Mixer, sources: OpenSource, rate_hz: int, send: Callable[[Report], None], *, on_top: bool = False
    ) -> None:
        """Take where voices go, where the sound of an item comes from, and who gets the reports."""
        self._mixer, self._rate_hz, self._on_top = mixer, rate_hz, on_top
        self._spare = Spare(sources)
        self._outgoing = Outgoing(send)
        self._plays: dict[int, Play] = {}
        self._current: Play | None = None
        self._next: Play | None = None

    def take(self, order: Now | Next | Volume, now_us: MonoUs) -> None:
        """Act on an order."""
        if isinstance(order, Volume):
            self._change_volume(order.volume_pct)
        elif isinstance(order, Next):
            self._prepare(order.item, now_us)
        else:
            self._put_on_air(order.item, now_us)

    def hear(self, news: News, now_us: MonoUs) -> None:
        """Take note of what the mixer has done."""
        play = self._plays.get(news.no)
        if play is None:
            return
        if isinstance(news, Began):
            self._begin(play, news)
        else:
            self._finish(play, news)
        self._outgoing.flush(now_us)

    def tick(self, now_us: MonoUs) -> None:
        """Do what is due: reports, plays that do not come or do not go on, one that is too long."""
        self._outgoing.flush(now_us)
        self._spare.tend()
        for play in tuple(self._plays.values()):
            play.decoding.tend()
            self._check(play, now_us)
        self._cut_overrun(now_us)

    def progress(self) -> Progress:
        """Return what can be heard now."""
        play = self._on_air()
        if play is None:
            return Progress(0)
        voice, recent = play.voice, play.voice.meter.recent
        return Progress(
            no=play.item.no,
            played_us=voice.played_us,
            mean_dbfs=recent.mean_dbfs,
            peak_dbfs=recent.peak_dbfs,
            silent_us=voice.meter.silent_us,
            lost_us=voice.lost_us,
        )

    def due_us(self) -> MonoUs:
        """Return when the next report is due."""
        return self._outgoing.due_us()

    def stop(self) -> None:
        """Fade everything out and give every decoder up."""
        for play in self._plays.values():
            play.reason = "stopped"
        self._spare.close()
        self._mixer.silence_all()

    def say_last(self, now_us: MonoUs) -> None:
        """Report what has not been told yet, also what is heard only in a moment: there will be no other occasion."""
        for play in tuple(self._plays.values()):
            if play.voice.began:
                self._tell_end(play, play.voice.end_us if play.voice.over else now_us)
        self._outgoing.flush_all()

    # Orders.

    def _put_on_air(self, item: Item | None, now_us: MonoUs) -> None:
        if item is not None and self._current is not None and item.no == self._current.item.no:
            return
        prepared, self._next = self._next, None
        if prepared is not None and (item is None or prepared.item.no != item.no):
            self._drop(prepared)
            prepared = None
        self._replace_all(item, now_us, keep=prepared)
        if prepared is not None:
            prepared.voice.follows = None
        self._current = prepared or (self._open(item, now_us) if item is not None else None)
        if item is None or item.notice is None:
            self._spare.close()

    def _replace_all(self, item: Item | None, now_us: MonoUs, keep: Play | None) -> None:
        """Have what is on air go on until the new item's start, and then fade out."""
        for play in tuple(self._plays.values()):
            cut_us = now_us if item is None else max(now_us, item.start_mono_us)
            if play is not keep and cut_us < play.voice.cut_us:
                play.reason = "stopped" if item is None else "replaced"
                play.voice.cut_us = cut_us
                if item is not None and item.notice is not None and play.voice.reel.is_live:
                    self._spare.keep(play.item)

    def _prepare(self, item: Item | None, now_us: MonoUs) -> None:
        if item is not None and item.no in self._plays:
            return
        if self._next is not None:
            self._drop(self._next)
            self._next = None
        if item is not None:
            self._next = self._open(item, now_us, follows=self._current)

    def _change_volume(self, volume_pct: int) -> None:
        play = self._current or self._on_air()
        if play is not None:
            play.voice.gain = _gain(play.item, volume_pct)

    # Plays.

    def _open(self, item: Item, now_us: MonoUs, follows: Play | None = None) -> Play:
        source, decoding = self._spare.open(item)
        voice = Voice(item.no, source, item.start_mono_us, _gain(item, item.volume_pct), self._rate_hz)
        voice.follows = follows.voice if follows else None
        voice.on_top, voice.yields = self._on_top, item.notice is None
        play = Play(item, voice, decoding, max(now_us, item.start_mono_us))
        if item.notice is not None or source.is_live:
            voice.cut_us = play.planned_end_us
        self._plays[item.no] = play
        self._mixer.add(voice)
        play.decoding.tend()
        return play

    def _drop(self, play: Play) -> None:
        """Forget a play that has not begun, or let one that has just begun fade out."""
        play.voice.cut_us = 0
        play.reason = "replaced"

    def _on_air(self) -> Play | None:
        begun = [play for play in self._plays.values() if play.voice.began and not play.voice.over]
        return begun[-1] if begun else None

    def _begin(self, play: Play, news: Began) -> None:
        if play is self._next:
            self._current, self._next = play, None
        item = play.item
        at_us = item.start_us + news.at_us - item.start_mono_us
        self._outgoing.add(news.at_us, Started(item.no, at_us, news.at_us, news.offset_us))

    def _finish(self, play: Play, news: Over) -> None:
        if news.error is not None and play.reason == "complete":
            self._fail(play, news.error, news.at_us)
        elif play.voice.began or play.reason == "complete":
            self._tell_end(play, news.at_us)
        self._forget(play)

    def _tell_end(self, play: Play, at_us: MonoUs) -> None:
        item, voice, whole = play.item, play.voice, play.voice.meter.whole
        report = Ended(
            no=item.no,
            reason=play.reason,
            at_us=item.start_us + at_us - item.start_mono_us,
            at_mono_us=at_us,
            played_us=voice.played_us,
            mean_dbfs=whole.mean_dbfs,
            peak_dbfs=whole.peak_dbfs,
            silent_us=voice.meter.silent_us,
            lost_us=voice.lost_us,
        )
        self._outgoing.add(at_us, report)

    def _fail(self, play: Play, error: Unplayable, at_us: MonoUs) -> None:
        self._outgoing.add(at_us, Failed(play.item.no, error.code, error.detail, play.voice.played_us))

    def _forget(self, play: Play) -> None:
        play.decoding.close()
        self._plays.pop(play.item.no, None)
        self._current = None if play is self._current else self._current
        self._next = None if play is self._next else self._next

    # What time alone brings.

    def _check(self, play: Play, now_us: MonoUs) -> None:
        voice, name = play.voice, Path(play.item.path).name or play.item.title
        due_us = play.wanted_us + SILENT_LIMIT_US
        if not voice.began and not voice.waits_for_device and now_us > due_us and voice.cut_us > now_us:
            self._give_up(play, f"{name}: no sound within {SILENT_LIMIT_US / SECOND:g} s of its start", now_us)
        elif not voice.reel.is_live and voice.starved_frames * SECOND // self._rate_hz > SILENT_LIMIT_US:
            self._give_up(play, f"{name}: the decoder has stalled for {SILENT_LIMIT_US / SECOND:g} s", now_us)

    def _give_up(self, play: Play, what: str, now_us: MonoUs) -> None:
        self._fail(play, Unplayable(Code.DECODER_FAILED, f"{what}; make the file again"), now_us)
        play.voice.cut_us = 0
        self._forget(play)

    def _cut_overrun(self, now_us: MonoUs) -> None:
        """Cut a play that would last beyond its own end, or the start of the next one, so that the clock rules."""
        play, following = self._current, self._next
        if play is None or not play.voice.began:
            return
        if following is None or following.voice.follows is None:
            if play.voice.planned_end_us > play.planned_end_us + JOIN_US:
                play.voice.cut_us = min(play.voice.cut_us, play.planned_end_us)
        elif play.voice.planned_end_us > following.item.start_mono_us + JOIN_US:
            following.voice.follows = None
            late = now_us > play.planned_end_us
            play.voice.cut_us = following.item.start_mono_us if late else play.planned_end_us


def _gain(item: Item, volume_pct: int) -> float:
    """Return the amplitude factor of a play; a notice gives its own gain to its voice, for its siren has a level."""
    return gain_of(volume_pct, 0.0 if item.notice else item.gain_db)
