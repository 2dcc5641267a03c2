"""Which letters the fonts of the board can draw, read from the fonts' own character tables.

No font library is asked: SDL_ttf gives the measures of the «missing» box for a letter that is not there. The
table is the `cmap` of OpenType (specification 1.9, formats 4 and 12). Needs no screen, so the agent can check a
text when it receives it.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias

from firmware_py.board.clusters import clusters
from firmware_py.board.layout import Weight
from firmware_py.core.errors import Code, Unavailable

_NOTO = "/usr/share/fonts/truetype/noto/NotoSans"
_UNIFONT = "/usr/share/fonts/opentype/unifont/unifont"
_SYMBOLS = (f"{_NOTO}Symbols-Regular.ttf", f"{_NOTO}Symbols2-Regular.ttf", f"{_NOTO}Math-Regular.ttf")
_PIXEL = (f"{_UNIFONT}.otf", f"{_UNIFONT}_upper.otf")
_FILES: dict[Weight, tuple[str, ...]] = {
    "plain": (f"{_NOTO}-Regular.ttf", *_SYMBOLS, *_PIXEL),
    "strong": (f"{_NOTO}-Bold.ttf", f"{_NOTO}-Regular.ttf", *_SYMBOLS, *_PIXEL),
    "pixel": _PIXEL,
}
"""Noto Sans is drawn for stacked marks; what it lacks comes from the next file that has it, at last Unifont."""

_NEEDED = (f"{_NOTO}-Regular.ttf", f"{_NOTO}-Bold.ttf", f"{_UNIFONT}.otf")
REPLACEMENT = "\ufffd"
_NEVER_DRAWN = frozenset(" \n\u00a0")

Range: TypeAlias = tuple[int, int]


class Coverage:
    """The code points that a font has a glyph for."""

    def __init__(self, ranges: list[Range]) -> None:
        """Take ranges of code points, both ends included, in any order."""
        ordered = sorted(ranges)
        self._firsts = [first for first, _ in ordered]
        self._lasts = [last for _, last in ordered]

    def __contains__(self, char: str) -> bool:
        """Return whether the font draws this character."""
        place = bisect_right(self._firsts, ord(char)) - 1
        return place >= 0 and ord(char) <= self._lasts[place]

    def covers(self, text: str) -> bool:
        """Return whether the font draws every character of a text."""
        return all(char in self for char in text)


@dataclass(frozen=True, slots=True)
class Typeface:
    """A font file and what it covers."""

    path: str
    coverage: Coverage


class FontChain:
    """The font files of each weight, the preferred one first."""

    def __init__(self, files: dict[Weight, tuple[str, ...]] | None = None) -> None:
        """Read the character tables of the installed fonts; raise `Unavailable` when a needed font is not there."""
        chosen = _installed() if files is None else files
        known = {path: Typeface(path, read_coverage(path)) for path in {p for ps in chosen.values() for p in ps}}
        self._faces = {weight: tuple(known[path] for path in paths) for weight, paths in chosen.items()}

    def faces(self, weight: Weight) -> tuple[Typeface, ...]:
        """Return the fonts of a weight, the preferred one first."""
        return self._faces[weight]

    def missing(self, text: str, weight: Weight = "plain") -> tuple[str, ...]:
        """Return the letters (with their marks) of cleaned text that no single font of the chain can draw, sorted."""
        letters = set(clusters(text.replace("\n", ""))) - _NEVER_DRAWN
        return tuple(sorted(letter for letter in letters if not self._drawn(letter, weight)))

    def _drawn(self, letter: str, weight: Weight) -> bool:
        return any(face.coverage.covers(letter) for face in self._faces[weight])


def runs(text: str, coverages: tuple[Coverage, ...]) -> list[tuple[int, str]]:
    """Return text as pieces, each with the number of the first font that draws it.

    A letter that none draws becomes U+FFFD: seen to be wrong, instead of an empty box.
    """
    pieces: list[tuple[int, str]] = []
    for letter in clusters(text):
        number = next((n for n, coverage in enumerate(coverages) if coverage.covers(letter)), -1)
        shown = letter if number >= 0 else REPLACEMENT
        if pieces and (pieces[-1][0] == max(0, number) or letter in _NEVER_DRAWN):
            pieces[-1] = (pieces[-1][0], pieces[-1][1] + shown)
        else:
            pieces.append((max(0, number), shown))
    return pieces


def _installed() -> dict[Weight, tuple[str, ...]]:
    """Return the files of the chain that this system has."""
    lacking = [path for path in _NEEDED if not Path(path).is_file()]
    if lacking:
        raise Unavailable(
            Code.GLYPH_MISSING,
            f"fonts not found: {', '.join(lacking)}; install the Debian packages fonts-noto-core and fonts-unifont",
        )
    return {weight: tuple(path for path in paths if Path(path).is_file()) for weight, paths in _FILES.items()}


def read_coverage(path: str) -> Coverage:
    """Return what a TrueType or OpenType file covers; raise `Unavailable` when it has no Unicode table."""
    try:
        with Path(path).open("rb") as file:
            return Coverage(_ranges(_character_table(file)))
    except (OSError, struct.error, KeyError) as error:
        raise Unavailable(Code.GLYPH_MISSING, f"font {path} cannot be read: {error!r}; install it anew") from error


def _character_table(file: BinaryIO) -> bytes:
    """Return the bytes of the `cmap` table."""
    count = struct.unpack(">4xH6x", file.read(12))[0]
    entries = struct.iter_unpack(">4s4xLL", file.read(16 * count))
    offset, length = {tag: (offset, length) for tag, offset, length in entries}[b"cmap"]
    file.seek(offset)
    return file.read(length)


def _ranges(table: bytes) -> list[Range]:
    """Return the code points of the widest Unicode subtable: Windows full (3, 10) before basic plane (3, 1)."""
    count = struct.unpack_from(">2xH", table)[0]
    subtables = {(p, e): offset for p, e, offset in struct.iter_unpack(">HHL", table[4 : 4 + 8 * count])}
    wide = subtables.get((3, 10))
    return _basic(table[subtables[3, 1] :]) if wide is None else _full(table[wide:])


def _full(subtable: bytes) -> list[Range]:
    """Return the ranges of a subtable of format 12 (groups of first, last, glyph)."""
    count = struct.unpack_from(">12xL", subtable)[0]
    groups = struct.iter_unpack(">LLL", subtable[16 : 16 + 12 * count])
    return [(first, last) for first, last, _ in groups]


def _basic(subtable: bytes) -> list[Range]:
    """Return the ranges of a subtable of format 4 (segments); a glyph index of 0 means «missing»."""
    count = struct.unpack_from(">6xH", subtable)[0] // 2
    words = memoryview(subtable)[14:]
    lasts = struct.unpack_from(f">{count}H", words)
    firsts = struct.unpack_from(f">{count}H", words, 2 * count + 2)
    deltas = struct.unpack_from(f">{count}H", words, 4 * count + 2)
    offsets = struct.unpack_from(f">{count}H", words, 6 * count + 2)
    found: list[Range] = []
    for segment in range(count):
        first, last = firsts[segment], min(lasts[segment], 0xFFFE)
        if not offsets[segment]:
            found.append((first, last))
            continue
        place = 6 * count + 2 + 2 * segment + offsets[segment]
        glyphs = struct.unpack_from(f">{max(0, last - first + 1)}H", words, place)
        found.extend((first + n, first + n) for n, glyph in enumerate(glyphs) if (glyph + deltas[segment]) & 0xFFFF)
    return found
