"""RSS 2.0 (and 0.9x), RSS 1.0 and Atom, as bytes, to entries of plain text. A pure function.

The document is read as a stream, without building a tree: its depth, its elements and what is kept of each are bounded,
and nothing calls itself. A document type, and with it every entity but the five of XML, is refused as it begins;
nothing outside the document is ever asked for. The encoding is what the byte order mark or the XML declaration says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.parsers import expat

from firmware_py.board.webfeed.dates import published_us
from firmware_py.board.webfeed.plain import MOST_MARKUP, one_line, without_markup
from firmware_py.core.errors import Code, Unplayable
from firmware_py.core.feeds import MOST_ENTRIES, SUMMARY_LETTERS, TITLE_LETTERS, Entry

MOST_ELEMENTS = 50_000
MOST_DEPTH = 100
MOST_ITEMS = 1_000
"""What comes after these is not looked at; the newest entries of a feed stand first."""

_CHUNK_BYTES = 16 * 1024
_RSS = (
    "",
    "http://purl.org/rss/1.0/",
    "http://backend.userland.com/rss2",
)
_ATOM = ("http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#")
_ROOTS = frozenset(
    {f"{each} rss".strip() for each in _RSS}
    | {f"{each} feed" for each in _ATOM}
    | {"http://www.w3.org/1999/02/22-rdf-syntax-ns# RDF"}
)
_ITEMS = frozenset({f"{each} item".strip() for each in _RSS} | {f"{each} entry" for each in _ATOM})

# Element of an entry: what it is kept as. Of several in one entry the first counts.
_FIELDS: dict[str, str] = {
    **{f"{each} title".strip(): "title" for each in (*_RSS, *_ATOM)},
    **{f"{each} description".strip(): "summary" for each in _RSS},
    **{f"{each} guid".strip(): "id" for each in _RSS},
    **{f"{each} pubDate".strip(): "published" for each in _RSS},
    **{f"{each} summary": "summary" for each in _ATOM},
    **{f"{each} content": "content" for each in _ATOM},
    **{f"{each} id": "id" for each in _ATOM},
    **{f"{each} published": "published" for each in _ATOM},
    **{f"{each} issued": "published" for each in _ATOM},
    **{f"{each} updated": "updated" for each in _ATOM},
    **{f"{each} modified": "updated" for each in _ATOM},
    "http://purl.org/rss/1.0/modules/content/ encoded": "content",
    "http://purl.org/dc/elements/1.1/ date": "updated",
}
_XHTML_INLINE = frozenset({"a", "abbr", "b", "em", "i", "span", "strong", "sub", "sup", "u"})
_is_coding = re.compile(
    r"(utf-?(8|16(le|be)?)|(us-)?ascii|iso-?8859-?\d+|windows-125\d|cp125\d)", re.IGNORECASE | re.ASCII
).fullmatch
_CONVENIENT = "write it with a usual program for RSS or Atom"


@dataclass(slots=True)
class _Item:
    """The fields of one entry as they stand in the document; `plain` are those that are no markup."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    plain: set[str] = field(default_factory=set)

    def text(self, name: str) -> str:
        raw = "".join(self.fields.get(name, ()))
        return raw if name in self.plain else without_markup(raw)


class _Refused(Exception):
    """The document is refused where the parser stands; carried through it to `read_entries`."""

    def __init__(self, code: Code, what: str) -> None:
        super().__init__(what)
        self.code, self.what = code, what


