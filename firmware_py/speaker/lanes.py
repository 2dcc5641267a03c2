"""The channels of a loudspeaker, each with a playout of its own; all of them go into one mixer."""

from __future__ import annotations

from collections.abc import Callable

from firmware_py.core.messages import OVER, SOUND, Next, Now, Progress, Report, Volume
from firmware_py.core.units import MonoUs
from firmware_py.speaker.mixer import Mixer
from firmware_py.speaker.playout import Playout
from firmware_py.speaker.source import OpenSource
from firmware_py.speaker.voice import News


class Lanes:
    """Gives each playout what is for its channel. Everything here runs in the process's main thread."""

    def __init__(self, mixer: Mixer, sources: OpenSource, rate_hz: int, send: Callable[[Report], None]) -> None:
        """Take what every playout needs."""
        self._lanes = {
            SOUND: Playout(mixer, sources, rate_hz, send),
            OVER: Playout(mixer, sources, rate_hz, send, on_top=True),
        }

    def take(self, order: Now | Next | Volume, now_us: MonoUs) -> None:
        """Act on an order."""
        self._lanes[order.channel].take(order, now_us)

    def hear(self, news: News, now_us: MonoUs) -> None:
        """Take note of what the mixer has done; each playout knows its own plays."""
        for lane in self._lanes.values():
            lane.hear(news, now_us)

    def tick(self, now_us: MonoUs) -> None:
        """Do what is due."""
        for lane in self._lanes.values():
            lane.tick(now_us)

    def progress(self) -> list[Progress]:
        """Return what can be heard now: a report of each play, or one of none."""
        reports = [lane.progress() for lane in self._lanes.values()]
        return [report for report in reports if report.no] or reports[:1]

    def due_us(self) -> MonoUs:
        """Return when the next report is due."""
        return min(lane.due_us() for lane in self._lanes.values())

    def stop(self) -> None:
        """Fade everything out and give every decoder up."""
        for lane in self._lanes.values():
            lane.stop()

    def say_last(self, now_us: MonoUs) -> None:
        """Report what has not been told yet."""
        for lane in self._lanes.values():
            lane.say_last(now_us)
