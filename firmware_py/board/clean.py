"""Text as it may be drawn: NFC, without characters that have no picture of their own or that turn others around."""

from __future__ import annotations

import re
import unicodedata

MAX_MARKS = 4
"""Marks kept on one letter. Vietnamese and the minority languages need two; a thousand would cover the board."""

_BREAKS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_DROPPED = frozenset({"Cc", "Cf", "Cs"})
_MARKS = frozenset({"Mn", "Mc", "Me"})
_LIKE_MARKS = frozenset("\u0e33\u0eb3\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
"""Thai and Lao sara am, and the five tones of skin: letters by their category, and never alone."""

_SELECTORS = re.compile("[\ufe00-\ufe0f\u034f\U000e0100-\U000e01ef]")
_NARROW_NO_BREAK = "\u202f"
NO_BREAK = "\u00a0"


def is_mark(char: str) -> bool:
    """Return whether a character belongs to the letter before it: a combining mark, or the skin of an emoji."""
    return char > "\u02ff" and (unicodedata.category(char) in _MARKS or char in _LIKE_MARKS)


def displayable(text: str) -> str:
    r"""Return text for drawing: lines by `\n`, other blanks as spaces, no controls, no bidi or zero-width tricks."""
    lines = _BREAKS.sub("\n", text).split("\n")
    shown = "\n".join(_clean_line(line) for line in lines).strip("\n ")
    return "" if not shown.strip() else shown


def _clean_line(line: str) -> str:
    """Return one line cleaned; most lines are plain letters and need only NFC."""
    if not line.isprintable():
        line = "".join(filter(None, map(_shown, line)))
    return _limit_marks(unicodedata.normalize("NFC", _SELECTORS.sub("", line))).rstrip(" ")


def _shown(char: str) -> str:
    """Return the character, a space for another blank, or nothing for what cannot be seen."""
    if char in {NO_BREAK, _NARROW_NO_BREAK}:
        return NO_BREAK
    if char == "\t" or unicodedata.category(char) == "Zs":
        return " "
    return "" if unicodedata.category(char) in _DROPPED else char


def _limit_marks(line: str) -> str:
    """Return a line with at most `MAX_MARKS` marks on a letter, and a blank below marks without a letter."""
    if not any(map(is_mark, line)):
        return line
    kept: list[str] = []
    marks = 0
    for char in line:
        marks = marks + 1 if is_mark(char) else 0
        if marks and (not kept or (marks == 1 and kept[-1] == " ")):
            kept.append(NO_BREAK)
        if marks <= MAX_MARKS:
            kept.append(char)
    return "".join(kept)
