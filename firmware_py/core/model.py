"""What the source system sends: bulletins (bản tin) and the slots (khung giờ) of a schedule (lịch phát).

The classes are the document's schema (`shape.load`); what a single value cannot show, such as a reference to a
bulletin that is not there, `check` adds. A schedule that has any fault is refused as a whole.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import chain
from typing import Annotated, Literal, TypeAlias

from firmware_py.core.codec import from_json
from firmware_py.core.errors import Malformed, Problem, Refused
from firmware_py.core.feeds import MOST_ENTRIES, FeedAddress, FeedParts
from firmware_py.core.messages import Align, Emphasis, Fit, Flow, Form
from firmware_py.core.recurrence import Rule, parse_rule
from firmware_py.core.settings import LayoutName
from firmware_py.core.shape import Length, Parse, Range, bounded, load
from firmware_py.core.streams import StreamAddress
from firmware_py.core.times import Day, Instant, TimeOfDay, ZoneName
from firmware_py.core.units import DAY, SECOND, DurationUs

MAX_DOCUMENT_BYTES = 8 * 1024 * 1024
"""A schedule of 10,000 slots is about 2 MB; more than this is refused before it is parsed."""

MAX_PLAY_S = 24 * 3600

MAX_FEEDS = 16
"""Each is asked for four times an hour, over a network that is paid by the megabyte."""

EARLIEST_FIRST_DAY = date(2000, 1, 1)
"""To count a rule's days is to walk from its first one: a first day in antiquity would take minutes."""


_is_figure_name = re.compile("[a-z0-9-]{1,64}").fullmatch


class Kind(StrEnum):
    """What a bulletin is made of."""

    AUDIO = "audio"
    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    RELAY = "relay"
    FEED = "feed"


TIMED = frozenset({Kind.AUDIO, Kind.VIDEO})
"""What is as long as its file."""


FORM_OF: Mapping[Kind, Form] = {
    Kind.AUDIO: "audio",
    Kind.TEXT: "text",
    Kind.IMAGE: "image",
    Kind.VIDEO: "video",
    Kind.RELAY: "relay",
    Kind.FEED: "text",
}
"""What the output makes of each kind: to it a feed is a text like others."""


class Priority(StrEnum):
    """Mức độ ưu tiên: khẩn cấp, ưu tiên, thông thường."""

    EMERGENCY = "emergency"
    PRIORITY = "priority"
    NORMAL = "normal"


def _read_path(text: str) -> str:
    """Return a relative path that stays inside the folder it is relative to."""
    parts = text.split("/")
    if not text or len(text) > 255 or text.startswith("/") or "\\" in text or "\0" in text:
        raise ValueError(f"{text[:80]!r} is no relative path; write it like media/bulletin.mp3")
    if any(part in ("", ".", "..") for part in parts):
        raise ValueError(f"{text[:80]!r} leaves or repeats a folder; write it without . and ..")
    return text


def _read_sha256(text: str) -> str:
    if len(text) != 64 or any(letter not in "0123456789abcdef" for letter in text):
        raise ValueError(f"{text[:80]!r} is no SHA-256; write 64 hexadecimal digits in lower case")
    return text


def _read_text(text: str) -> str:
    """Return a text in NFC, the form in which fonts are checked and lines are broken."""
    return unicodedata.normalize("NFC", text)


def read_figure_name(text: str) -> str:
    """Return the name of a figure (số liệu); raise ValueError for one that is none."""
    if not _is_figure_name(text):
        raise ValueError(f"{text[:80]!r} is no name of a figure; use 1 to 64 of a-z, 0-9 and -")
    return text


def _read_days(text: str) -> Rule | Literal["always"]:
    return "always" if text == "always" else parse_rule(text)


