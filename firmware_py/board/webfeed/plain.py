"""HTML as strangers write it, to one line of plain text.

Nothing of HTML is wanted but its words, so it is walked once from left to right, in a time that grows with its length:
the parser of the standard library takes seconds for a few kilobytes of open tags, and breaks at some of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from firmware_py.board.clean import displayable
from firmware_py.board.clusters import clusters

MOST_MARKUP = 16 * 1024
"""So many letters of a field are looked at: the rest could never be shown."""

_OPENING = re.compile(r"<(?:!--|[!?]|(/?)([A-Za-z][A-Za-z0-9:-]*))")
_SIGN = re.compile("[>\"']")
_ENDLESS_NUMBER = re.compile("&#[0-9]{8,};?|&#[xX][0-9A-Fa-f]{8,};?")
_UNSEEN = {
    name: re.compile(f"</{name}", re.IGNORECASE)
    for name in ("script", "style", "template", "noscript", "iframe", "object", "svg", "math")
}
_INLINE = frozenset(
    "a abbr b bdi bdo big cite code em font i ins kbd mark q s samp small span strong sub sup tt u var".split()  # noqa: SIM905 - easier to read
)


def without_markup(markup: str) -> str:
    """Return the text of a piece of HTML; what looks like none is left as it is."""
    return unescape(_ENDLESS_NUMBER.sub("\ufffd", "".join(_words(markup[:MOST_MARKUP]))))


def _words(markup: str) -> Iterator[str]:
    """Yield what stands between tags, and blanks for tags that are no mere letters in other clothes."""
    at = 0
    while found := _OPENING.search(markup, at):
        yield markup[at : found.start()]
        name = (found[2] or "").lower()
        if name not in _INLINE:
            yield " "
        at = _behind(markup, found, name)
    yield markup[at:]


def _behind(markup: str, found: re.Match[str], name: str) -> int:
    """Return where a tag, a comment or an element that nobody is to read is over; at the very end, if nowhere."""
    if found[0] == "<!--":
        return _or_end(markup, markup.find("-->", found.end()), 3)
    at = _behind_tag(markup, found.end()) if name else _or_end(markup, markup.find(">", found.end()), 1)
    if name not in _UNSEEN or found[1]:
        return at
    closing = _UNSEEN[name].search(markup, at)
    return closing.start() if closing else len(markup)


def _behind_tag(markup: str, at: int) -> int:
    """Return where a tag is over; what stands in quotes does not end it."""
    while sign := _SIGN.search(markup, at):
        if sign[0] == ">":
            return sign.end()
        closing = markup.find(sign[0], sign.end())
        at = sign.end() if closing < 0 else closing + 1
    return len(markup)


def _or_end(markup: str, at: int, letters: int) -> int:
    return len(markup) if at < 0 else at + letters


def one_line(text: str, most: int) -> str:
    """Return text that may be drawn, in one line of at most `most` letters; what is cut ends in three dots."""
    words = displayable(text[:MOST_MARKUP]).split()
    line = displayable(" ".join(words))  # again: a mark that is a word of its own needs something below it
    if len(line) <= most:
        return line
    kept = ""
    for letter in clusters(line[: most + 1]):
        if len(kept) + len(letter) >= most:
            break
        kept += letter
    whole, space, _ = kept.rpartition(" ")
    return (whole.rstrip(" .,;:-") if space and len(whole) > most // 2 else kept) + "…"
