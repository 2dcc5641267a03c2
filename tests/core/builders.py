"""The vocabulary of the core's tests: bulletins, slots, schedules, timelines and agents in a few words.

The usual day is Monday 23 November 2026 in Viet Nam (seven hours ahead of UTC, no summer time).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from firmware_py.core.content import Facts
from firmware_py.core.decide import Decision, Volumes, decide
from firmware_py.core.errors import Code
from firmware_py.core.model import Bulletin, Content, Kind, Priority, Schedule, Slot
from firmware_py.core.recurrence import Rule, parse_rule
from firmware_py.core.settings import Hours, VolumeCap
from firmware_py.core.state import Ways
from firmware_py.core.timeline import SOUND, Channel, Timeline, build
from firmware_py.core.times import parse_span, parse_time_of_day
from firmware_py.core.units import DAY, SECOND, WallUs, from_datetime
from firmware_py.core.windows import Playable, Skip

VN = ZoneInfo("Asia/Ho_Chi_Minh")
VN_AHEAD_US = 7 * 3600 * SECOND
MONDAY = date(2026, 11, 23)
DAILY = parse_rule("FREQ=DAILY")
SUNDAY, TUESDAY, WEDNESDAY = (MONDAY + timedelta(days=days) for days in (-1, 1, 2))


def at(text: str, day: date = MONDAY) -> WallUs:
    """Return a time of day such as `05:30`, `05:30:15` or `05:30:15.250` in Viet Nam as an instant."""
    whole, _, fraction = text.partition(".")
    within_us = parse_time_of_day(whole) + int(fraction.ljust(6, "0") or 0)
    return (day - date(1970, 1, 1)).days * DAY - VN_AHEAD_US + within_us


def seconds(count: float) -> int:
    """Return a number of seconds in microseconds."""
    return round(count * SECOND)


def digest(text: str) -> str:
    """Return 64 hexadecimal digits that stand for the hash of a content; the first ones differ by the text."""
    return text.encode().hex().ljust(64, "0")[:64]


def audio(name: str, length_s: float = 60, **more: Any) -> Bulletin:  # noqa: ANN401 - the fields of Bulletin
    """Return a sound bulletin with one file, `name.mp3`."""
    content = (Content(f"{name}.mp3", digest(name)),)
    return Bulletin(name, Kind.AUDIO, title=name, duration_s=length_s, content=content, **more)


def text(name: str, length_s: float = 30, **more: Any) -> Bulletin:  # noqa: ANN401 - the fields of Bulletin
    """Return a text bulletin."""
    return Bulletin(name, Kind.TEXT, title=name, text=f"Text {name}", duration_s=length_s, **more)


def image(name: str, length_s: float = 30, **more: Any) -> Bulletin:  # noqa: ANN401 - the fields of Bulletin
    """Return a picture bulletin with one file, `name.png`."""
    content = (Content(f"{name}.png", digest(name)),)
    return Bulletin(name, Kind.IMAGE, title=name, duration_s=length_s, content=content, **more)


def urgent(name: str, length_s: float = 60, **more: Any) -> Bulletin:  # noqa: ANN401 - the fields of Bulletin
    """Return a sound bulletin of emergency priority."""
    return audio(name, length_s, priority=Priority.EMERGENCY, **more)


def slot(
    name: str,
    *playlist: Bulletin | str,
    start: str | None = None,
    end: str | None = None,
    days: str | Iterable[date] = (MONDAY,),
    **more: Any,  # noqa: ANN401 - the fields of Slot
) -> Slot:
    """Return a slot, on Monday when no days are given; `days` may be a rule's text or `always`."""
    names = tuple(entry if isinstance(entry, str) else entry.id for entry in playlist)
    since, until = (None if clock is None else parse_time_of_day(clock) for clock in (start, end))
    return Slot(name, names, _days(days), since, until, **more)


def _days(days: str | Iterable[date]) -> Any:  # noqa: ANN401 - one of the forms that a document may give
    if isinstance(days, str):
        return days if days == "always" else rule(days)
    return tuple(days)


def rule(text: str) -> Rule:
    """Return the rule of an RFC 5545 text."""
    return parse_rule(text)


def schedule(bulletins: Iterable[Bulletin], slots: Iterable[Slot] = (), **more: Any) -> Schedule:  # noqa: ANN401
    """Return a schedule; `fallback` takes ids."""
    return Schedule("ttcs-schedule/1", more.pop("version", 1), tuple(bulletins), tuple(slots), **more)


def facts(bulletin: Bulletin, version: int = 0) -> Facts:
    """Return what the check of a bulletin's good file finds; another `version` is another content."""
    name = bulletin.content[0].path
    sha256 = digest(f"{version or ''}{bulletin.id}")
    return Facts(sha256, f"/content/{name}", duration_us=seconds(bulletin.duration_s or 0), gain_db=-1.5)


def ready(bulletin: Bulletin) -> Playable:
    """Return a bulletin that can go out for as long as it says, a sound for a second when it says nothing."""
    path = f"/content/{bulletin.content[0].path}" if bulletin.content else ""
    return Playable(bulletin, seconds(bulletin.duration_s or 1), path, digest(bulletin.id)[:12])


def missing(bulletin: Bulletin | str, code: Code = Code.CONTENT_MISSING) -> Skip:
    """Return a bulletin that cannot go out."""
    return Skip(bulletin if isinstance(bulletin, str) else bulletin.id, code)


def hours(quiet: Iterable[str] = (), caps: Mapping[str, int] | None = None) -> Hours:
    """Return quiet hours and volume caps from spans such as `21:30-05:00`."""
    limits = tuple(VolumeCap(parse_span(span), limit) for span, limit in (caps or {}).items())
    return Hours(tuple(map(parse_span, quiet)), limits)


def ways(*channels: Channel, zone: tzinfo = VN, limits: Hours | None = None, usual_pct: int = 80) -> Ways:
    """Return what an agent is set up with: a loudspeaker's sound channel when none is named."""
    return Ways(channels or (SOUND,), zone, limits or Hours(), Volumes(usual_pct))


def laid_out(  # noqa: PLR0913 - every part of an answer, each with its usual value
    plan: Schedule,
    *,
    channel: Channel = SOUND,
    out: Iterable[Skip] = (),
    limits: Hours | None = None,
    zone: tzinfo = VN,
    day: date = MONDAY,
    clock_known: bool = True,
) -> Timeline:
    """Return the timeline of a schedule whose bulletins are all ready but those in `out`."""
    standings: dict[str, Playable | Skip] = {bulletin.id: ready(bulletin) for bulletin in plan.bulletins}
    standings |= {skip.bulletin_id: skip for skip in out}
    return build(plan, channel, standings, limits or Hours(), zone, day, clock_known=clock_known)


def name_at(timeline: Timeline, when: WallUs | str) -> str | None:
    """Return the id of the bulletin that is on air at an instant, None when there is none."""
    decision = decided(timeline, when)
    return decision.on_air.what.bulletin.id if decision.on_air else None


def decided(timeline: Timeline, when: WallUs | str, volumes: Volumes | None = None) -> Decision:
    """Return the decision for an instant, or for a time on Monday."""
    return decide(timeline, (), at(when) if isinstance(when, str) else when, volumes or Volumes())


def midnight(day: date, zone: tzinfo = VN) -> WallUs:
    """Return the instant at which a day begins in a zone."""
    return from_datetime(datetime.combine(day, time(), tzinfo=zone))