RelativePath: TypeAlias = Annotated[str, Parse(_read_path)]
Sha256: TypeAlias = Annotated[str, Parse(_read_sha256)]
Identifier: TypeAlias = Annotated[str, Length(1, 128)]
Text: TypeAlias = Annotated[str, Parse(_read_text)]
FigureName: TypeAlias = Annotated[str, Parse(read_figure_name)]
Days: TypeAlias = Annotated[Rule | Literal["always"], Parse(_read_days)] | tuple[Day, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """One file of a bulletin, named by its hash. In an unsigned folder the hash may be left out: it is computed."""

    path: RelativePath
    sha256: Sha256 | None = None
    size: Annotated[int, Range(0, 2**40, "bytes")] | None = None
    media_type: Annotated[str, Length(0, 100)] = ""


@dataclass(frozen=True, slots=True)
class Translation:
    """What a text bulletin says in another language: shown after the first, before the bulletin begins again."""

    language: Annotated[str, Length(2, 35)]
    title: Text = ""
    text: Text = ""

    def __post_init__(self) -> None:
        """Refuse one that says nothing."""
        if not (self.text or self.title):
            raise ValueError(f"says nothing in {self.language}; give text or title, or leave it out")


@dataclass(frozen=True, slots=True)
class Bulletin:
    """Bản tin: one thing to play or show.

    `duration_s` is how long a text or picture stays; of audio and video it is only what the author expects,
    because the length that counts is measured on the file. A relay (tiếp âm) lasts so long, or to the end of its slot;
    its `sources` stand in the order of their worth, and its content, when it has one, is played where none can be
    heard. A feed shows the newest `entries` of the web feed at `source`, until `max_age_s` after it was last read; a
    text may show the signed figure (số liệu) that `data` names.
    """

    id: Identifier
    kind: Kind
    title: Text = ""
    priority: Priority = Priority.NORMAL
    language: Annotated[str, Length(2, 35)] = "vi"
    field: Annotated[str, Length(0, 100)] = ""
    author: Annotated[str, Length(0, 200)] = ""
    produced_at: Instant | None = None
    duration_s: Annotated[float, Range(0.5, MAX_PLAY_S, "seconds")] | None = None
    content: tuple[Content, ...] = ()
    sources: Annotated[tuple[StreamAddress, ...], Length(0, 4)] = ()
    text: Text = ""
    translations: Annotated[tuple[Translation, ...], Length(0, 8)] = ()
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    fit: Fit = "contain"
    layout: LayoutName = "auto"
    source: FeedAddress | None = None
    entries: Annotated[int, Range(1, MOST_ENTRIES, "entries")] = 5
    parts: FeedParts = "titles"
    max_age_s: Annotated[float, Range(60, 30 * 24 * 3600, "seconds")] = 24 * 3600.0
    flow: Flow = "pages"
    align: Align = "auto"
    emphasis: Emphasis = "none"
    data: FigureName | None = None

    def __post_init__(self) -> None:
        """Hold the parts of a bulletin against its kind."""
        if self.kind is Kind.TEXT and not (self.text or self.title or self.data):
            raise ValueError("is a text bulletin without text; give text or title")
        if self.kind is Kind.RELAY and (not self.sources or len(self.content) > 1):
            what = f"is a relay with {len(self.sources)} sources and {len(self.content)} content entries"
            raise ValueError(f"{what}; give 1 to 4 sources, and one file at most")
        if self.kind is not Kind.TEXT and self.translations:
            raise ValueError(f"is {self.kind} and has translations; leave them out, or write text")
        if self.kind is not Kind.TEXT and (self.flow, self.align, self.emphasis) != ("pages", "auto", "none"):
            raise ValueError(f"is {self.kind} and has flow, align or emphasis; leave them out, or write text")
        if self.kind is not Kind.RELAY and self.sources:
            raise ValueError(f"is {self.kind} and has sources; leave them out, or write relay")
        if self.kind in (Kind.AUDIO, Kind.IMAGE, Kind.VIDEO) and len(self.content) != 1:
            raise ValueError(f"is {self.kind} with {len(self.content)} content entries; give exactly one")
        if self.kind in (Kind.TEXT, Kind.IMAGE, Kind.FEED) and self.duration_s is None:
            raise ValueError(f"is {self.kind} without duration_s; say how many seconds it stays")
        if None not in (self.valid_from, self.valid_until) and self.valid_from >= self.valid_until:  # type: ignore[operator]
            raise ValueError("is never valid; valid_until must be later than valid_from")
        self._check_words_of_others()

    def _check_words_of_others(self) -> None:
        """Hold what a feed or a figure will say against what the bulletin says itself."""
        if (self.kind is Kind.FEED) != (self.source is not None):
            what = f"is {self.kind} and has {'a' if self.source else 'no'} source"
            raise ValueError(f"{what}; give one to a feed, and to nothing else")
        if self.kind is Kind.FEED and (self.text or self.content):
            raise ValueError("is a feed and has text or content of its own; leave them out")
        if self.data and (self.kind is not Kind.TEXT or self.text or any(each.text for each in self.translations)):
            raise ValueError("shows data and is no text, or has text of its own; give titles only, or no data")

    @property
    def addresses(self) -> tuple[str, ...]:
        """The address of a feed, where there is one."""
        return (self.source,) if self.source else ()

    @property
    def shown_us(self) -> DurationUs:
        """How long a text or picture stays, or a relay at most."""
        longest_s = MAX_PLAY_S if self.kind is Kind.RELAY else 0
        return round((self.duration_s or longest_s) * SECOND)


@dataclass(frozen=True, slots=True)
class Slot:
    """Khung giờ: when a playlist goes out.

    `start` and `end` are local times of day; an end that is not later than the start lies on the next day, and
    the slot belongs to its start day. No end: until the playlist is through, or for 24 hours. `repeat`: false
    once, true until the end, or a number of times. `on_missing`: when nothing of the playlist can be played,
    `skip` leaves the time to what stands below, `fallback` keeps the place with the fallback. `days`: dates, an
    RFC 5545 rule (counted from `first_day`), or `always`: at all times, on an untrusted clock too. `zone`: boards have
    a main one, one beside it and a ticker; a loudspeaker plays what is `over` on top of the rest, soft meanwhile.
    """

    id: Identifier
    playlist: Annotated[tuple[Identifier, ...], Length(1, 1000)]
    days: Days
    start: TimeOfDay | None = None
    end: TimeOfDay | None = None
    zone: Literal["main", "side", "ticker", "over"] = "main"
    repeat: bool | Annotated[int, Range(1, 10_000, "times")] = False
    volume: Annotated[int, Range(0, 100, "percent")] | None = None
    on_missing: Literal["skip", "fallback"] = "skip"
    first_day: Day = date(2020, 1, 1)
    except_days: tuple[Day, ...] = ()

    def __post_init__(self) -> None:
        """Hold start, end and repeat against one another."""
        if self.days == "always" and (self.start, self.end) != (None, None):
            raise ValueError("is always on air and has a start or end; leave these out, or give days")
        if self.days != "always" and self.start is None:
            raise ValueError("has days but no start; give start, such as 05:30")
        if self.start == DAY:
            raise ValueError("starts at 24:00; write 00:00 and the next day")
        if self.first_day < EARLIEST_FIRST_DAY:
            raise ValueError(f"counts from {self.first_day}; a first_day is {EARLIEST_FIRST_DAY} or later")
        if self.start is not None and self.start == self.end:
            raise ValueError("ends when it starts; give a later end, or 00:00 and 24:00 for the whole day")
        if self.on_missing == "fallback" and self.days != "always" and self.end is None:
            raise ValueError("keeps its place with the fallback and has no end; give an end, or on_missing skip")
        if self.on_missing == "fallback" and self.zone == "over":
            raise ValueError("is over the rest and keeps its place with the fallback; leave on_missing out")
        if self.repeat is True and self.days != "always" and self.end is None:
            raise ValueError("repeats for ever; give an end, or a number of times")


@dataclass(frozen=True, slots=True)
class Schedule:
    """Lịch phát: one version of all that this box has to play and show."""

    format: Literal["ttcs-schedule/1"]
    version: Annotated[int, Range(0, 2**53, "")]
    bulletins: tuple[Bulletin, ...]
    slots: Annotated[tuple[Slot, ...], Length(0, 20_000)]
    timezone: ZoneName = "Asia/Ho_Chi_Minh"
    issued_at: Instant | None = None
    fallback: tuple[Identifier, ...] = ()


EMPTY_SCHEDULE = Schedule("ttcs-schedule/1", 0, (), ())


def read_schedule(raw: bytes, source: str, *, remote: bool = False) -> Schedule:
    """Return the schedule of a JSON document; raise `Refused` with every fault that it has.

    `remote`: content comes over a network, where only a hash and a size tell a file from another one.
    """
    if len(raw) > MAX_DOCUMENT_BYTES:
        what = f"has {len(raw)} bytes, the limit is {MAX_DOCUMENT_BYTES}"
        raise Refused(source, (Problem("document", what, "split it, or drop old bulletins"),))
    try:
        tree = from_json(raw)
    except Malformed as error:
        raise Refused(source, (Problem("document", str(error), "mend the JSON at that byte"),)) from error
    schedule = load(Schedule, tree, source)
    problems = bounded(chain(_check(schedule), _unnamed(schedule) if remote else ()))
    if problems:
        raise Refused(source, problems)
    return schedule


def _check(schedule: Schedule) -> Iterator[Problem]:
    yield from _repeated("bulletins", (bulletin.id for bulletin in schedule.bulletins))
    yield from _repeated("slots", (slot.id for slot in schedule.slots))
    feeds = {bulletin.source for bulletin in schedule.bulletins if bulletin.source}
    if len(feeds) > MAX_FEEDS:
        yield Problem("bulletins", f"has {len(feeds)} feeds, the limit is {MAX_FEEDS}", "leave some out")
    known = {bulletin.id for bulletin in schedule.bulletins}
    endless = {each.id for each in schedule.bulletins if each.kind is Kind.RELAY and each.duration_s is None}
    for index, slot in enumerate(schedule.slots):
        yield from _unknown(f"slots[{index}].playlist", slot.playlist, known)
        yield from _endless(f"slots[{index}]", slot, endless)
    yield from _unknown("fallback", schedule.fallback, known)


def _unnamed(schedule: Schedule) -> Iterator[Problem]:
    for at, bulletin in enumerate(schedule.bulletins):
        for index, content in enumerate(bulletin.content):
            missing = [name for name in ("sha256", "size") if getattr(content, name) is None]
            if missing:
                what = f"comes over a network and names no {' and no '.join(missing)}"
                yield Problem(f"bulletins[{at}].content[{index}]", what, "give sha256 and size of the file")


def _endless(where: str, slot: Slot, endless: set[str]) -> Iterator[Problem]:
    if slot.days != "always" and slot.end is None and not endless.isdisjoint(slot.playlist):
        yield Problem(
            where, "has a relay without duration_s and no end", "give the slot an end, or the relay a duration_s"
        )


def _repeated(where: str, ids: Iterable[str]) -> Iterator[Problem]:
    for name, count in Counter(ids).items():
        if count > 1:
            yield Problem(where, f"has the id {name!r} {count} times", "give each its own id")


def _unknown(where: str, ids: tuple[str, ...], known: set[str]) -> Iterator[Problem]:
    for index, name in enumerate(ids):
        if name not in known:
            yield Problem(f"{where}[{index}]", f"names {name!r}, which is no bulletin of this document")
