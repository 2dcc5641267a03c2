"""Where a line may break: between words, or inside a long word between letters, never between a letter and its marks.

Widths come from a function that is handed in, so that breaking is pure and can be tested with any measure.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import TypeAlias

from firmware_py.board.clean import is_mark

Measure: TypeAlias = Callable[[str], int]

_EVEN_STEPS = 64
_FLAG_LETTERS = frozenset(map(chr, range(0x1F1E6, 0x1F200)))


def clusters(text: str) -> list[str]:
    """Return text as letters, each with the marks that belong to it; the two letters of a flag are one.

    These are the extended grapheme clusters (Unicode, annex 29) of cleaned text: what joins others without being seen
    is gone, and NFC has put the parts of Korean syllables together.
    """
    found: list[str] = []
    for char in text:
        if found and (is_mark(char) or (char in _FLAG_LETTERS and found[-1] in _FLAG_LETTERS)):
            found[-1] += char
        else:
            found.append(char)
    return found


def wrap(line: str, width_px: int, measure: Measure) -> Iterator[str]:
    """Yield the lines into which one line breaks, each at most `width_px` wide by `measure` of the whole.

    A word wider than the line is broken between letters. A single letter wider than the line stands alone.
    """
    words = deque(_words(line, width_px, measure))
    while words:
        yield " ".join(_row(words, width_px, measure))


def wrap_evenly(line: str, width_px: int, measure: Measure) -> tuple[str, ...]:
    """Return as many lines as `wrap` gives, of about equal width: no single word is left over on the last one."""
    lines = tuple(wrap(line, width_px, measure))
    narrow_px, wide_px = max(map(measure, line.split(" "))), width_px
    while len(lines) > 1 and wide_px - narrow_px > max(1, width_px // _EVEN_STEPS):
        middle_px = (narrow_px + wide_px) // 2
        narrower = tuple(wrap(line, middle_px, measure))
        if len(narrower) == len(lines):
            lines, wide_px = narrower, middle_px
        else:
            narrow_px = middle_px
    return lines


def _row(words: deque[str], width_px: int, measure: Measure) -> list[str]:
    """Take the words of one line: as many as fit by their sum, then corrected by the width of the whole."""
    row = [words.popleft()]
    used_px, space_px = measure(row[0]), measure(" ")
    while words and used_px + space_px + measure(words[0]) <= width_px:
        used_px += space_px + measure(words[0])
        row.append(words.popleft())
    while len(row) > 1 and measure(" ".join(row)) > width_px:
        words.appendleft(row.pop())
    return row


def _words(line: str, width_px: int, measure: Measure) -> Iterator[str]:
    """Yield the words of a line, those wider than `width_px` in pieces."""
    for word in line.split(" "):
        if word and measure(word) > width_px:
            yield from _pieces(word, width_px, measure)
        elif word:
            yield word


def _pieces(word: str, width_px: int, measure: Measure) -> Iterator[str]:
    """Yield a word in pieces no wider than `width_px`, cut between letters."""
    letters = clusters(word)
    while letters:
        count = _fitting(letters, width_px, measure)
        yield "".join(letters[:count])
        del letters[:count]


def _fitting(letters: list[str], width_px: int, measure: Measure) -> int:
    """Return how many letters fit a line, at least one: by their sum, then corrected by the real width."""
    count = used_px = 0
    while count < len(letters) and used_px + measure(letters[count]) <= width_px:
        used_px += measure(letters[count])
        count += 1
    while count > 1 and measure("".join(letters[:count])) > width_px:
        count -= 1
    return max(1, count)