class _Reader:
    """Takes what expat finds, one event at a time."""

    def __init__(self) -> None:
        self.items: list[_Item] = []
        self._depth = self._elements = 0
        self._item: _Item | None = None
        self._item_depth = 0
        self._text: list[str] | None = None
        self._field_depth = self._room = 0

    def declaration(self, _version: str, coding: str | None, _standalone: int) -> None:
        if coding and not _is_coding(coding):
            what = f"is written in {coding[:40]!r}, which is no usual encoding; save it as UTF-8"
            raise _Refused(Code.CONTENT_UNREADABLE, what)

    def doctype(self, name: str, *_: object) -> None:
        if name.lower() == "html":
            raise _Refused(Code.CONTENT_UNSUPPORTED, "is a web page (HTML) and no feed; give the address of its RSS")
        raise _Refused(Code.CONTENT_UNSUPPORTED, f"has a document type (DOCTYPE), which is never read; {_CONVENIENT}")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > MOST_DEPTH or self._elements > MOST_ELEMENTS:
            what = f"has more than {MOST_ELEMENTS} elements, or {MOST_DEPTH} inside one another"
            raise _Refused(Code.CONTENT_TOO_LARGE, f"{what}; {_CONVENIENT}")
        if self._depth == 1:
            _check_root(name)
        if self._text is not None:
            self._apart(name)
        elif self._item is not None:
            self._begin_field(self._item, name, attributes)
        elif name in _ITEMS:
            self._item, self._item_depth = _Item(), self._depth

    def end(self, name: str) -> None:
        if self._text is not None:
            if self._depth == self._field_depth:
                self._text = None
            else:
                self._apart(name)
        elif self._item is not None and self._depth == self._item_depth:
            if len(self.items) < MOST_ITEMS:
                self.items.append(self._item)
            self._item = None
        self._depth -= 1

    def characters(self, data: str) -> None:
        if self._text is not None and self._room > 0:
            self._text.append(data[: self._room])
            self._room -= len(data)

    def _begin_field(self, item: _Item, name: str, attributes: dict[str, str]) -> None:
        kept = _FIELDS.get(name)
        if kept is None or self._depth != self._item_depth + 1 or kept in item.fields:
            return
        self._text, self._field_depth, self._room = [], self._depth, MOST_MARKUP
        item.fields[kept] = self._text
        markup = not name.startswith(_ATOM) or attributes.get("type", "").lower() in ("html", "text/html")
        if kept in ("id", "published", "updated") or not markup:
            item.plain.add(kept)

    def _apart(self, name: str) -> None:
        """Keep what stands in elements of its own apart, as without them it would be one word."""
        if name.rpartition(" ")[2] not in _XHTML_INLINE:
            self.characters(" ")


def read_entries(raw: bytes) -> tuple[Entry, ...]:
    """Return the newest entries of a feed; raise `Unplayable` when it is none that can be read."""
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.XmlDeclHandler, parser.StartDoctypeDeclHandler = reader.declaration, reader.doctype
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.characters
    try:
        for at in range(0, len(raw), _CHUNK_BYTES):
            parser.Parse(raw[at : at + _CHUNK_BYTES], False)
        parser.Parse(b"", True)
    except _Refused as refusal:
        raise Unplayable(refusal.code, refusal.what) from None
    except (expat.ExpatError, ValueError, LookupError) as error:  # the last two: an encoding that is none
        raise _unreadable(raw, error) from error
    return _newest(reader.items)


def _check_root(name: str) -> None:
    local = name.rpartition(" ")[2]
    if local.lower() == "html":
        raise _Refused(Code.CONTENT_UNSUPPORTED, "is a web page (HTML) and no feed; give the address of its RSS")
    if name not in _ROOTS:
        raise _Refused(Code.CONTENT_UNSUPPORTED, f"is XML of another kind ({local[:40]}), no RSS and no Atom")


def _unreadable(raw: bytes, error: Exception) -> Unplayable:
    head = raw[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<html", b"<!doctype html")):
        return Unplayable(Code.CONTENT_UNSUPPORTED, "is a web page (HTML) and no feed; give the address of its RSS")
    return Unplayable(Code.CONTENT_UNREADABLE, f"is no XML that can be read ({error}); {_CONVENIENT}")


def _newest(items: list[_Item]) -> tuple[Entry, ...]:
    """Return the entries of different names and words; where all have a date the newest first."""
    found: dict[str, Entry] = {}
    for item in items:
        entry = _entry(item)
        if entry is not None:
            found.setdefault(item.text("id").strip() or f"{entry.title}\0{entry.summary}", entry)
    entries = list({(entry.title, entry.summary): entry for entry in reversed(found.values())}.values())[::-1]
    if all(entry.published_us for entry in entries):
        entries.sort(key=lambda entry: -entry.published_us)
    return tuple(entries[:MOST_ENTRIES])


def _entry(item: _Item) -> Entry | None:
    title = one_line(item.text("title"), TITLE_LETTERS)
    summary = one_line(item.text("summary"), SUMMARY_LETTERS) or one_line(item.text("content"), SUMMARY_LETTERS)
    if not title:
        title, summary = one_line(summary, TITLE_LETTERS), ""
    if not title:
        return None
    published = published_us(item.text("published")) or published_us(item.text("updated"))
    return Entry(title, "" if summary == title else summary, published)
