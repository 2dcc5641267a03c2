"""What of a text people could not read on this board: letters that no font has, and the coding of an old font.

It is told once for each text, when the text is made ready, which is ten seconds before it is shown at the latest.
"""

from __future__ import annotations

from collections.abc import Callable

from firmware_py.board.clean import displayable
from firmware_py.board.glyphs import FontChain
from firmware_py.core.errors import Code
from firmware_py.core.legacy import legacy_font

_REMEMBERED = 256
_NAMED = 8


class Letters:
    """Looks at texts, and tells what is wrong with them as code and detail."""

    def __init__(self, chain: FontChain, tell: Callable[[Code, str], None]) -> None:
        """Take the fonts, and the place where findings go."""
        self._chain = chain
        self._tell = tell
        self._seen: dict[tuple[str, str], None] = {}

    def look_at(self, bulletin_id: str, text: str) -> None:
        """Tell what of a text cannot be read, unless that was told."""
        if (bulletin_id, text) in self._seen:
            return
        self._seen[bulletin_id, text] = None
        if len(self._seen) > _REMEMBERED:
            del self._seen[next(iter(self._seen))]
        for code, detail in unreadable(text, self._chain):
            self._tell(code, f"{bulletin_id}: {detail}")


def unreadable(text: str, chain: FontChain) -> list[tuple[Code, str]]:
    """Return what of a text cannot be read, each finding with what to do."""
    found: list[tuple[Code, str]] = []
    missing = chain.missing(displayable(text))
    if missing:
        named = " ".join(f"{letter} ({_codes(letter)})" for letter in missing[:_NAMED])
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        found.append((Code.GLYPH_MISSING, f"no font has {named}{more}; write it with other letters"))
    font = legacy_font(text)
    if font is not None:
        what = f"the text seems to be in the old coding {font}"
        found.append((Code.LEGACY_FONT, f"{what}; convert it to Unicode and send it again"))
    return found


def _codes(letter: str) -> str:
    return " ".join(f"U+{ord(char):04X}" for char in letter)
