"""Feeds (tin từ trang thông tin điện tử): headlines of a web page, how they are named, written out, and for how long.

A feed is a text that others write: a box fetches it from origins of its own config only, keeps what is plain text of
it, and shows it as the text of a bulletin. What it says is a fact of this box like the length of a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from firmware_py.core.content import Flaw
from firmware_py.core.shape import Parse
from firmware_py.core.streams import origin_of
from firmware_py.core.units import DurationUs, MonoUs, Now, WallUs

MOST_ENTRIES = 20
TITLE_LETTERS = 200
SUMMARY_LETTERS = 1000

LINE_LETTERS = 1_900
"""A running line is shorter than what a board refuses as too long; entries that do not fit are left out whole."""

_SEPARATOR_LETTERS = 8
"""More than a board puts between two parts of its running line."""

_PLAIN, _SECURED = "http://", "https://"


def _read_address(text: str) -> str:
    """Return the address of a feed as it was written, once it is sure that it can be one."""
    if not origin_of(text).startswith((_SECURED, _PLAIN)):
        raise ValueError(f"{text[:80]!r} is no feed; write https://HOST:PORT/PATH in ASCII")
    return text


def _read_origin(text: str) -> str:
    if not text or origin_of(text) != text.lower() or not text.lower().startswith((_SECURED, _PLAIN)):
        raise ValueError(f"{text[:80]!r} is no origin of feeds; write it like https://xa.kontum.example")
    return text.lower()


FeedAddress: TypeAlias = Annotated[str, Parse(_read_address)]
FeedOrigin: TypeAlias = Annotated[str, Parse(_read_origin)]
FeedParts: TypeAlias = Literal["titles", "titles_and_summaries"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a feed: plain text of one line each, in NFC, cut to its limits. `published_us` is 0 if unknown."""

    title: str
    summary: str = ""
    published_us: WallUs = 0


@dataclass(frozen=True, slots=True)
class Version:
    """What a server answers: the feed, and how it names this version of it. `same`: it is the one that was known."""

    entries: tuple[Entry, ...] = ()
    etag: str = ""
    modified: str = ""
    same: bool = False


@dataclass(frozen=True, slots=True)
class KeptFeed:
    """What a feed said, when its server was last heard, and how the server names this version."""

    source: str
    read_us: WallUs
    entries: tuple[Entry, ...]
    etag: str = ""
    modified: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a feed said when its server was last heard, newest entry first.

    `read_mono_us` is 0 for what an earlier run has read: of that only the wall clock knows how old it is.
    """

    entries: tuple[Entry, ...]
    read_us: WallUs
    read_mono_us: MonoUs = 0


@dataclass(frozen=True, slots=True)
class Feed:
    """All that is known of a feed: what it last said, and what is wrong with it now."""

    reading: Reading | None = None
    flaw: Flaw | None = None


UNREAD = Feed()


def written_out(entries: tuple[Entry, ...], most: int, parts: FeedParts) -> str:
    """Return the first entries as a text of paragraphs; of entries with the same words the first one."""
    paragraphs: dict[str, None] = {}
    for entry in entries:
        summary = entry.summary if parts == "titles_and_summaries" else ""
        paragraphs["\n".join(filter(None, (entry.title, summary)))] = None
    return "\n\n".join(tuple(paragraphs)[:most])


def line(text: str) -> str:
    """Return as many paragraphs of a written feed, from the first on, as a running line has room for."""
    taken: list[str] = []
    room = LINE_LETTERS
    for paragraph in text.split("\n\n"):
        room -= len(paragraph) + _SEPARATOR_LETTERS * (paragraph.count("\n") + 1)
        if room < 0:
            break
        taken.append(paragraph)
    return "\n\n".join(taken)


def good_until_us(reading: Reading, max_age_us: DurationUs, now: Now, *, clock_known: bool) -> WallUs:
    """Return the instant from which a reading is too old, 0 when nobody knows how old it is.

    What this run has read is reckoned by the monotonic clock. On an unset clock, or when it was read in what is the
    future by now, the age of an older one is anybody's guess.
    """
    if reading.read_mono_us:
        return now.wall_us + reading.read_mono_us + max_age_us - now.mono_us
    return reading.read_us + max_age_us if clock_known and reading.read_us <= now.wall_us else 0
